"""Two sides of one run: what may differ, in which order they are measured, and what is kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from bench import suites
from bench.commands.run import read_words
from bench.driver.crew import Crew
from bench.engines.fake import FakeEngine, FakeTarget
from bench.engines.seam import Place, Settings
from bench.runner import interleave
from bench.runner import session as sessions
from bench.runner.plan import Plan, make
from bench.runner.progress import Silent
from bench.runner.request import Request, check
from bench.runner.session import Session, begin, resume
from results.comparison import compare_sides
from results.metrics import METRICS
from results.record import Record
from results.store import read
from workloads.errors import InputError, PlaceError

WORKLOAD = """\
schema: 1
name: small
data: {dataset: records, records: 300, record_size: 200 B}
operations:
  - {kind: read, weight: 8}
  - {kind: update, weight: 2}
"""
ONE = WORKLOAD.replace("  - {kind: update, weight: 2}\n", "")

pytestmark = pytest.mark.slow


@pytest.fixture
def workload(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(WORKLOAD)
    return str(file)


@pytest.fixture
def one(tmp_path: Path) -> str:
    file = tmp_path / "one.yaml"
    file.write_text(ONE)
    return str(file)


def asked(workload: str, *versus: str, **more: object) -> Request:
    defaults: dict[str, object] = {"engines": ("fake",), "load": "closed:1", "quick": True}
    return Request(names=(workload,), versus=versus, **(defaults | more))  # type: ignore[arg-type]


def test_the_second_side_is_the_first_with_the_differences() -> None:
    request = asked("w", options=("a=1",))
    versus = ("durability=relaxed", "engine=lmdb", "a=2", "lmdb.b=c=d")
    side = interleave.second(replace(request, versus=versus))
    assert side == replace(
        request, durability="relaxed", engines=("lmdb",), options=("a=1", "a=2", "lmdb.b=c=d")
    )
    assert side.options_of("lmdb") == {"a": "2", "b": "c=d"}
    assert interleave.second(asked("w", "same")) == asked("w")
    assert interleave.variant(asked("w")) is None
    assert interleave.variant(asked("w", "durability=relaxed", "a=2")) == "durability=relaxed, a=2"
    with_password = asked("w", "engine=postgresql://me:secret@host/db")
    assert interleave.variant(with_password) == "engine=postgresql://me:***@host/db"


@pytest.mark.parametrize(
    ("versus", "more", "said"),
    [
        (("durability=none",), {}, "there is no such durability"),
        (("faster",), {}, "this is no difference"),
        (("=1",), {}, "this is no difference"),
        (("key=",), {}, "this is no difference"),
        (("same", "key=1"), {}, "--versus same: this is no difference"),
        (("durability=full",), {}, "both sides are the same"),
        (("engine=lmdb",), {"engines": ()}, "name the one engine"),
        (("engine=lmdb",), {"engines": ("noop", "fake")}, "name the one engine"),
        (("same",), {"repeat": 1}, "at least 2 repetitions"),
    ],
)
def test_sides_that_cannot_be_meant_are_refused(
    versus: tuple[str, ...], more: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        check(asked("tpcb", *versus, **more))


def test_a_command_line_with_two_sides_is_kept_and_read_again() -> None:
    request = asked("w", "durability=relaxed", "a=2", repeat=12)
    assert read_words(request.words()[1:]) == request
    assert asked("w", "same").pace().repetitions == interleave.PAIRS
    assert asked("w", "same", repeat=3).pace().repetitions == 3


def test_the_order_is_drawn_for_two_repetitions_and_reversed() -> None:
    drawn = [tuple(interleave.turns(6, seed=3, slot=slot)) for slot in range(200)]
    for turns in drawn:
        assert all(a != b for a, b in zip(turns[::2], turns[1::2], strict=True))
    firsts = Counter(turn for turns in drawn for turn in turns[::2])
    assert 240 <= firsts[True] <= 360
    assert drawn == [tuple(interleave.turns(6, seed=3, slot=slot)) for slot in range(200)]
    assert len(list(interleave.turns(5, seed=1, slot=0))) == 5


def planned(request: Request) -> Plan:
    check(request)
    return make(request, cpus=2)


def test_trials_of_a_pair_follow_each_other_and_share_their_stream(workload: str) -> None:
    request = asked(workload, "same", repeat=4)
    trials = planned(request).trials
    assert len(trials) == 4 * 3 * 2
    for a, b in zip(trials[::2], trials[1::2], strict=True):
        assert {a.variant, b.variant} == {None, "same"}
        assert (a.phase, a.repetition, a.load) == (b.phase, b.repetition, b.load)
        numbers = {interleave.stream_number(request, trial) for trial in (a, b)}
        assert len(numbers) == 1
    streams = [interleave.stream_number(request, trial) for trial in trials[::2]]
    assert len(set(streams)) == len(streams)
    assert {trials[at].variant for at in range(0, len(trials), 2)} == {None, "same"}


def test_searches_and_curves_have_no_sides(workload: str) -> None:
    with pytest.raises(InputError, match="pairs trials of one load"):
        planned(asked(workload, "same", load="curve"))


def test_a_run_with_one_side_keeps_a_stream_for_each_trial(workload: str) -> None:
    request = asked(workload, repeat=2)
    trials = planned(request).trials
    assert [interleave.stream_number(request, trial) for trial in trials] == list(range(1, 7))
    assert {trial.variant for trial in trials} == {None}


def test_another_engine_is_measured_on_what_both_serve(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(WORKLOAD + "  - {kind: aggregate, weight: 1}\n")
    plan = planned(asked(str(file), "engine=lmdb", engines=("noop",), repeat=2))
    assert {trial.target for trial in plan.trials} == {"noop", "lmdb"} == set(plan.targets)
    # the key-value engine serves no aggregate, so its mix is another one
    assert {trial.phase for trial in plan.trials} == {"read", "update"}
    assert "noop and lmdb serve different operations: no mix" in plan.notes
    first = [trial.target for trial in plan.trials if trial.variant is None]
    assert set(first) == {"noop"}


def make_brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short trials and a machine that is described quickly."""
    from bench import environment as module

    real = module.environment
    monkeypatch.setattr(
        sessions, "environment", lambda directory, **_: real(directory, score_s=0.01)
    )
    pace = replace(
        suites.get("quick").pace,
        precision=None,
        duration_s=0.1,
        alone_s=0.1,
        warmup_min_s=0.02,
        warmup_max_s=0.04,
        slice_s=0.005,
        idle_s=0.02,
        checked=8,
    )
    monkeypatch.setattr(Request, "pace", lambda self: replace(pace, repetitions=self.repeat or 1))


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    make_brisk(monkeypatch)


