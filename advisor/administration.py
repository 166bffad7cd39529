"""Who runs the database of a plan, and what of that work is in its total."""

from __future__ import annotations

from advisor.facts.assumptions import assumption
from advisor.model import Plan
from advisor.rules.administration.managed import RULE

SELF_MANAGED = RULE.services  # what a need for a managed service puts out
LINE = "administration"  # the line of a bill that is this work


def usd(plan: Plan) -> float:
    """What of a plan's total is work of one's own, USD a month."""
    return sum(line.usd or 0.0 for line in plan.components if line.name == LINE)


def words(plan: Plan) -> str:
    """Whose work patches, backups and failovers are; of one's own, hours a month and their cost."""
    if plan.option.service not in SELF_MANAGED:
        return "the provider's, in the price"
    line = next((c for c in plan.components if c.name == LINE), None)
    if line is not None and line.usd is not None:
        return f"yours: about {line.quantity:g} h a month, {line.usd:,.0f} USD of the total"
    kind = "one" if plan.option.deployment == "single-az" else "pair"
    hours = assumption(f"ec2.administration_hours_{kind}")
    return f"yours: about {hours.value:g} h a month, not in the total"
