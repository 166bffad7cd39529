"""What the chosen option costs over years, paid by the hour or ahead, and what keeping data costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from results.display import months, number, share, usd
from results.pages.figures.figure import Figure, apart
from results.pages.figures.lines import Lines, Scale, Spot, lines
from results.pages.markup import Markup, details, section, table
from results.pages.names import DASHES, Style, spelled, styles
from results.pages.view import Answer, Commitment, Component, Ranked
from results.record import Record
from results.retention import Growth, growths
from workloads.spec.units import MONTH_S

_BY_THE_HOUR = "by the hour"
_MONTHS = (0, 12, 24, 36)


def over_time_section(answer: Answer, records: Sequence[Record]) -> Markup:
    """Totals over months and commitments; nothing where neither is known."""
    made = [figure for figure in (_totals(answer), _keeping(answer, records)) if figure is not None]
    sums, ahead = _sums(answer), _ahead(answer)
    if not made and not sums and not ahead:
        return Markup("")
    return section(
        "time",
        "What it costs over time",
        apart(*made) if made else Markup(""),
        sums,
        ahead,
        lead=_lead(answer),
    )


def paid(term_months: int, payment: str) -> str:
    """`1 year, all upfront`."""
    years = term_months / 12
    return f"{number(years)} year{'s' if years != 1 else ''}, {payment.replace('-', ' ')}"


def _lead(answer: Answer) -> str:
    """The cheapest way to pay, in one sentence."""
    hourly = answer.monthly_cost_usd.expected if answer.monthly_cost_usd else None
    known = [(each.usd, each) for each in answer.commitments if each.usd is not None]
    if not known or not hourly:
        return "By the hour; nothing that is paid ahead is cheaper, or its price is unknown."
    amount, best = min(known, key=lambda pair: pair[0])
    if amount >= hourly:
        return "Paying by the hour is the cheapest way here."
    return (
        f"Paid ahead ({paid(best.months, best.payment)}) it costs {usd(amount)} a month instead of "
        f"{usd(hourly)}: {share(1 - amount / hourly)} less, for what is surely needed that long."
    )


def _totals(answer: Answer) -> Figure | None:
    """The sum that has been paid by each month, by the hour and by the cheapest commitments."""
    hourly = [Spot(x=each.months, y=each.usd) for each in answer.total_cost_usd if each.usd]
    if not hourly:
        return None
    spots = {_BY_THE_HOUR: [Spot(x=0.0, y=0.0), *hourly]}
    for term in sorted({each.months for each in answer.commitments}):
        known = [e for e in answer.commitments if e.months == term and e.usd is not None]
        if known:
            best = min(known, key=lambda each: each.usd or 0.0)
            first = best.upfront_usd or 0.0
            last = (best.usd or 0.0) * term
            spots[paid(term, best.payment)] = [Spot(x=0.0, y=first), Spot(x=term, y=last)]
    return lines(
        Lines(
            identifier="figure-cost-time",
            title="USD paid until then",
            said="A line that starts higher is paid ahead; where it ends lower, that has paid off.",
            spots=spots,
            looks=styles(spots),
            x=Scale(title="months", display=number, is_log=False, marks=_MONTHS),
            y=Scale(title="", display=usd, is_log=False),
        )
    )


def _sums(answer: Answer) -> Markup:
    rows = [
        [
            f"{each.months} months",
            usd(each.low_usd),
            usd(each.usd),
            usd(each.high_usd),
            usd(each.administration_usd),
            each.sized or "as at first",
        ]
        for each in answer.total_cost_usd
    ]
    if not rows:
        return Markup("")
    headings = ["Paid by the hour", "Low", "Expected", "High", "Of it administration", "Data"]
    return table(headings, rows, numeric="Low|Expected|High|Of it administration")


def _ahead(answer: Answer) -> Markup:
    hourly = answer.monthly_cost_usd.expected if answer.monthly_cost_usd else None
    rows = [_row(each, hourly) for each in answer.commitments]
    if not rows:
        return Markup("")
    headings = ["Paid ahead", "USD a month", "At once", "Saves", "Covers"]
    words = "Ways to pay ahead; the growth after the first year is not in them"
    listed = table(headings, rows, numeric="USD a month|At once|Saves")
    return details(words, listed, is_open=True)


def _row(each: Commitment, hourly: float | None) -> list[str]:
    saved = None if each.usd is None or not hourly else 1 - each.usd / hourly
    return [
        paid(each.months, each.payment),
        usd(each.usd),
        usd(each.upfront_usd),
        share(saved),
        ", ".join(each.covered),
    ]


def _keeping(answer: Answer, records: Sequence[Record]) -> Figure | None:
    """USD a month for what is at rest, over the simulated months that were measured.

    The bill has the mean over the horizon; it is spread over the months as the bytes at rest were
    measured, in the engine's first way, and other ways are drawn beside it in proportion.
    """
    grown = [each for each in growths(records) if each.done.first.workload.name == answer.workload]
    styled = styles(dict.fromkeys(ranked.service for ranked in answer.ranking))
    priced: dict[tuple[tuple[float, float], ...], list[tuple[str, Style, bool]]] = {}
    for ranked in answer.ranking:
        line = _storage(ranked)
        own = [each for each in grown if _is_of(ranked, each)]
        if not ranked.feasible or line is None or not line.usd or not own:
            continue
        usual = sum(stored for _, stored, _ in own[0].points) / len(own[0].points)
        for at, each in enumerate(own):
            style = replace(styled[ranked.service], dash=DASHES[at % len(DASHES)])
            points = tuple((w / MONTH_S, line.usd * stored / usual) for w, stored, _ in each.points)
            same = priced.setdefault(points, [])
            same.append((f"{spelled(ranked.service)}, {each.done.way}", style, each.done.refused))
    # services of one price share a line, as they would hide each other
    named = {" and ".join(name for name, *_ in same): same[0] for same in priced.values()}
    spots = {
        name: [Spot(x=x, y=y, refused=refused) for x, y in points]
        for points, (name, (_, _, refused)) in zip(priced, named.items(), strict=True)
    }
    looks = {name: style for name, (_, style, _) in named.items()}
    return lines(
        Lines(
            identifier="figure-cost-keeping",
            title="USD a month for the live data at rest",
            said="The bill's line for storage, as the bytes at rest grew and went in the simulated "
            "months that were measured.",
            spots=spots,
            looks=looks,
            x=Scale(title="simulated months", display=months, is_log=False),
            y=Scale(title="", display=usd, is_log=False),
        )
    )


def _storage(ranked: Ranked) -> Component | None:
    """The line of the bill for live data: the first that is paid by size and month."""
    return next((c for c in ranked.components if c.unit == "GB-month"), None)


def _is_of(ranked: Ranked, grown: Growth) -> bool:
    """Whether an option's engine is the one that was measured, or Aurora's of that name."""
    engine = str((ranked.option or {}).get("engine") or "")
    return grown.done.first.engine.name in (engine, engine.removeprefix("aurora-"))
