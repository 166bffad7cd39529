"""What the MySQL and MariaDB tests stand on: servers of our own, sessions, batches, processes."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bench.engines as engines
from bench.engines.innodb.channel import SocketChannel
from bench.engines.innodb.drivers import with_pymysql
from bench.engines.innodb.link import Link
from bench.engines.innodb.session import InnodbDialer, InnodbSession
from bench.engines.innodb.target import InnodbTarget
from bench.engines.seam import LoadPlan, Place, Row, Settings
from workloads import datasets
from workloads.datasets.recipes.generated import Generated, TableRecipe
from workloads.datasets.recipes.numeric import RowNumber, Whole
from workloads.datasets.recipes.textual import Text
from workloads.datasets.seam import Dataset, Roles
from workloads.spec.model import Operation
from workloads.stream import Batch

NAMES = ("mariadb", "mysql")
RECORDS = 2_000
SEED = 11
_DEPRECATE_EOF = 1 << 24

# Rows of some 3 kB: a hundred of them do not come in one piece.
WIDE = Generated(
    name="wide",
    description="wide rows",
    parts=(
        TableRecipe(
            name="wide",
            columns=(
                ("id", RowNumber()),
                ("number", Whole(low=0, high=9)),
                ("text", Text(bytes_each=3_000.0)),
            ),
        ),
    ),
    roles=Roles(
        update_column="number",
        update_columns=("number", "text"),
        filter_column="number",
        filter_values=tuple(range(10)),
        group_column="number",
        measure="number",
    ),
)


def need(name: str) -> None:
    """Skip where the server is not here, unless all are asked for."""
    missing = engines.get(name).available(Place(kind="local"))
    if missing and not os.environ.get("STOREFIT_STRICT"):
        pytest.skip(f"{name}: {missing}")


@contextmanager
def running(name: str, workdir: Path, **options: str) -> Iterator[InnodbTarget]:
    settings = Settings(workdir=workdir, options=options)
    with engines.get(name).open(Place(kind="local"), settings) as target:
        assert isinstance(target, InnodbTarget)
        yield target


def plan(dataset: Dataset | None = None, *, records: int = RECORDS) -> LoadPlan:
    return LoadPlan(dataset=dataset or datasets.get("books"), records=records, seed=SEED)


@dataclass(frozen=True, slots=True)
class OkDialer:
    """Dials with CLIENT_DEPRECATE_EOF agreed on, as MySQL's own client library does.

    PyMySQL does not know it, but reads no result sets here.
    """

    dialer: InnodbDialer

    def dial(self) -> InnodbSession:
        link = self.dialer.link
        wanted = with_pymysql._FOUND_ROWS | _DEPRECATE_EOF
        import pymysql

        raw = pymysql.connect(
            host=link.host, port=link.port, unix_socket=link.socket_path, user=link.user,
            client_flag=wanted, autocommit=True, local_infile=True,
        )  # fmt: skip
        connection = _Unread(raw)
        session = object.__new__(InnodbSession)
        InnodbSession.__init__(session, connection, self.dialer)
        assert isinstance(session.channel, SocketChannel)
        return session


class _Unread:
    """A connection that is used through its socket only."""

    version, encrypted, ends_with_ok = "", False, True

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def fileno(self) -> int:
        return int(self._raw._sock.fileno())

    def close(self) -> None:
        self._raw.close()

    def query(self, sql: bytes) -> Any:
        raise AssertionError(sql)

    def send(self, sql: bytes) -> None:
        raise AssertionError(sql)

    def receive(self) -> Any:
        raise AssertionError


@contextmanager
def session_of(target: InnodbTarget) -> Iterator[InnodbSession]:
    with closing(target.dialer().dial()) as session:
        yield session


@contextmanager
def administered(link: Link) -> Iterator[Any]:
    """A connection of the tests' own."""
    with closing(link.connect()) as connection:
        yield connection


def texts(connection: Any, sql: str) -> list[tuple[str | None, ...]]:
    found = connection.query(sql.encode())
    return [tuple(None if v is None else v.decode() for v in row) for row in found.rows]


def batch(keys: Sequence[int], *, limit: int = 0, token: int = 5) -> Batch:
    count = len(keys)
    return Batch(
        operation=np.zeros(count, dtype=np.uint8),
        key=np.array(keys, dtype=np.int64),
        limit=np.full(count, limit, dtype=np.int32),
        token=np.arange(token, token + count, dtype=np.uint64),
    )


def operation(kind: str, **more: Any) -> Operation:
    return Operation(kind=kind, weight=1, **more)


def answers(
    session: InnodbSession, wanted: Operation, keys: Sequence[int], *, limit: int = 0
) -> list[list[Row]]:
    """Answers of one operation for several keys, one request after the other."""
    bound = session.bind(wanted)
    requests = bound.encode(batch(keys, limit=limit), range(len(keys)))
    return [bound.answer(bound.call(request)) for request in requests]


def pipelined(
    session: InnodbSession, wanted: Operation, keys: Sequence[int], *, limit: int = 0
) -> list[list[Row]]:
    """The same, sent without waiting."""
    bound: Any = session.bind(wanted)
    found = []
    for request in bound.encode(batch(keys, limit=limit), range(len(keys))):
        bound.send(request)
        while (raw := session.receive()) is None:
            select.select([session], [], [], 5)
        found.append(bound.answer(raw))
    return found


def servers_in(directory: Path) -> list[int]:
    """Processes that work below a directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                where = (entry / "cwd").readlink()
            except OSError:
                continue
            if str(where).removesuffix(" (deleted)").startswith(str(directory)):
                found.append(int(entry.name))
    return found
