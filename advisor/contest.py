"""One service's best plan: ruled, checked against the objectives, and priced.

Order of choice: plans that hold every objective before plans that miss one, plans known to be
within the budget before the others, known totals before unknown ones, then the total (of an unknown
one what is known or likely of it) less the worth of preferences.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from advisor.case import Case
from advisor.model import Excuse, Plan, Quantity, RuleFinding
from advisor.standing import (
    Offer,
    offers,
    score_usd,
    weighed,
    worth_of_plan,
    worth_of_service,
)

# Between engines of one service that cost about the same, the one that was measured is taken:
# an assumed demand may be off by far more.
EVIDENCE_WORTH: dict[str, float] = {"measured": 0.15, "reference": 0.15, "proxy": 0.05}
OWN_RECORDS = frozenset({"measured", "reference"})
COST_NOISE = 0.03  # totals that differ by less are equal: then the engine with its own records


class Contender(Struct, frozen=True, kw_only=True):
    """A service with its best plan, or with the reason why it has none.

    `excuse` beside a plan: the plan is the nearest one, and misses what the excuse says.
    `present` are the tags of all its plans. `worth` is what rules prefer the service by, and
    `liking` the same with preferences that do not count where the lowest cost decides.
    `premium_usd` is what the plan costs more than the service's cheapest that would do, for a
    preference within the service, and `unmatched_usd` what it pays for a feature whose like the
    other services would need too and have no price for: neither is held against the service.
    `missed` is by what factor the plan misses the objective it misses by most; 1 for none.
    """

    service: str
    plan: Plan | None
    excuse: Excuse | None
    present: frozenset[str]
    worth: float
    liking: float = 0.0
    over_budget: bool = False
    within_budget: bool = True
    missed: float = 1.0
    premium_usd: float = 0.0
    unmatched_usd: float = 0.0

    @property
    def allowance_usd(self) -> float:
        """What of its total is not held against the service."""
        return self.premium_usd + self.unmatched_usd

    @property
    def feasible(self) -> bool:
        """Whether its plan holds every rule and objective."""
        return self.plan is not None and self.excuse is None


def contend(
    service: str, outcomes: Sequence[Plan | Excuse], findings: Sequence[RuleFinding], case: Case
) -> Contender:
    """The best plan of a service that no rule put out; `outcomes` are its plans and excuses."""
    plans = [outcome for outcome in outcomes if isinstance(outcome, Plan)]
    offered = offers(plans, findings)
    present = frozenset(tag for offer in offered for tag in offer.tags)
    counted = weighed(findings, lowest_cost=bool(case.workload.needs.lowest_cost))
    worth = worth_of_service(service, counted)
    liking = worth_of_service(service, weighed(findings, lowest_cost=False))
    allowed = [offer for offer in offered if offer.out is None]
    if not allowed:
        excuse = _by_assumption(_excuse(service, outcomes, offered), case)
        return Contender(service=service, plan=None, excuse=excuse, present=present, worth=worth)
    best, premium_usd = _best(allowed, present, counted, case)
    missed = misses(best.plan, case)
    return Contender(
        service=service,
        plan=best.plan,
        excuse=Excuse(service=service, option=best.plan.option, reason=missed, bottleneck="latency")
        if missed
        else None,
        present=present,
        worth=worth,
        liking=liking,
        over_budget=over_budget(best.plan, case),
        within_budget=within_budget(best.plan, case),
        missed=miss_factor(best.plan, case),
        premium_usd=premium_usd,
    )


def _best(
    allowed: Sequence[Offer],
    present: frozenset[str],
    preferences: Sequence[RuleFinding],
    case: Case,
) -> tuple[Offer, float]:
    """The best offer, and what it costs more than the cheapest that is as good but for worth."""
    known = [offer.plan.usd for offer in allowed if offer.plan.usd is not None]
    cheapest = min(known, default=0.0)

    def standing(offer: Offer) -> tuple[float, bool, bool]:
        missed = miss_factor(offer.plan, case)
        return missed, not within_budget(offer.plan, case), offer.plan.usd is None

    def rank(offer: Offer) -> tuple[tuple[float, bool, bool], float]:
        worth = worth_of_plan(offer, present, preferences) + _worth_of_evidence(offer.plan, case)
        return standing(offer), score_usd(offer.plan.least_usd, worth, cheapest)

    ranked = [(rank(offer), offer) for offer in allowed]
    (held, score), first = min(ranked, key=lambda pair: pair[0])
    most = score + COST_NOISE * first.plan.least_usd
    near = [pair for pair in ranked if pair[0][0] == held and pair[0][1] <= most]
    if len(near) > 1:
        near.sort(key=lambda pair: (-measured_share(pair[1].plan, case), pair[0]))
    best = near[0][1]
    equals = [o.plan.least_usd for (stood, _), o in ranked if stood == held]
    return best, best.plan.least_usd - min(equals)


def measured_share(plan: Plan, case: Case) -> float:
    """Share of operations whose demand on the plan's own kind of store comes from its records."""
    engine = plan.option.engine
    if not case.demand:
        return 0.0
    if not engine:
        return sum(o.share for o in case.demand.items.operations if o.basis in OWN_RECORDS)
    families = case.demand.families.items()
    found = (family for name, family in families if engine.endswith(name))
    return sum(o.share for family in found for o in family.operations if o.basis in OWN_RECORDS)


