"""Analytics on a key-value store."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-AN-003",
    title="Reports on DynamoDB data run on an export",
    why=(
        "An export to S3 reads from the backup, not from the table, and costs no read capacity; "
        "it needs point-in-time recovery switched on."
    ),
    verdict="prefer",
    services=("dynamodb",),
    looks_at=("needs.read_scaling", "operations.kind"),
    reference=(
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
        "S3DataExport.HowItWorks.html (read 2026-11-22)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if "scan" in known.kinds(case) or case.workload.needs.read_scaling:
        yield RULE.finding(
            "Reports are to be kept off the table, or scans read it.",
            features=("export-s3", "pitr"),
        )
