"""What needs no cluster: how one is named, what it reaches, clocks, versions, what is refused."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path

import pytest
from driver_doubles import MS, ScriptedBound, TickingClock
from hypothesis import given, settings
from hypothesis import strategies as st
from noop_jobs import jobs
from test_driver_worker import performed

from bench.cluster import clocks, cluster, software, where
from bench.cluster.clocks import Exchange, Offset
from bench.cluster.where import Where
from bench.driver.conduct import Measured
from bench.driver.messages import Begin, Failures, Progress, Report, Window
from bench.runner import trial
from bench.runner.plan import target_of
from bench.runner.request import Request, check
from workloads.errors import InputError, PlaceError

MOMENTS = [field.name for field in fields(Failures) if field.name.endswith("_at_ns")]


def report(started_ns: int, *, error_ns: int = 0, missed_ns: int = 0) -> Report:
    """A worker's report of one failure, with these moments in it."""
    bound = ScriptedBound(TickingClock(), failing=lambda i: "refused" if i == 3 else None)
    found = performed(bound, Window(0, 10 * MS)).report
    for failures in found.failures:
        for name in MOMENTS:
            setattr(failures, name, started_ns + 5)
    return replace(
        found, started_ns=started_ns, missed_ns=missed_ns, clock_error_ns=error_ns, lost=None
    )


# --- how a cluster is named


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("local", Where()),
        ("local:4", Where(size=4)),
        ("tcp://10.0.0.5:8786", Where(address="tcp://10.0.0.5:8786")),
        ("tls://scheduler.example.org:8786", Where(address="tls://scheduler.example.org:8786")),
        ("scheduler:8786", Where(address="tcp://scheduler:8786")),
        ("[::1]:8786", Where(address="tcp://[::1]:8786")),
    ],
)
def test_a_cluster_is_named(text: str, meant: Where) -> None:
    assert where.parse(text) == meant
    assert where.parse(meant.text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "local:",
        "local:0",
        "local:-1",
        "local:two",
        "local:65",
        "tcp://host",
        "http://a:1",
        "a b",
    ],
)
def test_what_is_no_cluster_is_said(text: str) -> None:
    with pytest.raises(InputError, match="--cluster") as found:
        check(Request(names=("book-store",), cluster=text))
    assert "local:4" in found.value.hint


def test_a_run_keeps_the_cluster_it_was_asked_for() -> None:
    request = Request(names=("book-store",), cluster="local:4")
    words = request.words()
    assert words[words.index("--cluster") + 1] == "local:4"
    assert "--cluster" not in replace(request, cluster=None).words()


# --- what it reaches


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lmdb", "runs inside the load worker"),
        ("polars", "runs inside the load worker"),
        ("postgresql@embedded", "can be reached from this machine only"),
        ("mariadb@local", "can be reached from this machine only"),
    ],
)
def test_what_other_machines_cannot_reach_is_refused(text: str, says: str) -> None:
    target = target_of(text)
    with pytest.raises(InputError, match=says) as found:
        where.require_reach([target], away=1, size=4)
    assert "1 of the cluster's 4 workers" in found.value.message
    assert "--cluster local" in found.value.hint
    where.require_reach([target], away=0, size=4)


def test_a_server_with_an_address_is_reached_from_everywhere() -> None:
    where.require_reach([target_of("postgresql://u:p@db.example.org/x")], away=4, size=4)


def test_missing_dask_is_said_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda _name: None)
    with pytest.raises(PlaceError) as found, cluster.opened(Where()):
        pass
    assert found.value.exit_code == 3
    assert "pip install 'storefit[cluster]'" in found.value.hint


