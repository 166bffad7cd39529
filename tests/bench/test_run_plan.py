"""Requests, suites and plans: what would be run, without running it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import engines, suites
from bench.commands.run import read_words
from bench.runner import plan
from bench.runner.request import Request, check
from bench.suites import Suite
from bench.suites.reading import KEYS
from workloads import catalogue, spec
from workloads.errors import InputError, PlaceError


def made(*names: str, **asked: object) -> plan.Plan:
    return plan.make(Request(names=names, **asked), cpus=2)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", suites.names())
def test_every_suite_is_whole(name: str) -> None:
    suite = suites.get(name)
    assert suite.name == name
    assert suite.description
    assert set(suite.workloads) <= set(catalogue.names())
    assert suite.pace.warmup_min_s <= suite.pace.warmup_max_s
    assert suite.pace.slice_s * 10 <= suite.pace.duration_s
    assert made(name, engines=("noop",)).trials


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: x\n", "schema: 1"),
        ("[1]\n", "schema: 1"),
        ("schema: 1\nname: x\n", "is missing"),
        ("{schema: 1", "not YAML"),
        ("schema: 2\nname: x\n", "wrong.yaml:1: schema: '2'; a suite begins"),
    ],
)
def test_a_wrong_suite_file_is_one_clear_error(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=says):
        suites.read(file)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("duration: 0.6 s", "duration: soon", ":8: duration: "),
        ("duration: 0.6 s", "duration: 0 s", ":8: duration: '0 s'; more than 0"),
        ("duration: 0.6 s", "duration: [1 s]", ":8: duration: a list; one value"),
        ("duration: 0.6 s", "duration: 1 s\nduration: 2 s", ":9: duration: given again; once"),
        ("alone: 0.3 s", "alone: -1 s", ":9: alone: "),
        ("repetitions: 1", "repetitions: -1", ":7: repetitions: .*negative"),
        ("warmup: 0.15 s .. 0.4 s", "warmup: 1 s", ":10: warmup: '1 s'; a span"),
        ("warmup: 0.15 s .. 0.4 s", "warmup: 2 s .. 1 s", "the shorter time first"),
        ("workloads: [book-store]", "workloads: book-store", ":4: workloads: .*a list"),
        ("schema: 1", "schema: 1\ncolour: red", ":2: colour: there is no such key"),
        ("schema: 1", "schema: 1\nduratoin: 1 s", "did you mean 'duration'"),
        ("precision: 4%", "precision: 4", "0.1% to 50%"),
        ("budget: 24 s", "budget: plenty", ":18: budget: "),
    ],
)
def test_a_wrong_value_in_a_suite_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = (suites.FOLDER / "quick.yaml").read_text()
    lines = [new if line.startswith(old.split(":")[0] + ":") else line for line in text.split("\n")]
    file = tmp_path / "wrong.yaml"
    file.write_text("\n".join(lines))
    with pytest.raises(InputError, match=says):
        suites.read(file)


def test_the_mix_comes_first_and_each_kind_is_measured_alone() -> None:
    found = made("session-store", engines=("noop",), repeat=1)
    assert [trial.phase for trial in found.trials] == ["mix", "read", "update", "insert", "delete"]
    assert [trial.number for trial in found.trials] == [1, 2, 3, 4, 5]
    assert {trial.load for trial in found.trials} == {"closed:2"}


def test_repetitions_interleave_the_engines() -> None:
    found = made("ycsb-c", engines=("noop", "lmdb"), repeat=2)
    order = [(trial.repetition, trial.target) for trial in found.trials]
    assert order == [(1, "noop")] * 2 + [(1, "lmdb")] * 2 + [(2, "noop")] * 2 + [(2, "lmdb")] * 2


def test_a_suite_is_a_matrix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pace = suites.get("quick").pace
    suite = Suite(
        name="grid",
        description="two of each",
        workloads=("ycsb-a", "ycsb-c"),
        engines=("noop",),
        places=None,
        loads=("closed:1", "closed:2"),
        pace=pace,
    )
    monkeypatch.setattr(suites, "names", lambda: ("grid", "quick", "standard"))
    monkeypatch.setattr(suites, "get", lambda name: suite)
    found = made("grid")
    phases = [(trial.load, trial.phase) for trial in found.trials]
    # kinds alone under the first load only: they tell what an operation costs
    assert phases == [
        ("closed:1", "mix"),
        ("closed:1", "read"),
        ("closed:1", "update"),
        ("closed:2", "mix"),
        ("closed:1", "mix"),
        ("closed:1", "read"),
        ("closed:2", "mix"),
    ]
    assert len(found.workloads) == 2


def test_only_what_an_engine_serves_is_planned_and_the_rest_is_listed() -> None:
    found = made("book-store", engines=("polars",), repeat=1)
    assert [trial.phase for trial in found.trials] == ["mix", "read", "range", "join", "aggregate"]
    workload = spec.load("book-store")
    served = plan.served(workload, found.targets["polars"].engine)
    assert {each.name for each in served.unsupported} == {"update", "insert"}
    assert all(each.value for each in served.unsupported)
    assert [o.kind for o in served.phase("read")] == ["read"]
    assert [o.weight for o in served.phase("mix")] == [75, 12, 1.8999, 0.0001]


def test_an_engine_that_serves_nothing_is_left_out_and_said(tmp_path: Path) -> None:
    file = tmp_path / "writes.yaml"
    file.write_text("schema: 1\nname: writes\noperations:\n  - {kind: insert, weight: 1}\n")
    with pytest.raises(InputError, match="nothing to measure") as caught:
        made(str(file), engines=("polars",))
    assert "polars serves no operation of writes" in caught.value.hint
    both = made(str(file), engines=("polars", "noop"), repeat=1)
    assert {trial.target for trial in both.trials} == {"noop"}
    assert "polars serves no operation of writes" in both.notes


def test_records_are_held_to_the_pace_and_the_scale_says_so() -> None:
    workload = spec.load("book-store")
    quick, standard = suites.get("quick").pace, suites.get("standard").pace
    held = plan.data(workload, quick, None)
    assert (held.records, held.scale) == (100_000, 0.02)
    assert plan.data(workload, standard, None).records == 1_000_000
    asked = plan.data(workload, quick, 0.5)
    assert (asked.records, asked.scale) == (2_500_000, 0.5)
    assert plan.data(workload, quick, 1e-9).records == 1


def test_passwords_are_in_no_plan() -> None:
    target = plan.target_of("postgresql://user:secret@host/db")
    assert "secret" not in target.text
    assert "secret" not in repr(target.place)


@pytest.mark.parametrize(
    "request_",
    [
        Request(names=("book-store",)),
        Request(
            names=("ycsb-a", "ycsb-b"),
            engines=("lmdb", "postgresql@local"),
            load="open:2000/s,constant",
            quick=True,
            repeat=4,
            duration_s=0.25,
            scale=0.125,
            durability="relaxed",
            seed=99,
            allow_writes=True,
            options=("service_us=100", "lmdb.consistency=strong"),
        ),
    ],
)
def test_the_words_of_a_request_read_back(request_: Request) -> None:
    assert read_words(request_.words()[1:]) == request_


def test_options_go_to_the_engine_that_they_name() -> None:
    request = Request(names=("x",), options=("a=1", "lmdb.consistency=strong", "noop.b=2"))
    assert request.options_of("lmdb") == {"a": "1", "consistency": "strong"}
    assert request.options_of("noop") == {"a": "1", "b": "2"}


def test_the_pace_is_the_suites_or_that_of_quick_and_what_was_asked_for_goes_first() -> None:
    assert Request(names=("book-store",)).pace() == suites.get("standard").pace
    assert Request(names=("smoke",)).pace() == suites.get("smoke").pace
    assert Request(names=("smoke",), quick=True).pace() == suites.get("quick").pace
    pace = Request(names=("book-store",), repeat=7, duration_s=9).pace()
    assert (pace.repetitions, pace.duration_s, pace.alone_s) == (7, 9, 9)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"names": ()}, "no workload"),
        ({"names": ("smoke", "quick")}, "two suites"),
        ({"names": ("book-store",), "repeat": 0}, "--repeat 0"),
        ({"names": ("book-store",), "duration_s": -1.0}, "--duration -1"),
        ({"names": ("book-store",), "duration_s": float("nan")}, "--duration"),
        ({"names": ("book-store",), "scale": 0.0}, "--scale 0"),
        ({"names": ("book-store",), "scale": -2.0}, "--scale -2"),
        ({"names": ("book-store",), "options": ("fast",)}, "not KEY=VALUE"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        check(Request(**asked))  # type: ignore[arg-type]


def test_an_engine_that_is_asked_for_and_cannot_run_is_a_place_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from bench.engines.noop import NoopEngine

    monkeypatch.setattr(NoopEngine, "available", lambda self, place: "install nothing")
    with pytest.raises(PlaceError, match="noop cannot run here") as caught:
        made("ycsb-c", engines=("noop",))
    assert caught.value.hint == "install nothing"


def test_a_quick_run_takes_the_engines_that_come_with_storefit() -> None:
    found = made("ycsb-c", quick=True)
    assert {target.place.kind for target in found.targets.values()} <= {"embedded", "in-process"}
    assert {"lmdb", "polars"} <= found.targets.keys()
    left_out = [note for note in found.notes if "left out of 'quick'" in note]
    others = [
        name
        for name in engines.names()
        if engines.get(name).evidence_for
        and engines.get(name).places[0] not in ("embedded", "in-process")
    ]
    assert len(left_out) == len(others)


def test_a_transaction_of_too_many_records_is_unsupported_and_not_wrong(tmp_path: Path) -> None:
    file = tmp_path / "many.yaml"
    file.write_text(
        "schema: 1\nname: many\ndata: {dataset: records, records: 1000}\noperations:\n"
        "  - {kind: read, weight: 1}\n  - {kind: update, weight: 1, atomic_with: 101}\n"
    )
    found = made(str(file), engines=("lmdb", "postgresql"))
    (workload,) = found.workloads.values()
    left = plan.served(workload, engines.get("lmdb"))
    assert [operation.kind for operation in left.operations] == ["read"]
    assert [(pair.name, pair.value) for pair in left.unsupported] == [
        ("update", "101 records in a transaction, which holds at most 100")
    ]
    assert len(plan.served(workload, engines.get("postgresql")).operations) == 2


def test_a_baseline_runs_when_it_is_asked_for() -> None:
    found = made("ycsb-c", quick=True)
    assert "pandas" not in found.targets
    assert [note for note in found.notes if "the baseline of polars" in note and "pandas" in note]
    assert set(made("ycsb-c", engines=("pandas",)).targets) == {"pandas"}


def test_all_faults_of_a_suite_are_told_at_once(tmp_path: Path) -> None:
    text = (suites.FOLDER / "quick.yaml").read_text()
    file = tmp_path / "own.yaml"
    file.write_text(text.replace("slice: 15 ms", "slice: thin").replace("records: 100k\n", ""))
    with pytest.raises(InputError) as raised:
        suites.read(file)
    assert [line.partition("own.yaml")[2] for line in raised.value.message.splitlines()] == [
        ": records: the key is missing",
        ":11: slice: 'thin' is not a number with a unit; a time such as 10 ms or 90 d",
    ]


def test_a_suite_of_ones_own_is_named_with_its_path(tmp_path: Path) -> None:
    text = (suites.FOLDER / "smoke.yaml").read_text()
    file = tmp_path / "own.yaml"
    file.write_text(text.replace("name: smoke", "name: own") + "precision: 3%\nlongest: 2 s\n")
    request = Request(names=(str(file),), engines=("noop",))
    pace = request.pace()
    assert (request.suite().name, pace.precision, pace.longest_s) == ("own", 0.03, 2.0)
    assert pace.budget_s is None
    assert plan.make(request, cpus=2).trials
    workload = tmp_path / "workload.yaml"
    workload.write_text("schema: 1\nname: w\noperations: [{kind: read, weight: 1}]\n")
    assert not suites.is_suite(str(workload))


def test_who_names_a_length_means_it() -> None:
    quick = Request(names=("book-store",), quick=True)
    assert quick.pace().precision == 0.04
    assert replace(quick, duration_s=1.0).pace().precision is None
    assert replace(quick, versus=("same",)).pace().precision is None
    longer = replace(quick, duration_s=1.0, precision=0.02).pace()
    assert (longer.precision, longer.longest_s, longer.budget_s) == (0.02, None, None)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"precision": 0.0}, "0.1% to 50%"),
        ({"precision": 0.03, "versus": ("same",)}, "equally long"),
        ({"precision": 0.03, "load": "curve"}, "its own interval"),
    ],
)
def test_a_precision_that_cannot_be_meant_is_refused(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as raised:
        check(Request(names=("book-store",), **asked))
    assert says in raised.value.message


def test_the_suite_in_the_documents_has_every_key_and_is_read(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "how-to" / "own-suite.md"
    text = page.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    file = tmp_path / "nightly.yaml"
    file.write_text(text, encoding="utf-8")
    suite = suites.read(file)
    assert (suite.pace.precision, suite.pace.longest_s, suite.pace.budget_s) == (0.03, 20.0, 600.0)
    assert {line.partition(":")[0] for line in text.splitlines()} == set(KEYS)


def test_a_record_size_that_no_generator_makes_is_refused_before_the_start(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    text = "schema: 1\nname: large\ndata: {dataset: records, records: 10, record_size: SIZE}\n"
    file.write_text(text.replace("SIZE", "1 TiB") + "operations: [{kind: read, weight: 1}]\n")
    with pytest.raises(InputError, match="'records' cannot be ") as caught:
        made(str(file), engines=("noop",))
    assert "its largest mean record size is " in caught.value.hint


@pytest.mark.parametrize("procedure", ["load:foo", "idle:foo", "backup:foo"])
def test_a_way_that_a_procedure_does_not_have_is_refused(procedure: str) -> None:
    with pytest.raises(InputError, match="has no way 'foo' on noop") as caught:
        made("book-store", engines=("noop",), procedures=(procedure,))
    assert "ways: " in caught.value.hint or "it has none" in caught.value.hint


def test_a_load_that_cannot_be_scheduled_is_refused() -> None:
    with pytest.raises(InputError, match="processors cannot offer this"):
        made("book-store", engines=("noop",), load="open:1G/s")
