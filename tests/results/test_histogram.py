"""Histogram against the `hdrhistogram` package and against sorted values."""

from __future__ import annotations

import contextlib
import pickle

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from results.histogram import HOUR_NS, Histogram
from workloads.errors import InputError

LOWESTS_NS = (1, 3, 100, 1_000, 1_024)
PERCENTS = (0.0, 0.1, 1.0, 25.0, 50.0, 90.0, 95.0, 99.0, 99.9, 99.99, 100.0)

values_ns = st.lists(
    st.one_of(
        st.integers(0, HOUR_NS),
        st.integers(0, 5_000),
        # the seams of the layout: powers of two and their neighbours
        st.builds(lambda p, d: max(0, 2**p + d), st.integers(0, 41), st.integers(-2, 2)),
    ),
    max_size=60,
)


def pair(values: list[int], lowest_ns: int, digits: int = 3) -> tuple[Histogram, HdrHistogram]:
    ours = Histogram(lowest_ns=lowest_ns, digits=digits)
    ours.record_many(np.array(values, dtype=np.int64))
    theirs = HdrHistogram(lowest_ns, HOUR_NS, digits)
    for value in values:
        assert theirs.record_value(value)
    return ours, theirs


@settings(max_examples=40, deadline=None)
@given(values_ns, st.sampled_from(LOWESTS_NS), st.integers(1, 4))
def test_counts_and_exports_equal_the_peer(values: list[int], lowest_ns: int, digits: int) -> None:
    ours, theirs = pair(values, lowest_ns, digits)
    assert ours.counts.tolist() == list(theirs.counts)
    assert ours.to_base64() == theirs.encode().decode()
    decoded = HdrHistogram.decode(ours.to_base64())
    assert list(decoded.counts) == ours.counts.tolist()
    assert Histogram.from_base64(theirs.encode().decode()).counts.tolist() == ours.counts.tolist()


@settings(max_examples=6, deadline=None)  # the peer's loops are slow
@given(values_ns.filter(any), st.sampled_from((100, 1_000)))
def test_summaries_equal_the_peer(values: list[int], lowest_ns: int) -> None:
    ours, theirs = pair(values, lowest_ns)
    wanted = theirs.get_percentile_to_value_dict(list(PERCENTS[1:]))
    assert ours.percentiles_ns(PERCENTS[1:]) == tuple(wanted[p] for p in PERCENTS[1:])
    assert ours.percentile_ns(0.0) == theirs.get_value_at_percentile(0.0)
    assert ours.mean_ns == pytest.approx(theirs.get_mean_value(), rel=1e-12)
    assert ours.max_ns == theirs.get_max_value()
    smallest = int(ours._bounds(np.flatnonzero(ours.counts)[:1])[0][0])
    assert ours.min_ns == smallest
    assert ours.count == theirs.get_total_count() == len(values)


@settings(max_examples=40, deadline=None)
@given(values_ns, values_ns, st.sampled_from(LOWESTS_NS))
def test_merging_equals_recording_everything(
    left: list[int], right: list[int], lowest_ns: int
) -> None:
    a, b, both = (Histogram(lowest_ns=lowest_ns) for _ in range(3))
    a.record_many(np.array(left, dtype=np.int64))
    b.record_many(np.array(right, dtype=np.int64))
    both.record_many(np.array(left + right, dtype=np.int64))
    assert Histogram.merged([a, b]).to_base64() == both.to_base64()
    assert a.count == len(left), "merged() leaves its parts alone"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(2_000_000, HOUR_NS), min_size=1, max_size=200))
def test_percentiles_are_within_a_thousandth_of_the_sorted_values(values: list[int]) -> None:
    histogram = Histogram()
    histogram.record_many(np.array(values, dtype=np.int64))
    ranked = sorted(values)
    for percent in (1.0, 50.0, 90.0, 99.0, 100.0):
        exact = ranked[max(int(percent * len(values) / 100 + 0.5), 1) - 1]
        found = histogram.percentile_ns(percent)
        assert found is not None
        assert exact <= found <= exact * 1.001


def test_bulk_recording_equals_recording_one_by_one() -> None:
    values = np.random.default_rng(7).lognormal(11, 2.5, 100_000).astype(np.int64)
    values = np.minimum(values, HOUR_NS)
    whole, parts = Histogram(lowest_ns=100), Histogram(lowest_ns=100)
    whole.record_many(values)
    for start in range(0, len(values), 1_000):
        parts.record_many(values[start : start + 1_000])
    assert np.array_equal(whole.counts, parts.counts)
    single = Histogram(lowest_ns=100)
    for value in values[:500].tolist():
        single.record(value)
    few = Histogram(lowest_ns=100)
    few.record_many(values[:500])
    assert np.array_equal(single.counts, few.counts)


def test_empty_histogram_knows_nothing() -> None:
    empty = Histogram()
    assert (empty.count, empty.mean_ns, empty.min_ns, empty.max_ns) == (0, None, None, None)
    assert empty.percentiles_ns((50.0, 99.0)) == (None, None)
    assert Histogram.from_base64(empty.to_base64()).count == 0


def test_summaries_survive_export_and_pickling() -> None:
    histogram = Histogram(lowest_ns=100)
    histogram.record_many(np.array([850, 900, 1_200, 40_000_000], dtype=np.int64))
    for copy in (
        Histogram.from_base64(histogram.to_base64()),
        pickle.loads(pickle.dumps(histogram)),
    ):
        assert copy.percentiles_ns(PERCENTS) == histogram.percentiles_ns(PERCENTS)
        assert copy.mean_ns == histogram.mean_ns
        copy.record(5)
        assert copy.count == histogram.count + 1


@pytest.mark.parametrize("bad", [-1, 2**43])
def test_a_value_outside_the_range_adds_nothing(bad: int) -> None:
    histogram = Histogram()
    with pytest.raises(ValueError, match="outside"):
        histogram.record_many(np.array([5_000, bad], dtype=np.int64))
    with pytest.raises(ValueError, match="outside"):
        histogram.record(bad)
    assert histogram.count == 0


def test_different_layouts_do_not_merge() -> None:
    with pytest.raises(ValueError, match="cannot merge"):
        Histogram(lowest_ns=100).merge(Histogram(lowest_ns=1_000))
    with pytest.raises(ValueError, match="no histograms"):
        Histogram.merged([])


@pytest.mark.parametrize("text", ["", "x", "HISTFAAA", "AAAA" * 20, "é", "a" * 41])
def test_what_is_no_histogram_is_an_input_error(text: str) -> None:
    with pytest.raises(InputError, match="HdrHistogram"):
        Histogram.from_base64(text)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_damaged_exports_are_refused_or_read_but_never_crash(data: st.DataObject) -> None:
    histogram = Histogram()
    histogram.record_many(np.arange(1, 2_000_000, 12_345, dtype=np.int64))
    text = histogram.to_base64()
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("ABz09+/="))
    with contextlib.suppress(InputError):
        Histogram.from_base64(text[:at] + letter + text[at + 1 :])
