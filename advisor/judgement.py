"""One case decided: rules first, then plans, objectives and budget, then the cheapest total.

This is the inner part of a recommendation, pure and fast: flips and conflicts ask it again and
again with one thing changed. Services that fall are kept in the ranking with their excuse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from advisor import rules, services
from advisor.beside import with_copy
from advisor.case import Case
from advisor.contest import Contender, contend, matched
from advisor.licensed import with_licences
from advisor.model import Excuse, Plan, RuleFinding
from advisor.services import Service
from advisor.standing import score_usd, services_out

NONE = "none"
Planner = Callable[[Service, Case], Sequence[Plan | Excuse]]


class Judgement(Struct, frozen=True, kw_only=True):
    """The answer for one case, before confidence and flips. Contenders are best first.

    `sized` is the case the plans were made for: an engine that stays by another rule than
    `needs.engine` is named in it. `beside` is the same without the questions that a columnar copy
    may answer; None where none may.
    """

    case: Case
    sized: Case
    beside: Case | None
    findings: tuple[RuleFinding, ...]
    contenders: tuple[Contender, ...]
    service: str

    @property
    def best(self) -> Contender | None:
        """The contender that was chosen, or None when no service has a plan."""
        first = self.contenders[0] if self.contenders else None
        return first if first is not None and first.plan is not None else None

    @property
    def plan(self) -> Plan | None:
        """The chosen plan."""
        return self.best.plan if self.best is not None else None


def planned(service: Service, case: Case) -> Sequence[Plan | Excuse]:
    """The plans and excuses of a service, made afresh."""
    return with_licences(service.name, case, service.plans(case))


def judge(
    case: Case,
    *,
    sized: Case | None = None,
    beside: Case | None = None,
    without: frozenset[str] = frozenset(),
    planner: Planner = planned,
) -> Judgement:
    """Decide one case: rules read `case`, plans are made for `sized` (None: the same).

    Plans for `beside` come with a columnar copy, beside those for `sized` (None: none do).
    `without` leaves out the rules of these codes (to find compromises). `planner` makes the
    plans; one that remembers them makes variations cheap.
    """
    sized = case if sized is None else sized
    findings = tuple(f for f in rules.findings(case) if f.code not in without)
    out = services_out(findings)
    contenders: list[Contender] = []
    for service in services.discovered():
        ruled_out = out.get(service.name)
        if ruled_out is None:
            outcomes = planner(service, sized)
            if beside is not None:
                outcomes = [*with_copy(beside, planner(service, beside)), *outcomes]
            contenders.append(contend(service.name, outcomes, findings, case))
            continue
        excuse = Excuse(
            service=service.name, option=None, reason=ruled_out.why, rule=ruled_out.code
        )
        contenders.append(
            Contender(
                service=service.name, plan=None, excuse=excuse, present=frozenset(), worth=0.0
            )
        )
    ranked = ranking(matched(contenders, findings))
    service_name = ranked[0].service if ranked and ranked[0].plan is not None else NONE
    return Judgement(
        case=case,
        sized=sized,
        beside=beside,
        findings=findings,
        contenders=ranked,
        service=service_name,
    )


def ranking(contenders: Sequence[Contender]) -> tuple[Contender, ...]:
    """Best first: feasible (else nearest to its objectives), known to be within the budget, lowest total less preferences.

    An unknown total is compared by what is known of it and what other regions ask for the rest;
    where some line has no price anywhere it stands behind, by what is known of it. Equals stand
    in the order of their preferences.
    """
    totals = [c.plan.least_usd for c in contenders if c.feasible and c.plan and c.plan.comparable]
    cheapest = min(totals, default=0.0)
    preferred = _liked_without_a_price(contenders)

    def rank(contender: Contender) -> tuple[bool, bool, float, bool, bool, bool, float, float]:
        plan = contender.plan
        comparable = plan is not None and plan.comparable
        usd = plan.least_usd if plan is not None else 0.0
        return (
            plan is None,
            contender.excuse is not None,
            contender.missed,
            not contender.within_budget,
            contender is not preferred and (not comparable or preferred is not None),
            not comparable,
            score_usd(usd - contender.allowance_usd, contender.worth, cheapest),
            -contender.liking,
        )

    return tuple(sorted(contenders, key=rank))


def _liked_without_a_price(contenders: Sequence[Contender]) -> Contender | None:
    """The service that stands first although its total is unknown; None where none does.

    Where the same product can be had from a service that rules prefer and on servers of one's
    own, that our tables lack the price of one says nothing against it.
    """
    feasible = [c for c in contenders if c.feasible and c.plan is not None]
    unpriced = [c for c in feasible if c.plan is not None and not c.plan.comparable]
    best = max(unpriced, key=lambda c: c.liking, default=None)
    if best is None or best.plan is None or best.plan.option.engine is None:
        return None
    engine = best.plan.option.engine
    others = [c for c in feasible if c is not best and c.plan is not None]
    same = all(c.plan is not None and c.plan.option.engine == engine for c in others)
    return best if same and all(c.liking < best.liking for c in others) else None
