"""How stale a replica may be."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

SHARED_STORAGE_LAG_S = 0.1  # Aurora replicas, "usually much less than 100 ms"
LOG_REPLAY_LAG_S = 1.0  # replicas that replay a log: seconds under load, nothing is promised

RULE = Rule(
    code="R-AV-005",
    title="A replica lag of a second or less prefers Aurora replicas",
    why=(
        "Aurora replicas read the writer's own storage and are usually well under 100 ms behind; "
        "RDS replicas replay a log and fall behind by seconds and more when writes are many."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless"),
    looks_at=("needs.replica_lag", "needs.read_scaling"),
    reference=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Replication.html "
        "(read 2026-11-22)"
    ),
    worth=6.0,  # a stated need: stale reads have to be found and handled in the application otherwise
)


def findings(case: Case) -> Iterator[RuleFinding]:
    wanted_s = case.workload.needs.replica_lag_s
    if wanted_s is None or wanted_s > LOG_REPLAY_LAG_S:
        return
    seen = f"A replica may be {known.duration(wanted_s)} behind."
    yield RULE.finding(seen, features=("aurora",))
    if wanted_s < SHARED_STORAGE_LAG_S:
        yield RULE.finding(
            f"{seen} No replica promises that: read from the writer, or with strong consistency.",
            verdict="warn",
        )
