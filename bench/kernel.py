"""Two small measurements of the machine itself: its processors and its disk's flushes.

The CPU score is how many megabytes (10^6 bytes) of a fixed text one thread deflates in a second
(zlib, level 6): integer work with unpredictable branches and lookups in the first caches, as a
database does, and hardly any vector instructions. zlib works outside Python's lock, so all
processors can be measured with threads. Scores of machines with different zlib versions are not
compared.

The score is of the machine, not of the moment: the text is deflated again and again, and each
piece of it, a millisecond long, counts with its fastest time. Other programs only slow it down, and
of many such short moments one is undisturbed even on a busy machine. How much the others took is
said apart, as the share of the time that was left.
"""

from __future__ import annotations

import os
import tempfile
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_TEXT_BYTES = 1 << 17
_LEVEL = 6
_PIECE_BYTES = 1 << 14
_LEAST_ROUNDS = 2
_WRITE_BYTES = 4_096
_FILE_BYTES = 1 << 20
_MOST_FLUSHES = 60
_MOST_FLUSHING_S = 0.4


@dataclass(frozen=True, slots=True)
class CpuScore:
    """Megabytes deflated per second by one thread, and by one thread a processor together.

    free_share   what the threads together deflated in all the time, as a fraction of `all_mb_per_s`
    """

    one_mb_per_s: float
    all_mb_per_s: float
    free_share: float


def cpu_score(
    *, seconds: float, threads: int, clock: Callable[[], float] = time.perf_counter
) -> CpuScore:
    """The score, measured for about `seconds` on one and as long on all processors."""
    text = _text()
    alone, _ = _speed(text, seconds, clock)
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(lambda _: _speed(text, seconds, clock), range(threads)))
    whole = sum(best for best, _ in found)
    return CpuScore(alone, whole, min(1.0, sum(mean for _, mean in found) / whole))


def fsync_p50_s(directory: Path) -> float | None:
    """Median time of a 4 KiB write inside a file followed by fsync; None when it cannot be done."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=".fsync-", dir=directory)
    except OSError:
        return None
    times: list[float] = []
    block = os.urandom(_WRITE_BYTES)
    try:
        os.write(descriptor, bytes(_FILE_BYTES))
        os.fsync(descriptor)
        end = time.perf_counter() + _MOST_FLUSHING_S
        while len(times) < _MOST_FLUSHES and (now := time.perf_counter()) < end:
            os.pwrite(descriptor, block, len(times) * _WRITE_BYTES % _FILE_BYTES)
            os.fsync(descriptor)
            times.append(time.perf_counter() - now)
    except OSError:
        return None
    finally:
        os.close(descriptor)
        os.unlink(name)
    return median(times) if times else None


def _speed(text: bytes, seconds: float, clock: Callable[[], float]) -> tuple[float, float]:
    """Megabytes per second of one thread: with each piece at its fastest, and over all the time."""
    pieces = [text[at : at + _PIECE_BYTES] for at in range(0, len(text), _PIECE_BYTES)]
    fastest = [float("inf")] * len(pieces)
    start = now = clock()
    rounds = 0
    while now < start + seconds or rounds < _LEAST_ROUNDS:
        deflate = zlib.compressobj(_LEVEL)
        for at, piece in enumerate(pieces):
            before = now
            deflate.compress(piece)
            if at == len(pieces) - 1:
                deflate.flush()
            now = clock()
            fastest[at] = min(fastest[at], now - before)
        rounds += 1
    megabytes = len(text) / 1e6
    return megabytes / sum(fastest), rounds * megabytes / (now - start)


def _text() -> bytes:
    """Words of a small vocabulary in a fixed pseudo-random order (a linear congruence)."""
    state, words = 1, []
    size = 0
    while size < _TEXT_BYTES:
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        word = b"%x " % (state >> 44 & 0xFFF)
        words.append(word)
        size += len(word)
    return b"".join(words)[:_TEXT_BYTES]
