"""A server of ours that comes to an end by itself, and what the trial says of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.runner import trial
from bench.runner.trial import Verdict
from bench.targets.server import ServerPlan, Service


def service(code: str) -> Service:
    child = subprocess.Popen([sys.executable, "-ISc", code])
    plan = ServerPlan(title="X 1", argv=(), directory=Path(), log=Path(), ready=lambda: True)
    unused: Any = None
    return Service(
        plan=plan, keeper=unused, account=unused, child=child, calm_signal=signal.SIGTERM
    )


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import os; os.kill(os.getpid(), 9)", "X 1 died (signal 9)"),
        ("raise SystemExit(3)", "X 1 ended by itself (exit code 3)"),
    ],
)
def test_how_a_server_ended_is_told(code: str, says: str) -> None:
    found = service(code)
    found.child.wait(20)
    assert found.ended() == says


def test_a_server_that_runs_has_not_ended() -> None:
    found = service("input()")
    try:
        assert found.ended() is None
    finally:
        found.child.kill()
        found.child.wait(20)


@pytest.mark.parametrize("ended", [None, "X 1 died (signal 9)"])
def test_a_trial_says_first_that_its_server_died(
    ended: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    unread = Verdict("error", "the engine's counters cannot be read: refused")
    monkeypatch.setattr(trial, "_judged", lambda *_: unread)
    stand: Any = SimpleNamespace(running=SimpleNamespace(ended=lambda: ended), broken=None)
    unused: Any = None
    verdict = trial._verdict(stand, unused, unused)
    if ended is None:
        assert verdict == unread
    else:
        assert verdict.error == f"{ended} during the trial; {unread.error}"
        assert stand.broken == verdict.error
