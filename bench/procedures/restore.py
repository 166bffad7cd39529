"""A restore into a private place, whose rows are compared with those of the source, one and all.

The source is not touched. Number and checksum of every table must be equal: a restore that lost or
changed a single value is `incorrect`, as is a backup that cannot be restored.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.engines.retention import DAMAGED, BackupTarget, Space
from bench.engines.seam import OperationFailed
from bench.procedures.backup import backup_ways, saved
from bench.procedures.seam import Impossible, Performed
from bench.targets.keeper import Keeper
from results.record import Step

if TYPE_CHECKING:
    from bench.engines.retention import Backup, Contents, Restored
    from bench.procedures.context import Context
    from bench.runner.plan import Target
    from bench.runner.stand import Stand
    from workloads.spec.model import Workload


@dataclass(frozen=True, slots=True)
class RestoreProcedure:
    """The procedure."""

    name: str = "restore"
    title: str = "restoring a backup, content compared"
    axis: str = "retention"

    def ways(
        self,
        target: Target,
        workload: Workload,  # noqa: ARG002 - any can be restored
        options: Mapping[str, str],
    ) -> Mapping[str, str | None]:
        """Of whatever can be backed up."""
        return backup_ways(target, options)

    def perform(self, stand: Stand, way: str, context: Context) -> Performed:
        target = stand.running
        if not isinstance(target, BackupTarget):
            raise Impossible("this engine has no tool for backups here")
        source = target.contents()
        with Keeper() as keeper:
            space = Space(keeper, stand.workdir)
            made, backup = saved(context, target, way, space)
            restore = _restored(context, target, made, space, source)
            shutil.rmtree(made.directory)
        return Performed((backup, restore))


def _restored(
    context: Context,
    target: BackupTarget,
    made: Backup,
    space: Space,
    source: Mapping[str, Contents],
) -> Step:
    """Restore it and compare; a backup that cannot be restored is not correct."""

    def work() -> Restored | OperationFailed:
        try:
            return target.restore(made, space)
        except OperationFailed as failure:
            if failure.kind != DAMAGED:
                raise
            return failure

    found, step = context.step("restore", work)
    if isinstance(found, OperationFailed):
        return replace(step, correct=False, note=str(found))
    wrong = differences(source, found.contents)
    return replace(
        step,
        seconds=found.seconds,
        rows=sum(table.rows for table in found.contents.values()),
        correct=not wrong,
        note="; ".join(wrong) or None,
    )


def differences(source: Mapping[str, Contents], found: Mapping[str, Contents]) -> list[str]:
    """What a restore has otherwise than the source, in words; nothing: they are equal."""
    told = []
    for name in dict.fromkeys((*source, *found)):
        before, after = source.get(name), found.get(name)
        if before == after:
            continue
        if before is None or after is None:
            told.append(f"table {name} is only in the {'restore' if before is None else 'source'}")
        elif before.rows != after.rows:
            told.append(f"table {name} has {after.rows:,} of {before.rows:,} rows")
        else:
            told.append(f"table {name} has {after.rows:,} rows, but not the same ones")
    return told


PROCEDURE = RestoreProcedure()
