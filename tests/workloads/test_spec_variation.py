from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec_strategies import random_workloads, values

from workloads.errors import InputError
from workloads.spec import contradictions, inputs, load, value_of, with_value
from workloads.spec.fields import OPERATIONS
from workloads.spec.model import KeyDistribution, Operation, Step, Workload
from workloads.spec.table import find

BOOKS = load("book-store")


def test_every_key_is_an_input_once_with_its_words():
    found = inputs()
    paths = [i.path for i in found]
    assert len(set(paths)) == len(paths)
    for path in (
        "data.records",
        "data.record_size_bytes",
        "traffic.peak_per_s",
        "needs.failover_s",
        "operations.read.weight",
        "operations.range.limit",
        "operations.update.atomic_with",
    ):
        assert path in paths
    assert "schema" not in paths
    assert "operations.read.limit" not in paths
    by_path = {i.path: i for i in found}
    assert by_path["traffic.shape"].words[0] == "steady"
    assert by_path["traffic.peak_per_s"].unit == "1/s"
    assert by_path["needs.sql"].kind == "truth value"
    assert all(i.doc and i.allowed for i in found)


@given(random_workloads(), st.data())
@settings(max_examples=30, deadline=None)
def test_what_is_set_is_what_is_there(workload, data):
    chosen = data.draw(st.sampled_from([i for i in inputs() if "operations." not in i.path]))
    located = find(chosen.path)
    assert located is not None
    value = data.draw(values(located[1].kind))
    for path in (chosen.path, chosen.file_path):
        changed = with_value(workload, path, value)
        assert value_of(changed, path) == value
        assert with_value(changed, path, value_of(workload, path)) == workload or path == "name"


def test_one_value_changes_and_nothing_else():
    changed = with_value(BOOKS, "traffic.peak_per_s", 3000.0)
    assert changed.traffic.peak_per_s == 3000.0
    assert replace(changed, traffic=BOOKS.traffic) == BOOKS
    assert with_value(BOOKS, "traffic.peak", "3k/s") == changed
    assert with_value(BOOKS, "needs.sql", None).needs.sql is None
    assert with_value(BOOKS, "description", None).description == ""
    keys = KeyDistribution(kind="hotspot", parameters=(0.1, 0.9))
    assert with_value(BOOKS, "data.keys", "hotspot(0.1, 0.9)").data.keys == keys
    assert with_value(BOOKS, "data.keys", keys).data.keys == keys
    assert with_value(BOOKS, "data.records", 10.0).data.records == 10
    assert with_value(BOOKS, "needs.regions", ["eu-west-1"]).needs.regions == ("eu-west-1",)


def test_the_mix_is_addressed_by_kind():
    assert value_of(BOOKS, "operations.read.weight") == 75.0
    assert value_of(BOOKS, "operations.range.limit") == 20
    assert value_of(BOOKS, "operations.scan.weight") is None
    half = with_value(BOOKS, "operations.read.weight", 30)
    assert half.share("read") == pytest.approx(30 / 55)
    assert half.operations[1:] == BOOKS.operations[1:]
    scans = with_value(BOOKS, "operations.scan.weight", 5.0)
    assert scans.operations == (*BOOKS.operations, Operation(kind="scan", weight=5.0))
    assert with_value(scans, "operations.scan.weight", None) == BOOKS
    assert with_value(BOOKS, "operations.range.limit", 50).operations[1].limit == 50
    assert with_value(BOOKS, "operations.update.atomic_with", None).share("update") == 0.11


def test_several_operations_of_a_kind_keep_their_proportions():
    mix = (
        Operation(kind="read", weight=3.0),
        Operation(kind="read", weight=1.0),
        Operation(kind="insert", weight=1.0),
    )
    workload = Workload(name="x", operations=mix)
    assert value_of(workload, "operations.read.weight") == 4.0
    changed = with_value(workload, "operations.read.weight", 8.0)
    assert [o.weight for o in changed.operations] == [6.0, 2.0, 1.0]
    nothing = with_value(workload, "operations.read.weight", 0.0)
    assert [o.weight for o in nothing.operations] == [0.0, 0.0, 1.0]
    again = with_value(nothing, "operations.read.weight", 4.0)
    assert [o.weight for o in again.operations] == [2.0, 2.0, 1.0]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("trafic.peak_per_s", 1.0, "no input"),
        ("", 1.0, "no input"),
        ("schema", 2, "no input"),
        ("operations", 1.0, "no input"),
        ("operations.weight", 1.0, "no input"),
        ("operations.raed.weight", 1.0, "no input"),
        ("operations.read.limit", 1, "no input"),
        ("operations.scan.limit", 1, "the mix has no scan"),
        ("name", None, "needs a name"),
        ("traffic.peak_per_s", -1.0, "negative"),
        ("traffic.peak_per_s", float("nan"), "finite"),
        ("traffic.peak_per_s", float("inf"), "finite"),
        ("traffic.peak_per_s", "3000 rps", "did you mean '3000/s'"),
        ("traffic.peak_per_s", True, "bool"),
        ("traffic.shape", "dayly", "did you mean 'daily'"),
        ("needs.sql", "yes", "true or false"),
        ("data.records", 1.5, "whole number"),
        ("data.keys", 5, "int"),
    ],
)
def test_a_wrong_path_or_value_is_refused_in_words(path, value, message):
    with pytest.raises(InputError, match=message):
        with_value(BOOKS, path, value)


def test_a_misspelt_path_names_the_nearest():
    with pytest.raises(InputError) as caught:
        with_value(BOOKS, "trafic.peak_per_s", 1.0)
    assert caught.value.hint == "did you mean 'traffic.peak_per_s'?"


def test_contradictions_are_asked_for_not_raised():
    changed = with_value(BOOKS, "traffic.mean_per_s", 9000.0)
    assert [c.path for c in contradictions(changed)] == ["traffic.peak"]
    assert list(contradictions(BOOKS)) == []


def test_a_path_for_every_key_of_the_mix():
    kinds = OPERATIONS.fields[0].kind.words
    for kind in kinds:
        workload = Workload(name="x", operations=(Operation(kind=kind, weight=1.0),))
        for field in OPERATIONS.fields[2:]:
            if kind in field.only:
                path = f"operations.{kind}.{field.key}"
                value = {"truth value": True, "list": (Step(kind="read"),)}.get(field.kind.name, 7)
                assert value_of(with_value(workload, path, value), path) == value


def test_steps_are_set_as_models_or_mappings():
    transfer = load("tpcb")
    path = "operations.transaction.steps"
    steps = value_of(transfer, path)
    assert len(steps) == 5
    one = with_value(transfer, path, [{"kind": "update", "add": True}, *steps[1:]])
    assert value_of(one, path)[0] == Step(kind="update", add=True)
    for wrong in ("read", [], [{"kind": "raed"}], [{"repeat": 2}], [{"kind": "read", "x": 1}], [7]):
        with pytest.raises(InputError, match=path):
            with_value(transfer, path, wrong)
