"""Full copies for test or development."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-RE-007",
    title="Full copies for test prefer Aurora clones",
    why=(
        "A clone shares the pages of its source until one of them changes: it is ready within "
        "minutes and pays for the differences only. Elsewhere each copy is a restored snapshot."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless"),
    looks_at=("needs.copies",),
    reference=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Managing.Clone.html "
        "(read 2026-11-22)"
    ),
    worth=6.0,  # a stated need: elsewhere each copy is hours of restore and full storage
)


def findings(case: Case) -> Iterator[RuleFinding]:
    copies = case.workload.needs.copies
    if not copies:
        return
    seen = f"{known.number(copies)} full copies are wanted."
    yield RULE.finding(seen, services=("rds",), features=("aurora", "clones"))
    yield RULE.finding(seen, services=("aurora-serverless",), features=("clones",))
