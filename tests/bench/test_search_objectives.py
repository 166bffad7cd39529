"""Objectives and quests as written on the command line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.runner.loads import OPEN_CLIENTS, Offer
from bench.runner.objectives import Objective, parse, resolved
from bench.runner.quests import CurveLoad, SearchLoad, first_offer, is_quest, read
from workloads import spec
from workloads.errors import InputError
from workloads.spec.model import LatencyObjective, Operation

READ = Objective(of="read", percent=99, limit_s=0.01)
WRITE = Objective(of="write", percent=99, limit_s=0.02)


@pytest.mark.parametrize(
    ("text", "objective"),
    [
        ("p99<10ms", Objective(of=None, percent=99, limit_s=0.01)),
        ("read_p99<10ms", READ),
        ("write_p99 < 20 ms", WRITE),
        ("p99.9<50ms", Objective(of=None, percent=99.9, limit_s=0.05)),
        ("p999<50ms", Objective(of=None, percent=99.9, limit_s=0.05)),
        ("range_p95<1s", Objective(of="range", percent=95, limit_s=1)),
        (
            "read-modify-write_p50<100us",
            Objective(of="read-modify-write", percent=50, limit_s=1e-4),
        ),
    ],
)
def test_an_objective_is_read_and_its_text_reads_back(text: str, objective: Objective) -> None:
    assert parse("search:x", text) == objective
    assert parse("search:x", objective.text) == objective


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("search:p99", "says no limit", "search:p99<10ms"),
        ("search:p99<", "says no limit", "search:p99<10ms"),
        ("search:p99<10", "no unit", "search:p99<10ms"),
        ("search:p99<fast", "not a number", "search:p99<10ms"),
        ("search:p99<0ms", "more than 0", "search:p99<10ms"),
        ("search:p99<-5ms", "negative", "search:p99<10ms"),
        ("search:10ms", "not an objective", "search:p99<10ms"),
        ("search:99<10ms", "not an objective", "search:p99<10ms"),
        ("search:p100<10ms", "not a percentile", "search:p99<10ms"),
        ("search:p10<10ms", "not a percentile", "search:p99<10ms"),
        ("search:reads_p99<10ms", "no 'reads' operations", "did you mean 'read'?"),
        ("search:", "nothing follows", "search:p99<10ms"),
        ("search:p99<10ms,clients=0", "not a number of clients", "closed:8"),
        ("search:p99<10ms,workers=2", "not an objective", "search:p99<10ms"),
        ("curve:up", "no option 'up'", "curve:closed"),
        ("curve:closed,clients=3", "no option 'clients=3'", "curve:closed"),
        ("curve:open,clients=x", "not a number of clients", "closed:8"),
        ("serch:p99<10ms", "no load", "did you mean 'search:p99<10ms'?"),
        ("curves", "no load", "did you mean 'curve'?"),
    ],
)
def test_a_wrong_quest_is_one_clear_error(text: str, says: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text, cpus=2)
    assert says in caught.value.message
    assert hint in caught.value.hint


def test_quests_are_read() -> None:
    search = read("search:read_p99<10ms,write_p99<20ms,clients=32", cpus=2)
    assert search == SearchLoad("search:read_p99<10ms,write_p99<20ms,clients=32", (READ, WRITE), 32)
    assert read("search", cpus=2) == SearchLoad("search", (), OPEN_CLIENTS)
    assert read("curve", cpus=2) == CurveLoad("curve", False, OPEN_CLIENTS)
    assert read("curve:open,clients=8", cpus=2) == CurveLoad("curve:open,clients=8", False, 8)
    assert read("curve:closed", cpus=2) == CurveLoad("curve:closed", True, OPEN_CLIENTS)
    assert read("closed:4", cpus=2) == Offer(kind="closed", clients=4)
    assert [is_quest(t) for t in ("search", "curve:closed", "closed:4", None)] == [
        True,
        True,
        False,
        False,
    ]


def test_the_first_trial_of_a_quest_has_a_plain_load() -> None:
    assert first_offer("search:p99<10ms", cpus=2) == Offer(kind="closed", clients=4)
    assert first_offer("curve:closed", cpus=8) == Offer(kind="closed", clients=1)
    assert first_offer("open:9/s", cpus=8).rate_per_s == 9


def test_reads_and_writes_are_held_apart() -> None:
    workload = spec.load("book-store")
    both = resolved((parse("x", "p99<10ms"),), workload)
    assert [each.of for each in both] == ["read", "write"]
    kinds = [each.kind for each in workload.operations]
    reads, writes = (each.positions(workload.operations) for each in both)
    assert {kinds[at] for at in writes} == {"update", "insert"}
    assert sorted((*reads, *writes)) == list(range(len(kinds)))


def test_without_objectives_the_workloads_own_count() -> None:
    workload = spec.load("book-store")
    assert resolved((), workload) == (READ, WRITE)
    only_reads = replace(workload, operations=(Operation(kind="read", weight=1),))
    assert resolved((), only_reads) == (READ,)


def test_a_search_without_any_objective_is_an_input_error() -> None:
    workload = replace(spec.load("book-store"), latency=LatencyObjective())
    with pytest.raises(InputError, match="states no latency objective") as caught:
        resolved((), workload)
    assert "search:p99<10ms" in caught.value.hint
    assert caught.value.exit_code == 2


def test_an_objective_for_nothing_is_an_input_error() -> None:
    workload = spec.load("ycsb-c")
    with pytest.raises(InputError, match="concerns no operation") as caught:
        resolved((WRITE,), workload)
    assert "read" in caught.value.hint


def test_an_engine_that_serves_no_such_operation_is_not_concerned() -> None:
    workload = spec.load("book-store")
    search = SearchLoad("search", (WRITE,), 16)
    aggregates = [each for each in workload.operations if each.kind == "aggregate"]
    assert search.concerns(workload, workload.operations)
    assert not search.concerns(workload, aggregates)
