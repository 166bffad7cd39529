"""Percentiles appear exactly from the sample size that supports them."""

from __future__ import annotations

import numpy as np
import pytest

from results.distribution import VALUES_NEEDED, of_histogram, of_values
from results.histogram import Histogram
from results.record import Distribution

FIELDS = {50.0: "p50_s", 90.0: "p90_s", 95.0: "p95_s", 99.0: "p99_s", 99.9: "p999_s"}


def shown(distribution: Distribution) -> set[str]:
    return {name for name in FIELDS.values() if getattr(distribution, name) is not None}


@pytest.mark.parametrize("percent", FIELDS)
def test_a_percentile_appears_with_its_sample(percent: float) -> None:
    needed = VALUES_NEEDED[percent]
    below = of_values(np.full(needed - 1, 50_000, dtype=np.int64), lowest_ns=1_000)
    enough = of_values(np.full(needed, 50_000, dtype=np.int64), lowest_ns=1_000)
    assert FIELDS[percent] not in shown(below)
    assert FIELDS[percent] in shown(enough)


def test_values_are_seconds_within_the_precision() -> None:
    values = np.arange(10_000_000, 20_000_000, 1_000, dtype=np.int64)
    found = of_values(values, lowest_ns=1_000)
    assert found.count == 10_000
    assert found.mean_s == pytest.approx(values.mean() / 1e9, rel=1e-3)
    assert found.min_s == pytest.approx(0.010, rel=1e-3)
    assert found.max_s == pytest.approx(0.020, rel=1e-3)
    for percent, name in FIELDS.items():
        assert getattr(found, name) == pytest.approx(np.percentile(values, percent) / 1e9, rel=2e-3)
    again = Histogram.from_base64(found.histogram)
    assert of_histogram(again) == found
    assert (again.max_ns or 0) * found.histogram_unit_s == pytest.approx(found.max_s)


def test_an_empty_sample_is_not_measured() -> None:
    empty = of_histogram(Histogram())
    assert empty.count == 0
    assert (empty.mean_s, empty.min_s, empty.max_s) == (None, None, None)
    assert shown(empty) == set()
