"""What the queries of a set took, engine beside engine, and the score of each engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bench.commands.measured import duration, number, size
from results.queries import PROCEDURE, Cell, Column, Comparison, comparisons

if TYPE_CHECKING:
    from rich.console import RenderableType

    from bench.commands.columns import Columns
    from results.record import Record

_SCORE = (
    "score: geometric mean of (10 ms + t) / (10 ms + best) over the queries, as ClickBench has it; 1 is"
    " the fastest engine here in every query"
)


def apart(records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """Those that are shown here, and the others."""
    asked = [record for record in records if _is_shown(record)]
    return asked, [record for record in records if not _is_shown(record)]


def document(records: Sequence[Record]) -> list[dict[str, Any]]:
    """The comparisons as plain JSON values."""
    return [asdict(each) for each in comparisons(records)]


def tables(records: Sequence[Record]) -> Iterator[RenderableType]:
    """A table for each set and scale."""
    from rich.console import Group
    from rich.text import Text

    for each in comparisons(records):
        lines = [Text(line, style=style) for line, style in _said(each)]
        yield Group(Text(""), _table(each), *lines)


def _is_shown(record: Record) -> bool:
    done = record.procedure
    return done is not None and done.name == PROCEDURE and bool(done.steps)


def _table(found: Comparison) -> Columns:
    from rich.text import Text

    from bench.commands.columns import Column, Columns

    shown = Columns(
        columns=(
            Column(title=f"queries:{found.way}", role="name"),
            *(
                Column(title=f"{_name(column)} {what}", drop=drop)
                for column in found.columns
                for what, drop in (("first", 2), ("warm", None), ("× best", 3))
            ),
            Column(title="rows", drop=1),
            Column(title="", role="remark"),
        )
    )
    for place, name in enumerate(found.queries):
        same = [column.cells[place] for column in found.columns]
        warm = [c.warm_s for c in same if c.warm_s is not None and c.correct is not False]
        times = [_ratio(cell.warm_s, min(warm, default=None)) for cell in same]
        figures = [
            figure
            for cell, ratio in zip(same, times, strict=True)
            for figure in (duration(cell.first_s), duration(cell.warm_s), ratio)
        ]
        rows = next((cell.rows for cell in same if cell.rows is not None), None)
        bad = any(cell.problem or cell.correct is False for cell in same)
        shown.add(
            name,
            *figures,
            "–" if rows is None else number(rows),
            Text(_remark(found.columns, same), style="red" if bad else ""),
        )
    return shown


def _ratio(seconds: float | None, best: float | None) -> str:
    return "–" if seconds is None or not best else f"{seconds / best:.3g}"


def _remark(columns: Sequence[Column], cells: Sequence[Cell]) -> str:
    problems = [
        f"{_name(column)}: {cell.problem}"
        for column, cell in zip(columns, cells, strict=True)
        if cell.problem
    ]
    if problems:
        return "; ".join(problems)
    told = [cell.correct for cell in cells if cell.correct is not None]
    return "" if told else "not compared"


def _name(column: Column) -> str:
    return f"{column.engine} ({column.varied})" if column.varied else column.engine


def _said(found: Comparison) -> Iterator[tuple[str, str]]:
    """Lines below a table, each with its style."""
    for column in found.columns:
        right = sum(cell.correct is True for cell in column.cells)
        words = [
            f"score {_score(column.score_warm)} warm, {_score(column.score_first)} first",
            f"all {len(column.cells)} queries {duration(column.total_warm_s)} warm, "
            f"{duration(column.total_first_s)} first",
            _loaded(column),
            f"{right} of {len(column.cells)} answers compared and the same",
        ]
        if column.most_memory_bytes is not None:
            words.append(f"at most {size(column.most_memory_bytes)} of memory")
        yield f"{_name(column)} {column.version}: {'; '.join(words)}", ""
        yield f"    {column.settings}", "dim"
    rows = "?" if found.rows is None else number(found.rows)
    yield f"{found.title}; {rows} rows, {size(found.bytes)} of Parquet", "dim"
    yield _SCORE, "dim"


def _loaded(column: Column) -> str:
    if column.load_s is None:
        return f"nothing to load: its files are read where they are, {size(column.stored_bytes)}"
    return f"loaded in {duration(column.load_s)}, {size(column.stored_bytes)} at rest"


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
