"""What the rules leave: services that are out, plans that are out, and what preferences weigh.

A plan has tags: its features and the words of its option (`deployment`, `capacity_mode`, …).
Rules speak of plans through tags. A tag that no plan of a service has cannot choose between its
plans; such a feature is something to add to the plan, not a kind of plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from advisor.model import SERVICES, Plan, RuleFinding

# A preference is a fraction of the cheapest total, but at least of this: for less than some
# tens of USD a month nobody trades away what a preference stands for.
SMALL_BILL_USD = 100.0


class Offer(Struct, frozen=True, kw_only=True):
    """One plan with its tags; `out` is the finding that rules it out."""

    plan: Plan
    tags: frozenset[str]
    out: RuleFinding | None = None


def services_out(findings: Iterable[RuleFinding]) -> dict[str, RuleFinding]:
    """Services that a rule excludes, or that a requirement does not name; the first finding each."""
    out: dict[str, RuleFinding] = {}
    for finding in findings:
        for service in removed_by(finding):
            out.setdefault(service, finding)
    return out


def removed_by(finding: RuleFinding) -> tuple[str, ...]:
    """The services this finding alone puts out."""
    if finding.features:
        return ()
    if finding.verdict == "exclude":
        return finding.services
    if finding.verdict == "require":
        return tuple(s for s in SERVICES if s not in finding.services)
    return ()


def offers(plans: Sequence[Plan], findings: Sequence[RuleFinding]) -> tuple[Offer, ...]:
    """The plans of one service, each with its tags and the finding that rules it out, if any."""
    present = frozenset().union(*(plan.tags for plan in plans))
    kinds = [f for f in findings if f.features and f.verdict in ("exclude", "require")]
    return tuple(
        Offer(plan=plan, tags=plan.tags, out=_ruled_out(plan, plan.tags, present, kinds))
        for plan in plans
    )


def _ruled_out(
    plan: Plan, tags: frozenset[str], present: frozenset[str], findings: Sequence[RuleFinding]
) -> RuleFinding | None:
    for finding in findings:
        if not finding.features or plan.option.service not in finding.services:
            continue
        named = frozenset(finding.features)
        if finding.verdict == "exclude" and named <= tags:
            return finding
        structural = named & present
        if finding.verdict == "require" and structural and not structural <= tags:
            return finding
    return None


def tags_of(plan: Plan) -> frozenset[str]:
    """The plan's features and the words of its option."""
    return plan.tags


def weighed(findings: Iterable[RuleFinding], *, lowest_cost: bool) -> list[RuleFinding]:
    """The preferences that count: all, or those that are not optional where cost decides."""
    return [f for f in findings if f.verdict == "prefer" and not (lowest_cost and f.optional)]


def worth_of_plan(offer: Offer, present: frozenset[str], findings: Iterable[RuleFinding]) -> float:
    """Fraction that this plan may cost more than another of its service, for what it has."""
    worth = 0.0
    for finding in findings:
        if finding.verdict != "prefer" or not finding.features:
            continue
        if offer.plan.option.service in finding.services:
            structural = frozenset(finding.features) & present
            if structural and structural <= offer.tags:
                worth += finding.worth_usd_fraction
    return worth


def worth_of_service(service: str, findings: Iterable[RuleFinding]) -> float:
    """Fraction that the service may cost more than another, by the preferences that name it."""
    return sum(
        finding.worth_usd_fraction
        for finding in findings
        if finding.verdict == "prefer" and not finding.features and service in finding.services
    )


def score_usd(usd: float, worth: float, cheapest_usd: float) -> float:
    """The total less what its preferences are worth: what plans are ranked by."""
    return usd - worth * max(cheapest_usd, SMALL_BILL_USD)


def added_features(
    plan: Plan, present: frozenset[str], findings: Iterable[RuleFinding]
) -> tuple[str, ...]:
    """Features that rules ask for and that are no kind of plan here: they come on top of it."""
    added: list[str] = []
    for finding in findings:
        if finding.verdict not in ("prefer", "require"):
            continue
        if plan.option.service not in finding.services:
            continue
        structural = frozenset(finding.features) & present
        if structural <= tags_of(plan):
            added += [f for f in finding.features if f not in present]
    return tuple(dict.fromkeys(added))
