"""Which data format suits which question: engine x format x question, from the records of a run.

    tables(records) -> one FormatTable for each workload, number of records and load

A format is how an engine keeps the rows, as it says itself: relational, document, items, a kind of file.
Every value has the ids of the records it rests on. What an engine does not serve has its reason instead
of a value, and what nobody measured has neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from results.gates.seam import told
from results.likeness import load_text
from results.record import Record
from results.summary import merged
from workloads import datasets
from workloads.errors import InputError

# How engines say in their settings how rows are kept; the first that is there counts.
_SAID = ("storefit.format", "format")
UNTOLD = "its own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing that is asked of every format. `better`: which values are."""

    name: str
    title: str
    unit: Literal["B/record", "B/s", "s"]
    better: Literal["less", "more"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The answer of one format to one question.

    value        in the question's unit; None: not measured, or not served
    is_mean      of times: the mean, where there were too few for a median
    ratio        how many times worse than the best of the table that is evidence, 1 for the best;
                 None for what is no evidence itself
    evidence     ids of the records
    refused      a gate refused all of them as evidence, so the value is a first look
    unsupported  why the engine does not serve it
    failed       what went wrong where it was tried and nothing came of it
    """

    value: float | None = None
    is_mean: bool = False
    ratio: float | None = None
    evidence: tuple[str, ...] = ()
    refused: bool = False
    unsupported: str | None = None
    failed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatRow:
    """One format of one engine; `cells` in the order of the questions."""

    engine: str
    place: str
    form: str
    cells: tuple[Cell, ...]

    @property
    def title(self) -> str:
        return f"{self.engine} {self.form}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatTable:
    """All formats of one workload under one load."""

    workload: str
    records: int
    load: str
    questions: tuple[Question, ...]
    rows: tuple[FormatRow, ...]

    def best(self, name: str) -> FormatRow | None:
        """The format that answers a question best; None where none did."""
        place = [question.name for question in self.questions].index(name)
        return next((row for row in self.rows if row.cells[place].ratio == 1.0), None)


def tables(records: Sequence[Record]) -> tuple[FormatTable, ...]:
    """A table for each workload and load under which formats can be compared: where an engine was
    measured in several of them, or a trial says that the format is what it varies."""
    groups: dict[tuple[str, int], list[Record]] = {}
    for record in records:
        if record.procedure is None:
            groups.setdefault((record.workload.digest, record.trial.records), []).append(record)
    found = (_tables(group) for group in groups.values())
    return tuple(table for some in found for table in some)


def form_of(record: Record) -> str:
    """How the engine kept the rows, in one word: what it says before a colon."""
    settings = {pair.name: pair.value for pair in record.engine.settings}
    for name in _SAID:
        if name in settings:
            return settings[name].partition(":")[0]
    return UNTOLD


def _compares(records: Iterable[Record]) -> bool:
    forms: dict[str, set[str]] = {}
    for record in records:
        if record.trial.axis == "format":
            return True
        forms.setdefault(record.engine.name, set()).add(form_of(record))
    return any(len(some) > 1 for some in forms.values())


def _tables(records: Sequence[Record]) -> Iterable[FormatTable]:
    """One for each load under which formats were compared."""
    first = records[0]
    asked = _questions(first.trial.dataset)
    for load in dict.fromkeys(load_text(record.load) for record in records if record.operations):
        same = [record for record in records if load_text(record.load) == load]
        if not _compares(same):
            continue
        # where nothing could be measured there may be no load
        rest = [record for record in records if not record.operations]
        kept: dict[tuple[str, str, str], list[Record]] = {}
        for record in dict.fromkeys((*same, *rest)):
            engine = record.engine
            kept.setdefault((engine.name, engine.place, form_of(record)), []).append(record)
        cells = [[_cell(group, question) for question in asked] for group in kept.values()]
        columns = [
            _rated(column, question)
            for column, question in zip(zip(*cells, strict=True), asked, strict=True)
        ]
        yield FormatTable(
            workload=first.workload.name,
            records=first.trial.records,
            load=load,
            questions=asked,
            rows=tuple(
                FormatRow(engine=engine, place=place, form=form, cells=tuple(row))
                for (engine, place, form), row in zip(kept, zip(*columns, strict=True), strict=True)
            ),
        )


def _questions(dataset: str) -> tuple[Question, ...]:
    return (
        Question(name="stored", title="bytes at rest", unit="B/record", better="less"),
        Question(name="load", title="load rate", unit="B/s", better="more"),
        Question(name="read", title="point read", unit="s", better="less"),
        Question(name="update", title="update of one field", unit="s", better="less"),
        Question(name="scan", title=_filter(dataset), unit="s", better="less"),
        Question(name="aggregate", title="full aggregate", unit="s", better="less"),
    )


def _filter(dataset: str) -> str:
    """What a scan filters by, and whether that is nested."""
    try:
        found = datasets.get(dataset)
        column = found.tables[0].column(found.roles.filter_column)
    except (InputError, KeyError):
        return "filter on one field"
    kind = "nested field" if column.nested else "field"
    return f"filter on {kind} {column.name}"


def _cell(records: Sequence[Record], question: Question) -> Cell:
    if question.name == "stored":
        return _of_storage(records, of="stored")
    if question.name == "load":
        return _of_storage(records, of="load")
    alone = [record for record in records if record.trial.phase == question.name]
    asked = alone or [
        record
        for record in records
        if any(operation.kind == question.name for operation in record.operations)
    ]
    good = [record for record in asked if record.is_evidence]
    some = good or [record for record in asked if record.outcome == "ok"]
    times = [
        told(operation)
        for record in some
        for operation in record.operations
        if operation.kind == question.name
    ]
    if times:
        evidence = tuple(record.id for record in some)
        whole = merged(times)
        return Cell(
            value=whole.mean_s if whole.p50_s is None else whole.p50_s,
            is_mean=whole.p50_s is None,
            evidence=evidence,
            refused=not good,
        )
    unsupported = _reason(records, question.name)
    errors = [] if unsupported else [record.error for record in alone if record.error]
    return Cell(unsupported=unsupported, failed=next(iter(errors), None))


def _reason(records: Sequence[Record], kind: str) -> str | None:
    """Why an operation kind is not served, where an engine said so."""
    for record in records:
        for pair in record.unsupported:
            if pair.name == kind:
                return pair.value
        if record.outcome == "unsupported" and record.trial.phase == kind:
            return record.error
    return None


def _of_storage(records: Sequence[Record], *, of: Literal["stored", "load"]) -> Cell:
    """What loading left; each load once, though many trials tell of it. The median of several."""
    values: dict[float, str] = {}
    for record in records:
        kept = record.storage
        if kept is None or record.outcome == "unsupported":
            continue
        value = None
        if of == "load" and kept.load_s > 0:
            value = kept.logical_bytes / kept.load_s
        elif of == "stored" and kept.stored_bytes is not None and kept.rows:
            value = kept.stored_bytes / kept.rows
        if value is not None:
            values.setdefault(value, record.id)
    if not values:
        return Cell()
    ordered = sorted(values)
    return Cell(value=ordered[len(ordered) // 2], evidence=tuple(values.values()))


def _rated(cells: Sequence[Cell], question: Question) -> list[Cell]:
    """The same cells, those that are evidence with their ratio to the best of them."""
    known = [cell.value for cell in cells if cell.value and not cell.refused]
    if not known:
        return list(cells)
    best = min(known) if question.better == "less" else max(known)
    rated = []
    for cell in cells:
        ratio = None
        if cell.value and not cell.refused:
            ratio = cell.value / best if question.better == "less" else best / cell.value
        rated.append(replace(cell, ratio=ratio))
    return rated
