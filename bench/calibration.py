"""Measuring the machine itself: processors, memory, flushes, and the way to itself and back.

Each figure is taken again and again for a part of a second. The best repetition is the machine,
the rest are the moment: other programs only slow it down.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bench.environment import cpu_count, environment
from bench.kernel import cpu_score
from results.calibration import SCHEMA, Calibration, Figure

_SCORE_S = 0.5
_REPEAT_S = 0.6
_ROWS = 50_000
_LOOKUPS = 4_000
_COPIED_BYTES = 64 << 20  # beyond the caches of one processor
_FLUSHES = 200
_LEAST_FLUSHES = 20
_MOST_FLUSHING_S = 1.0
_LEAST_MESSAGES = 100
_MESSAGE = b"x" * 64
_ECHO = """
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
peer, _ = server.accept()
peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while data := peer.recv(256):
    peer.sendall(data)
"""


def calibrate(directory: Path, *, seconds: float = _REPEAT_S) -> Calibration:
    """All figures; takes about ten times `seconds`. `directory` is where flushes are measured."""
    machine = environment(directory, score_s=min(_SCORE_S, seconds))
    score = cpu_score(seconds=min(_SCORE_S, seconds), threads=cpu_count())
    figures = [
        _one("deflate.single", "MB/s", score.one_mb_per_s),
        _one("deflate.all", "MB/s", score.all_mb_per_s),
        *_kernel("lookups", "1/s", _looker, seconds),
        *_kernel("memory", "B/s", _copier, seconds),
        *_flushes(directory),
        *_loopback(seconds),
    ]
    return Calibration(
        schema=SCHEMA,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        environment=machine,
        figures=tuple(figures),
        free_share=score.free_share,
    )


def _one(name: str, unit: str, value: float) -> Figure:
    """A figure that is a best already."""
    return Figure(name=name, unit=unit, best=value, p50=value, worst_tenth=value, n=1)


def _kernel(
    name: str, unit: str, make: Callable[[], Callable[[], float]], seconds: float
) -> list[Figure]:
    """The rate of one thread, and of one a processor together.

    `make` returns a piece of work; a call of it does it once and returns how much that was.
    """
    threads = cpu_count()
    works = [make() for _ in range(threads)]
    alone = _rates(works[0], seconds)
    with ThreadPoolExecutor(threads) as pool:
        together = list(pool.map(lambda work: _rates(work, seconds), works))
    return [
        _figure(f"{name}.single", unit, alone, largest=True),
        Figure(
            name=f"{name}.all",
            unit=unit,
            best=sum(max(rates) for rates in together),
            p50=sum(_at(rates, 0.5) for rates in together),
            worst_tenth=sum(_at(rates, 0.1) for rates in together),
            n=min(len(rates) for rates in together),
        ),
    ]


def _rates(work: Callable[[], float], seconds: float) -> list[float]:
    end = time.perf_counter() + seconds
    rates: list[float] = []
    while (before := time.perf_counter()) < end or len(rates) < 3:
        done = work()
        rates.append(done / (time.perf_counter() - before))
    return rates


def _looker() -> Callable[[], float]:
    """Lookups through an index in memory: pointers, branches and comparisons, as databases do."""
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, code TEXT UNIQUE, price INTEGER)")
    database.executemany(
        "INSERT INTO item VALUES (?, ?, ?)",
        ((at, f"{at * 7919 % _ROWS:08d}", at % 97) for at in range(_ROWS)),
    )
    database.execute("CREATE TABLE asked (code TEXT)")
    database.executemany(
        "INSERT INTO asked VALUES (?)",
        ((f"{at * 104_729 % _ROWS:08d}",) for at in range(_LOOKUPS)),
    )
    query = "SELECT sum(price) FROM asked CROSS JOIN item ON item.code = asked.code"

    def work() -> float:
        database.execute(query).fetchone()
        return float(_LOOKUPS)

    return work


def _copier() -> Callable[[], float]:
    import numpy as np

    source = np.ones(_COPIED_BYTES // 8)
    target = np.zeros_like(source)

    def work() -> float:
        np.copyto(target, source)
        return 2.0 * _COPIED_BYTES

    return work


def _flushes(directory: Path) -> list[Figure]:
    """Times of a flush of 4 KiB; nothing where the directory cannot be written."""
    block = os.urandom(4096)
    times: list[float] = []
    try:
        with tempfile.TemporaryFile(dir=directory) as file:
            descriptor = file.fileno()
            os.write(descriptor, bytes(1 << 20))
            os.fsync(descriptor)
            end = time.perf_counter() + _MOST_FLUSHING_S
            for at in range(_FLUSHES):
                if at >= _LEAST_FLUSHES and time.perf_counter() > end:
                    break  # a slow disk needs no more to be known
                before = time.perf_counter()
                os.pwrite(descriptor, block, at * 4096 % (1 << 20))
                os.fsync(descriptor)
                times.append(time.perf_counter() - before)
    except OSError:
        return []
    return [_figure("fsync", "s", times, largest=False)]


def _loopback(seconds: float) -> list[Figure]:
    """Round trips of a small message to another process; nothing where there is no loopback."""
    times: list[float] = []
    try:
        with (
            subprocess.Popen(
                [sys.executable, "-I", "-c", _ECHO], stdout=subprocess.PIPE, text=True
            ) as server,
            closing(_connected(server)) as peer,
        ):
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            end = time.perf_counter() + seconds
            while (before := time.perf_counter()) < end or len(times) < _LEAST_MESSAGES:
                peer.sendall(_MESSAGE)
                peer.recv(256)
                times.append(time.perf_counter() - before)
    except (OSError, ValueError):
        return []
    return [_figure("loopback", "s", times, largest=False)]


def _connected(server: subprocess.Popen[str]) -> socket.socket:
    assert server.stdout is not None
    port = server.stdout.readline()
    return socket.create_connection(("127.0.0.1", int(port)), timeout=5.0)


def _figure(name: str, unit: str, values: list[float], *, largest: bool) -> Figure:
    return Figure(
        name=name,
        unit=unit,
        best=max(values) if largest else min(values),
        p50=_at(values, 0.5),
        worst_tenth=_at(values, 0.1 if largest else 0.9),
        n=len(values),
    )


def _at(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
