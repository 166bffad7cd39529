"""What a record of LMDB says that DynamoDB's partitions would have made of the load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

import bench.engines as engines
from bench.driver.notes import Foretelling, with_forecast
from bench.engines.lmdb.target import LmdbTarget
from bench.engines.seam import LoadPlan, Place, Settings
from workloads import datasets, spec
from workloads.spec.model import KeyDistribution, Operation, Traffic, Workload

RECORDS = 20_000  # 20 buckets


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LmdbTarget]:
    settings = Settings(workdir=tmp_path_factory.mktemp("lmdb"), durability="relaxed")
    with engines.get("lmdb").open(Place(kind="in-process"), settings) as opened:
        opened.load(LoadPlan(dataset=datasets.get("accounts"), records=RECORDS, seed=1))
        assert isinstance(opened, LmdbTarget)
        yield opened


def workload(kind: str, keys: KeyDistribution | None = None) -> Workload:
    whole = spec.load("tpcb")
    return replace(
        whole,
        operations=(Operation(kind=kind, weight=1),),
        data=replace(whole.data, records=RECORDS, keys=keys or KeyDistribution()),
    )


def test_unequal_keys_are_foretold_to_be_throttled(target: LmdbTarget) -> None:
    hot = workload("read", KeyDistribution(kind="zipfian", parameters=(1.3,)))
    (note,) = target.foretell(hot, operations_per_s=60_000, seconds=10)
    assert "with 10 partitions" in note.kind  # 60,000 eventual reads a second are 30,000 units
    assert 300 < note.count <= 1000
    assert note.last_at_s == 10
    (even,) = target.foretell(workload("read"), operations_per_s=60_000, seconds=10)
    assert even.count < note.count


def test_what_one_partition_serves_is_not_noted(target: LmdbTarget) -> None:
    assert target.foretell(workload("read"), operations_per_s=5_900, seconds=5) == ()
    assert target.foretell(workload("update"), operations_per_s=900, seconds=5) == ()
    assert target.foretell(workload("scan"), operations_per_s=90_000, seconds=5) == ()
    assert target.foretell(workload("read"), operations_per_s=0, seconds=5) == ()


def test_nothing_is_said_of_fewer_buckets_than_partitions(target: LmdbTarget) -> None:
    hot = workload("read", KeyDistribution(kind="zipfian", parameters=(1.3,)))
    # 20 buckets: enough for 10 partitions, and not for 30
    assert target.foretell(hot, operations_per_s=60_000, seconds=2)
    assert target.foretell(hot, operations_per_s=180_000, seconds=2) == ()


def test_writes_are_held_to_their_own_limit(target: LmdbTarget) -> None:
    (note,) = target.foretell(workload("update"), operations_per_s=5_900, seconds=5)
    assert "with 6 partitions" in note.kind


@dataclass(frozen=True)
class Offered:
    """What matters here of a load: a rate, or as fast as it goes."""

    rate_per_s: float | None = None


@dataclass(frozen=True)
class Ended:
    """What matters here of a record."""

    outcome: str = "ok"
    throughput_per_s: float = 60_000.0
    duration_s: float = 2.0
    load: Offered = Offered()
    notes: tuple[Any, ...] | None = None


def at_peak(rate_per_s: float | None) -> Workload:
    return replace(workload("read"), traffic=Traffic(peak_per_s=rate_per_s))


def test_a_record_that_ended_well_has_the_note_at_the_peak(target: LmdbTarget) -> None:
    assert isinstance(target, Foretelling)
    ended: Any = Ended(notes=("seen",))
    asked = at_peak(60_000.0)
    assert len(with_forecast(ended, target, asked).notes or ()) == 2
    assert with_forecast(ended, object(), asked) is ended
    failed: Any = Ended(outcome="error")
    assert with_forecast(failed, target, asked) is failed


def test_as_fast_as_it_went_is_nobodys_need(target: LmdbTarget) -> None:
    ended: Any = Ended()
    assert with_forecast(ended, target, at_peak(None)) is ended
    assert with_forecast(ended, target, at_peak(1.0)).notes is None
    offered: Any = Ended(load=Offered(60_000.0))
    assert with_forecast(offered, target, at_peak(None)).notes
