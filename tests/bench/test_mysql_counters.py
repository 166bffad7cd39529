"""Redo and reads of pages beside sources of their own, on real servers."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from innodb_ground import (
    NAMES,
    WIDE,
    administered,
    answers,
    need,
    operation,
    plan,
    running,
    session_of,
    texts,
)

from bench.engines.innodb.target import InnodbTarget

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module", params=NAMES)
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[InnodbTarget]:
    need(request.param)
    with running(request.param, tmp_path_factory.mktemp(request.param)) as made:
        made.load(plan())
        yield made


def test_redo_bytes_agree_with_an_independent_count(target: InnodbTarget) -> None:
    """The log's own sequence number, which counts the bytes of records: MariaDB's counter is that;
    MySQL's counts the blocks written, the last one again whenever it is filled further."""

    def sequence(connection: Any) -> int:
        (found,) = texts(connection, "SHOW ENGINE INNODB STATUS")
        match = re.search(r"Log sequence number\s+(\d+)", found[2] or "")
        assert match is not None
        return int(match[1])

    def read() -> int:
        return target.counters().log_bytes or 0

    count = 600
    untouched = list(range(2_000, 2_000 + count))
    with administered(target.dialer().link) as connection, session_of(target) as session:
        target.settle()
        first, before, start = sequence(connection), read(), sequence(connection)
        answers(session, operation("insert"), untouched)
        end, after, last = sequence(connection), read(), sequence(connection)
        answers(session, operation("delete"), untouched)
    # the server writes to its log by itself too: what it wrote while it was asked may count or not
    least, most, counted = end - start, last - first, after - before
    assert least > count * 100
    # MySQL: each commit writes at least the block it ends in again
    again = 0 if target.describe().engine == "mariadb" else count * 3 * 512
    assert least * 0.95 <= counted <= most * 1.05 + again


def test_bytes_of_tables_and_indexes_are_part_of_the_files(target: InnodbTarget) -> None:
    layout = target._layout
    assert layout is not None
    parts = target._counters.stored_parts(layout)
    assert parts is not None
    assert {part.table for part in parts} == {table.name for table in layout.dataset.tables}
    whole = sum(part.stored_bytes for part in parts)
    assert 0 < whole <= (target.counters().stored_bytes or 0)


def test_reads_of_pages_agree_with_an_independent_count(target: InnodbTarget) -> None:
    """Where the buffer pool is smaller than the data: the kernel's count of bytes that were read."""
    name, pages = target.describe().engine, 16_384
    with (
        tempfile.TemporaryDirectory(prefix="storefit-test-") as path,
        running(name, Path(path), **{"set.innodb_buffer_pool_size": "8M"}) as small,
    ):
        small.load(plan(WIDE, records=6_000))
        small.settle()
        pid = small._running.pid or 0
        with session_of(small) as session, administered(small.dialer().link) as connection:
            missed = "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_reads'"
            before, other, misses = small.counters(), _read_bytes(pid), texts(connection, missed)
            answers(session, operation("read"), list(range(0, 6_000, 20)))
            after, other_after = small.counters(), _read_bytes(pid)
            misses += texts(connection, missed)
    reads = (after.read_ios or 0) - (before.read_ios or 0)
    assert reads >= 200
    assert reads * pages == pytest.approx(other_after - other, rel=0.1)
    assert (after.read_bytes or 0) - (before.read_bytes or 0) == pytest.approx(
        reads * pages, rel=0.1
    )
    # Each miss is a read; the server's own threads read a few pages between the looks.
    assert int(misses[1][1] or 0) - int(misses[0][1] or 0) == pytest.approx(reads, abs=40)


def _read_bytes(pid: int) -> int:
    """Bytes fetched from storage, as the kernel accounts them to the process."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["read_bytes"])
