"""What point-in-time recovery keeps of the log, beside what the retention procedures found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bench.commands.measured import number, size
from results.recovery import DAY_S, RecoveryLog, mean_log, recovery_log

if TYPE_CHECKING:
    from results.record import Record

_AXIS = "retention"


def logs(records: Sequence[Record]) -> list[RecoveryLog]:
    """Of each engine and workload one, where the records tell of retention; the mean of them."""
    if not any(_is_of_retention(record) for record in records):
        return []
    found: dict[tuple[str, str], list[RecoveryLog]] = {}
    for record in records:
        log = recovery_log(record)
        if log is not None and not record.trial.varied:
            found.setdefault((log.workload, log.engine), []).append(log)
    return [mean_log(group) for group in found.values()]


def document(records: Sequence[Record]) -> list[dict[str, Any]]:
    """The same as plain JSON values."""
    return [asdict(log) for log in logs(records)]


def lines(records: Sequence[Record]) -> list[str]:
    """A sentence for each."""
    return [_line(log) for log in logs(records)]


def _line(log: RecoveryLog) -> str:
    told = (
        f"{log.engine}, {log.workload}: {size(log.day_bytes)} of log a day"
        f" ({size(log.bytes_per_operation)} an operation x {number(log.operations_per_s)} a second)"
    )
    if log.window_bytes is None or log.window_s is None:
        return f"{told}; the workload declares no retention.backup"
    days = f"{log.window_s / DAY_S:.3g}"
    return f"{told}; {size(log.window_bytes)} to recover any moment of {days} days"


def _is_of_retention(record: Record) -> bool:
    from bench import procedures

    done = record.procedure
    known = procedures.names()
    return done is not None and done.name in known and procedures.get(done.name).axis == _AXIS
