"""LMDB gets through the driver, beside a bare loop of py-lmdb on the same store."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata

from bench.peers.figures import Figure, Target
from bench.peers.ground import Ground, workload_of
from bench.peers.rounds import Sample
from workloads.errors import PlaceError

_RECORDS = 100_000
_SPARE_S = 30.0


class LmdbContest:
    """Gets by uniform keys, each with a snapshot of its own, one client."""

    title = "LMDB, beside a bare loop"

    def missing(self) -> str | None:
        return None

    def hold(self, ground: Ground) -> Iterator[Figure]:
        workload = workload_of("tpcb", [{"kind": "read", "weight": 1}])
        with ground.stand("lmdb", workload, records=_RECORDS) as arena:

            def bare() -> Sample:
                order = pickle.dumps(
                    (arena.stand.dialer, workload, _RECORDS, ground.window_s, ground.next_number())
                )
                done = subprocess.run(
                    [sys.executable, "-m", "bench.peers.bare"],
                    input=order,
                    capture_output=True,
                    timeout=ground.window_s + _SPARE_S,
                    check=False,
                )
                if done.returncode:
                    said = done.stderr.decode(errors="replace").strip().splitlines()
                    raise PlaceError(f"the bare loop failed: {said[-1:]}")
                return Sample(float(done.stdout))

            yield from ground.compare(
                "lmdb-get",
                "gets, 1 client",
                arena.side("closed:1"),
                bare,
                peer_name=f"bare py-lmdb {metadata.version('lmdb')}",
                target=Target(of="ratio", at="least", value=0.85),
            )


CONTEST = LmdbContest()
