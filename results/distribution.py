"""The latency distribution of a record, made from a histogram.

A percentile is given only where the sample supports it: ten values must lie beyond it, so that
one outlier more or less does not decide it. That is 100 values for p90, 200 for p95, 1,000 for
p99 and 10,000 for p99.9 (the last two as esrally prints them). The median needs ten values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from results.record import Distribution

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from results.histogram import Histogram

VALUES_NEEDED = {50.0: 10, 90.0: 100, 95.0: 200, 99.0: 1_000, 99.9: 10_000}


def of_histogram(histogram: Histogram) -> Distribution:
    """Seconds from a histogram of nanoseconds; what the sample does not support is None."""
    from results.histogram import UNIT_S

    count = histogram.count
    values = histogram.percentiles_ns(VALUES_NEEDED)
    supported = [
        value if value is not None and count >= needed else None
        for value, needed in zip(values, VALUES_NEEDED.values(), strict=True)
    ]
    p50, p90, p95, p99, p999 = (_seconds(value) for value in supported)
    return Distribution(
        count=count,
        mean_s=_seconds(histogram.mean_ns),
        min_s=_seconds(histogram.min_ns),
        p50_s=p50,
        p90_s=p90,
        p95_s=p95,
        p99_s=p99,
        p999_s=p999,
        max_s=_seconds(histogram.max_ns),
        histogram=histogram.to_base64(),
        histogram_unit_s=UNIT_S,
    )


def of_values(values_ns: npt.NDArray[np.int64], *, lowest_ns: int) -> Distribution:
    """The distribution of raw nanoseconds; `lowest_ns` is the difference that matters."""
    from results.histogram import Histogram

    histogram = Histogram(lowest_ns=lowest_ns)
    histogram.record_many(values_ns)
    return of_histogram(histogram)


def _seconds(value_ns: float | None) -> float | None:
    return None if value_ns is None else value_ns / 1e9
