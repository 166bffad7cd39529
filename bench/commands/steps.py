"""What procedures did, step by step: one row a step, repetitions together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bench.commands.measured import duration, number, size, varied

if TYPE_CHECKING:
    from rich.console import RenderableType

    from results.record import Record, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One step of a procedure on one engine; a procedure that has none is one row too.

    Figures are means over the repetitions; None: not measured. `correct`: of all of them.
    """

    workload: str
    engine: str
    place: str
    varied: str
    procedure: str
    way: str
    outcome: str
    repetitions: int
    step: str | None
    at_s: float | None
    seconds: float | None
    rows: float | None
    made_bytes: float | None
    stored_bytes_before: float | None
    stored_bytes_after: float | None
    log_bytes: float | None
    cpu_s: float | None
    read_bytes: float | None
    write_bytes: float | None
    read_ios: float | None
    write_ios: float | None
    memory_bytes: float | None
    throughput_per_s: float | None
    p99_s: float | None
    correct: bool | None
    note: str | None


def rows(records: Sequence[Record]) -> list[Row]:
    """The steps of these records, in their order; trials under load have none."""
    groups: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        if record.procedure is not None:
            groups.setdefault(_setting(record), []).append(record)
    return [row for group in groups.values() for row in _rows(group)]


def document(records: Sequence[Record]) -> list[dict[str, Any]]:
    """The rows as plain JSON values."""
    return [asdict(row) for row in rows(records)]


def table(records: Sequence[Record]) -> RenderableType:
    """The steps for a terminal, and below them what went wrong or was noted."""
    from rich.console import Group
    from rich.text import Text

    from bench.commands.columns import Column, Columns

    found = rows(records)
    columns = [column for column in _COLUMNS if any(column[1](row) != "–" for row in found)]
    shown = Columns(
        columns=(
            Column(title="engine", role="head"),
            Column(title="procedure", role="head"),
            Column(title="step", role="name"),
            *(Column(title=title, drop=_DROPPED.get(title)) for title, _ in columns),
            Column(title="", role="remark"),
        )
    )
    last: tuple[str, ...] = ()
    for row in found:
        head = (row.workload, row.engine, row.place, row.varied, row.procedure, row.way)
        is_new = head != last
        name = f"{row.engine} ({row.varied})" if row.varied else row.engine
        bad = row.outcome != "ok" or row.correct is False
        shown.add(
            name if is_new else "",
            f"{row.procedure} {row.way}" if is_new else "",
            row.step or "–",
            *(cell(row) for _, cell in columns),
            Text(_remark(row), style="red" if bad and row.outcome != "unsupported" else ""),
        )
        last = head
    notes = dict.fromkeys(_note(row) for row in found if row.note)
    return Group(shown, *(Text(note, style="dim") for note in ("", *notes)))


def _setting(record: Record) -> tuple[object, ...]:
    from results.likeness import setting

    return setting(record)


def _rows(group: Sequence[Record]) -> list[Row]:
    """Steps of equal position are repetitions of each other."""
    good = [r for r in group if r.procedure and r.procedure.steps] or list(group)
    parts = [r.procedure.steps if r.procedure else () for r in good]
    if len({tuple(step.name for step in part) for part in parts}) > 1:
        return [_row([record], position) for record in good for position in _positions(record)]
    return [_row(good, position) for position in _positions(good[0])]


def _positions(record: Record) -> Sequence[int | None]:
    steps = record.procedure.steps if record.procedure else ()
    return range(len(steps)) or (None,)


def _row(group: Sequence[Record], position: int | None) -> Row:
    first = group[0]
    done = first.procedure
    found = [r.procedure.steps[position] for r in group if r.procedure and position is not None]
    told = [step.correct for step in found if step.correct is not None]
    bad = [record for record in group if record.outcome != "ok"]
    note = next((step.note for step in found if step.note), None)
    return Row(
        workload=first.workload.name,
        engine=first.engine.name,
        place=first.engine.place,
        varied=varied(first),
        procedure=done.name if done else "",
        way=done.way if done else "",
        outcome=bad[0].outcome if bad else "ok",
        repetitions=len(group),
        step=found[0].name if found else None,
        at_s=found[0].at_s if found else None,
        seconds=_mean(found, "seconds"),
        rows=_mean(found, "rows"),
        made_bytes=_mean(found, "made_bytes"),
        stored_bytes_before=_mean(found, "stored_bytes_before"),
        stored_bytes_after=_mean(found, "stored_bytes_after"),
        log_bytes=_mean(found, "log_bytes"),
        cpu_s=_mean(found, "cpu_s"),
        read_bytes=_mean(found, "read_bytes"),
        write_bytes=_mean(found, "write_bytes"),
        read_ios=_mean(found, "read_ios"),
        write_ios=_mean(found, "write_ios"),
        memory_bytes=_mean(found, "memory_bytes"),
        throughput_per_s=_mean(found, "throughput_per_s"),
        p99_s=_mean(found, "p99_s"),
        correct=all(told) if told else None,
        note=note if note else next((r.error for r in bad if r.error), None),
    )


def _mean(steps: Sequence[Step], name: str) -> float | None:
    """Of the repetitions that have the figure."""
    known = [value for step in steps if (value := getattr(step, name)) is not None]
    return sum(known) / len(known) if known else None


def _count(value: float | None) -> str:
    return "–" if value is None else number(value)


def _at(row: Row) -> str:
    """Simulated time, in days from a day on."""
    if row.at_s is None:
        return "–"
    return f"{row.at_s / 86_400:.3g} d" if row.at_s >= 86_400 else duration(row.at_s)


_COLUMNS = (
    ("at", _at),
    ("took", lambda row: duration(row.seconds)),
    ("rows", lambda row: _count(row.rows)),
    ("made", lambda row: size(row.made_bytes)),
    ("at rest before", lambda row: size(row.stored_bytes_before)),
    ("at rest after", lambda row: size(row.stored_bytes_after)),
    ("log", lambda row: size(row.log_bytes)),
    ("CPU", lambda row: duration(row.cpu_s)),
    ("read", lambda row: size(row.read_bytes)),
    ("written", lambda row: size(row.write_bytes)),
    ("reads", lambda row: _count(row.read_ios)),
    ("writes", lambda row: _count(row.write_ios)),
    ("memory", lambda row: size(row.memory_bytes)),
    ("beside op/s", lambda row: _count(row.throughput_per_s)),
    ("beside p99", lambda row: duration(row.p99_s)),
)


# Figures that are left out on a narrow terminal, the first of these first; `took` never is.
_FIRST_LEFT_OUT = (
    "memory, reads, writes, read, written, made, at rest before, CPU, log, beside p99, "
    "beside op/s, rows, at rest after, at"
)
_DROPPED = {title: at for at, title in enumerate(_FIRST_LEFT_OUT.split(", "))}


def _remark(row: Row) -> str:
    words = [] if row.outcome == "ok" else [row.outcome]
    if row.correct is not None:
        words.append("correct" if row.correct else "CONTENT WRONG")
    return ", ".join(words)


def _note(row: Row) -> str:
    return f"{row.engine} {row.procedure} {row.way} {row.step or row.outcome}: {row.note}"
