"""A backup with the engine's own tools: how long, how large, and what the workload feels of it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.engines.retention import BackupEngine, BackupTarget, Space
from bench.procedures.seam import Impossible, Performed
from bench.procedures.undisturbed import under_load, workload_alone
from bench.targets.keeper import Keeper
from results.record import Step

if TYPE_CHECKING:
    from bench.engines.retention import Backup
    from bench.procedures.context import Context
    from bench.runner.plan import Target
    from bench.runner.stand import Stand
    from workloads.spec.model import Workload

_CANNOT = "this engine has no tool for backups here"


@dataclass(frozen=True, slots=True)
class BackupProcedure:
    """The procedure."""

    name: str = "backup"
    title: str = "backing up, alone and beside the workload"
    axis: str = "retention"

    def ways(
        self,
        target: Target,
        workload: Workload,  # noqa: ARG002 - any can be backed up
        options: Mapping[str, str],
    ) -> Mapping[str, str | None]:
        """The engine's tools."""
        return backup_ways(target, options)

    def perform(self, stand: Stand, way: str, context: Context) -> Performed:
        target = stand.running
        if not isinstance(target, BackupTarget):
            raise Impossible(_CANNOT)
        steps = [*workload_alone(context)]
        with Keeper() as keeper:
            space = Space(keeper, stand.workdir)
            made, alone = saved(context, target, way, space)
            shutil.rmtree(made.directory)
            made, beside = under_load(
                context, "backup beside the workload", lambda: saved(context, target, way, space)
            )
            shutil.rmtree(made.directory)
        return Performed((*steps, alone, beside))


def backup_ways(target: Target, options: Mapping[str, str]) -> Mapping[str, str | None]:
    """How a target's engine can be backed up, and why not otherwise."""
    if not isinstance(target.engine, BackupEngine):
        return {"copy": _CANNOT}
    return target.engine.backup_ways(target.place, options)


def saved(context: Context, target: BackupTarget, way: str, space: Space) -> tuple[Backup, Step]:
    """Make one backup."""
    made, step = context.step("backup", lambda: target.backup(way, space))
    return made, replace(step, seconds=made.seconds, made_bytes=made.made_bytes)


PROCEDURE = BackupProcedure()
