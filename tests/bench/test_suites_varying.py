"""Suites that vary something: how they are read, what is planned, and that a run resumes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from bench import engines, suites
from bench.engines.fake import FakeEngine
from bench.engines.fake.behaviour import Behaviour, Constant
from bench.engines.seam import Place
from bench.environment import environment
from bench.runner import plan
from bench.runner import session as sessions
from bench.runner.plan import Target
from bench.runner.progress import Silent
from bench.runner.request import Request
from bench.runner.session import Session, begin, resume
from results.manifest import PlannedTrial
from results.record import Environment, Record
from results.store import read
from workloads.errors import InputError, PlaceError

PACE = """\
repetitions: 1
duration: 0.3 s
alone: 0.2 s
warmup: 0.05 s .. 0.1 s
slice: 20 ms
idle: 20 ms
records: 500
bytes: 10 MiB
checked: 20
"""
HEAD = "schema: 1\nname: mine\ndescription: of a test\nworkloads: [ycsb-c]\n"
SUITE = f"""{HEAD}engines: [fake]
base: {{data.records: 200, data.record_size: 200 B}}
loads: ["closed:2"]
phases: mix
vary:
  - {{axis: size, input: data.records, values: [100, 200, 300], procedures: [load]}}
  - {{axis: frequency, load: ["closed:2", "closed:1"]}}
  - {{axis: latency, option: service_us, values: {{fake: [50]}}}}
