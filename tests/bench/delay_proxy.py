"""A slow network on the loopback interface: every byte arrives a fixed time after it was sent."""

from __future__ import annotations

import contextlib
import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CHUNK_BYTES = 65_536


@dataclass(slots=True)
class _Way:
    """Bytes under way in one direction, each chunk with the moment at which it arrives."""

    to: socket.socket
    chunks: deque[tuple[float, bytes]] = field(default_factory=deque)


@contextmanager
def delayed(port: int, *, delay_s: float) -> Iterator[int]:
    """A port that leads to `port` of this machine, `delay_s` later in each direction.

    A process of its own: libpq connects without giving the interpreter's lock away.
    """
    command = [sys.executable, __file__, str(port), str(delay_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


class DelayProxy:
    """Passes TCP connections on, until its standard input is closed."""

    def __init__(self, port: int, *, delay_s: float) -> None:
        self._server_port, self._delay_s = port, delay_s
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(self._listener, selectors.EVENT_READ)
        self._waiting.register(sys.stdin, selectors.EVENT_READ)
        self._ways: dict[socket.socket, _Way] = {}

    @property
    def port(self) -> int:
        """Where to connect instead."""
        return int(self._listener.getsockname()[1])

    def serve(self) -> None:
        """Until the parent is gone."""
        while True:
            for key, _ in self._waiting.select(self._patience_s()):
                if key.fileobj is sys.stdin:
                    return
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._take(key.fileobj)  # type: ignore[arg-type]
            self._deliver()

    def _patience_s(self) -> float:
        """Until the next chunk arrives."""
        moments = [way.chunks[0][0] for way in self._ways.values() if way.chunks]
        return max(0.0, min(moments, default=time.perf_counter() + 0.05) - time.perf_counter())

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        server = socket.create_connection(("127.0.0.1", self._server_port))
        for here, there in ((client, server), (server, client)):
            here.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ways[here] = _Way(there)
            self._waiting.register(here, selectors.EVENT_READ)

    def _take(self, end: socket.socket) -> None:
        try:
            data = end.recv(CHUNK_BYTES)
        except OSError:
            data = b""
        if not data:
            self._waiting.unregister(end)
        self._ways[end].chunks.append((time.perf_counter() + self._delay_s, data))

    def _deliver(self) -> None:
        now = time.perf_counter()
        for way in self._ways.values():
            while way.chunks and way.chunks[0][0] <= now:
                _, data = way.chunks.popleft()
                # an end that is gone takes nothing any more; its other direction tells that too
                with contextlib.suppress(OSError):
                    if data:
                        way.to.sendall(data)
                    else:
                        way.to.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    proxy = DelayProxy(int(sys.argv[1]), delay_s=float(sys.argv[2]))
    print(proxy.port, flush=True)  # noqa: T201 - the parent reads it
    proxy.serve()
