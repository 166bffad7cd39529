"""The availability wanted against what the provider promises."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import SERVICES, RuleFinding
from advisor.rules.rule import Rule, limit

# Service, tag of the deployment ("" for every plan of the service), fact of its service level.
LEVELS = (
    ("rds", "rds-single-az", "rds.sla_single_az"),
    ("rds", "multi-az-standby", "rds.sla_multi_az"),
    ("rds", "multi-az-cluster", "rds.sla_multi_az"),
    ("rds", "aurora-single-az", "aurora.sla_single_az"),
    ("rds", "aurora-multi-az", "aurora.sla_multi_az"),
    ("aurora-serverless", "aurora-single-az", "aurora.sla_single_az"),
    ("aurora-serverless", "aurora-multi-az", "aurora.sla_multi_az"),
    ("dynamodb", "one-region", "dynamodb.sla"),
    ("dynamodb", "global-tables", "dynamodb.sla_global_tables"),
    ("ec2", "single-az", "rds.sla_single_az"),
    ("ec2", "multi-az", "ec2_ebs.sla_region"),
)

RULE = Rule(
    code="R-AV-002",
    title="The availability wanted must be within the service level",
    why="A service level is a promise with a refund, not a proof; below it there is not even that.",
    verdict="exclude",
    services=SERVICES,
    looks_at=("needs.availability",),
    facts=(
        "rds.sla_single_az",
        "rds.sla_multi_az",
        "aurora.sla_single_az",
        "aurora.sla_multi_az",
        "dynamodb.sla",
        "dynamodb.sla_global_tables",
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    wanted = case.workload.needs.availability
    if wanted is None:
        return
    for service, tag, fact in LEVELS:
        promised = limit(fact)
        if 100.0 * wanted > promised + 1e-9:
            yield RULE.finding(
                f"{100.0 * wanted:.5g} % is wanted; {service} as {tag} promises {promised:.5g} %.",
                services=(service,),
                features=(tag,),
            )
