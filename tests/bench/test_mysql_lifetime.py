"""Servers come and go completely: killed parents, taken ports, unfinished loads, wrong options."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from innodb_ground import (
    NAMES,
    RECORDS,
    answers,
    need,
    operation,
    plan,
    running,
    servers_in,
    session_of,
)

import bench.engines as engines
from bench.engines.innodb import drivers, software
from bench.engines.innodb.description import durability, version
from bench.engines.innodb.instance import buffer_pool_bytes
from bench.engines.innodb.options import options_of
from bench.engines.innodb.places import how_to_install
from bench.engines.innodb.session import InnodbSession
from bench.engines.seam import LoadPlan, OperationFailed, Place, Settings
from workloads import datasets
from workloads.errors import InputError, PlaceError

# Some seconds on an idle machine; the test leaves room for a busy one.
READY_S = 30.0


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.servers) for name in NAMES])
def name(request: pytest.FixtureRequest) -> str:
    need(request.param)
    return str(request.param)


@pytest.fixture
def workdir() -> Iterator[Path]:
    """A work directory as a run has it. pytest's own cannot be entered by the server's account."""
    path = Path(tempfile.mkdtemp(prefix="storefit-test-"))
    yield path
    shutil.rmtree(path)


PARENT = """
    import sys, time
    from pathlib import Path
    import bench.engines as engines
    from bench.engines.seam import Place, Settings

    settings = Settings(workdir=Path(sys.argv[2]))
    with engines.get(sys.argv[1]).open(Place(kind="local"), settings):
        print("ready", flush=True)
        time.sleep(60)
