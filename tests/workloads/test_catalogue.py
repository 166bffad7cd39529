from __future__ import annotations

from dataclasses import replace

import pytest

from workloads import catalogue, datasets
from workloads.errors import InputError
from workloads.spec import contradictions, digest, from_document, load, read, to_document
from workloads.spec.model import RANGE_FORMS, STEP_KINDS, KeyDistribution

MONTH_S = 730 * 3600.0
EXPECTED = (
    "book-store",
    "sales-analytics",
    "sensor-history",
    "session-store",
    "tpcb",
    "oltp-point-select",
    "oltp-read-write",
    *(f"ycsb-{letter}" for letter in "abcdef"),
)


def test_the_built_in_workloads_are_all_there():
    assert set(EXPECTED) <= set(catalogue.names())


@pytest.mark.parametrize("name", catalogue.names())
def test_each_loads_is_described_and_bears_its_name(name):
    reading = read(name)
    workload = reading.workload
    assert reading.notes == ()
    assert workload.name == name
    assert len(workload.description) > 80
    assert workload.operations
    assert workload.data.dataset in datasets.names()
    assert list(contradictions(workload)) == []
    assert from_document(to_document(workload)) == replace(workload, origin="")


def test_all_differ():
    assert len({digest(load(name)) for name in catalogue.names()}) == len(catalogue.names())


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError) as caught:
        catalogue.path("nothing")
    assert "book-store" in caught.value.hint


@pytest.mark.parametrize(
    "name", [n for n in catalogue.names() if not n.startswith(("ycsb-", "oltp-"))]
)
def test_each_states_all_five_axes(name):
    workload = load(name)
    data, traffic = workload.data, workload.traffic
    assert data.format is not None
    assert data.records is not None
    assert data.record_size_bytes is not None
    assert data.growth_per_month is not None
    assert traffic.mean_per_s is not None
    assert traffic.peak_per_s is not None
    assert traffic.shape is not None
    assert workload.latency.read_p99_s is not None
    assert workload.latency.write_p99_s is not None
    assert workload.retention.live_s is not None or workload.retention.backup_s is not None


@pytest.mark.parametrize("name", ["book-store", "session-store", "sensor-history"])
def test_what_is_inserted_and_kept_makes_the_records_there_are(name):
    workload = load(name)
    mean, live, records = (
        workload.traffic.mean_per_s,
        workload.retention.live_s,
        workload.data.records,
    )
    assert mean is not None
    assert live is not None
    assert records is not None
    inserted = mean * workload.share("insert") * live
    assert 0.4 * records <= inserted <= 1.1 * records


@pytest.mark.parametrize("name", catalogue.names())
def test_its_dataset_can_do_what_is_asked(name):
    workload = load(name)
    dataset = datasets.get(workload.data.dataset or "")
    if any(operation.kind == "join" for operation in workload.operations):
        assert dataset.roles.child_table is not None
    if workload.data.format == "time-series":
        assert dataset.roles.time_column is not None


def test_ycsb_mixes_are_those_of_the_paper():
    mixes = {
        "a": {"read": 0.5, "update": 0.5},
        "b": {"read": 0.95, "update": 0.05},
        "c": {"read": 1.0},
        "d": {"read": 0.95, "insert": 0.05},
        "e": {"range": 0.95, "insert": 0.05},
        "f": {"read": 0.5, "read-modify-write": 0.5},
    }
    for letter, mix in mixes.items():
        workload = load(f"ycsb-{letter}")
        assert {o.kind: workload.share(o.kind) for o in workload.operations} == mix
        kind = "latest" if letter == "d" else "ycsb-zipfian"
        assert workload.data.keys == KeyDistribution(kind=kind)
        assert workload.data.record_size_bytes == 1000.0
        assert not any(o.all_fields for o in workload.operations)
    ranges = load("ycsb-e").operations[0]
    assert (ranges.limit, ranges.uniform_limit) == (100, True)


def test_each_stands_for_its_kind_of_store():
    books, sessions = load("book-store"), load("session-store")
    assert books.needs.joins is books.needs.sql is True
    assert books.needs.transactions == "multi-record"
    assert {"join", "aggregate"} <= {o.kind for o in books.operations}
    assert sessions.needs.sql is sessions.needs.joins is False
    assert {o.kind for o in sessions.operations} <= {"read", "insert", "update", "delete"}
    assert load("sensor-history").data.format == "time-series"
    assert load("sales-analytics").share("aggregate") > 0.5
    assert load("tpcb").data.records == 100 * 100_000


def test_transactions_hold_the_requests_of_pgbench_and_sysbench():
    (transfer,) = load("tpcb").operations
    steps = [(step.kind, step.table, step.add, step.same_key) for step in transfer.steps]
    assert steps == [
        ("update", None, True, False),
        ("read", None, False, True),
        ("update", "tellers", True, False),
        ("update", "branches", True, False),
        ("insert", "history", False, False),
    ]
    (mixed,) = load("oltp-read-write").operations
    counts = {kind: load("oltp-read-write").per_operation(kind) for kind in STEP_KINDS}
    assert counts == {"read": 10, "range": 4, "update": 2, "delete": 1, "insert": 1}
    ranges = [step for step in mixed.steps if step.kind == "range"]
    assert [step.form or "rows" for step in ranges] == list(RANGE_FORMS)
    assert {step.limit for step in ranges} == {100}
    assert [o.kind for o in load("oltp-point-select").operations] == ["read"]
