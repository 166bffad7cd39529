"""Building keys and indexes of loaded tables, several at once, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from bench.engines.postgresql.link import Link, run

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

# At once. The server sorts one large index with several processes already.
_BUILDERS = 2
# For sorting; a server's default is meant for many clients at once.
_MEMORY = "256MB"


class Indexing:
    """A context manager: `start` commands for a table that is loaded, `finish` to wait for all.

    Left by an error, it cancels what is being built.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._pool = ThreadPoolExecutor(_BUILDERS, thread_name_prefix="storefit-index")
        self._jobs: list[Future[None]] = []
        self._lock = threading.Lock()
        self._busy: set[PGconn] = set()
        self._over = False

    def __enter__(self) -> Self:
        return self

    def start(self, commands: Sequence[str]) -> None:
        """Run commands, one after the other, beside what else is being built."""
        self._jobs.append(self._pool.submit(self._build, commands))

    def finish(self) -> None:
        """Wait until everything is built. Raises the first OperationFailed."""
        for job in self._jobs:
            job.result()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _cancel(self) -> None:
        import psycopg

        with self._lock:
            self._over = True
            for connection in self._busy:
                with suppress(psycopg.Error):
                    connection.get_cancel().cancel()

    def _build(self, commands: Sequence[str]) -> None:
        connection = self._link.connect()
        with self._lock:
            self._busy.add(connection)
        try:
            run(connection, f"SET statement_timeout = 0; SET maintenance_work_mem = '{_MEMORY}'")
            for command in commands:
                if not self._over:
                    run(connection, command)
        finally:
            with self._lock:
                self._busy.discard(connection)
            connection.finish()
