"""Somebody's server: asked first, kept apart, left as found; passwords stay unseen."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from innodb_ground import (
    NAMES,
    RECORDS,
    SEED,
    administered,
    answers,
    need,
    operation,
    pipelined,
    plan,
    running,
    session_of,
    texts,
)

import bench.engines as engines
from bench.engines.innodb.link import Encryption, Link, link_of
from bench.engines.innodb.target import InnodbTarget
from bench.engines.seam import Place, Settings
from workloads import datasets
from workloads.datasets import canonical
from workloads.errors import InputError, PlaceError

pytestmark = pytest.mark.servers

GUEST, GUESTS_PASSWORD = "guest", "wörd%:@/?"
QUOTED = "w%C3%B6rd%25%3A%40%2F%3F"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A server that listens on TCP, wants a password, and can encrypt."""

    name: str
    where: str  # HOST:PORT
    password: str
    link: Link
    directory: Path
    authority: Path

    def dsn(self, rest: str = "/theirs") -> str:
        return f"{self.name}://{self.link.user}:{self.password}@{self.where}{rest}"

    def guests_dsn(self) -> str:
        return f"{self.name}://{GUEST}:{QUOTED}@{self.where}/theirs"


@pytest.fixture(scope="module", params=NAMES)
def somebody(request: pytest.FixtureRequest) -> Iterator[Somebody]:
    need(request.param)
    with tempfile.TemporaryDirectory(prefix="storefit-test-") as path:
        directory = Path(path)
        directory.chmod(0o711)
        certificates = certified(directory / "certificates")
        options = {f"set.ssl_{what}": str(file) for what, file in certificates.items()}
        with running(request.param, directory / "work", connection="tcp", **options) as target:
            link = target._running.link
            assert link.password is not None
            with administered(link) as connection:
                for sql in (
                    "CREATE DATABASE theirs",
                    "CREATE TABLE theirs.mine (a INT)",
                    f"CREATE USER '{GUEST}'@'127.0.0.1' IDENTIFIED BY '{GUESTS_PASSWORD}'",
                    f"GRANT ALL ON theirs.* TO '{GUEST}'@'127.0.0.1'",
                ):
                    connection.query(sql.encode())
            yield Somebody(
                name=request.param,
                where=f"{link.host}:{link.port}",
                password=link.password.reveal(),
                link=link,
                directory=directory,
                authority=certificates["ca"],
            )


def certified(directory: Path) -> dict[str, Path]:
    """A certificate for 127.0.0.1 and the authority that signed it."""
    directory.mkdir()
    made = {what: directory / f"{what}.pem" for what in ("ca", "cert", "key")}
    ca_key, extra = directory / "ca.key", directory / "extra"
    extra.write_text("subjectAltName=IP:127.0.0.1,DNS:127.0.0.1\n")
    request = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    signed = ["openssl", "x509", "-req", "-days", "2", "-CAcreateserial"]
    for command in (
        [*request, "-x509", "-days", "2", "-subj", "/CN=authority", "-keyout", ca_key,
         "-out", made["ca"]],
        [*request, "-subj", "/CN=127.0.0.1", "-keyout", made["key"], "-out", directory / "csr"],
        [*signed, "-in", directory / "csr", "-CA", made["ca"], "-CAkey", ca_key,
         "-extfile", extra, "-out", made["cert"]],
    ):  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
    for file in directory.iterdir():
        file.chmod(0o644)
    return made


@contextmanager
def opened(
    dsn: str, workdir: Path, *, writes: bool = True, **options: str
) -> Iterator[InnodbTarget]:
    engine, place = engines.parse_target(dsn)
    settings = Settings(workdir=workdir, allow_writes=writes, options=options)
    with engine.open(place, settings) as target:
        assert isinstance(target, InnodbTarget)
        yield target


def found_there(link: Link) -> list[list[tuple[str | None, ...]]]:
    """Everything that outlasts a session."""
    with administered(link) as connection:
        return [
            texts(connection, sql)
            for sql in (
                "SELECT schema_name FROM information_schema.schemata ORDER BY 1",
                "SELECT table_schema, table_name FROM information_schema.tables"
                " WHERE table_schema NOT IN ('information_schema', 'performance_schema')"
                " ORDER BY 1, 2",
                "SELECT user, host FROM mysql.user ORDER BY 1, 2",
                "SHOW GLOBAL VARIABLES WHERE variable_name NOT LIKE 'gtid%'"
                " AND variable_name NOT LIKE '%timestamp%'"
                " AND variable_name NOT IN ('innodb_buffer_pool_load_incremental')",
            )
        ]


def test_nothing_is_written_unasked(somebody: Somebody, tmp_path: Path) -> None:
    before = found_there(somebody.link)
    with pytest.raises(InputError) as caught, opened(somebody.dsn(), tmp_path, writes=False):
        pass
    assert "--allow-writes" in caught.value.hint
    assert found_there(somebody.link) == before


