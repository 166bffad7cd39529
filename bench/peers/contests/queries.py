"""TPC-H on polars through storefit, beside the same queries in a plain script."""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from bench import engines
from bench.asking.inquirer import Inquirer
from bench.engines.seam import Place, Questioned, Settings
from bench.peers.figures import Figure, Target
from bench.peers.ground import Ground
from bench.peers.rounds import Sample
from workloads import queries
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from bench.peers.contests import Contest
    from workloads.queries.seam import Tables

_SET, _SCALE, _QUICK_SCALE = "tpch", 1.0, 0.01
_LIMIT_S = 120.0
# Within 1.1 x of the time by hand, as queries a second.
_TARGET = Target(of="ratio", at="least", value=1 / 1.1)


class QueriesContest:
    """All queries of the set, one after the other, each with all processors."""

    title = "TPC-H on polars, beside the same queries by hand"

    def missing(self) -> str | None:
        return queries.get(_SET).missing()

    def hold(self, ground: Ground) -> Iterator[Figure]:
        scale = _QUICK_SCALE if ground.quick else _SCALE
        chosen = queries.get(_SET)
        asked = chosen.queries(scale)
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=ground.directory)))
            (folder / "tables").mkdir()
            tables = chosen.write(
                folder / "tables", scale=scale, seed=1, tell=lambda _, words: ground.tell(words)
            )
            engine = engines.get("polars")
            place = Place(kind=engine.places[0])
            target = stack.enter_context(engine.open(place, Settings(workdir=folder)))
            assert isinstance(target, Questioned)
            target.take(tables)
            inquirer = Inquirer(target.questioner(tables, limit_s=_LIMIT_S), _LIMIT_S)
            stack.enter_context(inquirer)
            by_hand = stack.enter_context(_ByHand(tables))

            def ours() -> Sample:
                told = [inquirer.ask(query, answer=False) for query in asked]
                return Sample(len(asked) / sum(each.seconds for each in told))

            def peer() -> Sample:
                return Sample(len(asked) / by_hand.seconds())

            ours(), peer()  # files and code are in memory when it counts
            yield from ground.compare(
                "tpch-polars",
                f"the {len(asked)} queries at scale {scale:g}",
                ours,
                peer,
                peer_name=f"polars {metadata.version('polars')} by hand",
                unit="queries/s",
                target=_TARGET,
            )


CONTEST: Contest = QueriesContest()


class _ByHand:
    """The plain script in a process of its own; a context manager."""

    def __init__(self, tables: Tables) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.peers.by_hand"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._tables = tables

    def __enter__(self) -> _ByHand:
        self._send(pickle.dumps(self._tables))
        self._line()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def seconds(self) -> float:
        """What one round takes. PlaceError when the script ended."""
        self._send(b"\n")
        return float(self._line())

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise PlaceError("the queries by hand ended without an answer")
        return line.decode()
