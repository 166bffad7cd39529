"""Auto-pause against a latency objective."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

RULE = Rule(
    code="R-LA-003",
    title="A latency objective does not hold for the first request after a pause",
    why=(
        "A paused cluster needs about 15 s to resume, 30 s after a day. Set a minimum capacity "
        "where no request may wait that long."
    ),
    verdict="warn",
    services=("aurora-serverless",),
    looks_at=("latency.read_p99", "latency.write_p99", "traffic.shape"),
    facts=("aurora_serverless.resume_latency", "aurora_serverless.resume_latency_long"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    latency = case.workload.latency
    wanted = [s for s in (latency.read_p99_s, latency.write_p99_s) if s is not None]
    if case.workload.traffic.shape not in ("intermittent", "development"):
        return
    if wanted and min(wanted) < limit("aurora_serverless.resume_latency"):
        yield RULE.finding(
            f"Requests must be answered within {known.duration(min(wanted))} and the traffic is "
            f"{case.workload.traffic.shape}."
        )