def test_it_is_left_as_found(somebody: Somebody, tmp_path: Path) -> None:
    before = found_there(somebody.link)
    with opened(somebody.dsn(), tmp_path) as target:
        target.load(plan())
        target.settle()
        assert target.row_count() == RECORDS
        with session_of(target) as session:
            assert answers(session, operation("update"), [4]) == [[(1,)]]
            assert session.server_pids() == ()
        said = target.describe()
        assert said.place == "remote"
        assert said.durability == "full"
        assert said.settings["storefit.requests"] == "prepared statements"
        counters = target.counters()
        assert counters.cpu_s is None  # not ours to watch
        assert counters.memory_bytes is None
        assert counters.log_bytes is not None
        assert counters.stored_bytes is not None
        during = found_there(somebody.link)
        (database,) = {row[0] for row in during[0]} - {row[0] for row in before[0]}
        assert database is not None
        assert database.startswith("storefit_")
    assert found_there(somebody.link) == before
    assert list(tmp_path.iterdir()) == []


def test_a_guest_without_a_database_gets_tables_in_one(somebody: Somebody, tmp_path: Path) -> None:
    before = found_there(somebody.link)
    with opened(somebody.guests_dsn(), tmp_path) as target:
        target.load(plan(records=300))
        target.settle()
        assert target.row_count() == 300
        during = found_there(somebody.link)
        assert during[0] == before[0]
        tables = {row[1] for row in during[1] if row not in before[1]}
        assert len(tables) == 2
        assert all((name or "").startswith("storefit_") for name in tables)
        with session_of(target) as session:
            assert answers(session, operation("join"), [3])
        assert (target.counters().stored_bytes or 0) > 300 * 400
        assert target.describe().durability == "full"
        again = target.load(plan(datasets.get("accounts"), records=50))
        assert again.rows == 50
    assert found_there(somebody.link) == before
    with (
        pytest.raises(PlaceError, match="neither a database nor tables"),
        opened(somebody.guests_dsn().removesuffix("/theirs"), tmp_path),
    ):
        pass


KILLED = """
    import sys, time
    from pathlib import Path
    import bench.engines as engines
    from bench.engines.seam import Settings

    engine, place = engines.parse_target(sys.stdin.readline().strip())
    with engine.open(place, Settings(workdir=Path(sys.argv[1]), allow_writes=True)):
        print("ready", flush=True)
        time.sleep(60)
"""


def test_a_killed_run_is_swept_up_and_nobody_saw_the_password(
    somebody: Somebody, tmp_path: Path
) -> None:
    before = found_there(somebody.link)
    script = tmp_path / "killed.py"
    script.write_text(textwrap.dedent(KILLED))
    parent = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        print(somebody.dsn(), file=parent.stdin, flush=True)
        assert parent.stdout.readline() == "ready\n"
        assert len(found_there(somebody.link)[0]) == len(before[0]) + 1
        assert_not_visible(somebody.password)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while found_there(somebody.link) != before:
        assert time.monotonic() < deadline
        assert_not_visible(somebody.password)
        time.sleep(0.02)