def test_nothing_of_dask_is_imported_without_being_asked_for() -> None:
    import subprocess
    import sys

    program = (
        "import sys, bench.commands.run, bench.runner.session, bench.cluster.cluster, "
        "bench.cluster.post; sys.exit('distributed' in sys.modules or 'dask' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# --- clocks

way_ns = st.integers(0, 10**8)


@given(
    ahead=st.integers(-(10**18), 10**18),
    there=st.lists(way_ns, min_size=1, max_size=8),
    back=way_ns,
)
def test_the_offset_is_right_within_its_error(ahead: int, there: list[int], back: int) -> None:
    """However unevenly the delay is split between there and back."""
    asked = 10**12
    exchanges = [Exchange(asked, asked + way + ahead, asked + way + back) for way in there]
    found = clocks.best(exchanges)
    assert abs(found.ns - ahead) <= found.error_ns
    assert found.error_ns == (min(there) + back + 1) // 2


@settings(max_examples=20)
@given(ns=st.integers(-(10**15), 10**15), at=st.integers(0, 10**15))
def test_moments_come_back_as_they_went(ns: int, at: int) -> None:
    offset = Offset(ns, 7)
    begin = clocks.to_theirs(Begin(at, at + 1), offset)
    assert begin == Begin(at + ns, at + 1 + ns)
    assert clocks.to_theirs(Window(at, at + 9), offset) == Window(at + ns, at + 9 + ns)
    back = clocks.to_ours(report(at + ns), offset)
    assert isinstance(back, Report)
    assert back.started_ns == at
    assert "first_at_ns" in MOMENTS
    (failures,) = back.failures
    assert {getattr(failures, name) for name in MOMENTS} == {at + 5}
    assert back.clock_error_ns == 7


def test_other_messages_are_left_alone() -> None:
    progress = Progress((), 3)
    assert clocks.to_ours(progress, Offset(5, 1)) is progress
    assert clocks.to_theirs(progress, Offset(5, 1)) is progress


def test_drift_between_two_measurements_is_doubt() -> None:
    assert clocks.over(Offset(100, 10), Offset(105, 20)) == Offset(100, 20)
    assert clocks.over(Offset(100, 10), Offset(190, 20)) == Offset(100, 20 + 60)


def test_the_spread_of_starts_includes_the_doubt_about_clocks() -> None:
    measured = Measured(jobs=tuple(jobs(2)))
    assert measured.start_spread_s is None
    measured.reports[0] = report(1_000 * MS)
    assert measured.start_spread_s is None
    measured.reports[1] = report(1_030 * MS, error_ns=2 * MS)
    assert measured.start_spread_s == pytest.approx(0.032)
    measured.reports[0] = report(1_000 * MS, error_ns=3 * MS, missed_ns=40 * MS)
    assert measured.start_spread_s == pytest.approx(0.035)
    assert measured.missed_s == pytest.approx(0.040)


def test_a_window_that_came_late_makes_the_trial_unstable() -> None:
    measured = Measured(jobs=tuple(jobs(2)), window=Window(0, 1_000 * MS))
    measured.reports = {0: report(0), 1: report(0, missed_ns=9 * MS)}
    assert trial._of_workers(measured).outcome == "ok"
    measured.reports[1] = report(0, missed_ns=40 * MS)
    verdict = trial._of_workers(measured)
    assert verdict.outcome == "unstable"
    assert "heard of the window 40 ms after it began" in (verdict.error or "")


# --- versions


def test_software_is_compared() -> None:
    ours = software.Software("3.11", "0.1.0", "abc", (("numpy", "2.4"),))
    assert software.difference(ours, ours) is None
    cases = {
        "Python 3.12 there, 3.11 here": replace(ours, python="3.12"),
        "storefit 0.2.0 there, 0.1.0 here": replace(ours, storefit="0.2.0"),
        "numpy 2.3 there, 2.4 here": replace(ours, libraries=(("numpy", "2.3"),)),
        "another working copy of storefit 0.1.0 there": replace(ours, code="abd"),
    }
    for says, theirs in cases.items():
        assert software.difference(ours, theirs) == says


@dataclass
class OtherSoftware:
    """A Dask client whose one worker has something else, or nothing."""

    answer: object

    def scheduler_info(self, n_workers: int) -> dict[str, object]:
        return {"workers": {"tcp://10.0.0.5:1": {"id": "a"}}}

    def run(self, _look: object, *, workers: list[str], on_error: str) -> dict[str, object]:
        return dict.fromkeys(workers, self.answer)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ModuleNotFoundError("No module named 'bench'"), "No module named 'bench'"),
        (
            software.Look(replace(software.software(), python="2.7"), software.machine()),
            "Python 2.7 there",
        ),
    ],
)
def test_a_worker_with_other_software_is_refused(answer: object, says: str) -> None:
    found = cluster.Cluster(OtherSoftware(answer), size=1)
    with pytest.raises(PlaceError, match=says) as error:
        found.look_around()
    assert "tcp://10.0.0.5:1" in error.value.message
    assert "install the same storefit" in error.value.hint


def test_a_changed_module_is_another_working_copy(tmp_path: Path) -> None:
    (tmp_path / "bench").mkdir()
    module = tmp_path / "bench/a.py"
    module.write_text("x = 1\n")
    before = software._digest(tmp_path)
    module.write_text("x = 2\n")
    assert software._digest(tmp_path) != before


@dataclass
class TwoMachines:
    """Three workers on one machine and one on another."""

    def scheduler_info(self, n_workers: int) -> dict[str, object]:
        return {"workers": {f"tcp://{name}": {"id": name} for name in ("a:1", "a:2", "a:3", "b:1")}}

    def run(self, _look: object, *, workers: list[str], on_error: str) -> dict[str, object]:
        here = software.look()
        return {
            address: software.Look(
                here.software, software.Machine(address[6], f"{address[6]} 1", cpus=8)
            )
            for address in workers
        }


def test_load_workers_are_spread_over_machines_first() -> None:
    found = cluster.Cluster(TwoMachines(), size=4)
    chosen = found.spread(6, taken=())
    assert [address[6] for address in chosen] == ["a", "b"] * 3
    assert len(set(chosen)) == 4
    assert found.spread(1, taken=["tcp://a:1"]) == ["tcp://b:1"]
    assert (found.machines, found.cpus, found.away) == (2, 16, 4)
    found.lost("tcp://b:1")
    assert {address[6] for address in found.spread(3, taken=())} == {"a"}
