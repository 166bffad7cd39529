"""The workload while nothing else is done: what its figures beside a procedure are compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from results.record import Step

if TYPE_CHECKING:
    from bench.procedures.context import Beside, Context

T = TypeVar("T")

# What is over sooner says little of the requests that were sent meanwhile.
SHORT_S = 0.2


def workload_alone(context: Context) -> tuple[Step, ...]:
    """A step for the workload by itself, as long as a trial of the mix; none where none runs."""
    if not context.stand.served.operations:
        return ()
    seconds = context.planned.planned_duration_s
    context.progress.stage(context.planned.target, "the workload alone")
    _, fared = context.beside(lambda: context.sleep(seconds))
    return (with_workload(Step(name="workload alone", seconds=None), fared),)


def under_load(context: Context, name: str, work: Callable[[], tuple[T, Step]]) -> tuple[T, Step]:
    """Do something while the workload runs; its step has the workload's figures."""
    if not context.stand.served.operations:
        made, step = work()
        return made, replace(step, name=name)
    (made, step), fared = context.beside(work)
    step = with_workload(replace(step, name=name), fared)
    if step.seconds is not None and step.seconds < SHORT_S and step.note is None:
        step = replace(step, note="over so soon that the workload's figures say little")
    return made, step


def with_workload(step: Step, fared: Beside) -> Step:
    """The step with how the workload fared."""
    note = step.note
    if fared.errors:
        failed = f"{fared.errors:,} requests of the workload failed"
        note = f"{note}; {failed}" if note else failed
    return replace(step, throughput_per_s=fared.throughput_per_s, p99_s=fared.p99_s, note=note)


def settled(context: Context) -> Step:
    """The target settled, as after loading: vacuumed, flushed, purged."""
    _, step = context.step("settle", context.stand.running.settle)
    return step


def renewed(context: Context) -> None:
    """New sessions are to see what was changed: files come and go."""
    context.stand.dialer = context.stand.running.dialer()
