"""Ten million rows into PostgreSQL beside pgbench -i, and the memory that making rows takes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench.peers.contests import postgresql
from bench.peers.figures import Figure, Target, alone
from bench.peers.ground import Ground, line, workload_of
from bench.peers.programs import number, ran

if TYPE_CHECKING:
    from bench.peers.contests import Contest

_SCALE, _QUICK_SCALE = 100, 2
_ACCOUNTS_PER_SCALE = 100_000
# Each takes up to a minute on two processors, and the ratio hardly varies.
_MOST_ROUNDS = 5
# The generator alone, in a process of its own: rows of the same table, none of them kept.
_MADE, _QUICK_MADE = 100_000_000, 2_000_000
_MADE_S = 900.0
_MEMORY = Target(of="ours", at="most", value=300.0)
# Not `ru_maxrss`, in which a process that was started has what its parent held before.
_MAKING = """
from workloads import datasets
made = 0
for batch in datasets.chunks(datasets.get("accounts"), "accounts", {rows}, seed=1):
    made += batch.num_rows
assert made == {rows}
print(*(line for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


class LoadingContest:
    """Generating and loading at a size that no cache of the generator's hides."""

    title = "Loading ten million rows, beside pgbench -i"

    def missing(self) -> str | None:
        return postgresql.CONTEST.missing()

    def hold(self, ground: Ground) -> Iterator[Figure]:
        scale = _QUICK_SCALE if ground.quick else _SCALE
        reads = workload_of("tpcb", postgresql.READ)
        rounds, ground.rounds = ground.rounds, min(ground.rounds, _MOST_ROUNDS)
        try:
            with ground.stand("postgresql", reads, records=scale * _ACCOUNTS_PER_SCALE) as arena:
                pgbench, name = postgresql.pgbench_of(arena)
                yield from postgresql.loading(arena, pgbench, name, scale, called="pg-load-10m")
        finally:
            ground.rounds = rounds
        yield _memory(ground)


CONTEST: Contest = LoadingContest()


def _memory(ground: Ground) -> Figure:
    """Peak resident memory of a process that makes rows and nothing else."""
    rows = _QUICK_MADE if ground.quick else _MADE
    done = ran([sys.executable, "-c", _MAKING.format(rows=rows)], timeout_s=_MADE_S)
    peak_mb = number(r"VmHWM:\s+(\d+)", done.output, of="the generator") * 1024 / 1e6
    figure = alone(
        "generator-memory",
        f"peak memory of making {rows:,} rows",
        unit="MB",
        values=[peak_mb],
        held_to="300 MB",
        target=_MEMORY,
    )
    ground.tell(line(figure))
    return figure