def assert_not_visible(password: str) -> None:
    """No process shows it in its arguments or environment."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            for file in ("cmdline", "environ"):
                try:
                    shown = (entry / file).read_bytes()
                except OSError:
                    continue
                assert password.encode() not in shown, f"{entry}/{file}"


def test_the_password_is_nowhere(somebody: Somebody, tmp_path: Path) -> None:
    place = Place(kind="remote", address=somebody.dsn())
    shown = [repr(place), str(place)]
    with opened(somebody.dsn(), tmp_path) as target:
        target.load(plan(records=20))
        dialer = pickle.loads(pickle.dumps(target.dialer()))
        shown += [repr(dialer), str(dialer.link), repr(dialer.link.password)]
        shown += [repr(target._running), repr(target.describe())]
        with closing(dialer.dial()) as session:
            assert answers(session, operation("read"), [3])
        assert_not_visible(somebody.password)
    files = [
        file.read_bytes()
        for file in somebody.directory.rglob("*")
        if file.is_file() and file.stat().st_size < 1 << 20
    ]
    assert len(files) > 10
    assert all(somebody.password not in text for text in shown)
    assert all(somebody.password.encode() not in data for data in files)


@pytest.mark.parametrize(
    "change",
    [
        lambda dsn, password: dsn.replace(password, password + "x"),
        lambda dsn, password: dsn.replace("127.0.0.1", "127.0.0.1:x"),
        lambda dsn, password: f"{dsn}?ssl-mode={password}",
        lambda dsn, password: f"{dsn}?nonsense={password}",
        lambda dsn, password: f"{dsn}?{password}",
        lambda dsn, password: dsn.replace("/theirs", "/nowhere"),
        lambda dsn, password: dsn.replace("127.0.0.1", "name.invalid"),
        lambda dsn, password: f"{dsn}?ssl-mode=VERIFY_CA",
    ],
)
def test_wrong_addresses_are_clear_and_keep_the_secret(
    somebody: Somebody, tmp_path: Path, change: object
) -> None:
    assert callable(change)
    before = found_there(somebody.link)
    for library in ("mysqlclient", "pymysql"):
        # PyMySQL would need another package for how MySQL's passwords are checked.
        with (
            pytest.raises((InputError, PlaceError)) as caught,
            opened(change(somebody.dsn(), somebody.password), tmp_path, driver=library),
        ):
            pass
        assert somebody.password not in caught.value.message + caught.value.hint
        assert caught.value.hint
    assert found_there(somebody.link) == before


def test_the_other_product_is_told_apart(somebody: Somebody, tmp_path: Path) -> None:
    other = "mysql" if somebody.name == "mariadb" else "mariadb"
    with (
        pytest.raises(InputError, match="is not") as caught,
        opened(somebody.dsn().replace(f"{somebody.name}://", f"{other}://"), tmp_path),
    ):
        pass
    assert f"{somebody.name}://" in caught.value.hint


@pytest.mark.parametrize("library", ["mysqlclient", "pymysql"])
@pytest.mark.parametrize("mode", ["REQUIRED", "VERIFY_IDENTITY"])
def test_an_encrypted_connection_gives_the_same(
    somebody: Somebody, tmp_path: Path, mode: str, library: str
) -> None:
    authority = f"&ssl-ca={somebody.authority}" if mode != "REQUIRED" else ""
    dsn = somebody.dsn(f"/theirs?ssl-mode={mode}{authority}")
    with opened(dsn, tmp_path, driver=library) as target:
        loaded = target.load(plan(records=400))
        assert loaded.rows == target.row_count() == 400
        said = target.describe().settings
        assert said["storefit.requests"] == "text"
        assert said["storefit.loading"] == "insert"
        books = datasets.get("books")
        rows = canonical(books.rows("books", 0, 400, seed=SEED, record_size_bytes=None))
        with session_of(target) as session:
            wanted = operation("range", limit=400)
            assert answers(session, wanted, [0, 5]) == [rows, rows[5:]]
            assert pipelined(session, wanted, [0, 5]) == [rows, rows[5:]]
            assert pipelined(session, operation("read-modify-write"), [7]) == [[rows[7]]]
            assert answers(session, operation("update", atomic_with=5), [7]) == [[(5,)]]


def test_a_certificate_of_another_authority_is_refused(somebody: Somebody, tmp_path: Path) -> None:
    other = certified(tmp_path / "other")["ca"]
    for library in ("mysqlclient", "pymysql"):
        dsn = somebody.dsn(f"/theirs?ssl-mode=VERIFY_IDENTITY&ssl-ca={other}")
        with (
            pytest.raises(PlaceError, match=r"(?i)certificate"),
            opened(dsn, tmp_path, driver=library),
        ):
            pass


def test_a_server_that_does_not_encrypt_is_refused_where_that_is_asked_for(
    somebody: Somebody, tmp_path: Path
) -> None:
    with running(somebody.name, tmp_path) as plain:
        link = plain._running.link
        for library in ("mysqlclient", "pymysql"):
            dsn = f"{somebody.name}://root@localhost/?socket={link.socket_path}"
            if somebody.name == "mariadb":
                with (
                    pytest.raises(PlaceError),
                    opened(f"{dsn}&ssl-mode=REQUIRED", tmp_path, driver=library),
                ):
                    pass
            with opened(f"{dsn}&ssl-mode=PREFERRED", tmp_path, driver=library) as target:
                assert target.describe().settings["storefit.requests"] == "prepared statements"


def test_addresses() -> None:
    link = link_of("mysql://me:%40word@db.example.com:3307/shop")
    assert (link.host, link.port, link.user, link.database) == (
        "db.example.com", 3307, "me", "shop",
    )  # fmt: skip
    assert link.password is not None
    assert link.password.reveal() == "@word"
    assert link.encryption == Encryption(wanted=True, or_plain=True)
    near = link_of("mariadb://me@127.0.0.1")
    assert (near.port, near.database, near.encryption) == (3306, None, Encryption())
    assert link_of("mysql://me@x/?ssl-mode=disabled").encryption == Encryption()
    checked = link_of("mysql://me@x/?ssl-ca=/a.pem").encryption
    assert checked == Encryption(wanted=True, authority="/a.pem")


def test_the_password_may_stand_in_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYSQL_PWD", "elsewhere")
    link = link_of("mysql://me@127.0.0.1")
    assert link.password is not None
    assert link.password.reveal() == "elsewhere"
    assert "elsewhere" not in repr(link)
