"""Commits that take as long as on other storage, on a server of our own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.engines.postgresql.link import run, texts
from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

_SIBLINGS = 0  # wait even when no other transaction is open
# A transaction whose only trace is a record in the log, which its commit flushes.
_SMALLEST = "SELECT pg_logical_emit_message(true, 'storefit', '')"
_RELOAD_PATIENCE_S, _LOOK_S = 5.0, 0.01


def delay_commits(connection: PGconn, seconds: float) -> str:
    """Have the server wait before each flush of its log. Raises OperationFailed when it does not."""
    delay_us = round(seconds * 1e6)
    run(connection, f"ALTER SYSTEM SET commit_delay = {delay_us}")
    run(connection, f"ALTER SYSTEM SET commit_siblings = {_SIBLINGS}")
    run(connection, "SELECT pg_reload_conf()")
    deadline_s = time.monotonic() + _RELOAD_PATIENCE_S
    while texts(connection, "SELECT setting FROM pg_settings WHERE name = 'commit_delay'") != [
        (str(delay_us),)
    ]:
        if time.monotonic() > deadline_s:
            raise OperationFailed("settings", "the server did not take a new commit_delay")
        time.sleep(_LOOK_S)
    return f"commit_delay={delay_us}us, commit_siblings={_SIBLINGS}"


def commit_times_s(connection: PGconn, count: int) -> list[float]:
    """What the smallest commits take, one after the other, in seconds."""
    times = []
    for _ in range(count):
        start_s = time.perf_counter()
        run(connection, _SMALLEST)
        times.append(time.perf_counter() - start_s)
    return times
