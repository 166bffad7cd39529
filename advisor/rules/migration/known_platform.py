"""What the application already runs on."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule

CLUSTERS = frozenset({"aurora-serverless"})  # only Aurora's kinds of an engine run there

RULE = Rule(
    code="R-MI-003",
    title="The engine that runs today is preferred, managed",
    why="Every other engine costs a migration: schema, queries, drivers, tests and a cut-over.",
    verdict="prefer",
    services=("rds", "aurora-serverless"),
    looks_at=("needs.existing", "needs.application_change", "needs.licence"),
    reference=(
        "https://github.com/aws/agent-toolkit-for-aws, skills/core-skills/aws-database/"
        "references/select.md (2026-08-20)"
    ),
    worth=0.5,
)


def findings(case: Case) -> Iterator[RuleFinding]:
    needs, existing = case.workload.needs, known.existing(case)
    if existing is None or not existing.services or needs.licence == "leave":
        return
    seen = f"{existing.name} runs today."
    yield RULE.finding(seen, services=existing.services)
    if existing.family == "relational" and not existing.commercial:
        own = tuple(s for s in existing.services if s not in CLUSTERS)
        yield RULE.finding(seen, services=(*own, "ec2"), features=(existing.name,))
        if set(existing.services) >= CLUSTERS and not existing.dialects:
            services = existing.services
            yield RULE.finding(seen, services=services, features=(f"aurora-{existing.name}",))
