"""The working set: hot records and pages of every key distribution."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.sizing.working_set import hot_pages, hot_records, hottest_share
from workloads.keys import chooser
from workloads.spec.model import KEY_DISTRIBUTIONS, KeyDistribution

ALL = [KeyDistribution(kind=kind) for kind in KEY_DISTRIBUTIONS]


# YCSB's items are hashed onto the records by the generator; a test of its own below.
RANKED = [keys for keys in ALL if keys.kind != "ycsb-zipfian"]


@pytest.mark.parametrize("keys", RANKED, ids=lambda k: k.kind)
@pytest.mark.parametrize("hit", [0.3, 0.6, 0.9])
def test_hot_records_have_the_mass_that_the_generator_gives_them(
    keys: KeyDistribution, hit: float
) -> None:
    records = 100_000
    hottest = math.ceil(hot_records(keys, records, hit) * records)
    assert chooser(keys, records).top_mass(hottest) == pytest.approx(hit, abs=0.01)


def test_hashed_items_leave_most_requests_to_all_records_evenly() -> None:
    keys = KeyDistribution(kind="ycsb-zipfian")
    assert hot_records(keys, 1e6, 0.9) > 0.75
    assert hot_records(keys, 1e6, 0.3) < 0.05


def test_the_hottest_record_of_a_million() -> None:
    assert hottest_share(KeyDistribution(kind="zipfian"), 1e6) == pytest.approx(0.065, abs=0.001)
    assert hottest_share(KeyDistribution(kind="ycsb-zipfian"), 1e6) == pytest.approx(
        0.038, abs=0.001
    )
    assert hottest_share(KeyDistribution(kind="uniform"), 1e6) == 1e-6


def test_neighbours_share_pages_and_scattered_records_do_not() -> None:
    scattered = hot_pages(KeyDistribution(kind="zipfian"), 1e6, 0.5, records_per_page=50)
    newest = hot_pages(KeyDistribution(kind="latest"), 1e6, 0.5, records_per_page=50)
    assert newest < scattered / 10


@pytest.mark.parametrize("kind", ["zipfian", "latest"])
@pytest.mark.parametrize("records", [1.2, 1.5, 2.5, 15.5, 17.3])
def test_part_of_a_record_never_makes_more_than_all_of_them(kind: str, records: float) -> None:
    keys = KeyDistribution(kind=kind)
    shares = [hot_records(keys, records, step / 64) for step in range(65)]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert all(share <= 1.0 for share in shares)


@settings(max_examples=150, deadline=None)
@given(
    keys=st.sampled_from(ALL),
    records=st.floats(1, 1e10),
    low=st.floats(0, 1),
    high=st.floats(0, 1),
    per_page=st.floats(1, 200),
)
def test_more_hits_need_more_pages_and_never_more_than_all(
    keys: KeyDistribution, records: float, low: float, high: float, per_page: float
) -> None:
    low, high = sorted((low, high))
    few = hot_pages(keys, records, low, records_per_page=per_page)
    many = hot_pages(keys, records, high, records_per_page=per_page)
    assert 0.0 <= few <= many * (1 + 1e-9) + 1e-12 <= 1.0 + 1e-8
