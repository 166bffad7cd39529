"""How soon the database must be back."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RECREATE_S = (
    600.0  # Aurora's storage outlives its instance, which is made anew in about ten minutes
)
RESTORE_S = 3600.0  # a restore makes a new database and reads the snapshot: minutes to hours

RULE = Rule(
    code="R-AV-004",
    title="A recovery time below an hour needs a standby, not a restore",
    why=(
        "A restored database starts cold and reads its blocks from the snapshot; how long that "
        "takes grows with the data and is not promised. Aurora keeps its storage, but a cluster "
        "without a reader waits until its instance is made anew."
    ),
    verdict="exclude",
    services=("rds", "aurora-serverless", "ec2"),
    looks_at=("needs.recovery_time",),
    facts=("rds.multi_az_instance_failover", "aurora.failover"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    wanted_s = case.workload.needs.recovery_time_s
    if wanted_s is None or wanted_s >= RESTORE_S:
        return
    seen = f"The database must be back within {known.duration(wanted_s)}."
    yield RULE.finding(seen, services=("rds",), features=("rds-single-az",))
    yield RULE.finding(seen, services=("ec2",), features=("single-az",))
    if wanted_s < RECREATE_S:
        aurora = ("rds", "aurora-serverless")
        yield RULE.finding(seen, services=aurora, features=("aurora-single-az",))
