"""An endpoint that answers by a script: throttles, conflicts, what is left undone."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# The action and its arguments -> the answer, or the failure to answer with.
Script = Callable[[str, dict[str, Any]], "dict[str, Any] | Refusal"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the service, by its code."""

    code: str
    message: str = "no"
    status: int = 400
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Endpoint:
    """Where it listens, and what it was asked: action, arguments, headers."""

    url: str
    asked: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)

    def count(self, action: str) -> int:
        return sum(name == action for name, _, _ in self.asked)


@contextmanager
def endpoint(script: Script) -> Iterator[Endpoint]:
    """A server on a loopback port."""
    found = Endpoint("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one piece: the second would wait for an acknowledgement

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            arguments = json.loads(self.rfile.read(size))
            action = self.headers["X-Amz-Target"].partition(".")[2]
            found.asked.append((action, arguments, dict(self.headers)))
            answer = script(action, arguments)
            status = 200
            if isinstance(answer, Refusal):
                kind = f"com.amazonaws.dynamodb.v20120810#{answer.code}"
                status = answer.status
                answer = {"__type": kind, "message": answer.message, **answer.more}
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("x-amz-crc32", str(zlib.crc32(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing is printed."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A script that raises closes the connection; nothing is printed."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
