"""sysbench on the same MariaDB server, over the same Unix socket, keys uniform on both sides."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench import engines
from bench.peers.figures import Figure
from bench.peers.ground import Arena, Ground, workload_of
from bench.peers.programs import number, ran
from bench.peers.rounds import Sample, Side

if TYPE_CHECKING:
    from bench.engines.innodb.session import InnodbDialer

# 500,000 rows of sysbench's table take some 120 MB; both tables fit a gigabyte of buffers.
_RECORDS, _QUICK_RECORDS = 500_000, 100_000
_CLIENTS = (1, 4)
_SPARE_S = 30.0
_DATABASE = "peer"
# sysbench asks for one column of the row
_POINT = [{"kind": "transaction", "weight": 1, "steps": [{"kind": "read", "column": "c"}]}]


@dataclass(frozen=True, slots=True)
class Sysbench:
    """sysbench against a server of ours."""

    program: str
    connection: tuple[str, ...]
    records: int
    window_s: int

    def prepare(self) -> None:
        """Make and fill its table."""
        argv = [self.program, "oltp_read_write", *self._options(1), "prepare"]
        ran(argv, timeout_s=300)

    def side(self, script: str, clients: int) -> Side:
        """Closed load, one thread a client, prepared statements (its default)."""

        def once() -> Sample:
            argv = [self.program, script, *self._options(clients), f"--time={self.window_s}", "run"]
            done = ran(argv, timeout_s=self.window_s + _SPARE_S)
            rate = number(r"transactions: +\d+ +\(([\d.]+) per sec", done.output, of="sysbench")
            count = number(r"transactions: +(\d+)", done.output, of="sysbench")
            return Sample(rate, done.cpu_s / count)

        return once

    def _options(self, clients: int) -> list[str]:
        return [
            *self.connection,
            "--db-driver=mysql",
            "--tables=1",
            f"--table-size={self.records}",
            "--rand-type=uniform",
            f"--threads={clients}",
        ]


class MariadbContest:
    """Point selects and oltp_read_write."""

    title = "MariaDB, beside sysbench"

    def missing(self) -> str | None:
        if shutil.which("sysbench") is None:
            return "sysbench: apt install sysbench"
        engine, place = engines.parse_target("mariadb@local")
        why = engine.available(place)
        return None if why is None else f"MariaDB: {why}"

    def hold(self, ground: Ground) -> Iterator[Figure]:
        from workloads import spec

        mixed = spec.load("oltp-read-write")
        contests = (
            ("maria-point", "point selects", "oltp_point_select", workload_of(mixed.name, _POINT)),
            ("maria-rw", "oltp_read_write", "oltp_read_write", mixed),
        )
        records = _QUICK_RECORDS if ground.quick else _RECORDS
        for short, title, script, workload in contests:
            with ground.stand("mariadb@local", workload, records=records) as arena:
                sysbench, name = _sysbench(arena, records)
                sysbench.prepare()
                arena.stand.running.settle()
                for clients in _CLIENTS:
                    yield from ground.compare(
                        f"{short}-{clients}",
                        f"{title}, {clients} client{'s' * (clients > 1)}",
                        arena.side(f"closed:{clients}"),
                        sysbench.side(script, clients),
                        peer_name=name,
                    )


CONTEST = MariadbContest()


def _sysbench(arena: Arena, records: int) -> tuple[Sysbench, str]:
    dialer: InnodbDialer = arena.stand.dialer  # type: ignore[assignment]
    link = dialer.link
    with closing(link.connect()) as connection:
        connection.query(f"CREATE DATABASE {_DATABASE}".encode())
    program = shutil.which("sysbench") or "sysbench"
    options: list[Any] = [f"--mysql-user={link.user}", f"--mysql-db={_DATABASE}"]
    options.append(f"--mysql-socket={link.socket_path}")
    version = ran([program, "--version"], timeout_s=10).output.split()[1]
    found = Sysbench(program, tuple(options), records, arena.ground.window_s)
    return found, f"sysbench {version}"