def run(request: Request, results: Path) -> list[Record]:
    with begin(request, results) as session:
        return session.go(Silent())


def calm(made: list[Record]) -> list[Record]:
    """The records without findings: a busy machine may refuse them, and that is not the point."""
    return [replace(record, findings=()) for record in made]


class Order(Silent):
    """Notes when records are there."""

    def __init__(self, seen: list[str]) -> None:
        self.seen = seen

    def finished(self, record: Record) -> None:
        self.seen.append("measured")


@dataclass
class Watched:
    """A run with two sides: its records, what happened to the fakes, and the crew's processes.

    renewed   process ids of a crew before and after it was renewed, and which of the former
              still did something then
    """

    made: list[Record]
    kept: list[Record]
    seen: list[str]
    renewed: list[tuple[set[int], set[int], set[int]]]


@pytest.fixture(scope="module")
def two_sides(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    folder = tmp_path_factory.mktemp("sides")
    (folder / "one.yaml").write_text(ONE)
    seen: list[str] = []
    renewed: list[tuple[set[int], set[int], set[int]]] = []
    load, renew = FakeTarget.load, Crew.renew

    def watched_load(self: FakeTarget, plan: object) -> object:
        seen.append("loaded")
        return load(self, plan)  # type: ignore[arg-type]

    def watched_renew(self: Crew) -> None:
        before = set(self.pids())
        renew(self)
        renewed.append((before, set(self.pids()), {pid for pid in before if runs(pid)}))

    request = asked(
        str(folder / "one.yaml"),
        "service_us=10000",
        options=("service_us=5000",),
        repeat=3,
        durability="relaxed",
    )
    with pytest.MonkeyPatch.context() as patch:
        make_brisk(patch)
        patch.setattr(FakeTarget, "load", watched_load)
        patch.setattr(Crew, "renew", watched_renew)
        with begin(request, folder / "out") as session:
            made = session.go(Order(seen))
    return Watched(made, read(folder / "out"), seen, renewed)


def runs(pid: int) -> bool:
    """Whether a process still does anything; one that waits to be reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_each_side_runs_with_its_own_setting(two_sides: Watched) -> None:
    made = two_sides.made
    assert two_sides.kept == made
    assert len(made) == 3 * 2 * 2
    assert Counter(r.trial.variant for r in made) == {None: 6, "service_us=10000": 6}
    seeds = Counter((r.trial.seed, r.trial.phase, r.trial.repetition) for r in made)
    assert set(seeds.values()) == {2}
    for record in made:
        settings = {s.name: s.value for s in record.engine.settings}
        second = record.trial.variant is not None
        assert settings["service_us"] == ("10000" if second else "5000")
        assert record.trial.durability == "relaxed"
        assert record.operations[0].service.min_s >= (0.01 if second else 0.005)
    found = compare_sides(calm(made), metrics=METRICS[:1])
    assert [(c.phase, c.design, c.n) for c in found] == [
        ("mix", "paired", 3),
        ("read", "paired", 3),
    ]


def test_both_sides_are_loaded_before_either_is_measured(two_sides: Watched) -> None:
    assert two_sides.seen == ["loaded", "loaded", *["measured"] * 12]


def test_each_trial_of_a_side_has_processes_of_its_own(two_sides: Watched) -> None:
    assert len(two_sides.renewed) == len(two_sides.made)
    for before, after, still in two_sides.renewed:
        assert len(after) == len(before) > 0
        assert not before & after
        assert not still


@pytest.mark.usefixtures("brisk")
def test_a_run_with_one_side_keeps_its_processes(
    one: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Crew, "renew", lambda _: pytest.fail("the crew was renewed"))
    made = run(asked(one), tmp_path / "out")
    assert [record.error for record in made] == [None, None]


@pytest.mark.usefixtures("brisk")
def test_a_side_that_cannot_be_opened_does_not_harm_the_other(
    one: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = FakeEngine.open

    def opened(self: FakeEngine, place: Place, settings: Settings) -> object:
        if settings.options.get("service_us") == "7":
            raise PlaceError("this side is closed")
        return really(self, place, settings)

    monkeypatch.setattr(FakeEngine, "open", opened)
    made = run(asked(one, "service_us=7", repeat=2), tmp_path / "out")
    first = [r for r in made if r.trial.variant is None]
    second = [r for r in made if r.trial.variant is not None]
    assert [(r.outcome, r.error) for r in second] == [("error", "this side is closed")] * 4
    # in so short a window a worker without a processor completes nothing: not the other side's doing
    starved = "no operation was completed in the window."
    assert len(first) == 4
    assert {r.error for r in first} <= {None, starved}
    kept = [replace(r, outcome="ok", error=None) if r.error == starved else r for r in made]
    found = compare_sides(calm(kept))
    assert {c.verdict for c in found} == {"not comparable"}
    assert found[0].reason.startswith("no evidence after: error: this side is closed")


class Stops(Silent):
    """A person at the keyboard who has seen enough."""

    def __init__(self, after: int) -> None:
        self.left = after

    def finished(self, record: Record) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.mark.usefixtures("brisk")
def test_an_interrupted_pair_is_completed(one: str, tmp_path: Path) -> None:
    request = asked(one, "durability=relaxed", repeat=2)
    with pytest.raises(KeyboardInterrupt), begin(request, tmp_path / "out") as session:
        session.go(Stops(5))
    path = session.path
    with resume(path, read_words, ()) as again:
        assert isinstance(again, Session)
        made = again.go(Silent())
    assert len(made) == 3
    records = read(path)
    pairs = Counter((r.trial.phase, r.trial.repetition) for r in records)
    assert set(pairs.values()) == {2}
    assert {r.engine.durability for r in records if r.trial.variant} == {"relaxed"}
    assert {r.engine.durability for r in records if not r.trial.variant} == {"full"}


def test_the_fake_can_be_named_though_it_is_hidden() -> None:
    assert isinstance(planned(asked("ycsb-c", "same")).targets["fake"].engine, FakeEngine)
