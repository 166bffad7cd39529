"""Ladders of sizes: whether a cliff was crossed, between which sizes, and how deep it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from samples import Sketch, record

from results.cliff import bytes_per_record, ladders, outlook, shares
from results.record import NameValue, Record, StoredPart

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


def test_growth_takes_half_to_all_or_never_does() -> None:
    made = ladder_of([10_000, 9_800, 9_500, 1_900, 1_800])
    (found,) = ladders(made)

    def said(**traffic: object) -> str:
        document = json.loads(made[0].workload.document)
        document["traffic"] = {**document.get("traffic", {}), **traffic}
        document["data"]["growth_per_month"] = None
        document["operations"] = [
            {"kind": "insert", "weight": 3},
            {"kind": "delete", "weight": 1},
            {"kind": "read", "weight": 6},
        ]
        text = json.dumps(document)
        return (
            outlook(found, replace(made[0], workload=replace(made[0].workload, document=text)))
            or ""
        )

    # 0.2 of 0.1 requests a second are 52,560 records a month; 40,000 more are needed
    assert (
        "at 52,600 records more a month (inserts less deletes), half of that gets there in 0.76 months"
        in said(mean_per_s=0.1)
    )
    assert "months" not in said(mean_per_s=None)


def test_what_tables_and_indexes_take_of_a_record() -> None:
    made = ladder_of([10_000] * 5)[0]
    assert shares(made) is None
    assert made.storage is not None
    parts = (
        StoredPart(table="books", index=None, stored_bytes=made.storage.rows * 1024),
        StoredPart(table="books", index="books_pkey", stored_bytes=made.storage.rows * 20),
    )
    told = shares(replace(made, storage=replace(made.storage, parts=parts)))
    assert told is not None
    assert "1 KiB in table books, 20 B in index books_pkey for each of" in told
