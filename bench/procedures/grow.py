"""Months of growth and expiry within a minute or two: does the space of what went come back?

What is loaded stands for records that came evenly over the time that they live
(`retention.live`). In each period as many come as that needs, more by `data.growth` from month to
month, and what has lived long enough goes; then the engine settles. A period is a month, or a third
of the life where records live shorter than three months. Without `retention.live` records only come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.engines.retention import GrowingTarget
from bench.engines.seam import ExpiringTarget
from bench.procedures.expire import expiry_ways
from bench.procedures.seam import Impossible, Performed
from bench.procedures.undisturbed import renewed
from results.record import Step
from workloads.spec.units import MONTH_S

if TYPE_CHECKING:
    from bench.procedures.context import Context
    from bench.runner.plan import Target
    from bench.runner.stand import Stand
    from workloads.spec.model import Workload

PERIODS = 12
KEEP = "keep"  # the way of records that live for ever
# A record that lives shorter is seen in so many periods of its life.
_PERIODS_OF_A_LIFE = 3
# No further period begins when this much time has gone.
_LONGEST_S = 120.0
_SHORTEST_MONTH_S = 30 * 86_400.0
_CANNOT = "this engine takes records in one by one only, or not at all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How records come and go. `first`: loaded ones, given out evenly over one life.

    life_s           None: they live for ever
    growth           of what comes, a fraction a month
    """

    first: int
    life_s: float | None
    growth: float

    @property
    def period_s(self) -> float:
        """A month, or less where a life is short."""
        if self.life_s is None:
            return float(MONTH_S)
        return min(float(MONTH_S), self.life_s / _PERIODS_OF_A_LIFE)

    @property
    def is_monthly(self) -> bool:
        """Whether a period is a month, of 30 days at least."""
        return self.period_s >= _SHORTEST_MONTH_S

    def coming(self, period: int) -> int:
        """Records that come in a period, the first being 1.

        >>> Growth(first=900, life_s=3 * MONTH_S, growth=0.1).coming(1)
        300
        """
        months = (period - 1) * self.period_s / MONTH_S
        faster = float((1.0 + self.growth) ** months)
        if self.life_s is None:  # the stock grows, from nothing that is known of its past
            return round(self.first * faster * self.growth * self.period_s / MONTH_S)
        return round(self.first * self.period_s / self.life_s * faster)

    def old_at_end(self, period: int) -> int:
        """How many of all records that ever came have lived long enough when a period ends.

        >>> Growth(first=900, life_s=3 * MONTH_S, growth=0.0).old_at_end(2)
        600
        """
        if self.life_s is None:
            return 0
        since_s = period * self.period_s - self.life_s  # of whose arrival
        if since_s <= 0:
            return round(self.first * (1.0 + since_s / self.life_s))
        whole, part = divmod(since_s / self.period_s, 1.0)
        came = sum(self.coming(n) for n in range(1, int(whole) + 1))
        return self.first + came + round(part * self.coming(int(whole) + 1))


def growth_of(workload: Workload, records: int) -> Growth:
    """What a workload declares, for so many loaded records; unknown growth is none."""
    return Growth(
        first=records,
        life_s=workload.retention.live_s,
        growth=workload.data.growth_per_month or 0.0,
    )


@dataclass(frozen=True, slots=True)
class Grow:
    """The procedure."""

    name: str = "grow"
    title: str = "months of growth and expiry"
    axis: str = "retention"

    def ways(
        self, target: Target, workload: Workload, options: Mapping[str, str]
    ) -> Mapping[str, str | None]:
        """The engine's ways of expiry; `keep` where the workload's records live for ever."""
        if workload.retention.live_s is not None:
            return expiry_ways(target, options)
        why = None if workload.data.growth_per_month else "neither retention.live nor data.growth"
        return {KEEP: why and f"the workload declares {why}"}

    def perform(self, stand: Stand, way: str, context: Context) -> Performed:
        target = stand.running
        if not isinstance(target, GrowingTarget) or not isinstance(target, ExpiringTarget):
            raise Impossible(_CANNOT)
        growth = growth_of(stand.workload, stand.data.records)
        steps: list[Step] = []
        gap = stand.next_key - stand.data.records  # keys of what was inserted while checking
        began_s, rows = context.clock(), stand.row_count()
        for period in range(1, PERIODS + 1):
            if context.clock() - began_s > _LONGEST_S:
                break  # what is there tells as much of the months that were
            context.progress.share((period - 1) / PERIODS, f"period {period} of {PERIODS}")
            old = growth.old_at_end(period)
            below_key = old if old <= growth.first else old + gap
            made = _period(context, way, coming=growth.coming(period), below_key=below_key)
            rows += made.added - made.removed
            steps.append(
                replace(
                    made.step,
                    name=f"{'month' if growth.is_monthly else 'period'} {period}",
                    at_s=period * growth.period_s,
                    rows=rows,
                )
            )
        there = stand.row_count()
        note = _reclaimed(steps) if there == rows else f"{there:,} rows, {rows:,} should be there"
        steps[-1] = replace(steps[-1], correct=there == rows, note=note)
        return Performed(tuple(steps), spent=True)


def _reclaimed(steps: Sequence[Step]) -> str | None:
    """How bytes at rest have grown beside the rows, which tells whether space came back."""
    first, last = steps[0], steps[-1]
    if (
        not first.stored_bytes_after
        or not first.rows
        or None in (last.stored_bytes_after, last.rows)
    ):
        return None
    assert last.stored_bytes_after is not None
    assert last.rows is not None
    return (
        f"from {first.name} to {last.name} the bytes at rest became"
        f" {last.stored_bytes_after / first.stored_bytes_after:.2f} times as many, the rows"
        f" {last.rows / first.rows:.2f} times"
    )


@dataclass(frozen=True, slots=True)
class _Made:
    """What one period did."""

    step: Step
    added: int
    removed: int


def _period(context: Context, way: str, *, coming: int, below_key: int) -> _Made:
    """Let records come and go, and settle; the step's time is of all three."""
    stand, target = context.stand, context.stand.running
    assert isinstance(target, GrowingTarget)
    assert isinstance(target, ExpiringTarget)
    removed = 0

    def work() -> None:
        nonlocal removed
        if coming:
            target.grow(first_key=stand.next_key, rows=coming)
            stand.next_key += coming
        if way != KEEP:
            removed = target.expire(way, below_key=below_key).rows
        renewed(context)
        target.settle()

    _, step = context.step("grow", work)
    return _Made(step, coming, removed)


PROCEDURE = Grow()
