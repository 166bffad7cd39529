"""Writers in every region."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-AV-009",
    title="Writes in every region need DynamoDB global tables",
    why=(
        "RDS and Aurora have one writer, in one region; a global table takes writes in each and "
        "resolves conflicts by the last writer."
    ),
    verdict="exclude",
    services=("rds", "aurora-serverless"),
    looks_at=("needs.writes_in", "needs.engine"),
    reference=(
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html, "
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database.html "
        "(read 2026-11-22)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if case.workload.needs.writes_in != "every-region":
        return
    engine = known.engine(case)
    seen = "Writes happen in every region."
    services = RULE.services
    if engine is None or not engine.several_writers:
        services = (*RULE.services, "ec2")
    yield RULE.finding(
        seen, services=services, instead="Amazon Aurora DSQL, distributed SQL in several regions"
    )
    yield RULE.finding(seen, services=("dynamodb",), features=("global-tables",), verdict="require")
