"""An engine that hangs ends its trial with an error; the run, and what it has, go on."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from test_run_loop import (  # noqa: F401 - fixtures, and runs on the fake engine
    _cheap_environment,
    prepared,
    request_for,
    run,
    workload,
)

from bench.engines.fake import FakeTarget
from bench.engines.fake.behaviour import Behaviour, Constant, Every, Fails, Request
from bench.runner import limit
from bench.runner.limit import Limits, Overdue, limited
from bench.runner.progress import Silent
from results.record import Record
from results.store import read

LIMIT_S = 0.15
LONG_S = 60.0


class Slept(AssertionError):
    """A hang that nobody interrupted."""


def hang(*_: object) -> None:
    time.sleep(LONG_S)
    raise Slept


@dataclass(frozen=True)
class HangsFrom:
    """Request `number` of a session does not come back."""

    number: int

    def __call__(self, request: Request) -> float:
        return LONG_S if request.number == self.number else 0.0


def shorten(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Of one kind of call only: on a busy machine the others may take their time."""
    short = replace(Limits(), loads=0.0, **{name: LIMIT_S})
    monkeypatch.setattr(limit, "LIMITS", short)


def told(made: list[Record], what: str) -> None:
    """Each record is an error of the kind timeout that says what took too long."""
    assert [r.outcome for r in made] == ["error"] * 3
    for record in made:
        assert f"timeout: {what} did not end within 0.15 s" in (record.error or "")
        assert not record.is_evidence


def test_an_engine_that_hangs_while_answers_are_compared_is_not_incorrect(
    workload: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shorten(monkeypatch, "verify_s")
    began_s = time.monotonic()
    made = run(workload, tmp_path / "out", Behaviour(service_time=HangsFrom(3)))
    told(made, "comparing answers")
    assert {(e.kind, e.count) for r in made for e in r.errors} == {("timeout", 1)}
    assert not list((tmp_path / "out").glob(".work-*"))
    assert time.monotonic() - began_s < LONG_S


def test_an_operation_that_its_driver_gives_up_is_a_timeout_too(
    workload: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    made = run(workload, tmp_path / "out", Behaviour(failure=Fails(Every(9), "timeout")))
    assert [r.outcome for r in made] == ["error"] * 3
    for record in made:
        assert (record.error or "").startswith("timeout while comparing answers: records: ")
        assert [error.kind for error in record.errors] == ["timeout"]
        assert record.answers_checked == 8  # after it nothing more was asked


def test_wrong_answers_before_a_timeout_are_wrong(workload: str, tmp_path: Path) -> None:  # noqa: F811
    behaviour = Behaviour(failure=Fails(Every(9), "timeout"), wrong=Every(4))
    assert {r.outcome for r in run(workload, tmp_path / "out", behaviour)} == {"incorrect"}


@pytest.mark.parametrize(
    ("call", "name", "what"),
    [
        ("settle", "settle_s", "settling"),
        ("row_count", "count_s", "counting the rows"),
        ("counters", "counters_s", "reading the counters"),
        ("describe", "counters_s", "describing itself"),
    ],
)
def test_a_call_of_the_parent_that_hangs_ends_the_trial(
    workload: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    name: str,
    what: str,
) -> None:
    shorten(monkeypatch, name)
    monkeypatch.setattr(FakeTarget, call, hang)
    told(run(workload, tmp_path / "out", Behaviour()), what)


def test_records_that_are_complete_are_kept_when_the_engine_hangs_later(
    workload: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Hanging(Silent):
        def finished(self, record: Record) -> None:
            monkeypatch.setattr(FakeTarget, "counters", hang)
            shorten(monkeypatch, "counters_s")

    behaviour = Behaviour(service_time=Constant(0.001))
    with prepared(request_for(workload), tmp_path / "out", behaviour) as session:
        made = session.go(Hanging())
    assert [r.outcome for r in made] == ["ok", "error", "error"]
    assert all("reading the counters did not end" in (r.error or "") for r in made[1:])
    assert read(tmp_path / "out") == made


def test_what_swallows_the_interruption_is_overdue_all_the_same() -> None:
    with pytest.raises(Overdue, match="timeout: deaf did not end"):  # noqa: SIM117
        with limited(0.05, "deaf"), suppress(Exception):
            time.sleep(LONG_S)


def lose_connection() -> None:
    try:
        time.sleep(LONG_S)
    except Overdue as error:
        raise ConnectionError("connection is closed") from error


def test_an_error_that_follows_from_it_is_told_as_overdue() -> None:
    with pytest.raises(Overdue), limited(0.05, "x"):
        lose_connection()


def test_a_call_in_time_leaves_no_alarm_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with limited(30, "quick"):
        pass
    with pytest.raises(ZeroDivisionError), limited(30, "faulty"):
        raise ZeroDivisionError
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before


@pytest.mark.parametrize("in_main_thread", [True, False])
def test_what_cannot_be_interrupted_ends_with_its_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_main_thread: bool
) -> None:
    """As a C library does that waits for its server: signals do not bring it back."""
    monkeypatch.setattr(limit, "_PATIENCE_S", 0.1)
    outcome: list[BaseException] = []

    def call() -> None:
        with subprocess.Popen(["sleep", str(LONG_S)], cwd=tmp_path) as server:
            try:
                with limited(0.1, "asking", workdir=tmp_path):
                    while server.poll() is None:
                        with suppress(Overdue):
                            server.wait()
            except Overdue as error:
                outcome.append(error)
            assert server.returncode == -signal.SIGKILL

    if in_main_thread:
        call()
    else:
        thread = threading.Thread(target=call)
        thread.start()
        thread.join(LONG_S)
    assert [str(error) for error in outcome] == ["timeout: asking did not end within 0.1 s"]
