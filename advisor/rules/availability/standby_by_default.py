"""Availability that nobody stated."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.defaults import expects_standby
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-AV-011",
    title="What serves production has a standby in another zone, unless somebody says otherwise",
    why=(
        "A server in one zone is promised 99.5 %, and after a failure it is made anew or restored "
        "from a backup; AWS presents Multi-AZ as the deployment for production databases. DynamoDB "
        "and Aurora's storage are in three zones in any case, so servers are compared as their "
        "equals. needs.failover of 10 min or more, or needs.lowest_cost, says that one zone is "
        "enough; it about halves the instances."
    ),
    verdict="exclude",
    services=("rds", "aurora-serverless", "ec2"),
    looks_at=(
        "needs.failover",
        "needs.availability",
        "needs.recovery_time",
        "needs.recovery_point",
        "needs.lowest_cost",
        "traffic.shape",
    ),
    facts=("rds.sla_single_az", "rds.sla_multi_az"),
    reference="https://aws.amazon.com/rds/features/multi-az/ (read 2026-11-30)",
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if expects_standby(case.workload):
        yield RULE.finding("Nobody said how long an outage may last.", features=("single-az",))
