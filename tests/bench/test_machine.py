"""What is read of the machine, and that it tells nothing of its owner."""

from __future__ import annotations

import getpass
import socket
import time
from pathlib import Path

import msgspec
import pytest

from bench.device import counts_writes_truly
from bench.environment import (
    cpu_count,
    data_disk,
    disk_of,
    environment,
    memory_bytes,
    with_disk,
)
from bench.kernel import cpu_score, fsync_p50_s


def test_everything_is_read_and_nothing_of_the_owner(tmp_path: Path) -> None:
    found = environment(tmp_path, score_s=0.02)
    assert found.cpus == cpu_count() >= 1
    assert found.memory_bytes == memory_bytes() > 1 << 28
    assert found.cpu_model
    assert found.cpu_family
    assert found.storefit
    assert {"numpy", "lmdb", "zlib"} <= {package.name for package in found.packages}
    text = msgspec.json.encode(found).decode()
    for secret in (socket.gethostname(), getpass.getuser() + "@", str(Path.home()), str(tmp_path)):
        assert len(secret) < 4 or secret not in text


def test_the_cpu_score_is_megabytes_a_second() -> None:
    found = cpu_score(seconds=0.05, threads=1)
    assert 1 < found.one_mb_per_s < 1_000
    assert 1 < found.all_mb_per_s < 1_000  # how they compare is the neighbours' doing as well
    assert 0 < found.free_share <= 1


class Clock:
    """Goes on by what is given for each look, `s` when all is given."""

    def __init__(self, *steps: float, s: float) -> None:
        self._steps, self._s, self._now = iter(steps), s, 0.0

    def __call__(self) -> float:
        self._now += next(self._steps, self._s)
        return self._now


def test_the_cpu_score_counts_what_was_done() -> None:
    """Eight pieces, each a second long: 131,072 bytes in 8 s, whatever the number of rounds."""
    found = cpu_score(seconds=20.0, threads=1, clock=Clock(s=1.0))
    assert found.one_mb_per_s == found.all_mb_per_s == pytest.approx(0.131072 / 8)
    assert found.free_share == pytest.approx(1.0)


def test_what_others_take_lowers_the_share_and_not_the_score() -> None:
    """Of three rounds each piece is disturbed in two: the score is that of the third."""
    slow = [1.0 if piece % 3 == turn else 10.0 for turn in range(3) for piece in range(8)]
    # a look before the first round, then on one thread and on all
    found = cpu_score(seconds=150.0, threads=1, clock=Clock(0.0, *slow, 0.0, *slow, s=1.0))
    assert found.one_mb_per_s == found.all_mb_per_s == pytest.approx(0.131072 / 8)
    assert found.free_share == pytest.approx(3 * 8 / sum(slow))


def test_a_flush_takes_some_time_and_leaves_nothing(tmp_path: Path) -> None:
    start = time.perf_counter()
    p50 = fsync_p50_s(tmp_path)
    assert p50 is not None
    assert 0 < p50 < time.perf_counter() - start
    assert list(tmp_path.iterdir()) == []
    assert fsync_p50_s(tmp_path / "missing") is None


def test_a_disk_in_memory_says_so() -> None:
    if not Path("/dev/shm").is_dir():
        pytest.fail("Linux has /dev/shm")
    assert "flushing costs nothing" in (disk_of(Path("/dev/shm")) or "")


def test_the_disk_of_a_record_is_that_of_the_engines_data(tmp_path: Path) -> None:
    machine = environment(tmp_path, score_s=0.01)
    assert with_disk(machine, data_disk("embedded", None)) is machine
    moved = with_disk(machine, data_disk("local", Path("/dev/shm")))
    assert "flushing costs nothing" in (moved.disk or "")
    assert moved.fsync_p50_s is not None
    far = with_disk(machine, data_disk("remote", None))
    assert (far.disk, far.fsync_p50_s) == (None, None)
    assert far.cpu_model == machine.cpu_model


def test_whether_processes_count_their_writes_truly_can_be_told(tmp_path: Path) -> None:
    assert counts_writes_truly(tmp_path) in (True, False, None)
    assert list(tmp_path.iterdir()) == []