def _worth_of_evidence(plan: Plan, case: Case) -> float:
    """What a plan may cost more because the demand that sized it was measured.

    In proportion to the share of operations that were.
    """
    engine = plan.option.engine
    if not engine or not case.demand:
        return 0.0
    for name, family in case.demand.families.items():
        if engine.endswith(name):
            return sum(EVIDENCE_WORTH.get(o.basis, 0.0) * o.share for o in family.operations)
    return 0.0


def miss_factor(plan: Plan, case: Case) -> float:
    """By what factor the plan is expected to miss the objective it misses by most; 1 for none.

    To a tenth: response times are not predicted better.
    """
    wanted = case.workload.latency
    factors = [
        predicted.value / objective_s
        for objective_s, predicted in (
            (wanted.read_p99_s, plan.read_p99_s),
            (wanted.write_p99_s, plan.write_p99_s),
        )
        if objective_s is not None and predicted is not None
    ]
    worst = max(factors, default=1.0)
    return 1.0 if worst <= 1.0 else 1.1 ** math.ceil(math.log(worst, 1.1))


def misses(plan: Plan, case: Case) -> str:
    """Which latency objective the plan is expected to miss, in words; empty when none."""
    wanted = case.workload.latency
    said: list[str] = []
    for name, objective_s, predicted in (
        ("reads", wanted.read_p99_s, plan.read_p99_s),
        ("writes", wanted.write_p99_s, plan.write_p99_s),
    ):
        if objective_s is None or predicted is None:
            continue
        if predicted.value > objective_s:
            said.append(_missed(name, predicted, objective_s))
    return "; ".join(said)


def _missed(name: str, predicted: Quantity, objective_s: float) -> str:
    return (
        f"{name} are expected at {1000 * predicted.value:.3g} ms (p99, "
        f"{1000 * predicted.low:.3g} to {1000 * predicted.high:.3g}), the objective is "
        f"{1000 * objective_s:.3g} ms"
    )


def over_budget(plan: Plan, case: Case) -> bool:
    """Whether what is known of the total is above the budget."""
    budget = case.workload.needs.budget_usd_per_month
    return budget is not None and plan.known_usd > budget


def within_budget(plan: Plan, case: Case) -> bool:
    """Whether the total is known to keep the budget; an unknown one keeps none."""
    budget = case.workload.needs.budget_usd_per_month
    return budget is None or (plan.usd is not None and plan.usd <= budget)


def by_assumed_connections(excuse: Excuse | None, case: Case) -> bool:
    """Whether what is too much or too little are connections whose number nobody gave."""
    if excuse is None or case.workload.needs.connections is not None:
        return False
    return excuse.bottleneck in ("connections", "commits")


def _by_assumption(excuse: Excuse, case: Case) -> Excuse:
    """The excuse, with the assumption that it rests on said."""
    if not by_assumed_connections(excuse, case):
        return excuse
    number = case.filled.needs.connections or 0
    said = f"{number:,.0f} connections are assumed: say needs.connections"
    return replace(excuse, reason=f"{excuse.reason}; {said}")


def _excuse(service: str, outcomes: Sequence[Plan | Excuse], offered: Sequence[Offer]) -> Excuse:
    """Why no plan is left: the rule that took the last ones, else what sizing said."""
    for offer in offered:
        if offer.out is not None:
            return Excuse(
                service=service, option=offer.plan.option, reason=offer.out.why, rule=offer.out.code
            )
    excuses = [outcome for outcome in outcomes if isinstance(outcome, Excuse)]
    if excuses:  # of the options, the one that comes nearest to the demand
        return min(excuses, key=lambda e: math.inf if e.short_by is None else e.short_by)
    return Excuse(service=service, option=None, reason="no option of this service was found")


def matched(
    contenders: Sequence[Contender], findings: Sequence[RuleFinding]
) -> tuple[Contender, ...]:
    """The contenders, each with what it pays for a feature that others need and do not price.

    A rule may name a feature for one service (a cache in front of its tables) and another for
    the rest (a cache beside them). Where only one of them is on a bill, it is left out of the
    comparison.
    """
    return tuple(
        replace(c, unmatched_usd=_unmatched_usd(c, contenders, findings)) for c in contenders
    )


def _unmatched_usd(
    contender: Contender, contenders: Sequence[Contender], findings: Sequence[RuleFinding]
) -> float:
    if contender.plan is None:
        return 0.0
    paid: set[int] = set()
    preferred = [f for f in findings if f.verdict == "prefer" and f.features]
    for mine in (f for f in preferred if contender.service in f.services):
        rivals = [
            (other, theirs)
            for theirs in preferred
            for other in contenders
            if theirs.code == mine.code
            and other.plan is not None
            and other.service in theirs.services
            and other.service not in mine.services
        ]
        if any(not frozenset(theirs.features) & other.present for other, theirs in rivals):
            for place, line in enumerate(contender.plan.components):
                if line.name.lower().startswith(mine.features):
                    paid.add(place)
    return sum(contender.plan.components[place].usd or 0.0 for place in paid)
