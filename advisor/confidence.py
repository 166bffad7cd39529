"""Confidence: the share of draws in which the same service is chosen.

Given as (wins + 1) / (draws + 2), Laplace's rule of succession: that no draw of 200 was lost is no
certainty, so the share never reaches 1. Where rules leave one service, every draw counts as won,
but for the needs that nobody stated. Where most of the demand is assumed the share says how stable
the answer is under what was assumed, and is called stability, not confidence.

A whole decision for every draw would take seconds, so draws (advisor/draws.py) work on what the
decision left: the best plan of each service. How a total follows traffic, and sizes that nobody
gave, comes from two more decisions each; `spread` comes from the plan's low and high total
(5-95 %), half of its variance shared by plans of the same engine. Response times are drawn from
their intervals, all from one normal (the same server work and network stand behind them); a
service that misses an objective in a draw stands behind those that hold it. What this leaves out:
another option of a service may become its cheaper one inside a draw, so near ties within a service
are not seen.

Priors (standard deviations of the logarithm, 90 % within the factor where one is named):

    traffic       15 % where it was declared, a factor of 2 (one deviation) where it was assumed
    sizes         unstated: records a factor of 10, record size a factor of 4
    demand        an assumed operation costs 0.4 to 2.5 times what is assumed, the range of the
                  table of assumed operations; it moves a total as traffic does
    machines      5 % from run to run, 15 % for burstable classes (published coefficients of
                  variation: 1 to 7 % on ordinary instances, 5 to 26 % on burstable ones)
    prices        2 %, and 20 % where a price is not verified
    preferences   a factor of 2: what a preference is worth is judgement
    needs         those nobody stated may turn out as advisor/unknowns.py says
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as replaced
from math import log, sqrt
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from advisor.contest import Contender, measured_share
from advisor.draws import Game, Player, Priors, drawn
from advisor.judgement import NONE, Judgement
from advisor.model import SERVICES, Evidence, Plan, Quantity, is_burstable
from advisor.standing import weighed
from advisor.unknowns import Risk, risks
from advisor.variations import Variations
from results.display import certainty
from workloads.spec.model import Workload

if TYPE_CHECKING:
    from advisor.draws_many import ManyGame

ON_ARRAYS = 2000  # more draws than these are drawn at once, for which numpy is imported
TO_DEVIATION = 1.645  # from the half width of a 90 % interval
TO_SIGMA = 2 * TO_DEVIATION  # from the whole width
TRAFFIC_DECLARED = 0.15
TRAFFIC_ASSUMED = log(2.0)
UNSTATED_RECORDS = 10.0
UNSTATED_RECORD_SIZE = 4.0
ASSUMED_DEMAND = log(2.5) / TO_DEVIATION
PREFERENCES = log(2.0) / TO_DEVIATION
NOISE = 0.05
NOISE_BURSTABLE = 0.15
PRICE_VERIFIED = 0.02
PRICE_UNVERIFIED = 0.20
UNKNOWN_SPREAD = 0.20  # of a plan without low and high totals
FACTORS = (0.8, 1.25)
MIDDLE = 0.9  # of the draws lies in the interval of a total
WORTH_SAYING = 0.005  # a measurement that raises the share by less is not named
INPUTS_ASSUMED = "stability, not certainty: what operations cost is assumed"
SURE = 0.98  # from here on no measurement is asked for


class Trust(Struct, frozen=True, kw_only=True):
    """The share of draws (None: nothing to draw from) and what it rests on, in words.

    `assumed`: the demand of less than half of the operations was measured for the chosen plan,
    so the share is one of stability. `low_usd` and `high_usd` hold nine tenths of its totals.
    """

    share: float | None
    note: str
    assumed: bool = False
    low_usd: float | None = None
    high_usd: float | None = None


def figure(trust: Trust, known: Sequence[Evidence], how: tuple[int, int]) -> Evidence:
    """The share of draws as a figure of the ledger; `how` are the draws and their seed."""
    draws, seed = how
    costs = tuple(e.id for e in known if e.id in {f"{service}.cost" for service in SERVICES})
    ends = ""
    if trust.low_usd is not None and trust.high_usd is not None:
        ends = f"; the middle {100 * MIDDLE:g} % of its totals: {trust.low_usd:.6g} to {trust.high_usd:.6g} USD"
    return Evidence(
        id="confidence",
        kind="assumed",
        label="share of draws in which the same service is chosen",
        value=trust.share,
        unit="of the draws",
        source="storefit",
        date="",
        formula=f"(won + 1) / (draws + 2), {draws} draws, seed {seed}{ends}",
        inputs=costs,
    )


def succession(wins: int, draws: int) -> float:
    """Probability that the next draw is won, after so many of so many: (wins + 1) / (draws + 2)."""
    return (wins + 1) / (draws + 2)


def mostly_assumed(judgement: Judgement) -> bool:
    """Whether less than half of the operations of the chosen plan have a measured demand."""
    plan = judgement.plan
    return plan is not None and measured_share(plan, judgement.sized) < 0.5


def confidence(judgement: Judgement, variations: Variations, *, draws: int, seed: int) -> Trust:
    """The confidence of a judgement, and what would raise it most."""
    if judgement.service == NONE:
        alone = all(c.excuse is not None and c.excuse.rule for c in judgement.contenders)
        note = (
            "decided by rules alone, which hold or do not hold"
            if alone
            else "decided by rules and limits of size, the same at every draw"
        )
        return Trust(share=succession(draws, draws), note=note)
    best = judgement.best
    if best is None or best.plan is None or not best.feasible:
        return Trust(share=None, note="the nearest plan misses an objective: no share is given")
    if best.plan.usd is None:
        return Trust(share=None, note="a price is unknown: no share of draws can be given")
    workload = judgement.case.workload
    players = _players(judgement, variations)
    turned = risks(workload, variations, judgement.service)
    game = _game(players, turned, judgement.service, (draws, seed))
    priors = _priors(workload)
    share = succession(game.wins(priors), draws)
    assumed = mostly_assumed(judgement)
    note = f"the same service in {certainty(share)} of {draws} draws (seed {seed})"
    if len(players) == 1:
        note = f"rules, objectives and sizing leave no other service; {note}"
    note += f": {INPUTS_ASSUMED}" if assumed else ""
    low, high = game.range_usd(priors, MIDDLE) if best.plan.usd else (None, None)
    return Trust(
        share=share,
        note=note + _measurement(game, priors, share),
        assumed=assumed,
        low_usd=low,
        high_usd=high,
    )


def _game(
    players: list[Player], turned: tuple[Risk, ...], service: str, how: tuple[int, int]
) -> Game | ManyGame:
    """The draws, one by one, or on arrays where they are many."""
    draws, seed = how
    if draws <= ON_ARRAYS:
        few = drawn(players, turned, draws=draws, seed=seed)
        return Game(players=players, service=service, risks=turned, draws=few)
    from advisor import draws_many

    many = draws_many.drawn(players, turned, draws=draws, seed=seed)
    return draws_many.ManyGame(players=players, service=service, risks=turned, draws=many)


def _priors(workload: Workload) -> Priors:
    stated = workload.traffic
    known = stated.trace is not None or (
        stated.mean_per_s is not None and stated.peak_per_s is not None
    )
    return Priors(
        traffic=TRAFFIC_DECLARED if known else TRAFFIC_ASSUMED,
        worth=PREFERENCES,
        sizes=tuple(log(factor) / TO_DEVIATION for _, factor in _unstated(workload)),
    )


def _unstated(workload: Workload) -> tuple[tuple[str, float], ...]:
    """The sizes that nobody gave, by the attribute of the data, and the factor they may be off."""
    sizes = (("records", UNSTATED_RECORDS), ("record_size_bytes", UNSTATED_RECORD_SIZE))
    return tuple((name, by) for name, by in sizes if getattr(workload.data, name) is None)


def _players(judgement: Judgement, variations: Variations) -> list[Player]:
    traffic = judgement.case.filled.traffic
    less, more = (variations.totals_at(traffic, factor) for factor in FACTORS)
    sizes = [
        (
            _totals_with(judgement, variations, name, 1 / by),
            _totals_with(judgement, variations, name, by),
            by,
        )
        for name, by in _unstated(judgement.case.workload)
    ]
    wanted = judgement.case.workload.latency
    players: list[Player] = []
    for contender in judgement.contenders:
        plan, name = contender.plan, contender.service
        if plan is None or not contender.feasible or not plan.usd:
            continue
        elasticity = _elasticity(less.get(name), more.get(name), FACTORS[1] / FACTORS[0])
        assumed = (1.0 - measured_share(plan, judgement.sized)) if plan.option.engine else 0.0
        players.append(
            Player(
                service=name,
                expected_usd=plan.usd,
                elasticity=elasticity,
                sizes=tuple(_elasticity(a.get(name), b.get(name), by**2) for a, b, by in sizes),
                spread=max(_spread(plan), elasticity * ASSUMED_DEMAND * assumed),
                noise=_noise(plan),
                price=_price_spread(plan),
                worths=_worths(judgement, contender),
                allowance_usd=contender.allowance_usd,
                evidence=plan.option.engine or name,
                limits=(
                    *_limits(plan.read_p99_s, wanted.read_p99_s),
                    *_limits(plan.write_p99_s, wanted.write_p99_s),
                ),
            )
        )
    return players


def _totals_with(
    judgement: Judgement, variations: Variations, name: str, factor: float
) -> dict[str, float]:
    """Monthly totals by service with one size of the data times a factor."""
    workload, filled = judgement.case.workload, judgement.case.filled
    size = getattr(filled.data, name) * factor
    size = max(1, round(size)) if name == "records" else max(1.0, size)
    data = replaced(workload.data, **{name: size})
    contenders = variations.judge(replaced(workload, data=data)).contenders
    plans = [(c.service, c.plan) for c in contenders if c.plan is not None]
    return {service: plan.usd for service, plan in plans if plan.usd is not None}


def _elasticity(less: float | None, more: float | None, factor: float) -> float:
    """How a total follows an input that is `factor` times larger, 0..1; 0 where it is not known.

    A step to the next class or kind of volume between the two looks steeper than the total is
    over a wide range, where it follows in proportion at most.
    """
    if not less or not more:
        return 0.0
    return min(max(log(more / less) / log(factor), 0.0), 1.0)


def _worths(judgement: Judgement, contender: Contender) -> tuple[tuple[str, float], ...]:
    """The preferences that name a service, each with the code of its rule."""
    needs = judgement.case.workload.needs
    return tuple(
        (finding.code, finding.worth_usd_fraction)
        for finding in weighed(judgement.findings, lowest_cost=bool(needs.lowest_cost))
        if finding.worth_usd_fraction
        and not finding.features
        and contender.service in finding.services
    )


def _noise(plan: Plan) -> float:
    return NOISE_BURSTABLE if is_burstable(plan.option.instance_class) else NOISE


def _spread(plan: Plan) -> float:
    if plan.low_usd is None or plan.high_usd is None or plan.low_usd <= 0:
        return UNKNOWN_SPREAD
    return max(0.0, log(plan.high_usd / plan.low_usd)) / TO_SIGMA


def _price_spread(plan: Plan) -> float:
    """Relative uncertainty of the total from its prices; lines add up, errors independent."""
    total = plan.usd or 0.0
    if total <= 0:
        return 0.0
    squares = 0.0
    for component in plan.components:
        unverified = "not verified" in component.note
        error = PRICE_UNVERIFIED if unverified else PRICE_VERIFIED
        squares += ((component.usd or 0.0) / total * error) ** 2
    return sqrt(squares)


def _limits(
    predicted: Quantity | None, objective_s: float | None
) -> tuple[tuple[float, float, float], ...]:
    if predicted is None or objective_s is None or predicted.value <= 0:
        return ()
    low, high = max(predicted.low, 1e-9), max(predicted.high, predicted.value, 1e-9)
    spread = max(0.0, log(high / low)) / TO_SIGMA
    return ((log(predicted.value), spread, log(objective_s)),)


def _measurement(game: Game | ManyGame, priors: Priors, share: float) -> str:
    """What would raise the share most if it were known, as the end of a sentence."""
    if share >= SURE:
        return ""
    likeliest = max(game.risks, key=lambda risk: risk.chance, default=Risk(input="", chance=0.0))
    tried = (
        (replace(priors, traffic=0.0), "a trace of real traffic (traffic.trace)"),
        (replace(priors, demand=0.0), "measuring this workload (`bench run`) on its engines"),
        (replace(priors, prices=0.0), "checking the prices that are not verified"),
        (
            replace(priors, sizes=()),
            "stating the size of the data (data.records, data.record_size)",
        ),
        (replace(priors, unknowns=0.0), f"stating the needs, {likeliest.input} first,"),
        (replace(priors, worth=0.0), "agreeing on what the preferences are worth"),
    )
    best_gain, best = WORTH_SAYING, ""
    for known, name in tried:
        gain = succession(game.wins(known), game.count) - share
        if gain > best_gain:
            best_gain, best = gain, name
    if not best:
        return ""
    raised = share + best_gain
    about = "" if raised > 0.99 else "about "
    return f"; {best} would raise it most, to {about}{certainty(raised)}"
