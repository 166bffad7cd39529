"""Losing a region without losing anything."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import SERVICES, RuleFinding
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-AV-013",
    title="Nothing lost with a region needs a copy that is written at once",
    why=(
        "Replicas, Global Database and global tables follow asynchronously. Multi-Region strong "
        "consistency of DynamoDB writes at once, in exactly three Regions of one set (three "
        "replicas, or two and a witness); so does Aurora DSQL. Neither is sized here, and each "
        "write waits for another Region."
    ),
    verdict="warn",
    services=SERVICES,
    looks_at=("needs.recovery_point", "needs.regions"),
    reference=(
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GlobalTables.html, "
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "aws-properties-dynamodb-globaltable-globaltablewitness.html (read 2026-11-30)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    needs = case.workload.needs
    if needs.recovery_point_s == 0.0 and needs.regions is not None and len(needs.regions) > 1:
        yield RULE.finding(f"Nothing may be lost, in {len(needs.regions)} regions.")
