"""python -m bench.peers.by_hand: a query set asked of polars by a plain script, nothing around it.

Reads the pickled tables from its standard input and says
`ready`, then answers every further line with the seconds of asking each query once.
"""

from __future__ import annotations

import pickle
import sys
import time

from workloads import queries
from workloads.queries.seam import Tables


def main() -> None:
    """Ask every query each time a line comes; end with the input."""
    import polars as pl

    tables: Tables = pickle.load(sys.stdin.buffer)
    chosen = queries.get(tables.set)
    frames = {}
    for relation in chosen.relations:
        frame = pl.scan_parquet(tables.path(relation.name))
        money = [field.name for field in relation.fields if field.kind == "decimal"]
        frames[relation.name] = frame.cast(dict.fromkeys(money, pl.Float64)) if money else frame
    ids = [query.id for query in chosen.queries(tables.scale)]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for _ in sys.stdin.buffer:
        begun = time.perf_counter()
        for each in ids:
            chosen.frame(each, frames, tables.scale).collect(engine="streaming")
        sys.stdout.write(f"{time.perf_counter() - begun!r}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
