"""How much log is kept so that a database can be set back to any moment of the last days.

Point-in-time recovery replays the log from the last backup on, so all log of the recovery window is
kept: what a day of the workload writes to it, times the days.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workloads.errors import InputError

if TYPE_CHECKING:
    from results.record import Record

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryLog:
    """Log of one engine for one workload, bytes. `window_bytes` None: no window is declared."""

    engine: str
    workload: str
    bytes_per_operation: float
    operations_per_s: float
    day_bytes: float
    window_s: float | None
    window_bytes: float | None


def recovery_log(record: Record) -> RecoveryLog | None:
    """What point-in-time recovery keeps, of the record of a mix.

        day_bytes    = log bytes per operation x operations per second x 86,400
        window_bytes = day_bytes x retention.backup in days

    Log bytes per operation are measured (`Resources.log_bytes`, over the mix); operations per
    second are the workload's `traffic.mean`. Logs are not compressed here, and a new backup lets an
    older log go only when it lies before the window. A trial that is too short or too crowded to tell
    how fast an engine is still tells how many bytes it wrote, so what the gates say does not matter.
    None where the trial failed, the engine keeps no log or the workload declares no mean traffic.
    """
    from workloads.spec import from_document

    each = record.resources.log_bytes
    if each is None or record.trial.phase != "mix" or record.outcome != "ok":
        return None
    try:
        workload = from_document(json.loads(record.workload.document))
    except (InputError, ValueError):
        return None
    mean = workload.traffic.mean_per_s
    if mean is None:
        return None
    day_bytes, window_s = each * mean * DAY_S, workload.retention.backup_s
    return RecoveryLog(
        engine=record.engine.name,
        workload=record.workload.name,
        bytes_per_operation=each,
        operations_per_s=mean,
        day_bytes=day_bytes,
        window_s=window_s,
        window_bytes=None if window_s is None else day_bytes * window_s / DAY_S,
    )


def mean_log(group: Sequence[RecoveryLog]) -> RecoveryLog:
    """Repetitions as one."""
    first, each = group[0], sum(log.bytes_per_operation for log in group) / len(group)
    day_bytes = each * first.operations_per_s * DAY_S
    return RecoveryLog(
        engine=first.engine,
        workload=first.workload,
        bytes_per_operation=each,
        operations_per_s=first.operations_per_s,
        day_bytes=day_bytes,
        window_s=first.window_s,
        window_bytes=None if first.window_s is None else day_bytes * first.window_s / DAY_S,
    )
