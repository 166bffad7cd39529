"""Backups and restores, the archive, and the log that is kept for going back in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from results.display import seconds, size
from results.pages.axes.part import Measured, figures, way_name
from results.pages.axes.ways import by_way, kept, times
from results.pages.figures.dots import Dots, dots
from results.pages.markup import Markup, details, join, table, tag
from results.procedures import Done
from results.recovery import RecoveryLog, mean_log, recovery_log
from results.retention import Archived, Saving

_CONTENT = {True: "the same", False: "DIFFERENT", None: "not compared"}


def saving(measured: Measured, found: Sequence[Saving]) -> Markup:
    """Time, size and restore of each way, and what the workload feels of it."""
    if not found:
        return Markup("")
    rows = [
        [
            way_name(measured, each.done),
            seconds(each.backup_s),
            size(each.made_bytes),
            seconds(each.restore_s),
            _CONTENT[each.compared],
            kept(each.throughput_kept),
            times(each.p99_times),
        ]
        for each in found
    ]
    headings = [
        "Way", "Backup", "Size", "Restore", "Content restored",
        "Workload's throughput beside it", "Workload's 99 % beside it",
    ]  # fmt: skip

    def over(read: Callable[[Saving], float | None]) -> list[tuple[Done, float | None]]:
        return [(each.done, read(each)) for each in found]

    return join(
        tag("h3", "Backup and restore"),
        figures(
            by_way(
                measured,
                over(lambda e: e.backup_s),
                ("figure-backup-time", "Time for a backup", ""),
                seconds,
            ),
            by_way(
                measured,
                over(lambda e: e.restore_s),
                ("figure-restore-time", "Time for a restore", "Until it answers; rows compared."),
                seconds,
            ),
            by_way(
                measured,
                over(lambda e: e.made_bytes),
                ("figure-backup-size", "Size of a backup", ""),
                size,
                binary=True,
            ),
            by_way(
                measured,
                over(lambda e: e.p99_times),
                (
                    "figure-backup-beside",
                    "The workload's 99 % beside a backup, times the usual",
                    "×1: the workload does not feel it.",
                ),
                times,
            ),
            css="packed",
        ),
        details("Every way of backing up", table(headings, rows, numeric="|".join(headings[1:4]))),
    )


def archive(measured: Measured, found: Sequence[Archived]) -> Markup:
    """Bytes of a row, and how long questions to the archive take."""
    if not found:
        return Markup("")
    bytes_: dict[str, dict[str, float]] = {}
    asked: dict[str, dict[str, float]] = {}
    for each in found:
        label = measured.labels.of_record(each.done.first)
        pairs = (("live", each.live_bytes_per_row), ("in the archive", each.bytes_per_row))
        if each.bytes_per_row is not None:
            bytes_.setdefault(label, {}).update({k: v for k, v in pairs if v is not None})
        asked.setdefault(label, {}).update(dict(each.questions))
        if each.export_s is not None:
            asked[label] = {"export": each.export_s} | asked[label]
    order = measured.labels.order
    return join(
        tag("h3", "Archive in compressed Parquet"),
        figures(
            dots(
                Dots(
                    identifier="figure-archive-bytes",
                    title="Bytes of a row",
                    values=bytes_,
                    order=order,
                    display=size,
                    binary=True,
                    row_title="Where",
                    said="Live with its indexes and everything else that belongs to it.",
                )
            ),
            dots(
                Dots(
                    identifier="figure-archive-questions",
                    title="Time to export, and to ask the archive",
                    values=asked,
                    order=order,
                    display=seconds,
                    row_title="Question",
                    said="Every answer was compared with what had been exported.",
                )
            ),
            css="packed",
        ),
    )


def log(measured: Measured) -> Markup:
    """The log that point-in-time recovery keeps, of the workload's mean rate."""
    groups: dict[tuple[str, str], list[RecoveryLog]] = {}
    for record in measured.records:
        each = recovery_log(record)
        if each is not None and not record.trial.varied:
            groups.setdefault((measured.labels.of_record(record), each.workload), []).append(each)
    found = [(label, mean_log(group)) for (label, _), group in groups.items()]
    rows = [
        [
            label,
            each.workload,
            size(each.bytes_per_operation),
            size(each.day_bytes),
            "–" if each.window_s is None else seconds(each.window_s),
            size(each.window_bytes),
        ]
        for label, each in found
    ]
    if not rows:
        return Markup("")
    headings = ["Engine", "Workload", "Log per operation", "Log a day", "Window", "Log kept"]
    return join(
        tag("h3", "Log for point-in-time recovery"),
        tag("p", "At the declared mean rate, as measured in the mix.", css="said"),
        table(headings, rows, numeric="|".join(headings[2:])),
    )
