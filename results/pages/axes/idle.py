"""What an engine uses while nobody asks, and how it answers the first requests after that."""

from __future__ import annotations

from collections.abc import Sequence

from results.display import number, seconds, share, size
from results.pages.axes.part import Measured, excuses, figures, way_name
from results.pages.figures.dots import Dots, dots
from results.pages.figures.figure import Figure, apart
from results.pages.figures.lines import Lines, Scale, Spot, lines
from results.pages.markup import Markup, details, join, table, tag
from results.pages.names import DASHES, Style
from results.procedures import Done, done
from results.record import Step

_DAY_S = 86_400.0
_NO_REQUESTS = ("steady", "start", "connect", "steady again")


def idle_and_cold(measured: Measured) -> Markup:
    """Both, or nothing where neither was done."""
    idle, cold = done(measured.records, "idle"), done(measured.records, "cold-start")
    parts = [_idle(measured, idle), _cold(measured, cold), excuses(measured, [*idle, *cold])]
    return join(*parts) if idle or cold else Markup("")


def _idle(measured: Measured, found: Sequence[Done]) -> Markup:
    watched = [(each, step) for each in found for step in each.steps[:1] if step.seconds]
    if not watched:
        return Markup("")
    cpu: dict[str, dict[str, float]] = {}
    memory: dict[str, dict[str, float]] = {}
    rows = []
    for each, step in watched:
        label = measured.labels.of_record(each.first)
        per_s = _per(step.cpu_s, step)
        if per_s is not None:
            cpu.setdefault(label, {})[each.way] = per_s
        if step.memory_bytes is not None:
            memory.setdefault(label, {})[each.way] = float(step.memory_bytes)
        rows.append(
            [
                way_name(measured, each),
                share(per_s),
                size(step.memory_bytes),
                _a_day(step.log_bytes, step),
                _a_day(step.write_bytes, step),
                step.note or "",
            ]
        )
    headings = ["Engine", "Of a processor", "Memory held", "Log a day", "Written a day", "Remarks"]
    numbers = table(headings, rows, numeric="|".join(headings[1:5]))
    order = measured.labels.order
    return join(
        tag("h3", "While nobody asks"),
        figures(
            dots(
                Dots(
                    identifier="figure-idle-memory",
                    title="Memory held while idle",
                    values=memory,
                    order=order,
                    display=size,
                    binary=True,
                    row_title="Way",
                    said="With the data loaded and no client, and with connections that ask nothing.",
                )
            ),
            dots(
                Dots(
                    identifier="figure-idle-cpu",
                    title="Share of one processor while idle",
                    values=cpu,
                    order=order,
                    display=share,
                    row_title="Way",
                    said="What is below one tick of the system's clock is in the table only.",
                )
            ),
            css="packed",
        ),
        details("Idle cost in full", numbers, is_open=not any(cpu.values())),
    )


def _per(value: float | None, step: Step) -> float | None:
    return None if value is None or not step.seconds else value / step.seconds


def _a_day(value: float | None, step: Step) -> str:
    per_s = _per(value, step)
    return size(None if per_s is None else per_s * _DAY_S)


def _cold(measured: Measured, found: Sequence[Done]) -> Markup:
    asked = [each for each in found if each.steps]
    if not asked:
        return Markup("")
    rows = [
        [
            way_name(measured, each) if at == 0 else "",
            step.name,
            seconds(step.seconds),
            number(step.rows),
            step.note or "",
        ]
        for each in asked
        for at, step in enumerate(each.steps)
    ]
    numbers = table(
        ["Engine", "Part", "Time", "Requests", "Remarks"], rows, numeric="Time|Requests"
    )
    return join(
        tag("h3", "The first requests after idling"),
        apart(*filter(None, (_curve(measured, asked), _waiting(measured, asked)))),
        details("Cold start in full", numbers),
    )


def _curve(measured: Measured, asked: Sequence[Done]) -> Figure | None:
    """Times warm of the requests by their number; one line for each engine and way."""
    spots: dict[str, list[Spot]] = {}
    looks: dict[str, Style] = {}
    ways = list(dict.fromkeys(each.way for each in asked))
    for each in asked:
        warm = each.step("steady")
        name, reached = way_name(measured, each), 0
        spots[name] = []
        style = measured.looks[measured.labels.of_record(each.first)]
        looks[name] = Style(
            colour=style.colour,
            dash=DASHES[ways.index(each.way) % len(DASHES)],
            symbol=style.symbol,
            glyph=style.glyph,
        )
        if warm is None or not warm.seconds:
            continue
        for step in each.steps:
            if step.name in _NO_REQUESTS or step.seconds is None:
                continue
            # a client's first two requests are one each, though many clients were asked
            reached += 1 if each.way == "connection" else step.rows or 1
            ratio = step.seconds / warm.seconds
            spots[name].append(Spot(x=float(reached), y=ratio, refused=each.refused))
    return lines(
        Lines(
            identifier="figure-cold-curve",
            title="How much longer than usual requests take",
            said="The median of requests up to that number, as a multiple of the warm median: at ×1 "
            "the engine is warm again.",
            spots=spots,
            looks=looks,
            x=Scale(title="request number", display=number),
            y=Scale(title="times the warm median", display=lambda value: f"×{number(value)}"),
            level=(1.0, "warm"),
        )
    )


def _waiting(measured: Measured, asked: Sequence[Done]) -> Figure | None:
    """How long a client waits for its first answer, start and connecting included."""
    values: dict[str, dict[str, float]] = {}
    for each in asked:
        parts = [each.step(name) for name in ("start", "connect", "first request")]
        known = [step.seconds for step in parts if step is not None and step.seconds is not None]
        if known:
            label = measured.labels.of_record(each.first)
            values.setdefault(label, {})[each.way] = sum(known)
    return dots(
        Dots(
            identifier="figure-cold-first",
            title="Time until the first answer",
            values=values,
            order=measured.labels.order,
            display=seconds,
            row_title="After",
            said="Starting where it was stopped, connecting, and the first request.",
        )
    )
