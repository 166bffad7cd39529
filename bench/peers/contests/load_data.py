"""LOAD DATA LOCAL INFILE by hand into the same tables of the same server, MySQL's and MariaDB's.

By hand: the same tables, one statement for each from a file that holds their rows, then the same
indexes and statistics, without the binary log, as storefit's load. The file is written by storefit's
encoder; once its making is left out, once it is counted.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench import engines
from bench.engines.innodb import loading
from bench.engines.innodb.joining import payload
from bench.engines.seam import LoadPlan
from bench.peers.figures import Figure, Target, compared
from bench.peers.ground import Arena, Ground, line
from bench.peers.rounds import Sample, alternate
from workloads import spec

if TYPE_CHECKING:
    from bench.engines.innodb.schema import Layout
    from bench.engines.innodb.session import InnodbDialer

# 90 MB of rows, some 12 batches.
_RECORDS, _QUICK_RECORDS = 400_000, 100_000
_WORKLOAD = "oltp-point-select"
_TARGETS = ("mariadb@local", "mysql@local")
_DATABASE = "peer"
# Seconds within 1.2 of those by hand.
_AS_FAST = Target(of="ratio", at="least", value=1 / 1.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """The same load without storefit's loader. `layout`: the same tables in another database."""

    dialer: InnodbDialer
    layout: Layout
    plan: LoadPlan
    directory: Path

    def write(self) -> float:
        """Write a file for each table; seconds."""
        start_s = time.perf_counter()
        for table in self.layout.dataset.tables:
            with self._file(table.name).open("wb") as out:
                for batch in loading.encoded(self.layout, table, self.plan, as_lines=True):
                    out.write(payload(batch.data))
        return time.perf_counter() - start_s

    def load(self) -> float:
        """Load the files; seconds."""
        layout = self.layout
        start_s = time.perf_counter()
        with closing(self.dialer.link.connect()) as connection:
            connection.query(b"SET SESSION sql_log_bin = 0")
            for table in layout.dataset.tables:
                connection.query(layout.drop(table).encode())
                connection.query(layout.create(table).encode())
                sql = (
                    f"LOAD DATA LOCAL INFILE '{self._file(table.name)}'"
                    f" INTO TABLE {layout.name(table)} CHARACTER SET utf8mb4"
                )
                connection.query(sql.encode())
            for table in layout.dataset.tables:
                for command in layout.indexes(table):
                    connection.query(command.encode())
            for table in layout.dataset.tables:
                connection.query(f"ANALYZE TABLE {layout.name(table)}".encode())
        return time.perf_counter() - start_s

    def _file(self, name: str) -> Path:
        return self.directory / f"{name}.txt"


class LoadDataContest:
    """Loading, in rows a second."""

    title = "MySQL and MariaDB, beside LOAD DATA by hand"

    def missing(self) -> str | None:
        for target in _TARGETS:
            engine, place = engines.parse_target(target)
            why = engine.available(place)
            if why is not None:
                return f"{engine.title}: {why}"
        return None

    def hold(self, ground: Ground) -> Iterator[Figure]:
        records = _QUICK_RECORDS if ground.quick else _RECORDS
        for target in _TARGETS:
            with (
                ground.stand(target, spec.load(_WORKLOAD), records=records) as arena,
                tempfile.TemporaryDirectory(dir=ground.directory) as directory,
            ):
                yield from _loads(arena, _by_hand(arena, Path(directory)))


CONTEST = LoadDataContest()


def _by_hand(arena: Arena, directory: Path) -> ByHand:
    stand = arena.stand
    dialer: InnodbDialer = stand.dialer  # type: ignore[assignment]
    with closing(dialer.link.connect()) as connection:
        connection.query(f"CREATE DATABASE {_DATABASE} CHARACTER SET utf8mb4".encode())
    return ByHand(
        dialer=dialer,
        layout=replace(dialer.layout, database=_DATABASE),
        plan=LoadPlan(
            dataset=stand.data.dataset,
            records=stand.data.records,
            seed=1,
            record_size_bytes=stand.data.record_size_bytes,
        ),
        directory=directory,
    )


def _loads(arena: Arena, by_hand: ByHand) -> Iterator[Figure]:
    """Loads in turn, each from a server whose changed pages are written."""
    running, rows = arena.stand.running, by_hand.plan.records
    written_s: list[float] = []

    def ours() -> Sample:
        running.settle()
        return Sample(rows / running.load(by_hand.plan).seconds)

    def theirs() -> Sample:
        written_s.append(by_hand.write())
        running.settle()
        return Sample(rows / by_hand.load())

    pairs = [(a.value, b.value) for a, b in alternate(ours, theirs, arena.ground.rounds)]
    counted = [
        (mine, rows / (rows / other + spent_s))
        for (mine, other), spent_s in zip(pairs, written_s, strict=True)
    ]
    yield from _figures(arena, pairs, counted)


def _figures(
    arena: Arena,
    pairs: Sequence[tuple[float, float]],
    counted: Sequence[tuple[float, float]],
) -> Iterator[Figure]:
    engine = arena.stand.target.engine
    for name, title, found, target in (
        ("load", "loading", pairs, _AS_FAST),
        ("load-with-file", "loading, making the file counted", counted, None),
    ):
        figure = compared(
            f"{engine.name}-{name}",
            f"{engine.title}: {title}",
            unit="rows/s",
            pairs=found,
            peer_name="LOAD DATA by hand",
            target=target,
        )
        arena.ground.tell(line(figure))
        yield figure