procedures: [load]
quick: {{vary: [{{axis: size, input: data.records, values: [150]}}], procedures: [load]}}
{PACE}"""


def written(tmp_path: Path, text: str) -> str:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    return str(file)


def planned(name: str, **asked: object) -> tuple[PlannedTrial, ...]:
    return plan.make(Request(names=(name,), **asked), cpus=2).trials  # type: ignore[arg-type]


def shown(trials: tuple[PlannedTrial, ...]) -> list[tuple[str, str, str | None, str]]:
    return [
        (t.phase, t.load, t.axis, ", ".join(f"{v.name}={v.value}" for v in t.varied))
        for t in trials
    ]


def test_one_thing_at_a_time_from_the_base(tmp_path: Path) -> None:
    found = planned(written(tmp_path, SUITE))
    assert shown(found) == [
        ("mix", "closed:2", None, ""),
        ("mix", "closed:1", "frequency", "load=closed:1"),  # on the same data
        ("load:bulk", "none", "size", ""),
        ("mix", "closed:2", "size", "data.records=100"),  # not 200: the base has it
        ("load:bulk", "none", "size", "data.records=100"),
        ("mix", "closed:2", "size", "data.records=300"),
        ("load:bulk", "none", "size", "data.records=300"),
        ("mix", "closed:2", "latency", "option:service_us=50"),
    ]
    assert [t.number for t in found] == list(range(1, 9))
    assert found[-1].options == ("service_us=50",)
    assert len({t.workload for t in found}) == 3


def test_a_matrix_is_every_combination(tmp_path: Path) -> None:
    text = SUITE.replace("phases: mix", "phases: mix\ncombine: matrix")
    found = [t for t in planned(written(tmp_path, text)) if not t.procedure]
    assert len(found) == 3 * 2 * 1
    assert {t.axis for t in found} == {"size+frequency+latency"}
    assert all(len(t.varied) == 3 for t in found)


def test_quick_has_a_pace_and_things_of_its_own(tmp_path: Path) -> None:
    name = written(tmp_path, SUITE)
    found = planned(name, quick=True)
    assert [axis for _, _, axis, _ in shown(found)] == [None, "size", "size"]
    assert Request(names=(name,), quick=True).pace() == Request(names=(name,)).pace()
    bare = written(tmp_path, "\n".join(x for x in SUITE.split("\n") if not x.startswith("quick")))
    suites.get.cache_clear()
    assert Request(names=(bare,), quick=True).pace() == suites.get("quick").pace
    assert len(planned(bare, quick=True)) == 8


def test_a_load_of_the_command_line_stands_in_place_of_all_loads(tmp_path: Path) -> None:
    loads = {t.load for t in planned(written(tmp_path, SUITE), load="closed:7")}
    assert loads == {"closed:7", "none"}


def test_all_kinds_alone_where_nothing_says_otherwise(tmp_path: Path) -> None:
    text = SUITE.replace("phases: mix\n", "").replace("values: [100,", "phases: mix, values: [100,")
    found = planned(written(tmp_path, text))
    alone = {(t.axis, t.phase) for t in found if t.phase == "read"}
    assert alone == {(None, "read"), ("frequency", "read"), ("latency", "read")}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "input: data.records,",
            "input: data.recodrs,",
            r":10: vary: .*did you mean 'data.records'",
        ),
        ("values: [100, 200, 300]", "values: [many]", r":10: vary: data.records: 'many'"),
        ("values: [100, 200, 300]", "values: 100", ":10: vary.values: '100'; a list"),
        ("axis: size, input", "axis: width, input", ":10: vary.axis: 'width'; one of format, size"),
        ("axis: size, input", "input", ":10: vary.axis: the key is missing"),
        ("values: [100, 200, 300]", "values: [600]", r":\d+: records: at most 500 are loaded"),
        (
            "procedures: [load]}",
            "procedures: [laod]}",
            ":10: vary.procedures: .*did you mean 'load'",
        ),
        ('"closed:1"]', '"closed:none"]', ":11: vary.load: .*is not a number of clients"),
        ("option: service_us", "option: speed", ":12: vary.values: .*has no option 'speed'"),
        ("{fake: [50]}", "{fake: [fast]}", ":12: vary.values: "),
        ("{fake: [50]}", "{fkae: [50]}", ":12: vary.values: there is no engine 'fkae'"),
        ("axis: latency, option", "axis: latency, load: [], option", "option and load; one of"),
        ("axis: latency, option", "axis: latency, colour: red, option", "vary.colour: there is no"),
        ("phases: mix\n", "phases: some\n", ":8: phases: 'some'; one of all, mix"),
        ("base: {data.records: 200,", "base: {data.records: [1],", ":6: base.data.records: a list"),
        ("base: {data.records: 200,", "base: {data.size: 2,", ":6: base: there is no input"),
        ("quick: {vary", "quick: {name: x, vary", ":14: quick.name: not under quick"),
        ("quick: {vary", "quick: {duration: soon, vary", ":14: duration: "),
        (
            "\nloads: [",
            "\noptions: [fake.speed=2]\nloads: [",
            ":7: options: .*has no option 'speed'",
        ),
        ("\nloads: [", "\noptions: [fast]\nloads: [", ":7: options: 'fast' is no option"),
        ("phases: mix\n", "combine: all\n", ":8: combine: 'all'; one of one-at-a-time, matrix"),
    ],
)
def test_every_fault_is_told_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in SUITE
    with pytest.raises(InputError, match=says):
        suites.read(Path(written(tmp_path, SUITE.replace(old, new, 1))))


def test_an_input_that_a_workload_lacks_is_an_error_before_anything_is_written(
    tmp_path: Path,
) -> None:
    text = SUITE.replace(
        "input: data.records, values: [100, 200, 300]", "input: operations.scan.limit, values: [3]"
    )
    with pytest.raises(InputError, match=r"suite 'mine', workload 'ycsb-c'.*no scan"):
        begin(Request(names=(written(tmp_path, text),)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


class Placed(FakeEngine):
    """A fake that runs at several places, of which some are missing here."""

    __slots__ = ()

    def available(self, place: Place) -> str | None:
        return None if place.kind == "local" else f"no {place.kind} here"


@pytest.mark.parametrize(
    ("places", "listed", "found"),
    [
        ("[embedded, local]", "", "fake@local"),
        ("[embedded, local]", "engines: [fake]\n", "fake@local"),
        ("[local, embedded]", "engines: [fake]\n", "fake@local"),
    ],
)
def test_an_engine_runs_at_the_first_listed_place_that_is_available(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: str, listed: str, found: str
) -> None:
    engine = Placed(places=("container", "local", "embedded"), evidence_for=("rds",))
    monkeypatch.setattr(engines, "get", lambda _name: engine)
    monkeypatch.setattr(engines, "names", lambda **_: ("fake",))
    name = written(tmp_path, f"{HEAD}places: {places}\n{listed}loads: [default]\n{PACE}")
    assert {t.target for t in planned(name)} == {found}


def test_an_engine_at_none_of_the_listed_places_is_left_out_or_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Placed(places=("container", "embedded"), evidence_for=("rds",))
    monkeypatch.setattr(engines, "get", lambda _name: engine)
    monkeypatch.setattr(engines, "names", lambda **_: ("fake",))
    name = written(tmp_path, f"{HEAD}places: [embedded]\nengines: [fake]\nloads: [default]\n{PACE}")
    with pytest.raises(PlaceError, match="fake@embedded cannot run here") as caught:
        planned(name)
    assert caught.value.hint == "no embedded here"


@cache
def _environment(_directory: Path) -> Environment:
    return environment(Path(__file__).parent, score_s=0.01)


class Stops(Silent):
    def __init__(self, after: int) -> None:
        self.left = after

    def finished(self, record: Record) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.mark.slow
def test_an_interrupted_suite_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "environment", _environment)
    engine = FakeEngine(behaviour=Behaviour(service_time=Constant(0.001)))

    def faked(session: Session) -> Session:
        session.plan.targets["fake"] = Target("fake", engine, Place(kind="in-process"))
        return session

    request = Request(names=(written(tmp_path, SUITE),))
    with begin(request, tmp_path / "out") as session, pytest.raises(KeyboardInterrupt):
        faked(session).go(Stops(4))
    before = read(session.path)
    assert len(before) == 4
    with resume(session.path, lambda _: request, ()) as again:
        rest = faked(again).go(Silent())
    assert [r.id.rsplit(".")[-1] for r in rest] == ["005", "006", "007", "008"]
    whole = read(session.path)
    assert {r.outcome for r in whole} == {"ok"}
    assert [r.trial.axis for r in whole] == [None, "frequency", *["size"] * 5, "latency"]
    assert [r.trial.records for r in whole] == [200, 200, 200, 100, 100, 300, 300, 200]
    assert whole[:4] == before
    assert {s.name: s.value for s in whole[7].trial.varied} == {"option:service_us": "50"}
