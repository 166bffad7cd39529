"""Data format: which way of keeping the same records suits which question."""

from __future__ import annotations

from dataclasses import replace

from results.display import seconds, size
from results.formats import Cell, FormatRow, FormatTable, Question, tables
from results.pages.axes.part import Measured, Part, figures, folded, listed, reasons, under
from results.pages.figures.figure import Figure
from results.pages.figures.heat import Heat, Square, heat
from results.pages.markup import Markup, join, tag
from results.pages.names import REST, Style

_GREY = Style(colour=REST, dash="solid", symbol="circle", glyph="●")


def formats(measured: Measured) -> Part | None:
    """The matrix of questions and formats; None where formats cannot be compared."""
    every = [_tidy(table) for table in tables(measured.records) if _answered(table)]
    found = [table for table in every if _compares(table)] or every[:1]
    drawn = [(table, _figure(measured, table, at)) for at, table in enumerate(found)]
    shown = [(table, figure) for table, figure in drawn if figure is not None]
    if not shown:
        return None
    # what most was asked under comes first
    shown.sort(key=lambda pair: -_answered(pair[0]))
    first, *others = shown
    return Part(
        identifier="format",
        words="Format",
        title="Which data format suits which question",
        sentence=_sentence(measured, first[0]),
        content=[
            figures(first[1]),
            _notes(measured, first[0]),
            *(
                folded(_load(measured, table), join(figures(figure), _notes(measured, table)))
                for table, figure in others
            ),
        ],
    )


def _compares(table: FormatTable) -> bool:
    """Whether an operation was timed in several formats of an engine: else it says nothing new."""
    forms: dict[tuple[str, str], int] = {}
    for row in table.rows:
        timed = any(
            cell.value is not None and question.unit == "s" for cell, question in _pairs(row, table)
        )
        forms[row.engine, row.place] = forms.get((row.engine, row.place), 0) + timed
    return any(count > 1 for count in forms.values())


def _tidy(table: FormatTable) -> FormatTable:
    """The formats of an engine side by side, without questions that nobody answered."""
    engines = list(dict.fromkeys((row.engine, row.place) for row in table.rows))
    rows = sorted(table.rows, key=lambda row: engines.index((row.engine, row.place)))
    kept = [
        at
        for at in range(len(table.questions))
        if any(row.cells[at].value is not None for row in rows)
    ]
    return replace(
        table,
        questions=tuple(table.questions[at] for at in kept),
        rows=tuple(replace(row, cells=tuple(row.cells[at] for at in kept)) for row in rows),
    )


def _answered(table: FormatTable) -> int:
    return sum(cell.value is not None for row in table.rows for cell in row.cells)


def _load(measured: Measured, table: FormatTable) -> str:
    return measured.of(f"{table.records:,} records, {under(table.load)}", table.workload)


def _figure(measured: Measured, table: FormatTable, number: int) -> Figure | None:
    rows = [(_name(measured, row), _look(measured, row)) for row in table.rows]
    return heat(
        Heat(
            identifier=f"figure-format-{number}",
            title=measured.of(
                f"{table.records:,} records, {under(table.load)}, median times", table.workload
            ),
            said="Every cell has the value (bytes: of one record) and how many times worse than the "
            "best of its column it is.",
            row_title="Format",
            rows=rows,
            columns=[question.title for question in table.questions],
            squares=[
                [
                    _square(cell, asked)
                    for cell, asked in zip(row.cells, table.questions, strict=True)
                ]
                for row in table.rows
            ],
        )
    )


def _name(measured: Measured, row: FormatRow) -> str:
    return f"{measured.labels.at(row.engine, row.place)} {row.form}"


def _look(measured: Measured, row: FormatRow) -> Style:
    return measured.looks.get(measured.labels.at(row.engine, row.place), _GREY)


def _square(cell: Cell, question: Question) -> Square:
    if cell.value is None:
        if cell.unsupported is not None:
            return Square(words="not served", told=cell.unsupported)
        return Square(words="failed" if cell.failed else "–", told=cell.failed or "not measured")
    words = seconds(cell.value) if question.unit == "s" else size(cell.value)
    words += "/s" if question.unit == "B/s" else ""
    told = f"{words}{' (a mean)' if cell.is_mean else ''}"
    return Square(
        words=f"{'~' if cell.is_mean else ''}{words}{' ?' if cell.refused else ''}",
        ratio=cell.ratio,
        told=f"{told}, not evidence" if cell.refused else told,
    )


def _sentence(measured: Measured, table: FormatTable) -> str:
    """Who is best at what, the one with most questions first."""
    best: dict[str, list[str]] = {}
    for question in table.questions:
        row = table.best(question.name)
        if row is not None:
            best.setdefault(_name(measured, row), []).append(question.title)
    ranked = sorted(best.items(), key=lambda item: -len(item[1]))
    return "; ".join(f"{name} is best at {listed(what)}" for name, what in ranked) + "."


def _notes(measured: Measured, table: FormatTable) -> Markup:
    cannot, failed = [], []
    cells = [(row, cell, q) for row in table.rows for cell, q in _pairs(row, table)]
    for row, cell, question in cells:
        who = f"{_name(measured, row)}, {question.title}"
        if cell.unsupported is not None:
            cannot.append((who, cell.unsupported))
        elif cell.failed is not None:
            failed.append((who, cell.failed))
    marks = [
        words
        for words, is_there in (
            (
                "~ a mean, where there were too few for a median.",
                any(c.is_mean for _, c, _ in cells),
            ),
            (
                "? no trial of it is evidence: a first look, not compared (see Trust).",
                any(c.refused for _, c, _ in cells),
            ),
        )
        if is_there
    ]
    return join(
        tag("p", " ".join(marks), css="said") if marks else "",
        reasons("Not served", cannot),
        reasons("Went wrong", failed),
    )


def _pairs(row: FormatRow, table: FormatTable) -> list[tuple[Cell, Question]]:
    return list(zip(row.cells, table.questions, strict=True))
