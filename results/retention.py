"""Retention as it was measured: growth over months, expiry, backup and restore, the archive.

Pure functions of the records of procedures. Sizes in bytes, times in seconds; None: not measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from results.procedures import Done, done
from results.record import Record, Step

_BESIDE = " beside the workload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What is at rest after each period of simulated time; in `points` seconds, bytes, rows."""

    done: Done
    points: tuple[tuple[float, float, int | None], ...]

    @property
    def factor(self) -> float | None:
        """How many times the first period's bytes the last one has."""
        if len(self.points) < 2 or not self.points[0][1]:
            return None
        return self.points[-1][1] / self.points[0][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """Removing old records in one way.

    freed_…       bytes given back at once, after settling (vacuum, purge), and after compacting
    slower_…      the workload beside it: share of its throughput kept, times its usual p99
    """

    done: Done
    rows: int | None
    seconds: float | None
    log_bytes: int | None
    freed_at_once: int | None
    freed_settled: int | None
    freed_compacted: int | None
    throughput_kept: float | None
    p99_times: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """A backup in one way, and its restore. `compared`: whether the restore had the same content."""

    done: Done
    backup_s: float | None
    made_bytes: int | None
    restore_s: float | None
    compared: bool | None
    throughput_kept: float | None
    p99_times: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """Old records in compressed files. `live_bytes_per_row` of the store, with all that belongs to it.

    questions    what was asked of the archive, with its seconds
    """

    done: Done
    rows: int | None
    export_s: float | None
    bytes_per_row: float | None
    live_bytes_per_row: float | None
    questions: tuple[tuple[str, float], ...]


def growths(records: Iterable[Record]) -> tuple[Growth, ...]:
    """Months of growth and expiry, of every way that had any."""
    found = []
    for each in done(records, "grow"):
        points = tuple(
            (step.at_s, float(step.stored_bytes_after), step.rows)
            for step in each.steps
            if step.at_s is not None and step.stored_bytes_after is not None
        )
        if points:
            found.append(Growth(done=each, points=points))
    return tuple(found)


def expiries(records: Iterable[Record]) -> tuple[Expiry, ...]:
    """Every way of expiry that was gone."""
    return tuple(_expiry(each) for each in done(records, "expire") if each.step("expire"))


def savings(records: Sequence[Record]) -> tuple[Saving, ...]:
    """Every way of backing up, with the restore in the same way where there was one."""
    restores = {_key(each): each for each in done(records, "restore") if each.steps}
    backups = {_key(each): each for each in done(records, "backup") if each.steps}
    return tuple(
        _saving(backups.get(key), restores.get(key)) for key in dict.fromkeys((*backups, *restores))
    )


def archives(records: Iterable[Record]) -> tuple[Archived, ...]:
    """Every archive that was made."""
    return tuple(_archived(each) for each in done(records, "archive") if each.step("export"))


def _key(each: Done) -> tuple[str, ...]:
    record = each.first
    engine = (record.engine.name, record.engine.version, record.engine.place)
    return (record.workload.digest, *engine, each.way, each.varied, str(record.trial.records))


def _expiry(each: Done) -> Expiry:
    step, settled, compacted = each.step("expire"), each.step("settle"), each.step("compact")
    before = step.stored_bytes_before if step else None
    last = _last(each, "settle")
    kept, times = _beside(each, "expire")
    return Expiry(
        done=each,
        rows=step.rows if step else None,
        seconds=step.seconds if step else None,
        log_bytes=step.log_bytes if step else None,
        freed_at_once=_less(before, step),
        freed_settled=_less(before, settled),
        # the second removal's space is given back by it, too
        freed_compacted=_less(before, compacted) if compacted and last else None,
        throughput_kept=kept,
        p99_times=times,
    )


def _less(before: int | None, after: Step | None) -> int | None:
    if before is None or after is None or after.stored_bytes_after is None:
        return None
    return before - after.stored_bytes_after


def _last(each: Done, name: str) -> Step | None:
    return next((step for step in reversed(each.steps) if step.name == name), None)


def _beside(each: Done, name: str) -> tuple[float | None, float | None]:
    """The workload beside it: share of its throughput, and how many times its p99."""
    alone, beside = each.step("workload alone"), each.step(f"{name}{_BESIDE}")
    if alone is None or beside is None:
        return None, None
    return (
        _ratio(beside.throughput_per_s, alone.throughput_per_s),
        _ratio(beside.p99_s, alone.p99_s),
    )


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _saving(backup: Done | None, restore: Done | None) -> Saving:
    first = backup or restore
    assert first is not None
    made = first.step("backup")
    restored = restore.step("restore") if restore else None
    kept, times = _beside(backup, "backup") if backup else (None, None)
    return Saving(
        done=first,
        backup_s=made.seconds if made else None,
        made_bytes=made.made_bytes if made else None,
        restore_s=restored.seconds if restored else None,
        compared=restored.correct if restored else None,
        throughput_kept=kept,
        p99_times=times,
    )


def _archived(each: Done) -> Archived:
    export, storage = each.step("export"), each.first.storage
    rows, made = (export.rows, export.made_bytes) if export else (None, None)
    live = storage.stored_bytes if storage else None
    return Archived(
        done=each,
        rows=rows,
        export_s=export.seconds if export else None,
        bytes_per_row=made / rows if made is not None and rows else None,
        live_bytes_per_row=live / storage.rows if live and storage and storage.rows else None,
        questions=tuple(
            (step.name.removesuffix(" on the archive"), step.seconds)
            for step in each.steps
            if step.name.endswith(" on the archive") and step.seconds is not None
        ),
    )
