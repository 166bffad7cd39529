"""Which data format suits which question, as a table on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bench.commands.measured import duration, size

if TYPE_CHECKING:
    from rich.console import RenderableType

    from results.formats import Cell, FormatTable, Question
    from results.record import Record


def document(records: Sequence[Record]) -> list[dict[str, Any]]:
    """The tables as plain JSON values."""
    from results.formats import tables

    return [asdict(table) for table in tables(records)]


def views(records: Sequence[Record]) -> list[RenderableType]:
    """One for each table; none where nothing compares formats."""
    from results.formats import tables

    return [view(found) for found in tables(records)]


def view(found: FormatTable) -> RenderableType:
    """The best of each question in bold, the others with how many times worse they are."""
    from rich.console import Group
    from rich.text import Text

    from bench.commands.columns import Column, Columns

    figures = [
        Column(title=question.title, drop=-at if at else None)
        for at, question in enumerate(found.questions)
    ]
    shown = Columns(columns=(Column(title="format", role="name"), *figures))
    for row in found.rows:
        cells = [
            Text(_shown(cell, question), style="bold" if cell.ratio == 1.0 else "")
            for cell, question in zip(row.cells, found.questions, strict=True)
        ]
        shown.add(row.title, *cells)
    head = Text(
        f"\nWhich format suits which question: {found.workload}, {found.records:,} records, {found.load}"
        " (median times, ~ mean; ×: times the best)",
    )
    return Group(head, shown, *(Text(line, style="dim") for line in _notes(found)))


def _shown(cell: Cell, question: Question) -> str:
    if cell.value is None:
        return "not served" if cell.unsupported else "failed" if cell.failed else "–"
    text = duration(cell.value) if question.unit == "s" else size(cell.value)
    text += "/s" if question.unit == "B/s" else ""
    text = f"~{text}" if cell.is_mean else text
    text = f"{text}?" if cell.refused else text
    if cell.ratio is None:
        return text
    return f"{text} ×{cell.ratio:.2g}" if cell.ratio < 9.5 else f"{text} ×{cell.ratio:,.0f}"


def _notes(found: FormatTable) -> list[str]:
    """Why something is not served, what failed, and what a question mark means."""
    notes: dict[str, None] = {}
    for row in found.rows:
        for cell, question in zip(row.cells, found.questions, strict=True):
            if cell.unsupported is not None:
                notes[f"{row.engine}, {question.title}: {cell.unsupported}"] = None
            elif cell.failed is not None:
                notes[f"{row.title}, {question.title}: {cell.failed}"] = None
    if any(cell.refused for row in found.rows for cell in row.cells):
        notes["?: no trial of it is evidence (see the findings above)"] = None
    return list(notes)
