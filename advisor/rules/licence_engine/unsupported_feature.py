"""A version, extension or feature that managed services lack."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.licence_engine import extensions
from advisor.rules.rule import Rule

RULE = Rule(
    code="R-LI-005",
    title="A feature that managed services lack requires EC2",
    why=(
        "A managed engine runs the versions and extensions on its provider's list, without a "
        "superuser; on EC2 any build runs."
    ),
    verdict="require",
    services=("ec2",),
    looks_at=("needs.unsupported_feature",),
    facts=("rds.os_access",),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    feature = extensions.lacking(case)
    if feature:
        yield RULE.finding(
            f"Needed and not offered managed: {feature}.",
            instead="the vendor's own managed service, if it offers this feature",
        )
