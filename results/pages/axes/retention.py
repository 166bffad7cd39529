"""Retention period: months of growth, how old records go, backups, the archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from results.display import months, number, seconds, size
from results.pages.axes.keeping import archive, log, saving
from results.pages.axes.part import Measured, Part, capital, doubt, excuses, figures, way_name
from results.pages.axes.ways import by_way, kept, times
from results.pages.figures.lines import Lines, Scale, Spot, lines
from results.pages.markup import Markup, details, join, table, tag
from results.pages.names import DASHES, SYMBOLS, Style
from results.procedures import Done, done
from results.retention import (
    Archived,
    Expiry,
    Growth,
    archives,
    expiries,
    growths,
    savings,
)
from workloads.spec.units import MONTH_S

_PROCEDURES = ("grow", "expire", "backup", "restore", "archive")


def retention(measured: Measured) -> Part | None:
    """Everything that was done about old records; None where nothing was."""
    tried = [each for name in _PROCEDURES for each in done(measured.records, name)]
    grown, expired = growths(measured.records), expiries(measured.records)
    saved, archived = savings(measured.records), archives(measured.records)
    if not tried:
        return None
    content = [
        _growth(measured, grown),
        _expiry(measured, expired),
        saving(measured, saved),
        archive(measured, archived),
        log(measured),
        excuses(measured, tried),
    ]
    return Part(
        identifier="retention",
        words="Retention",
        title="What keeping and removing data takes",
        sentence=_sentence(measured, grown, expired, archived),
        content=[part for part in content if part],
    )


def _sentence(
    measured: Measured,
    grown: Sequence[Growth],
    expired: Sequence[Expiry],
    archived: Sequence[Archived],
) -> str:
    parts = []
    known = [each for each in expired if each.seconds is not None]
    timed = [each for each in known if not each.done.refused] or known
    if timed:
        quick = min(timed, key=lambda e: (e.seconds or 0.0) / (e.rows or 1))
        parts.append(
            f"old records go fastest by {way_name(measured, quick.done)}: {number(quick.rows)} in "
            f"{seconds(quick.seconds)}{doubt(refused=quick.done.refused)}"
        )
    factors = [(each, each.factor) for each in grown if each.factor is not None]
    if factors:
        worst, factor = max(factors, key=lambda pair: pair[1] or 0.0)
        after = (worst.points[-1][0]) / MONTH_S
        parts.append(
            f"after {round(after)} simulated months {way_name(measured, worst.done)} has "
            f"grown most, to {factor:.2g} times its first bytes{doubt(refused=worst.done.refused)}"
        )
    rows = [e for e in archived if e.bytes_per_row and e.live_bytes_per_row]
    if rows:
        kept = _span([e.bytes_per_row for e in rows])
        live = _span([e.live_bytes_per_row for e in rows])
        parts.append(f"a row takes {kept} in the archive, {live} in the live store")
    return (
        f"{capital('; '.join(parts))}." if parts else "What was tried, and why it was not possible."
    )


def _span(values: Sequence[float | None]) -> str:
    low, high = (size(end([v for v in values if v is not None])) for end in (min, max))
    return low if low == high else f"{low} to {high}"


def _growth(measured: Measured, grown: Sequence[Growth]) -> Markup:
    """Bytes at rest over simulated months, a line for each way."""
    if not grown:
        return Markup("")
    looks = _ways(measured, [each.done for each in grown])
    spots: dict[str, list[Spot]] = {}
    each_row: dict[str, list[Spot]] = {}
    for each in grown:
        name, no = way_name(measured, each.done), each.done.refused
        spots[name] = [Spot(x=at / MONTH_S, y=stored, refused=no) for at, stored, _ in each.points]
        each_row[name] = [
            Spot(x=at / MONTH_S, y=stored / rows, refused=no)
            for at, stored, rows in each.points
            if rows
        ]
    time = Scale(title="simulated months", display=months, is_log=False)
    byte = Scale(title="", display=size, is_log=False, binary=True)
    return join(
        tag("h3", "Months of growth and expiry"),
        figures(
            lines(
                Lines(
                    identifier="figure-growth",
                    title="Bytes at rest over the months",
                    said="Records come and go as declared. A line that keeps rising steeper than the "
                    "rows has space that did not come back.",
                    spots=spots,
                    looks=looks,
                    x=time,
                    y=byte,
                )
            ),
            lines(
                Lines(
                    identifier="figure-growth-row",
                    title="Bytes at rest of each row that is there",
                    said="Rising: bloat. Level: what was removed is used again.",
                    spots=each_row,
                    looks=looks,
                    x=time,
                    y=byte,
                )
            ),
        ),
    )


def _ways(measured: Measured, found: Sequence[Done]) -> dict[str, Style]:
    """Colour by engine, dash and symbol by the way, where an engine has several."""
    ways = list(dict.fromkeys((each.way, each.varied) for each in found))
    looks = {}
    for each in found:
        at = ways.index((each.way, each.varied))
        style = measured.looks[measured.labels.of_record(each.first)]
        looks[way_name(measured, each)] = replace(
            style, dash=DASHES[at % len(DASHES)], symbol=SYMBOLS[at % len(SYMBOLS)]
        )
    return looks


def _expiry(measured: Measured, found: Sequence[Expiry]) -> Markup:
    if not found:
        return Markup("")

    def over(read: Callable[[Expiry], float | None]) -> list[tuple[Done, float | None]]:
        return [(each.done, read(each)) for each in found]

    rows = [
        [
            way_name(measured, each.done),
            number(each.rows),
            seconds(each.seconds),
            size(each.log_bytes),
            *map(_freed, (each.freed_at_once, each.freed_settled, each.freed_compacted)),
            kept(each.throughput_kept),
            times(each.p99_times),
        ]
        for each in found
    ]
    headings = [
        "Way", "Rows", "Time", "Log", "Freed at once", "Freed after settling",
        "Freed after compacting", "Workload's throughput beside it", "Workload's 99 % beside it",
    ]  # fmt: skip
    return join(
        tag("h3", "How old records go"),
        figures(
            by_way(
                measured,
                over(lambda e: e.seconds),
                ("figure-expire-time", "Time to remove a quarter of the records", ""),
                seconds,
            ),
            by_way(
                measured,
                over(lambda e: e.freed_settled),
                (
                    "figure-expire-freed",
                    "Space given back after settling",
                    "What gave nothing back is in the table only.",
                ),
                size,
                binary=True,
            ),
            by_way(
                measured,
                over(lambda e: e.log_bytes),
                ("figure-expire-log", "Log written for it", ""),
                size,
                binary=True,
            ),
            css="packed",
        ),
        details("Every way of expiry", table(headings, rows, numeric="|".join(headings[1:]))),
    )


def _freed(value: int | None) -> str:
    return size(value) if value is None or value >= 0 else f"none (+{size(-value)})"