"""


def wait_until(condition: Callable[[], bool], *, seconds: float = READY_S) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.timing
def test_ready_soon_and_gone_at_once(name: str, workdir: Path) -> None:
    start_s = time.monotonic()
    with running(name, workdir) as target:
        assert time.monotonic() - start_s < READY_S
        assert servers_in(workdir)
        assert target.counters().cpu_s is not None
        if os.geteuid() == 0:
            home = next(workdir.glob(f"{name}-*"))
            assert home.stat().st_uid != 0
            assert stat.S_IMODE(home.stat().st_mode) == 0o700
        start_s = time.monotonic()
    assert time.monotonic() - start_s < 5
    assert list(workdir.iterdir()) == []
    assert servers_in(workdir) == []


@pytest.mark.parametrize("there", ["data/ibdata1", "pid", "ready"])
def test_a_killed_parent_leaves_nothing(name: str, workdir: Path, there: str) -> None:
    """Killed while the data directory is made, when the server starts, and while it runs."""
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), name, str(workdir)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        if there == "ready":
            assert parent.stdout is not None
            assert parent.stdout.readline() == "ready\n"
        else:
            wait_until(lambda: bool(list(workdir.glob(f"{name}-*/{there}"))))
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: not servers_in(workdir) and not list(workdir.iterdir()))
    time.sleep(0.2)  # nothing comes back either
    assert not servers_in(workdir)
    assert not list(workdir.iterdir())


def test_an_unfinished_load_can_be_followed_by_another(name: str, workdir: Path) -> None:
    class Enough(Exception):
        pass

    def stop(done: int, total: int) -> None:
        assert 0 < done <= total
        raise Enough

    with running(name, workdir) as target:
        interrupted = LoadPlan(
            dataset=datasets.get("records"), records=200_000, seed=1, progress=stop
        )
        with pytest.raises(Enough):
            target.load(interrupted)
        with pytest.raises(InputError, match="nothing is loaded"):
            target.dialer()
        target.load(plan())
        assert target.row_count() == RECORDS
    assert list(workdir.iterdir()) == []


def read_on(session: InnodbSession) -> None:
    for _ in range(500):
        answers(session, operation("read"), [3])
        time.sleep(0.01)


def test_a_server_that_dies_is_an_operation_s_failure(name: str, workdir: Path) -> None:
    with running(name, workdir) as target:
        target.load(plan(records=20))
        with session_of(target) as session:
            assert answers(session, operation("read"), [3])
            pid = target._running.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(OperationFailed) as caught:
                read_on(session)
            assert caught.value.kind == "connection-lost"
        with pytest.raises(OperationFailed):
            target.counters()
        with pytest.raises(OperationFailed) as caught:
            target.dialer().dial()
        assert caught.value.kind == "refused"
    assert list(workdir.iterdir()) == []


def test_a_server_on_tcp_wants_its_password(name: str, workdir: Path) -> None:
    with running(name, workdir, connection="tcp") as target:
        target.load(plan(records=20))
        with session_of(target) as session:
            assert answers(session, operation("read"), [3])
        link = target.dialer().link
        assert link.password is not None
        password = link.password.reveal().encode()
        arguments = Path(f"/proc/{target._running.pid}/cmdline").read_bytes()
        assert b"127.0.0.1" in arguments
        assert password not in arguments
        assert not list(workdir.glob("*/users.sql"))
        log = next(workdir.glob("*/log")).read_bytes()
        assert password not in log
        with socket.create_connection((link.host, link.port), timeout=5) as probe:
            assert probe.recv(100)


def test_a_taken_port(name: str, workdir: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with (
            pytest.raises(PlaceError, match=f"port {port} is taken"),
            running(name, workdir, port=str(port)),
        ):
            pass
    assert list(workdir.iterdir()) == []


def test_a_server_option_that_the_server_refuses(name: str, workdir: Path) -> None:
    with (
        pytest.raises(PlaceError, match=r"no.such.option") as caught,
        running(name, workdir, **{"set.no_such_option": "1"}),
    ):
        pass
    assert str(workdir) not in caught.value.message
    assert list(workdir.iterdir()) == []


def test_relaxed_durability_and_a_path_too_long_for_a_socket(name: str, workdir: Path) -> None:
    workdir.chmod(0o711)
    deep = workdir / ("d" * 60) / ("e" * 60)
    relaxed = Settings(workdir=deep, durability="relaxed")
    with engines.get(name).open(Place(kind="local"), relaxed) as target:
        said = target.describe()
        assert said.durability == "relaxed"
        assert said.settings["innodb_flush_log_at_trx_commit"] == "2"
        target.load(plan(records=20))
        path = target.dialer().link.socket_path
        assert path is not None
        assert not Path(path).is_relative_to(workdir)
        assert servers_in(workdir)
    assert not Path(path).parent.exists()
    assert list(deep.iterdir()) == []


def test_without_a_binary_log(name: str, workdir: Path) -> None:
    with running(name, workdir, **{"set.skip_log_bin": "ON"}) as target:
        target.load(plan(records=200))
        said = target.describe()
        assert said.settings["log_bin"] == "OFF"
        assert said.durability == "full"
        before = target.counters()
        with session_of(target) as session:
            answers(session, operation("update"), list(range(100)))
        after = target.counters()
        assert 100 <= (after.commits or 0) - (before.commits or 0) < 150


def test_an_unknown_version(name: str, workdir: Path) -> None:
    engine = engines.get(name)
    with (
        pytest.raises(InputError, match=r"1\.2 is not here") as caught,
        engine.open(Place(kind="local", version="1.2"), Settings(workdir=workdir)),
    ):
        pass
    assert caught.value.hint.startswith("versions here: ")


# --- without a server


def test_a_system_without_the_package_is_told_another_way() -> None:
    for engine in map(engines.get, NAMES):
        for system, command in engine.flavour.unpackaged.items():
            assert how_to_install(engine.flavour, system) == command
        assert how_to_install(engine.flavour, "ubuntu") == engine.flavour.package


@pytest.mark.parametrize("engine_name", NAMES)
def test_where_there_is_no_server(
    engine_name: str, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engines.get(engine_name)
    nowhere = Place(kind="local", address=str(workdir))
    with (
        pytest.raises(PlaceError, match="there is no") as caught,
        engine.open(nowhere, Settings(workdir=workdir)),
    ):
        pass
    missing = engine.available(nowhere)
    assert missing is not None
    assert missing in (engine.flavour.package, *engine.flavour.unpackaged.values())
    assert caught.value.hint.startswith(missing)
    monkeypatch.setenv(engine.flavour.variable, str(workdir / "no-such-program"))
    assert engine.available(Place(kind="local")) == missing


@pytest.mark.parametrize("engine_name", NAMES)
def test_where_there_is_no_client_library(
    engine_name: str, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drivers, "KNOWN", {"mysqlclient": "no_such_module"})
    engine = engines.get(engine_name)
    program(workdir / "mysqld", "mysqld  Ver 8.4.1 for Linux")
    remote = Place(kind="remote", address=f"{engine_name}://me@127.0.0.1")
    assert "pip install mysqlclient" in (engine.available(remote) or "")
    with (
        pytest.raises(PlaceError, match="library is not installed") as caught,
        engine.open(remote, Settings(workdir=workdir, allow_writes=True)),
    ):
        pass
    assert "pip install" in caught.value.hint


def program(path: Path, says: str) -> None:
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


def test_products_are_told_apart_by_what_they_say(workdir: Path) -> None:
    """MariaDB comes with a program by MySQL's name; versions are sorted by number."""
    mysql, mariadb = engines.get("mysql").flavour, engines.get("mariadb").flavour
    for folder, says in (
        ("a", "/usr/sbin/mysqld  Ver 8.0.36-0ubuntu0.22.04.1 for Linux on x86_64 ((Ubuntu))"),
        ("b", "mysqld  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)"),
        ("c", "mysqld  Ver 5.7.44 for Linux on x86_64 (MySQL Community Server (GPL))"),
        ("d", "nonsense"),
    ):
        (workdir / folder).mkdir()
        program(workdir / folder / "mysqld", says)
    program(workdir / "b" / "mariadb-install-db", "")
    folders = {name: str(workdir / name) for name in "abcd"}
    assert [s.version for s in software.at(mysql, folders["a"])] == ["8.0.36"]
    assert not software.at(mysql, folders["b"])
    assert not software.at(mysql, folders["c"])  # too old
    assert not software.at(mysql, folders["d"])
    assert not software.at(mariadb, folders["a"])
    (found,) = software.at(mariadb, folders["b"])
    assert found.version == "10.11.6"
    assert found.installer == workdir / "b" / "mariadb-install-db"
    assert software.chosen([found], "10.11") is found
    assert software.chosen([found], "10.1") is None


