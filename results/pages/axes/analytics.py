"""Analytics: what every query of a set takes on each engine, and the score over all."""

from __future__ import annotations

from collections.abc import Sequence

from results.display import number, seconds, size
from results.pages.axes.part import Measured, Part, figures, reasons
from results.pages.figures.dots import Dots, dots
from results.pages.figures.figure import Figure
from results.pages.markup import Markup, details, join, table, tag
from results.procedures import done
from results.queries import PROCEDURE, Cell, Column, Comparison, comparisons


def analytics(measured: Measured) -> Part | None:
    """The sets that were asked; None where none was."""
    found = comparisons(measured.records)
    tried = done(measured.records, PROCEDURE)
    if not found:
        return None
    cannot = [
        (f"{measured.labels.of_record(each.first)}, {each.way}", each.problem or "not served")
        for each in tried
        if not each.steps
    ]
    return Part(
        identifier="analytics",
        words="Analytics",
        title="What analytic queries take",
        sentence="; ".join(_sentence(measured, each) for each in found) + ".",
        content=[
            *(_set(measured, each, at) for at, each in enumerate(found)),
            reasons("Not possible", cannot),
        ],
    )


def _name(measured: Measured, column: Column) -> str:
    label = measured.labels.of(column.engine, column.version, column.place)
    return f"{label} ({column.varied})" if column.varied else label


def _score(column: Column) -> float | None:
    return column.score_warm if column.score_warm is not None else column.score_first


def _sentence(measured: Measured, found: Comparison) -> str:
    scored = sorted(
        ((score, _name(measured, column)) for column in found.columns if (score := _score(column))),
    )
    if not scored:
        return f"{found.way}: no query was answered"
    said = ", ".join(f"{name} {score:.3g}" for score, name in scored)
    return f"{found.way}: score {said} (1 is the fastest here in every query)"


def _set(measured: Measured, found: Comparison, at: int) -> Markup:
    wrong = [
        (f"{_name(measured, column)}, {query}", cell.problem or "another answer")
        for column in found.columns
        for query, cell in zip(found.queries, column.cells, strict=True)
        if cell.problem or cell.correct is False
    ]
    title = found.title or found.way
    if found.rows is not None:
        title = f"{title}: {number(found.rows)} rows" + (
            f", {size(found.bytes)}" if found.bytes is not None else ""
        )
    return join(
        tag("h3", title),
        figures(_seconds(measured, found, at), _scores(measured, found, at)),
        details("Every query", _numbers(measured, found)),
        reasons("Remarks", wrong),
    )


def _order(measured: Measured, found: Comparison) -> list[str]:
    names = [_name(measured, column) for column in found.columns]
    return list(dict.fromkeys((*measured.labels.order, *names)))


def _took(cell: Cell) -> float | None:
    if cell.correct is False:
        return None
    return cell.warm_s if cell.warm_s is not None else cell.first_s


def _seconds(measured: Measured, found: Comparison, at: int) -> Figure | None:
    return dots(
        Dots(
            identifier=f"figure-queries-{at}",
            title="Seconds of each query",
            values={
                _name(measured, column): {
                    query: took
                    for query, cell in zip(found.queries, column.cells, strict=True)
                    if (took := _took(cell)) is not None
                }
                for column in found.columns
            },
            order=_order(measured, found),
            display=seconds,
            row_title="Query",
            said="The shortest repetition, further left is faster; a wrong answer has no dot.",
            compact=True,
        )
    )


def _scores(measured: Measured, found: Comparison, at: int) -> Figure | None:
    columns = [(_name(measured, column), column) for column in found.columns]
    parts = (
        ("score, warm", [(name, c.score_warm) for name, c in columns]),
        ("score, first time", [(name, c.score_first) for name, c in columns]),
    )
    return dots(
        Dots(
            identifier=f"figure-scores-{at}",
            title="Score over all queries",
            values=_by_series(parts),
            order=_order(measured, found),
            display=lambda value: "–" if value is None else f"×{value:.3g}",
            row_title="Score",
            said="Geometric mean of (10 ms + time) / (10 ms + best), as ClickBench has it: 1 is the "
            "fastest engine here in every query.",
        )
    )


def _by_series(
    parts: Sequence[tuple[str, Sequence[tuple[str, float | None]]]],
) -> dict[str, dict[str, float]]:
    values: dict[str, dict[str, float]] = {}
    for row, pairs in parts:
        for name, value in pairs:
            if value is not None:
                values.setdefault(name, {})[row] = value
    return values


def _numbers(measured: Measured, found: Comparison) -> Markup:
    names = [_name(measured, column) for column in found.columns]
    headings = [
        "Query",
        *(f"{name}, {what}" for name in names for what in ("first", "warm")),
        "Rows",
    ]
    rows = []
    for place, query in enumerate(found.queries):
        cells = [column.cells[place] for column in found.columns]
        times = [words for cell in cells for words in _times(cell)]
        count = next((cell.rows for cell in cells if cell.rows is not None), None)
        rows.append([query, *times, number(count)])
    total = [
        seconds(value)
        for column in found.columns
        for value in (column.total_first_s, column.total_warm_s or None)
    ]
    loads = [words for c in found.columns for words in (seconds(c.load_s), size(c.stored_bytes))]
    rows += [["all together", *total, ""], ["loading, bytes at rest", *loads, ""]]
    return table(headings, rows, numeric="|".join(headings[1:]))


def _times(cell: Cell) -> tuple[str, str]:
    wrong = " (wrong)" if cell.correct is False else ""
    return f"{seconds(cell.first_s)}{wrong}", f"{seconds(cell.warm_s)}{wrong}"
