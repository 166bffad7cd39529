"""Ladders of sizes: whether a cliff was crossed, between which sizes, and how deep it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from samples import Sketch, record

from results.cliff import bytes_per_record, ladders, months_until, outlook
from results.record import NameValue, Record

SIZES = (10_000, 20_000, 40_000, 80_000, 160_000)


def ladder_of(rates: Sequence[float], *, noise: float = 0.02, repetitions: int = 3) -> list[Record]:
    """Trials over `SIZES` at these rates; repetitions lie `noise` around them."""
    made = []
    for records, rate in zip(SIZES, rates, strict=True):
        for n in range(repetitions):
            base = record(Sketch(records=records, number=len(made) + 1, repetition=n + 1))
            trial = replace(
                base.trial,
                axis="size",
                varied=(NameValue(name="data.records", value=str(records)),),
            )
            factor = 1 + noise * (n - (repetitions - 1) / 2)
            made.append(replace(base, trial=trial, throughput_per_s=rate * factor))
    return made


def test_a_cliff_is_found_between_its_sizes_with_its_depth() -> None:
    (found,) = ladders(ladder_of([10_000, 9_800, 9_500, 1_900, 1_800]))
    assert found.below is not None
    assert found.above is not None
    assert (found.below.records, found.above.records) == (40_000, 80_000)
    assert found.depth == pytest.approx(5.0, rel=0.01)
    assert found.depth_low is not None
    assert found.depth_high is not None
    assert found.depth_low < 5.0 < found.depth_high
    assert found.depth_high / found.depth_low < 1.3
    assert "between 40,000 (46.3 MiB) and 80,000 records (92.7 MiB)" in found.text
    assert "falls 5 times" in found.text


def test_a_cliff_over_several_sizes_is_one() -> None:
    (found,) = ladders(ladder_of([10_000, 9_800, 5_000, 2_000, 1_950]))
    assert found.below is not None
    assert found.above is not None
    assert (found.below.records, found.above.records) == (20_000, 80_000)


@pytest.mark.parametrize(
    ("rates", "noise"),
    [
        ([10_000, 9_700, 9_400, 9_100, 8_800], 0.02),  # a little with each doubling, as trees do
        ([10_000, 9_000, 8_000, 9_500, 9_000], 0.25),  # within what repetitions disagree
        ([10_000, 10_100, 10_050, 9_990, 10_000], 0.0),
        ([10_000, 3_000, 9_500, 9_400, 9_300], 0.02),  # one size in a slow minute
    ],
)
def test_no_cliff_is_made_of_little_or_of_noise(rates: list[float], noise: float) -> None:
    (found,) = ladders(ladder_of(rates, noise=noise))
    assert found.below is None
    assert found.depth is None
    assert "no cliff up to 160,000 records" in found.text


def test_one_trial_each_has_the_interval_that_its_own_series_gives() -> None:
    (found,) = ladders(ladder_of([10_000, 9_800, 9_500, 1_900, 1_800], repetitions=1))
    assert found.depth is not None
    assert found.below is not None
    assert found.below.records == 40_000


def test_what_varies_something_else_or_is_open_load_is_no_rung() -> None:
    made = ladder_of([10_000, 9_800, 9_500, 1_900, 1_800])
    other = [
        replace(r, trial=replace(r.trial, varied=(NameValue(name="data.record_size", value="1"),)))
        for r in made
    ]
    assert ladders(other) == ()
    assert ladders([replace(r, load=replace(r.load, kind="open")) for r in made]) == ()
    assert ladders([replace(r, outcome="error") for r in made]) == ()
    assert ladders(made[:6]) == ()  # two sizes only


def test_bytes_of_a_record_and_how_many_fit() -> None:
    made = ladder_of([10_000, 9_800, 9_500, 1_900, 1_800])
    (found,) = ladders(made)
    assert bytes_per_record(found) == pytest.approx(900 * 1.35)
    said = outlook(found, made[0])
    assert said is not None
    assert "1.19 KiB at rest for each record more; its cliff comes by 80,000" in said
    (flat,) = ladders(ladder_of([10_000] * 5))
    fits = outlook(flat, made[0])
    assert fits is not None
    assert "the memory of this machine holds" in fits


def test_growth_reaches_a_limit_or_never_does() -> None:
    assert months_until(1.0, 2.0, 0.0) is None
    assert months_until(3.0, 2.0, 0.1) == 0.0
    assert months_until(1.0, 1.21, 0.1) == pytest.approx(2.0)
