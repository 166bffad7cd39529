"""Whether targets can be made as slow as what is to be emulated, and making one so."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bench.emulation import wanted
from bench.engines.seam import Emulating, Slowed
from workloads.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.engines.seam import Target as RunningTarget
    from bench.runner.plan import Data, Target
    from bench.runner.request import Request
    from results.record import Emulation
    from workloads.spec.model import Workload


def why_not(target: Target) -> str | None:
    """Why nothing can be emulated on a target; None: it can."""
    if not isinstance(target.engine, Emulating):
        return f"{target.engine.title} has neither a commit nor a network that could be slower"
    return target.engine.why_not_emulated(target.place)


def require(request: Request, targets: Iterable[Target]) -> None:
    """InputError for the first target that cannot be made as slow as was asked."""
    if request.emulate is None:
        return
    wanted.parse(request.emulate)
    for target in targets:
        reason = why_not(target)
        if reason is not None:
            raise InputError(
                f"--emulate {request.emulate}: not on {target.text}: {reason}",
                hint="name the engines to run on with --engine, or leave out --emulate",
            )


def slowed(
    running: RunningTarget, text: str, *, workload: Workload, data: Data, workdir: Path
) -> Emulation:
    """Make a loaded target as slow as asked; its dialers from now on are as far away."""
    from bench.emulation.applying import Ground, apply
    from bench.kernel import fsync_p50_s

    found = running.describe()
    if not isinstance(running, Slowed):
        raise InputError(f"--emulate {text}: {found.engine} cannot be made slower")
    ground = Ground(
        local_flush_s=fsync_p50_s(found.elsewhere or workdir),
        flushes=found.durability == "full",
        workload=workload,
        records=data.records,
    )
    return apply(running, running.dialer(), running.dialer, wanted.parse(text), ground)
