"""The keeper leaves nothing behind, whoever dies and however."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.targets import cleanup
from bench.targets.account import UNPRIVILEGED, Account, server_account
from bench.targets.keeper import Keeper
from bench.targets.private import private_directory, socket_directory
from bench.targets.secret import Secret
from bench.targets.server import ServerFailed, ServerPlan, free_port, port_is_taken, start
from workloads.errors import PlaceError

SLEEPER = [sys.executable, "-S", "-c", "import time; time.sleep(300)"]
STUBBORN = [
    sys.executable,
    "-S",
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    " open('stubborn', 'w').close(); time.sleep(300)",
]


def wait_until(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def lives(pid: int) -> bool:
    """Whether a process lives; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_everything_is_undone_the_last_first(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    trace = tmp_path / "trace"
    with Keeper() as keeper:
        keeper.directory(kept)
        kept.mkdir()
        (kept / "file").write_text("x")
        keeper.command(["sh", "-c", f"cat >> {trace}; ls {kept} >> {trace}"], text="first\n")
        keeper.command(["sh", "-c", f"cat >> {trace}"], text="second\n")
        child = subprocess.Popen(SLEEPER)
        keeper.process(child)
    assert trace.read_text() == "second\nfirst\nfile\n"
    assert not kept.exists()
    assert child.returncode == -signal.SIGTERM


def test_what_was_done_already_is_forgotten(tmp_path: Path) -> None:
    with Keeper() as keeper:
        keeper.forget(keeper.command(["touch", str(tmp_path / "undone")]))
    assert not (tmp_path / "undone").exists()


def test_a_process_that_ignores_its_signal_is_killed(tmp_path: Path) -> None:
    with Keeper() as keeper:
        child = subprocess.Popen(STUBBORN, cwd=tmp_path)
        wait_until((tmp_path / "stubborn").exists)
        keeper.process(child, patience_s=0.2)
    assert child.returncode == -signal.SIGKILL


def test_processes_nobody_named_end_with_their_directory(tmp_path: Path) -> None:
    """As when storefit is killed between starting a server and naming it to the keeper."""
    kept = tmp_path / "kept"
    with Keeper() as keeper:
        keeper.directory(kept)
        kept.mkdir()
        child = subprocess.Popen(SLEEPER, cwd=kept)
        wait_until(lambda: child.pid in cleanup.inhabitants(str(kept)))
    child.wait(timeout=5)
    assert not kept.exists()


def test_what_cannot_be_undone_is_told() -> None:
    with pytest.raises(PlaceError, match="could be removed: command"), Keeper() as keeper:
        keeper.command(["false"])


def test_an_error_is_not_hidden_by_a_failed_cleanup() -> None:
    def fail() -> None:
        with Keeper() as keeper:
            keeper.command(["false"])
            raise KeyError

    with pytest.raises(KeyError):
        fail()


def test_a_killed_keeper_is_replaced_by_its_parent(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with Keeper() as keeper:
        keeper.directory(kept)
        kept.mkdir()
        child = subprocess.Popen(SLEEPER)
        keeper.process(child)
        assert keeper.pid is not None
        os.kill(keeper.pid, signal.SIGKILL)
        time.sleep(0.05)
    assert not kept.exists()
    assert child.returncode is not None


KILLED_PARENT = """
    import multiprocessing, os, subprocess, sys, time
    from pathlib import Path
    from bench.targets.keeper import Keeper

    def idle():
        time.sleep(30)

    if __name__ == "__main__":
        kept = Path(sys.argv[1])
        with Keeper() as keeper:
            keeper.directory(kept)
            kept.mkdir()
            child = subprocess.Popen(["sleep", "300"], start_new_session=True)
            keeper.process(child)
            # A worker holds the pipe to the keeper too, and outlives us.
            worker = multiprocessing.get_context("fork").Process(target=idle)
            worker.start()
            print(keeper.pid, child.pid, worker.pid, flush=True)
            time.sleep(300)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(KILLED_PARENT))
    kept = tmp_path / "kept"
    parent = subprocess.Popen(
        [sys.executable, str(script), str(kept)], stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        keeper, child, worker = (int(word) for word in parent.stdout.readline().split())
        try:
            os.kill(parent.pid, number)
            wait_until(lambda: not kept.exists() and not lives(child) and not lives(keeper))
            assert lives(worker)
        finally:
            os.kill(worker, signal.SIGKILL)


def test_a_terminal_s_interrupt_does_not_reach_the_keeper(tmp_path: Path) -> None:
    with Keeper() as keeper:
        assert keeper.pid is not None
        assert os.getsid(keeper.pid) != os.getsid(0)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            wait_until(lambda: _ignores(keeper.pid or 0, signal.SIGTERM))
            os.kill(keeper.pid, number)
        assert lives(keeper.pid)


def _ignores(pid: int, number: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigIgn"))
    return bool(int(mask, 16) >> (number - 1) & 1)


def test_a_server_that_ends_at_once_tells_why(tmp_path: Path) -> None:
    account = server_account(UNPRIVILEGED)
    with Keeper() as keeper:
        home = private_directory(keeper, account, below=tmp_path, prefix="server-")
        plan = ServerPlan(
            title="The server",
            argv=["/bin/sh", "-c", f"echo cannot open {home.path}/thing; exit 3"],
            directory=home.path,
            log=home.path / "log",
            ready=lambda: False,
        )
        with pytest.raises(ServerFailed) as caught:
            start(plan, keeper, account)
    assert caught.value.message == "The server did not start: cannot open …/thing"
    assert not home.path.exists()


def test_a_private_directory_is_nobody_else_s(tmp_path: Path) -> None:
    account = server_account(UNPRIVILEGED)
    with Keeper() as keeper:
        home = private_directory(keeper, account, below=tmp_path / "new", prefix="x-")
        assert home.path.stat().st_mode & 0o777 == 0o700
        assert account.reaches(home.path)
        if not home.moved:
            assert home.path.parent == tmp_path / "new"
    assert not home.path.exists()


def test_a_work_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlaceError, match="no directory can be made"), Keeper() as keeper:
        private_directory(keeper, Account("me"), below=tmp_path / "file", prefix="x-")


def test_a_socket_s_path_must_be_short(tmp_path: Path) -> None:
    account = server_account(UNPRIVILEGED)
    long = tmp_path / ("d" * 100)
    with Keeper() as keeper:
        short = socket_directory(keeper, account, preferred=long, name="socket")
        assert short is not None
        assert short != long
        assert short.stat().st_mode & 0o777 == 0o700
        near = Path("/tmp")
        assert socket_directory(keeper, account, preferred=near, name="socket") == near
    assert not short.exists()


def test_ports() -> None:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert port_is_taken(listener.getsockname()[1])
    assert not port_is_taken(free_port())


def test_secrets_do_not_print() -> None:
    secret = Secret("pa55 word")
    assert "pa55" not in f"{secret} {secret!r} {[secret]} {secret:}"
    assert secret.hidden_in("as pa55 word said") == "as *** said"
    assert secret.reveal() == "pa55 word"


@pytest.mark.parametrize(
    ("password", "text", "shown"),
    [
        # a short one is a word like others, unless it stands where a password stands
        ("a", "a table was dropped", "a table was dropped"),
        ("post", "postgres: no post today", "postgres: no post today"),
        ("auth", "password authentication failed", "password authentication failed"),
        ("post", "postgresql://me:post@post/post", "postgresql://me:***@post/post"),
        ("post", "host=post password=post user=post", "host=post password=*** user=post"),
        ("post", "password='post'", "password='***'"),
        ("x", "IDENTIFIED BY 'x'", "IDENTIFIED BY '***'"),
        # a long one is hidden as a whole word, not as a part of one
        ("production", "production refused", "*** refused"),
        ("production", "reproductions of production2", "reproductions of production2"),
        ("p@ss/w0rd!", "//me:p%40ss%2Fw0rd%21@host", "//me:***@host"),
        ("p@ss/w0rd!", "got 'p@ss/w0rd!'.", "got '***'."),
        ("", "nothing", "nothing"),
    ],
)
def test_a_password_is_hidden_and_words_are_not(password: str, text: str, shown: str) -> None:
    assert Secret(password).hidden_in(text) == shown
