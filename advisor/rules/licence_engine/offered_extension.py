"""An extension that managed PostgreSQL has."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.licence_engine import extensions
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-LI-010",
    title="An extension that RDS offers is no reason for a server of one's own",
    why=(
        "RDS and Aurora for PostgreSQL load it from their list; look it and its version up there, and "
        "strike needs.unsupported_feature if it is new enough."
    ),
    verdict="warn",
    services=("rds", "aurora-serverless"),
    looks_at=("needs.unsupported_feature", "needs.engine"),
    reference=extensions.SOURCE,
)


def findings(case: Case) -> Iterator[RuleFinding]:
    names = extensions.offered(case)
    if not names:
        return
    seen = f"{', '.join(names)} was called unsupported, and is offered managed."
    yield RULE.finding(seen)
    yield RULE.finding(seen, services=("dynamodb",), verdict="exclude")
