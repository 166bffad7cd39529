"""The service that holds the data today."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-MI-005",
    title="Between services that cost about the same, the data stay where they are",
    why=(
        "Totals are not known better than a tenth: a move that saves less is not worth its "
        "cut-over. The service was read from needs.existing."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless", "dynamodb", "ec2"),
    looks_at=("needs.existing",),
    reference="storefit's own method: run-to-run noise of instances is 5 to 7 %, prices drift",
    worth=0.1,  # the noise of a total, and nothing for the move itself: R-MI-003 weighs that
)


def findings(case: Case) -> Iterator[RuleFinding]:
    service = known.existing_service(case)
    if service is not None:
        yield RULE.finding(f"The data are on {service} today.", services=(service,))
