"""What is compared: one figure of one trial, or of one operation in it.

`throughput` and `cpu` belong to a whole trial, since an operation of a mix has no throughput or
processor time of its own; `p50` and `p99` belong to an operation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from results.distribution import VALUES_NEEDED
from results.gates.seam import told
from results.histogram import Histogram
from results.record import OperationResult, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure above 0, or None where a trial does not have it.

    unit    `1/s` or `s`
    more_is_better   of throughput; less time and less CPU are better
    of_trial, of_operation   how it is read; a metric has one
    needs   why a trial may not have it
    """

    name: str
    title: str
    unit: str
    needs: str
    more_is_better: bool = False
    of_trial: Callable[[Record], float | None] | None = None
    of_operation: Callable[[OperationResult], float | None] | None = None

    def value(self, record: Record, operation: tuple[int, str]) -> float | None:
        """The figure of a trial; `operation` is position in the mix and kind."""
        found: float | None = None
        if self.of_trial is not None:
            found = self.of_trial(record)
        elif self.of_operation is not None:
            for each in record.operations:
                if (each.index, each.kind) == operation:
                    found = self.of_operation(each)
        return found if found is not None and found > 0 else None


def _percentile(percent: float) -> Callable[[OperationResult], float | None]:
    def read(operation: OperationResult) -> float | None:
        distribution = told(operation)
        if distribution.count < VALUES_NEEDED[percent]:
            return None
        value_ns = Histogram.from_base64(distribution.histogram).interpolated_ns(percent)
        return None if value_ns is None else value_ns * distribution.histogram_unit_s

    return read


METRICS = (
    Metric(
        name="throughput",
        title="op/s",
        unit="1/s",
        more_is_better=True,
        needs="nothing was completed",
        of_trial=lambda record: record.throughput_per_s,
    ),
    Metric(
        name="p50",
        title="p50",
        unit="s",
        needs=f"fewer than {VALUES_NEEDED[50.0]:,} values in a repetition",
        of_operation=_percentile(50.0),
    ),
    Metric(
        name="p99",
        title="p99",
        unit="s",
        needs=f"fewer than {VALUES_NEEDED[99.0]:,} values in a repetition",
        of_operation=_percentile(99.0),
    ),
    Metric(
        name="cpu",
        title="CPU/op",
        unit="s",
        needs="not measured, or too little to tell from the load generator's own",
        of_trial=lambda record: record.resources.cpu_s,
    ),
)
