"""The measured table: one row for each workload, engine, load and phase, repetitions together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from results.likeness import load_text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from results.record import Distribution, ErrorCount, Finding, Record


# Of throughput; where goodput is less, it is shown beside it.
_ALMOST_ALL = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One phase on one engine. Times in seconds, sizes in bytes; None: not measured.

    Percentiles are of response time in open load, else of service time, over all operations and
    repetitions of the row; those that the sample does not support are None.
    …_half_width   of the 95 % interval of the mean of the repetitions, as a fraction
    goodput_per_s  completed without error and within the declared objective
    variant        what the second side of an interleaved run differs in
    axis, varied   which axis a suite varied, and what to which value
    failed, refused   repetitions that did not end well; those that a gate refused as evidence
    refusals       codes of the findings that refused
    """

    workload: str
    engine: str
    version: str
    place: str
    variant: str | None
    axis: str | None
    varied: str
    load: str
    phase: str
    repetitions: int
    failed: int
    refused: int
    outcome: str
    throughput_per_s: float
    throughput_half_width: float | None
    goodput_per_s: float | None
    p50_s: float | None
    p50_half_width: float | None
    p95_s: float | None
    p99_s: float | None
    p99_half_width: float | None
    cpu_s: float | None
    cpu_half_width: float | None
    read_bytes: float | None
    write_bytes: float | None
    read_units: float | None
    write_units: float | None
    errors: int
    findings: tuple[str, ...]
    refusals: tuple[str, ...]
    error: str | None


def rows(records: Sequence[Record]) -> list[Row]:
    """The rows of these records: side by side, each in the order of its first measurement.

    Procedures have none: see `bench.commands.steps`.
    """
    from results.matching import grouped

    found = [_row(group) for group in grouped([r for r in records if r.procedure is None])]
    order = {head: at for at, head in reversed(list(enumerate(map(_head, found))))}
    return sorted(found, key=lambda row: order[_head(row)])


def varied(record: Record) -> str:
    """What a suite varied in a trial: `data.records=10k`; empty when nothing."""
    return ", ".join(f"{v.name.removeprefix('option:')}={v.value}" for v in record.trial.varied)


def document(records: Sequence[Record]) -> list[dict[str, Any]]:
    """The rows as plain JSON values."""
    return [asdict(row) for row in rows(records)]