def test_programs_of_another_system_s_tree_run_with_its_own_loader(workdir: Path) -> None:
    """Its libraries are not here: the program fails unless that tree's loader starts it."""
    tree = workdir / "tree"
    for folder in ("usr/sbin", "usr/lib64", "usr/lib/x86_64-linux-gnu"):
        (tree / folder).mkdir(parents=True)
    server, loader = tree / "usr/sbin/mysqld", tree / "usr/lib64/ld-linux-x86-64.so.2"
    program(server, "x")
    server.write_text(
        "#!/bin/sh\n[ -n \"$BY\" ] || exit 127\necho 'mysqld  Ver 9.7.4-2 for Linux'\n"
    )
    program(loader, "x")
    loader.write_text('#!/bin/sh\n[ "$1" = --library-path ] || exit 1\nshift 2\nBY=$0 exec "$@"\n')
    (found,) = software.at(engines.get("mysql").flavour, str(tree))
    assert found.version == "9.7.4"
    assert found.command[0] == str(loader)
    assert str(tree / "usr/lib/x86_64-linux-gnu") in found.command[2].split(os.pathsep)
    assert found.command[3] == str(server)
    loader.unlink()
    assert not software.at(engines.get("mysql").flavour, str(tree))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"conection": "tcp"}, "did you mean 'connection'"),
        ({"connection": "pigeon"}, "socket, tcp"),
        ({"driver": "pigeon"}, "mysqlclient, pymysql"),
        ({"protocol": "pigeon"}, "prepared, text"),
        ({"port": "70000"}, "number up to 65535"),
        ({"port": "x"}, "number up to 65535"),
        ({"statement_timeout_s": "-1"}, "number up to"),
        ({"set.sync_binlog=0 --x": "1"}, "set.sort_buffer_size"),
    ],
)
def test_wrong_options(options: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        options_of(options)
    assert said in caught.value.hint


def test_places_on_the_command_line() -> None:
    assert engines.parse_target("mysql")[1] == Place(kind="local")
    assert engines.parse_target("mariadb@local:10.11")[1].version == "10.11"
    assert engines.parse_target("mysql@local:/opt/mysql/bin")[1].address == "/opt/mysql/bin"
    engine, place = engines.parse_target("mariadb://me:word@host/db")
    assert engine.name == "mariadb"
    assert place == Place(kind="remote", address="mariadb://me:word@host/db")


@pytest.mark.parametrize(
    ("changed", "worth"),
    [
        ({}, "full"),
        ({"innodb_flush_log_at_trx_commit": "2"}, "relaxed"),
        ({"innodb_flush_log_at_trx_commit": "0"}, "relaxed"),
        ({"sync_binlog": "0"}, "relaxed"),
        ({"sync_binlog": "100"}, "relaxed"),
        ({"sync_binlog": "0", "log_bin": "OFF"}, "full"),
        ({"innodb_doublewrite": "OFF"}, "relaxed"),
        ({"innodb_doublewrite": "DETECT_ONLY"}, "relaxed"),
    ],
)
def test_what_durability_is_worth(changed: dict[str, str], worth: str) -> None:
    usual = {
        "innodb_flush_log_at_trx_commit": "1",
        "sync_binlog": "1",
        "log_bin": "ON",
        "innodb_doublewrite": "ON",
    }
    assert durability(usual | changed) == worth


def test_versions_and_buffers() -> None:
    assert version("5.5.5-10.11.6-MariaDB-0+deb12u1") == "10.11.6"
    assert version("9.7.4-2") == "9.7.4"
    gib = 1 << 30
    sizes = [buffer_pool_bytes(memory) for memory in (gib // 4, 2 * gib, 64 * gib)]
    assert sizes == [gib // 8, gib // 2, gib]
