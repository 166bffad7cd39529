"""Query frequency: response time as the offered rate grows, over a day, idle, and after idling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from results.display import number, rate, seconds
from results.frequency import Offered, RateLadder, ShapeRun, rate_ladders, shapes
from results.pages.axes.idle import idle_and_cold
from results.pages.axes.part import Measured, Part, doubt, figures
from results.pages.figures.figure import Figure
from results.pages.figures.lines import Band, Lines, Scale, Spot, lines
from results.pages.markup import Markup, join, table, tag
from results.pages.names import REST, Style

_HOUR_S = 3_600.0
_PERCENTILES: dict[str, Callable[[Offered], float | None]] = {
    "50 %": lambda each: each.p50_s,
    "90 %": lambda each: each.p90_s,
    "95 %": lambda each: each.p95_s,
    "99 %": lambda each: each.p99_s,
}
# Of the rates, the share that must support a percentile for it to be drawn.
_SUPPORTED = 0.6


def frequency(measured: Measured) -> Part | None:
    """Rates, shapes of a day, idle cost and cold start; None where none was measured."""
    ladders = [
        ladder for ladder in rate_ladders(measured.records, measured.answers) if ladder.rates
    ]
    days = shapes(measured.records)
    idle = idle_and_cold(measured)
    content = [
        _rates(measured, ladders) if any(len(each.rates) > 1 for each in ladders) else Markup(""),
        *_days(measured, days),
        idle,
    ]
    if not any(content):
        return None
    return Part(
        identifier="frequency",
        words="Frequency",
        title="What a higher rate does to response time",
        sentence=_sentence(measured, ladders),
        content=[part for part in content if part],
    )


def _name(measured: Measured, ladder: RateLadder) -> str:
    label = measured.labels.of_record(ladder.first)
    return f"{label} ({ladder.options})" if ladder.options else label


def _sentence(measured: Measured, ladders: Sequence[RateLadder]) -> str:
    """For each engine the largest rate that it kept up with, and its response time there."""
    parts = []
    for ladder in ladders:
        if len(ladder.rates) < 2:
            continue
        who = measured.who(_name(measured, ladder), ladder.first.workload.name)
        best = ladder.largest
        if best is None:
            parts.append(f"{who} keeps up with none of the rates")
            continue
        within = f" (99 % within {seconds(best.p99_s)})" if best.p99_s is not None else ""
        behind = (
            f" and falls behind at {rate(ladder.falls_behind_per_s)}"
            if ladder.falls_behind_per_s is not None
            else ", the highest that was offered"
        )
        kept = f"{who} keeps up with {rate(best.rate_per_s)}{within}{behind}"
        parts.append(f"{kept}{doubt(refused=best.refused)}")
    return "; ".join(parts) + "." if parts else "What the engines do while little is asked."


def _rates(measured: Measured, ladders: Sequence[RateLadder]) -> Markup:
    """A pair of figures for each workload, and all rates as a table."""
    by_workload: dict[str, list[RateLadder]] = {}
    for ladder in ladders:
        by_workload.setdefault(ladder.first.workload.name, []).append(ladder)
    made = [
        figures(*(_figure(measured, some, key, at) for key in ("50 %", _slow(some))))
        for at, some in enumerate(by_workload.values())
    ]
    return join(*made, _table(measured, ladders))


def _slow(ladders: Sequence[RateLadder]) -> str:
    """The largest percentile that most rates have enough requests for."""
    rates = [each for ladder in ladders for each in ladder.rates]
    for key in ("99 %", "95 %"):
        known = sum(_PERCENTILES[key](each) is not None for each in rates)
        if known >= _SUPPORTED * len(rates):
            return key
    return "90 %"


def _figure(measured: Measured, ladders: Sequence[RateLadder], key: str, at: int) -> Figure | None:
    read = _PERCENTILES[key]
    bands = [band for ladder in ladders for band in _knee(measured, ladder)]
    hint = (
        "The shaded or dashed place is the knee: beyond it waiting grows faster than the rate."
        if bands
        else "No knee: every rate was kept up with."
    )
    return lines(
        Lines(
            identifier=f"figure-rates-{key.split()[0]}-{at}",
            title=measured.of(f"{key} of requests within", ladders[0].first.workload.name),
            said=hint,
            spots={
                _name(measured, ladder): [
                    Spot(x=each.rate_per_s, y=value, refused=each.refused)
                    for each in ladder.rates
                    if (value := read(each)) is not None
                ]
                for ladder in ladders
            },
            looks=_looks(measured, ladders),
            x=Scale(
                title="offered rate",
                display=rate,
                marks=[each.rate_per_s for ladder in ladders for each in ladder.rates],
            ),
            y=Scale(title="response time", display=seconds),
            bands=bands,
        )
    )


def _looks(measured: Measured, ladders: Sequence[RateLadder]) -> Mapping[str, Style]:
    looks = measured.looks
    return {_name(measured, e): looks[measured.labels.of_record(e.first)] for e in ladders}


def _knee(measured: Measured, ladder: RateLadder) -> list[Band]:
    """The knee of a curve; without a curve, between the last rate kept up with and the next."""
    label = measured.labels.of_record(ladder.first)
    colour, low, high = measured.looks[label].colour, ladder.knee_low_per_s, ladder.knee_high_per_s
    if low is not None or high is not None:
        ends = [end for end in (low, high) if end is not None]
        return [Band(low=min(ends), high=max(ends), words=f"knee of {label}", colour=colour)]
    if ladder.falls_behind_per_s is None:
        return []
    at, best = ladder.falls_behind_per_s, ladder.largest
    start = best.rate_per_s if best is not None else at
    return [Band(low=start, high=at, words=f"{label} falls behind", colour=colour)]


def _table(measured: Measured, ladders: Sequence[RateLadder]) -> Markup:
    headings = ["Engine", "Offered", "Completed", "50 %", "99 %", "99.9 %", "Errors", "Remarks"]
    if measured.has_workloads:
        headings.insert(1, "Workload")
    rows = []
    for ladder in ladders:
        for each in ladder.rates:
            row = [
                _name(measured, ladder),
                *(rate(v) for v in (each.rate_per_s, each.throughput_per_s)),
                *(seconds(v) for v in (each.p50_s, each.p99_s, each.p999_s)),
                number(each.errors),
                _remark(each),
            ]
            if measured.has_workloads:
                row.insert(1, ladder.first.workload.name)
            rows.append(row)
    from results.pages.markup import details

    numbers = table(headings, rows, numeric="Offered|Completed|50 %|99 %|99.9 %|Errors")
    return details(f"Every rate ({len(rows)})", numbers)


def _remark(each: Offered) -> str:
    words = ["not kept up with"] if not each.keeps_up else []
    return ", ".join([*words, *(["not evidence"] if each.refused else [])])


def _days(measured: Measured, days: Sequence[ShapeRun]) -> list[Markup]:
    """For each shape of a day the requests and the response time over it."""
    shaped: dict[tuple[str, str], list[ShapeRun]] = {}
    for day in days:
        shaped.setdefault((day.first.workload.name, day.shape), []).append(day)
    return [
        join(
            tag("h3", measured.of(f"Load that changes: {shape}", workload)),
            figures(_asked(measured, some, at), _answered(measured, some, at)),
        )
        for at, ((workload, shape), some) in enumerate(shaped.items())
    ]


def _asked(measured: Measured, days: Sequence[ShapeRun], at: int) -> Figure | None:
    # what is offered is the same for all, what is completed is nearly
    return _over_time(
        measured,
        days,
        {
            measured.labels.of_record(day.first): [
                Spot(x=_when(day, m.at_s), y=m.rate_per_s) for m in day.moments
            ]
            for day in days
        },
        ("asked", "Requests completed a second", Scale(title="", display=rate, is_log=False)),
        at,
    )


def _answered(measured: Measured, days: Sequence[ShapeRun], at: int) -> Figure | None:
    return _over_time(
        measured,
        days,
        {
            measured.labels.of_record(day.first): [
                Spot(x=_when(day, m.at_s), y=m.mean_s) for m in day.moments if m.mean_s is not None
            ]
            for day in days
        },
        ("answered", "Mean response time", Scale(title="", display=seconds)),
        at,
    )


def _in_hours(day: ShapeRun) -> bool:
    """Of a day, and of a trace that is as long as some hours."""
    return day.compression > 1 and day.compression * day.first.duration_s > 2 * _HOUR_S


def _when(day: ShapeRun, at_s: float) -> float:
    return at_s / _HOUR_S if _in_hours(day) else at_s


def _over_time(
    measured: Measured,
    days: Sequence[ShapeRun],
    spots: Mapping[str, Sequence[Spot]],
    what: tuple[str, str, Scale],
    at: int,
) -> Figure | None:
    key, title, y = what
    in_hours = all(_in_hours(day) for day in days)
    is_faster = any(day.compression > 1 for day in days)
    is_day = in_hours and not any("trace" in day.shape for day in days)
    factor = max(day.compression for day in days)
    refused = [measured.labels.of_record(day.first) for day in days if day.refused]
    said = f"A day passed in {seconds(24 * _HOUR_S / factor)}." if is_day else ""
    if is_faster and not is_day:
        said = f"The trace passed {factor:,.3g} times as fast as it was recorded, at its own rates."
    if refused:
        said += f" Not evidence: {', '.join(dict.fromkeys(refused))}."
    x = Scale(
        title="hours of the day" if is_day else "hours" if in_hours else "seconds",
        display=number,
        is_log=False,
        marks=(0, 4, 8, 12, 16, 20, 24) if is_day else (),
    )
    return lines(
        Lines(
            identifier=f"figure-day-{key}-{at}",
            title=title,
            said=said.strip(),
            spots=spots,
            looks=measured.looks
            | {"": Style(colour=REST, dash="solid", symbol="circle", glyph="")},
            x=x,
            y=y,
            with_dots=False,
            height_px=240,
        )
    )
