"""Key choosers draw what their distributions say."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.errors import InputError
from workloads.keys import chooser, names
from workloads.keys.sampling.permutation import Permutation
from workloads.keys.sampling.zipf import Zipf, harmonic
from workloads.keys.ycsb_zipfian import ITEMS, ZETA, fnv_hash
from workloads.spec.model import KEY_DISTRIBUTIONS, KeyDistribution

MILLION = 1_000_000


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(seed))


def chi_square_bound(cells: int) -> float:
    """What chi-square exceeds once in about 30,000 runs (normal approximation; seeds are fixed)."""
    return cells + 4.0 * math.sqrt(2.0 * cells)


def chi_square(counts: npt.NDArray[np.int64], expected: npt.NDArray[np.float64]) -> float:
    return float(((counts - expected) ** 2 / expected).sum())


def test_every_declared_distribution_is_there() -> None:
    assert set(names()) == set(KEY_DISTRIBUTIONS)


@pytest.mark.parametrize("kind", KEY_DISTRIBUTIONS)
@pytest.mark.parametrize("records", [1, 2, 3, 1000])
def test_draws_stay_among_the_records_and_follow_the_generator(kind: str, records: int) -> None:
    keys = chooser(KeyDistribution(kind=kind), records)
    drawn = keys.draw(generator(), 5_000)
    assert drawn.dtype == np.int64
    assert len(drawn) == 5_000
    assert 0 <= drawn.min() <= drawn.max() < records
    assert (keys.draw(generator(), 5_000) == drawn).all()
    assert keys.top_mass(records) == pytest.approx(1.0, abs=1e-9)
    assert keys.top_mass(0) == 0.0
    if records <= 3:
        assert set(drawn.tolist()) == set(range(records))


@pytest.mark.parametrize(
    ("kind", "share"), [("zipfian", 0.0650), ("ycsb-zipfian", 0.0378), ("latest", 0.0650)]
)
def test_share_of_the_hottest_of_a_million(kind: str, share: float) -> None:
    keys = chooser(KeyDistribution(kind=kind), MILLION)
    assert keys.top_mass(1) == pytest.approx(share, abs=0.0001)
    drawn = keys.draw(generator(), 2 * MILLION)
    counts = np.sort(np.bincount(drawn, minlength=MILLION))[::-1]
    for hottest in (1, 2, 10, 100):
        expected = keys.top_mass(hottest)
        error = 4.5 * math.sqrt(expected * (1 - expected) / len(drawn))
        assert counts[:hottest].sum() / len(drawn) == pytest.approx(expected, abs=error)


@pytest.mark.parametrize("theta", [0.2, 0.99, 1.0, 1.0000001, 1.2, 3.0])
def test_zipf_ranks_pass_chi_square(theta: float) -> None:
    count, size = 50, 200_000
    counts = np.bincount(Zipf(theta=theta).ranks(generator(), size, count), minlength=count)
    mass = np.arange(1, count + 1, dtype=np.float64) ** -theta
    expected = mass / mass.sum() * size
    enough = expected >= 5.0
    kept = np.append(counts[enough], counts[~enough].sum())
    wanted = np.append(expected[enough], max(expected[~enough].sum(), 1e-9))
    if enough.all():
        kept, wanted = kept[:-1], wanted[:-1]
    assert chi_square(kept, wanted) < chi_square_bound(len(kept) - 1)


def test_chi_square_sees_a_wrong_theta() -> None:
    count, size = 50, 200_000
    counts = np.bincount(Zipf(theta=0.95).ranks(generator(), size, count), minlength=count)
    mass = np.arange(1, count + 1, dtype=np.float64) ** -0.99
    assert chi_square(counts, mass / mass.sum() * size) > chi_square_bound(count - 1)


def test_zipf_with_a_bound_for_each_draw() -> None:
    bounds = np.tile(np.array([1, 3, 1000], dtype=np.int64), 20_000)
    ranks = Zipf(theta=0.99).ranks(generator(), len(bounds), bounds)
    assert (ranks >= 0).all()
    assert (ranks < bounds).all()
    three = np.bincount(ranks[bounds == 3], minlength=3)
    mass = np.array([1, 2, 3]) ** -0.99
    assert chi_square(three, mass / mass.sum() * three.sum()) < chi_square_bound(2)


@pytest.mark.parametrize("theta", [0.5, 0.99, 1.0, 1.5])
def test_harmonic_sum_beyond_the_summed_terms(theta: float) -> None:
    exact = math.fsum(k**-theta for k in range(1, 300_001))
    assert harmonic(300_000, theta) == pytest.approx(exact, rel=1e-12)


def test_ycsb_zeta_is_the_sum_over_its_items() -> None:
    assert harmonic(ITEMS - 1, 0.99) == pytest.approx(ZETA, rel=1e-9)


def test_ycsb_hash_is_fnv_1a() -> None:
    """Against FNV-1a computed with Python's integers, sign removed as YCSB does."""
    for value in (0, 1, 255, 256, 123_456_789_012):
        hashed = 0xCBF29CE484222325
        for byte in value.to_bytes(8, "little"):
            hashed = (hashed ^ byte) * 0x100000001B3 % 2**64
        signed = hashed - 2**64 if hashed >= 2**63 else hashed
        assert fnv_hash(np.array([value], dtype=np.int64))[0] == abs(signed)


