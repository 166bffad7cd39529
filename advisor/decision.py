"""From a workload and records to a recommendation: the judgement, its confidence, what flips it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace as replaced

from msgspec.structs import replace

from advisor import (
    basis,
    beside,
    commitments,
    confidence,
    conflicts,
    drivers,
    facts,
    flips,
    ledger,
    ledger_over_time,
    spans,
)
from advisor.backtest import summary
from advisor.case import moved
from advisor.confidence import Trust
from advisor.flips import Found
from advisor.judgement import Judgement
from advisor.measured import Measured, measure
from advisor.model import (
    Assumed,
    Commitment,
    Driver,
    Evidence,
    Plan,
    Ranked,
    Recommendation,
    Span,
)
from advisor.publication import to_json
from advisor.rules import known, whole_table
from advisor.rules.analytics.aggregates_beside import COPY
from advisor.rules.tags import KINDS_OF_PLAN, PRICED_AS, WITHOUT_A_PRICE, WITHOUT_COST
from advisor.standing import added_features
from advisor.variations import Variations
from results.record import Record
from workloads.spec.model import ANALYTIC_KINDS, Workload

__all__ = ["recommend", "thorough", "to_json"]

DRAWS = 200
THOROUGH_DRAWS = 2000
FULL_DRAWS = 10_000
WORTH_A_COPY = 0.1  # of the total: a copy that saves less is not worth a word


def recommend(
    workload: Workload,
    records: Sequence[Record] | Measured,
    *,
    region: str | None = None,
    administration: bool = True,
    draws: int = DRAWS,
    seed: int = 1,
) -> Recommendation:
    """The recommendation for a workload, from records that may be empty.

    `administration` False leaves the hours of a team that runs its own database out of the
    totals. `draws` and `seed` are those of the Monte Carlo behind the confidence. Inputs that nobody
    gave take documented defaults, listed in `assumed`; the flips are those of the inputs that
    most often decide. Raises InputError for a trace that cannot be read.
    """
    variations = _variations(workload, records, region, administration)
    judgement = variations.judge(variations.workload)
    return _written(judgement, variations, flips.first(judgement, variations), (draws, seed))


def thorough(
    workload: Workload,
    records: Sequence[Record] | Measured,
    *,
    region: str | None = None,
    administration: bool = True,
    draws: int = THOROUGH_DRAWS,
    seed: int = 1,
) -> Recommendation:
    """As `recommend`, with the flips of every input in finer steps; takes seconds to minutes."""
    variations = _variations(workload, records, region, administration)
    judgement = variations.judge(variations.workload)
    rec = _written(judgement, variations, flips.every(judgement, variations), (draws, seed))
    return replace(rec, notes=(*rec.notes, *_replayed(judgement)))


def _replayed(judgement: Judgement) -> tuple[str, ...]:
    """What a year of minutes says of the chosen plan; nothing where nothing in it follows traffic."""
    if judgement.plan is None:
        return ()
    from advisor.replay import options, timeline, words

    case = judgement.sized
    found = options.Replays(case, timeline.of_case(case)).of(judgement.plan)
    return tuple(f"a year replayed by the minute: {line}" for line in words.said(found))


def _variations(
    workload: Workload,
    records: Sequence[Record] | Measured,
    region: str | None,
    administration: bool,
) -> Variations:
    measured = records if isinstance(records, Measured) else measure(list(records))
    return Variations(
        workload=moved(workload, region),
        measured=measured,
        region=region,
        administration=administration,
    )


def _left_behind(variations: Variations) -> tuple[str, ...]:
    """That data must be in other regions still, although the store was moved to another one."""
    region, wanted = variations.region, variations.workload.needs.regions
    if region is None or not wanted or region in wanted:
        return ()
    return (
        f"priced in {region}, as asked; needs.regions still wants the data in "
        f"{', '.join(wanted)}, and copies there are in the bill",
    )


def _written(
    judgement: Judgement, variations: Variations, found: Found, how: tuple[int, int]
) -> Recommendation:
    draws, seed = how
    trust = confidence.confidence(judgement, variations, draws=draws, seed=seed)
    plan, notes = _plan_and_notes(judgement, variations.measured)
    if plan is not None:
        plan = replace(
            plan,
            low_usd=_outer(min, plan.low_usd, trust.low_usd),
            high_usd=_outer(max, plan.high_usd, trust.high_usd),
        )
    over = spans.of(judgement, variations.measured, plan)
    ahead = () if plan is None else commitments.of(plan)
    copied = plan is not None and COPY in plan.features and judgement.beside is not None
    paid_for = drivers.of(
        judgement.beside if copied and judgement.beside else judgement.sized, plan
    )
    return Recommendation(
        workload=judgement.case.workload.name,
        service=judgement.service,
        plan=plan,
        ranking=tuple(
            Ranked(service=c.service, plan=c.plan, excuse=c.excuse) for c in judgement.contenders
        ),
        rules=judgement.findings,
        assumed=tuple(_weighed(a, found) for a in judgement.case.assumed),
        flips=found.flips,
        evidence=_ledger(judgement, trust, (over, ahead, paid_for), how),
        confidence=trust.share,
        confidence_note=trust.note,
        demand_assumed=trust.assumed,
        basis=basis.of_plan(judgement, variations.measured),
        backtest=summary.quoted() if plan is not None and plan.option.engine else "",
        facts_as_of=facts.as_of(),
        instead=conflicts.instead(judgement, variations),
        conflicts=conflicts.found(judgement),
        spans=over,
        commitments=ahead,
        drivers=paid_for,
        notes=(*_left_behind(variations), *_with_old_answers(judgement, variations), *notes),
    )


def _ledger(
    judgement: Judgement,
    trust: Trust,
    chosen: tuple[tuple[Span, ...], tuple[Commitment, ...], tuple[Driver, ...]],
    how: tuple[int, int],
) -> tuple[Evidence, ...]:
    """Every figure that is shown, each id once."""
    over, ahead, paid_for = chosen
    figures = ledger.entries(judgement)
    later = list(ledger_over_time.entries(judgement.service, over, ahead, figures))
    for other in judgement.contenders:
        if other.plan is not None and other.service != judgement.service:
            committed = commitments.of(other.plan)
            later += ledger_over_time.entries(other.service, (), committed, figures)
    later += drivers.entries(judgement.service, paid_for, figures)
    if trust.share is not None:
        later.append(confidence.figure(trust, figures, how))
    return tuple({entry.id: entry for entry in (*figures, *later)}.values())


def _with_old_answers(judgement: Judgement, variations: Variations) -> tuple[str, ...]:
    """What would be chosen if whole-table answers could be old; empty where it saves little.

    Said where the store must serve such questions and nobody stated how old answers may be.
    """
    case, plan = judgement.case, judgement.plan
    asked = known.shares(case, ANALYTIC_KINDS)
    stated = case.workload.needs.replica_lag_s
    if not asked or stated is not None or judgement.beside is not None:
        return ()
    needs = replaced(case.workload.needs, replica_lag_s=whole_table.refresh_s())
    other = variations.judge(replaced(case.workload, needs=needs))
    if other.plan is None or other.plan.usd is None or (plan is not None and plan.usd is None):
        return ()
    if plan is not None and other.plan.usd > (plan.usd or 0.0) * (1.0 - WORTH_A_COPY):
        return ()
    age = known.duration(whole_table.refresh_s())
    return (
        f"if answers to {whole_table.asked(case)} may be {age} old (needs.replica_lag: {age}), a "
        f"columnar copy takes them: {other.service} at {other.plan.usd:,.0f} USD a month",
    )


def _outer(
    choose: Callable[[float, float], float], sized: float | None, drawn: float | None
) -> float | None:
    """The end of an interval: of the totals sized at the ends of demand, and of those drawn."""
    if sized is None or drawn is None:
        return sized
    return choose(sized, drawn)


def _weighed(assumed: Assumed, found: Found) -> Assumed:
    """The assumption, with what the search along its input said; None where it was not searched."""
    return replace(assumed, matters=found.changes.get(assumed.input))


def _plan_and_notes(
    judgement: Judgement, measured: Measured
) -> tuple[Plan | None, tuple[str, ...]]:
    """The chosen plan with the features that rules add, and what a reader must know of it."""
    best = judgement.best
    if best is None or best.plan is None:
        return None, basis.notes(judgement, measured)
    plan = best.plan
    notes: list[str] = []
    added = added_features(plan, best.present, judgement.findings)
    lines = tuple(component.name for component in plan.components)
    unpriced = [
        feature
        for feature in added
        if feature not in WITHOUT_COST
        and not any(line.startswith(PRICED_AS.get(feature, feature)) for line in lines)
    ]
    if unpriced:
        notes.append(f"{WITHOUT_A_PRICE}{', '.join(unpriced)}")
    unknown = [c.name for c in plan.components if c.usd is None]
    if unknown:
        notes.append(_unknown_total(plan, unknown, judgement.case.region))
    borrowed = {c.name: c.borrowed for c in plan.components if c.borrowed}
    if borrowed:
        said = ", ".join(f"{name} (as in {region})" for name, region in borrowed.items())
        notes.append(f"priced by another region's price, assumed: {said}")
    listed = (f for f in (*plan.features, *mode_of(plan), *added) if f not in KINDS_OF_PLAN)
    features = tuple(dict.fromkeys(listed))
    if best.unmatched_usd:
        notes.append(
            f"{best.unmatched_usd:,.0f} USD of it are not held against {best.service}: what the "
            f"other services would need instead has no price here"
        )
    notes += beside.note(plan, possible=judgement.beside is not None)
    return replace(plan, features=features), (*notes, *basis.notes(judgement, measured))


def _unknown_total(plan: Plan, unknown: list[str], region: str) -> str:
    """What is known of a total that is not, and by what the plan was ranked."""
    said = f"the total is unknown: no price for {', '.join(unknown)}"
    if plan.known_usd:
        said += f"; it is at least {plan.known_usd:,.0f} USD"
    if plan.comparable:
        said += (
            f", and was ranked as {plan.least_usd:,.0f} USD, with what another region asks for "
            f"the rest (assumed); `advisor facts --refresh --region {region}` reads today's prices"
        )
    return said


def mode_of(plan: Plan) -> tuple[str, ...]:
    """The words of the option that are features to a reader: deployment and capacity mode."""
    option = plan.option
    return tuple(word for word in (option.deployment, option.capacity_mode) if word)
