"""Removing old records: what it takes, what space it leaves, what it does to the workload.

    the workload alone · a quarter of the records, alone · settling · the next quarter beside the
    workload · settling · compacting, where the engine can

The lowest keys are the oldest records. What lies in the way of whole partitions stays, so rows that
went are counted and the table is counted again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.engines.retention import CompactingTarget, ExpiringEngine
from bench.engines.seam import ExpiringTarget
from bench.procedures.context import BesideFailed
from bench.procedures.seam import Impossible, Performed
from bench.procedures.undisturbed import renewed, settled, under_load, workload_alone
from results.record import Step

if TYPE_CHECKING:
    from bench.engines.seam import Expired
    from bench.procedures.context import Context
    from bench.runner.plan import Target
    from bench.runner.stand import Stand
    from workloads.spec.model import Workload

# Of the loaded records, what goes each time.
SHARE = 0.25
BESIDE = "expire beside the workload"
_CANNOT = "this engine cannot remove records by age"


@dataclass(frozen=True, slots=True)
class Expire:
    """The procedure."""

    name: str = "expire"
    title: str = "removing old records, alone and beside the workload"
    axis: str = "retention"

    def ways(
        self,
        target: Target,
        workload: Workload,  # noqa: ARG002 - of any the lowest keys are the oldest
        options: Mapping[str, str],
    ) -> Mapping[str, str | None]:
        """The engine's own."""
        return expiry_ways(target, options)

    def perform(self, stand: Stand, way: str, context: Context) -> Performed:
        target = stand.running
        if not isinstance(target, ExpiringTarget):
            raise Impossible(_CANNOT)
        steps = [*workload_alone(context)]
        each = round(stand.data.records * SHARE)
        _, alone = removal(context, target, way, below_key=each)
        steps += [alone, settled(context)]
        try:
            _, beside = under_load(
                context,
                BESIDE,
                lambda: removal(context, target, way, below_key=2 * each, counted=False),
            )
        except BesideFailed as failure:  # readers of files that vanish, which is worth knowing
            steps.append(Step(name=BESIDE, seconds=None, note=str(failure)))
            return Performed(tuple(steps), spent=True)
        steps += [beside, settled(context)]
        renewed(context)
        if isinstance(target, CompactingTarget):
            done, step = context.step("compact", target.compact)
            steps.append(replace(step, note=done))
        return Performed(tuple(steps), spent=True)


def expiry_ways(target: Target, options: Mapping[str, str]) -> Mapping[str, str | None]:
    """How a target's engine can remove old records, and why not otherwise."""
    if not isinstance(target.engine, ExpiringEngine):
        return {"delete": _CANNOT}
    return target.engine.expiry_ways(target.place, options)


def removal(
    context: Context, target: ExpiringTarget, way: str, *, below_key: int, counted: bool = True
) -> tuple[Expired, Step]:
    """Remove what has lower keys; with `counted`, see that as many rows are gone as were said."""
    stand = context.stand
    before = stand.row_count() if counted else None
    done, step = context.step("expire", lambda: target.expire(way, below_key=below_key))
    renewed(context)
    correct = None if before is None else stand.row_count() == before - done.rows
    note = None
    if correct is False:
        note = f"{done.rows:,} rows were said to go, of {before:,} there are {stand.row_count():,}"
    elif done.write_units is not None:
        note = f"{done.write_units:,.0f} write units consumed"
    stand.rows_least = stand.rows_least - done.rows
    stand.rows_most = stand.rows_most - done.rows
    return done, replace(
        step,
        seconds=done.seconds,
        rows=done.rows,
        stored_bytes_before=done.stored_bytes_before,
        stored_bytes_after=done.stored_bytes_after,
        log_bytes=done.log_bytes,
        correct=correct,
        note=note,
    )


PROCEDURE = Expire()