def test_ycsb_zipfian_is_flatter_than_the_true_one() -> None:
    true = chooser(KeyDistribution(kind="zipfian"), MILLION)
    ycsb = chooser(KeyDistribution(kind="ycsb-zipfian"), MILLION)
    assert true.top_mass(1) / ycsb.top_mass(1) == pytest.approx(1.72, abs=0.01)


def test_uniform_passes_chi_square_and_follows_the_newest() -> None:
    keys = chooser(KeyDistribution(kind="uniform"), 100)
    counts = np.bincount(keys.draw(generator(), 100_000), minlength=100)
    assert chi_square(counts, np.full(100, 1000.0)) < chi_square_bound(99)
    newest = np.arange(100, 10_100, dtype=np.int64)
    drawn = keys.draw(generator(), len(newest), newest=newest)
    assert (drawn <= newest).all()
    assert drawn.max() > 9_000


def test_hotspot_sends_its_share_to_its_part() -> None:
    keys = chooser(KeyDistribution(kind="hotspot", parameters=(0.1, 0.9)), 1000)
    counts = np.sort(np.bincount(keys.draw(generator(), 200_000), minlength=1000))[::-1]
    assert counts[:100].sum() / 200_000 == pytest.approx(0.9, abs=0.003)
    assert keys.top_mass(100) == pytest.approx(0.9)
    assert chi_square(counts[:100], np.full(100, counts[:100].mean())) < chi_square_bound(99)
    assert chi_square(counts[100:], np.full(900, counts[100:].mean())) < chi_square_bound(899)


def test_exponential_falls_off_with_age_as_ycsb_has_it() -> None:
    keys = chooser(KeyDistribution(kind="exponential"), 7_000)
    age = 6_999 - keys.draw(generator(), 400_000)
    # 95 % of the untruncated law lie in 6/7 of the data; 1 - 0.05^(7/6) of it in the data at all.
    inside = 0.95 / (1 - 0.05 ** (7 / 6))
    assert (age < 6_000).mean() == pytest.approx(inside, abs=0.001)
    assert keys.top_mass(6_000) == pytest.approx(inside)
    edges = np.arange(0, 7_001, 100)
    expected = np.diff([keys.top_mass(int(edge)) for edge in edges]) * len(age)
    assert chi_square(np.histogram(age, edges)[0], expected) < chi_square_bound(69)


def test_latest_follows_the_newest() -> None:
    keys = chooser(KeyDistribution(kind="latest"), 1000)
    newest = np.arange(1000, 51_000, dtype=np.int64)
    age = newest - keys.draw(generator(), len(newest), newest=newest)
    assert (age >= 0).all()
    assert (age <= newest).all()
    # Each draw has its own bound: the expected share of age 0 is the mean over all.
    expected = np.mean([1.0 / harmonic(int(n) + 1, 0.99) for n in newest[::500]])
    assert (age == 0).mean() == pytest.approx(expected, abs=0.006)


@given(count=st.integers(1, 5_000), salt=st.integers(0, 2**64 - 1))
@settings(max_examples=60, deadline=None)
def test_permutation_is_a_bijection_that_can_be_undone(count: int, salt: int) -> None:
    scatter = Permutation(count=count, salt=salt)
    positions = np.arange(count, dtype=np.int64)
    moved = scatter.apply(positions)
    assert (np.sort(moved) == positions).all()
    assert (scatter.invert(moved) == positions).all()


def test_permutation_of_many_scatters_neighbours() -> None:
    scatter = Permutation(count=10**12 + 39)
    positions = np.arange(1_000, dtype=np.int64)
    moved = scatter.apply(positions)
    assert (scatter.invert(moved) == positions).all()
    assert np.abs(np.diff(moved)).min() > 10**6
    spread = np.histogram(moved, bins=10, range=(0, 10**12 + 39))[0]
    assert chi_square(spread, np.full(10, 100.0)) < chi_square_bound(9)


@pytest.mark.parametrize(
    ("distribution", "words"),
    [
        (KeyDistribution(kind="zipf"), "no key distribution 'zipf'"),
        (KeyDistribution(kind="zipfian", parameters=(0.0,)), "theta"),
        (KeyDistribution(kind="zipfian", parameters=(math.nan,)), "theta"),
        (KeyDistribution(kind="latest", parameters=(-1.0,)), "theta"),
        (KeyDistribution(kind="uniform", parameters=(1.0,)), "takes none"),
        (KeyDistribution(kind="zipfian", parameters=(1.0, 2.0)), "at most 1"),
        (KeyDistribution(kind="hotspot", parameters=(1.5, 0.5)), "share of data"),
        (KeyDistribution(kind="hotspot", parameters=(0.5, 0.0)), "share of operations"),
        (KeyDistribution(kind="exponential", parameters=(1.0,)), "share"),
        (KeyDistribution(kind="exponential", parameters=(0.9, 0.0)), "data"),
        (KeyDistribution(kind="ycsb-zipfian", parameters=(0.8,)), "0.99 only"),
    ],
)
def test_wrong_parameters_are_input_errors(distribution: KeyDistribution, words: str) -> None:
    with pytest.raises(InputError, match=words):
        chooser(distribution, 10)


def test_no_records_is_an_input_error() -> None:
    with pytest.raises(InputError, match="0 records"):
        chooser(KeyDistribution(), 0)
