"""The benchmarks of the published points, as workloads: what each transaction asks for.

Every constant is taken from how the benchmark or the server works, with its reason beside it.
None is adjusted to the published figures.
"""

from __future__ import annotations

import math

from msgspec import Struct

from advisor.sizing.popularity import UNIFORM, Strip

# PostgreSQL's default, and that of the parameter groups of RDS: checkpoint_timeout.
CHECKPOINT_EVERY_S = 300.0
# One round trip between two machines of one zone of us-east-1, the mean of ten pings each
# (http://orensol.com/2009/05/24/network-latency-inside-and-across-amazon-ec2-availability-zones/).
ROUND_TRIP_S = 0.26e-3
# A flushed write of 4 KiB, median, whatever the IOPS; io1 is taken as gp3: its documents promise
# single-digit milliseconds, as gp3's do, and only io2's less.
FLUSH_S = {"gp3": 0.88e-3, "io1": 0.88e-3, "io2": 0.45e-3}
READ_S = {"gp3": 0.58e-3, "io1": 0.58e-3, "io2": 0.50e-3}


class Benchmark(Struct, frozen=True, kw_only=True):
    """What stands for a published benchmark.

    `workload` is a built-in one, whose records are the demand. `statements` are the round trips of
    one transaction; `pages` those it looks at that memory may lack (None: as its workload says);
    `changed` those of its large tables and their indexes that it leaves to be written back.
    """

    workload: str
    statements: int
    pages: float | None
    changed: float
    popularity: tuple[Strip, ...]
    why: str


def _special() -> tuple[Strip, ...]:
    """sysbench's default keys: 75 % in the middle 1 %, the rest the mean of twelve uniform numbers.

    That mean is nearly normal, with a deviation of a twelfth of the table.
    """
    hot = Strip(pages=0.01, share=0.75)
    edges = (0.5, 1.0, 1.5, 2.0, 3.0, 6.0)  # standard deviations from the middle
    strips, before = [hot], 0.0
    for edge in edges:
        inside = math.erf(edge / math.sqrt(2)) - math.erf(before / math.sqrt(2))
        pages = 2 * (edge - before) / 12
        strips.append(Strip(pages=pages * 0.99, share=0.25 * inside))
        before = edge
    return tuple(strips)


BENCHMARKS = {
    "sysbench oltp_read_write": Benchmark(
        workload="oltp-read-write",
        statements=20,
        pages=None,
        changed=7.0,
        popularity=_special(),
        why="BEGIN, 14 reads, 4 writes, COMMIT. Changed pages: the update of an indexed column 3 "
        "(row, both indexes), of another column 1, the delete 1, the insert 2 (both indexes; its "
        "row goes where others go)",
    ),
    "pgbench TPC-B-like": Benchmark(
        workload="tpcb",
        statements=7,
        pages=2.5,
        changed=1.0,
        popularity=UNIFORM,
        why="BEGIN, 3 updates, a read, an insert, END. Only accounts do not stay in memory: its "
        "update looks at 2.5 pages as any update is assumed to, and changes one; the read finds "
        "its page there, the other tables are small or written at their end",
    ),
}