def by_workload(records: Sequence[Record]) -> list[list[Record]]:
    """The records of each workload; those that a suite varies from one stay together."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.workload.name, []).append(record)
    return list(groups.values())


def heading(records: Sequence[Record]) -> str:
    """What stands above the table of a workload: its name, and what was loaded."""
    trials = [record.trial for record in records]
    counts = sorted({trial.records for trial in trials})
    many = f"{counts[0]:,} to {counts[-1]:,}" if len(counts) > 1 else f"{counts[0]:,}"
    scales = sorted({f"{trial.scale:.3g}" for trial in trials}, key=float)
    said = (
        f"{many} records (scale {' to '.join(scales[:: max(len(scales) - 1, 1)])})",
        *(
            f"{what} {', '.join(dict.fromkeys(found))}"
            for what, found in (
                ("keys", [trial.keys for trial in trials]),
                ("durability", [trial.durability for trial in trials]),
            )
        ),
    )
    return f"{records[0].workload.name}: {', '.join(said)}"


def table(records: Sequence[Record]) -> RenderableType:
    """The rows for a terminal, and below them what the gates found."""
    from rich.console import Group
    from rich.text import Text

    from bench.commands.columns import Column, Columns

    found = rows(records)
    # intervals take the room of p95
    alone = all(row.repetitions == 1 for row in found)
    late = any(_is_late(row) for row in found)
    shown = Columns(
        columns=(
            Column(title="engine", role="head"),
            Column(title="operation", role="name"),
            Column(title="op/s"),
            *([Column(title="good/s", drop=6)] if late else []),
            Column(title="p50", drop=5),
            *([Column(title="p95", drop=3)] if alone else []),
            Column(title="p99", drop=7),
            Column(title="CPU/op", drop=4),
            Column(title="read/op", drop=1),
            Column(title="written/op", drop=2),
            Column(title="findings", role="remark"),
        )
    )
    last: tuple[str | None, ...] | None = None
    for row in found:
        head = _head(row)
        if last is not None and head != last:
            shown.add()
        shown.add(
            _engine(row, found) if head != last else "",
            row.phase,
            _rate(row),
            *([_goodput(row)] if late else []),
            _wide(row.p50_s, row.p50_half_width),
            *([duration(row.p95_s)] if alone else []),
            _wide(row.p99_s, row.p99_half_width),
            _wide(row.cpu_s, row.cpu_half_width),
            size(row.read_bytes),
            size(row.write_bytes),
            Text(_remark(row), style="red" if row.failed or row.refused else ""),
        )
        last = head
    notes = [Text(line, style="dim") for line in _legend(records, found)]
    return Group(shown, *notes)


def _row(group: Sequence[Record]) -> Row:
    from results.distribution import of_histogram
    from results.histogram import Histogram

    first = next((record for record in group if record.operations), group[0])
    good = [record for record in group if record.outcome == "ok"] or list(group)
    told: list[Distribution] = [o.response or o.service for r in good for o in r.operations]
    merged = [Histogram.from_base64(distribution.histogram) for distribution in told]
    whole = of_histogram(Histogram.merged(merged)) if merged else None
    speeds = [record.throughput_per_s for record in good]
    parts = [_whole(record) for record in good]
    findings: list[Finding] = [f for r in group for f in r.findings if f.level != "note"]
    bad = [record for record in group if record.outcome != "ok"]
    tried = [record for record in bad if record.was_tried]
    return Row(
        workload=first.workload.name,
        engine=first.engine.name,
        version=first.engine.version,
        place=first.engine.place,
        variant=first.trial.variant,
        axis=first.trial.axis,
        varied=varied(first),
        load=load_text(first.load),
        phase=first.trial.phase,
        repetitions=len(group),
        failed=len(tried),
        refused=sum(r.outcome == "ok" and not r.is_evidence for r in group),
        outcome=bad[0].outcome if bad else "ok",
        throughput_per_s=sum(speeds) / len(speeds),
        throughput_half_width=_half_width(speeds),
        goodput_per_s=_mean([record.goodput_per_s for record in good]),
        p50_s=whole.p50_s if whole else None,
        p50_half_width=_half_width([part.p50_s for part in parts if part]),
        p95_s=whole.p95_s if whole else None,
        p99_s=whole.p99_s if whole else None,
        p99_half_width=_half_width([part.p99_s for part in parts if part]),
        cpu_s=_mean([record.resources.cpu_s for record in good]),
        cpu_half_width=_half_width([record.resources.cpu_s for record in good]),
        read_bytes=_mean([record.resources.read_bytes for record in good]),
        write_bytes=_mean([record.resources.write_bytes for record in good]),
        read_units=_mean([record.resources.read_units for record in good]),
        write_units=_mean([record.resources.write_units for record in good]),
        errors=sum(record.errors_count for record in group),
        findings=tuple(dict.fromkeys(finding.code for finding in findings)),
        refusals=tuple(dict.fromkeys(f.code for f in findings if f.level == "error")),
        error=next((record.error for record in bad if record.error), None),
    )


def _whole(record: Record) -> Distribution | None:
    """One repetition over all its operations."""
    from results.summary import merged

    told = [operation.response or operation.service for operation in record.operations]
    return merged(told) if told else None


def _half_width(values: Sequence[float | None]) -> float | None:
    """Of the interval of the mean; None where a repetition has no value, or there is but one."""
    from results.statistics import mean_interval

    known = [value for value in values if value is not None]
    if len(known) < 2 or len(known) < len(values):
        return None
    return mean_interval(known).relative_half_width


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _rate(row: Row) -> str:
    if row.outcome != "ok" and not row.throughput_per_s:
        return "–"
    return number(row.throughput_per_s) + _width(row.throughput_half_width)


def _is_late(row: Row) -> bool:
    """Whether less was completed in time, and without error, than was tried."""
    good = row.goodput_per_s
    return bool(row.errors) or (good is not None and good < _ALMOST_ALL * row.throughput_per_s)


def _goodput(row: Row) -> str:
    return "–" if row.goodput_per_s is None else number(row.goodput_per_s)


def _wide(seconds: float | None, half_width: float | None) -> str:
    return duration(seconds) + (_width(half_width) if seconds is not None else "")


def _width(half_width: float | None) -> str:
    if half_width is None:
        return ""
    return f" ±{half_width:.0%}" if half_width < 1 else " ±>99%"


def _head(row: Row) -> tuple[str | None, ...]:
    """What the rows of one block have in common."""
    return row.workload, row.engine, row.version, row.place, row.variant, row.varied, row.load


def _engine(row: Row, found: Sequence[Row]) -> str:
    """The engine, with its version where there are several, and what differs on a second side."""
    versions = {other.version for other in found if other.engine == row.engine}
    name = f"{row.engine} {row.version.split()[0]}" if len(versions) > 1 else row.engine
    apart = row.variant or row.varied
    if not apart and len({other.load for other in found}) > 1:
        apart = row.load
    return f"{name} ({apart})" if apart else name


def _remark(row: Row) -> str:
    """What became of the repetitions, then what the gates said of them."""
    words = []
    if row.outcome == "unsupported":
        words.append(row.outcome)
    elif row.outcome != "ok":
        words.append(_of(row.failed, row.repetitions) + row.outcome.upper())
    if row.refused:
        codes = ", ".join(_short(code) for code in row.refusals)
        words.append(f"{_of(row.refused, row.repetitions)}REFUSED ({codes})")
    if row.errors:
        words.append(f"{row.errors} errors")
    return " ".join([*words, *(_short(code) for code in row.findings if code not in row.refusals)])


def _of(count: int, total: int) -> str:
    return "" if count == total else f"{count} of {total} "


def _short(code: str) -> str:
    return code.removeprefix("G-").lower()


def _legend(records: Sequence[Record], found: Sequence[Row]) -> list[str]:
    """One line for each finding and each failure, with what it said first."""
    lines: dict[str, str] = {}
    for record in records:
        where = f"{record.engine.name} {record.trial.phase}"
        for finding in record.findings:
            if finding.level != "note":
                code = _short(finding.code)
                lines.setdefault(code, f"{code}: {where}: {finding.message}")
    for record in records:
        where = f"{record.engine.name} {record.trial.phase}"
        for error in record.errors:
            lines.setdefault(f"error {where} {error.kind}", f"error: {where}: {_counted(error)}")
        if record.notes:
            said = ", ".join(note.text for note in record.notes)
            lines.setdefault(f"seen {where}", f"seen: {where}: {said}")
    if any(_is_late(row) for row in found):
        lines["good"] = "good/s: completed without error and within the declared objective"
    failures = [
        f"{row.outcome}: {row.engine} {row.phase}: {row.error}"
        for row in found
        if row.error and row.outcome != "unsupported"
    ]
    unsupported = dict.fromkeys(
        f"unsupported: {record.engine.name} {each.name}: {each.value}"
        for record in records
        for each in record.unsupported
    )
    return ["", *lines.values(), *failures, *unsupported]


def _counted(error: ErrorCount) -> str:
    """An error's kind, how often and when."""
    until = "" if error.last_at_s is None else f" to {error.last_at_s:.3g} s"
    return (
        f"{error.kind} x {error.count:,}, from {error.first_at_s:.3g} s{until} of the window: "
        f"{error.example}"
    )


def number(value: float) -> str:
    """Three significant digits: 71.3k, 4.02M."""
    for limit, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.3g}{suffix}"
    return f"{value:.3g}"


def duration(seconds: float | None) -> str:
    """Three significant digits in the unit that suits: 85.1 µs, 1.20 ms."""
    if seconds is None:
        return "–"
    for limit, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= limit:
            return f"{seconds / limit:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def size(count: float | None) -> str:
    """Three significant digits: 1.24 kB."""
    if count is None:
        return "–"
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= limit:
            return f"{count / limit:.3g} {unit}"
    return f"{count:.3g} B"
