"""Reads through the key-value engine against a bare loop over py-lmdb that does the same."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bench.engines as engines
from bench.engines.lmdb import environment
from bench.engines.lmdb.schema import design
from bench.engines.lmdb.table import Table
from bench.engines.seam import LoadPlan, Place, Settings
from workloads import datasets
from workloads.spec.model import Operation
from workloads.stream import Batch

RECORDS, READS, ROUNDS = 100_000, 20_000, 15
LEAST_RATIO = 0.75  # of the bare loop's rate; a fresh snapshot for every read in both
LEAST_LOAD_PER_S = 300_000  # rows of a narrow table
Loops = dict[str, Callable[[], int]]

pytestmark = pytest.mark.perf


@pytest.fixture(scope="module")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loops]:
    """The engine's loop and the bare one, each timed in ns, over the same keys."""
    dataset = datasets.get("accounts")
    settings = Settings(workdir=tmp_path_factory.mktemp("reads"))
    with engines.get("lmdb").open(Place(kind="in-process"), settings) as target:
        target.load(LoadPlan(dataset=dataset, records=RECORDS, seed=1))
        session = target.dialer().dial()
        bound = session.bind(Operation(kind="read", weight=1))
        arguments = bound.encode(_reads(), range(READS))
        with environment.using(target.store) as opened:
            main = next(iter(design(dataset).values()))
            database = Table(opened, main, create=False).database
            yield {
                "engine": lambda: _timed(bound.call, arguments),
                "bare": lambda: _bare(opened.begin, database, arguments),
            }
        session.close()


def _reads() -> Batch:
    zeros = np.zeros(READS, dtype=np.int64)
    return Batch(
        operation=zeros.astype(np.uint8),
        key=np.random.default_rng(1).integers(0, RECORDS, READS),
        limit=zeros.astype(np.int32),
        token=zeros.astype(np.uint64),
    )


def _timed(call: Callable[[Any], Any], arguments: list[Any]) -> int:
    clock, stamps = time.perf_counter_ns, []
    append = stamps.append
    start_ns = clock()
    for argument in arguments:
        call(argument)
        append(clock())
    return clock() - start_ns


def _bare(begin: Callable[[Any], Any], database: Any, arguments: list[Any]) -> int:
    clock, stamps = time.perf_counter_ns, []
    append = stamps.append
    start_ns = clock()
    for argument in arguments:
        txn = begin(database)
        txn.get(argument)
        txn.abort()
        append(clock())
    return clock() - start_ns


def test_reads_keep_up_with_a_bare_loop(loops: Loops) -> None:
    ratios = []
    for _ in range(ROUNDS):  # one after the other, so that both see the same machine
        bare, engine = loops["bare"](), loops["engine"]()
        ratios.append(bare / engine)
    assert statistics.median(ratios) > LEAST_RATIO


@pytest.mark.parametrize("name", ["engine", "bare"])
def test_reads(benchmark: Any, loops: Loops, name: str) -> None:
    benchmark.pedantic(loops[name], rounds=5, warmup_rounds=1)


def test_loading(tmp_path: Path) -> None:
    """Generating included; what the generators make once a process is made before."""
    dataset = datasets.get("sensors")
    dataset.rows(dataset.tables[0].name, 0, 10, seed=1, record_size_bytes=None)
    with engines.get("lmdb").open(Place(kind="in-process"), Settings(workdir=tmp_path)) as target:
        loaded = target.load(LoadPlan(dataset=dataset, records=2 * RECORDS, seed=1))
    assert loaded.rows / loaded.seconds > LEAST_LOAD_PER_S
