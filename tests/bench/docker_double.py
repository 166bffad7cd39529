"""A Docker API that is none: it answers on a Unix socket as it was told, and remembers."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

GIB = 1 << 30


@dataclass(slots=True)
class Docker:
    """What the service says. `state` is asked for each look at a container."""

    images: set[str] = field(default_factory=lambda: {"postgres:18"})
    pulled: list[dict[str, Any]] = field(default_factory=list)
    pull_brings: str | None = None
    cpus: int = 4
    memory_bytes: int = 16 * GIB
    warnings: list[str] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)
    log: str = ""
    port: int = 1
    stats: dict[str, Any] = field(default_factory=dict)
    refuses_removal: bool = False
    created: list[dict[str, Any]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    removed: list[tuple[str, str]] = field(default_factory=list)  # name, query

    def look(self) -> dict[str, Any]:
        """The next state; the last one stays."""
        running = {"Running": True, "Status": "running", "Pid": 0}
        if not self.states:
            return running
        return running | (self.states.pop(0) if len(self.states) > 1 else self.states[0])


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        docker, path = self.server.docker, self._path()
        if path == "/version":
            self._say({"ApiVersion": "1.44", "MinAPIVersion": "1.24"})
        elif path == "/info":
            self._say({"NCPU": docker.cpus, "MemTotal": docker.memory_bytes})
        elif path.startswith("/images/"):
            name = path.removeprefix("/images/").removesuffix("/json")
            known = name in docker.images
            self._say({"Id": "sha256:1"} if known else {"message": "no such image"}, known)
        elif path.endswith("/stats"):
            self._say(docker.stats)
        elif path.endswith("/logs"):
            # the stream's frames: 1 for stdout, three zeros, the length
            text = docker.log.encode()
            self._send(b"\x01\0\0\0" + len(text).to_bytes(4, "big") + text)
        elif path.endswith("/json") and docker.created:
            ports = {"5432/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(docker.port)}]}
            config = {"Tty": False}
            found = {"Id": "c0ffee", "State": docker.look(), "Config": config, "Mounts": []}
            self._say(found | {"NetworkSettings": {"Ports": ports}})
        else:
            self._say({"message": f"not here: {path}"}, False)

    def do_POST(self) -> None:
        docker, path = self.server.docker, self._path()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = parse_qs(urlparse(self.path).query)
        if path == "/images/create":
            if docker.pull_brings:
                docker.images.add(docker.pull_brings)
            self._stream([json.dumps(event).encode() + b"\n" for event in docker.pulled])
        elif path == "/containers/create":
            docker.created.append(json.loads(body))
            docker.names.append(query["name"][0])
            self._say({"Id": "c0ffee", "Warnings": docker.warnings})
        else:
            self._say({})

    def do_DELETE(self) -> None:
        docker = self.server.docker
        if docker.refuses_removal:
            self._send(b'{"message": "driver failed"}', status=500)
            return
        name = self._path().rpartition("/")[2]
        known = name in docker.names
        docker.removed.append((name, urlparse(self.path).query))
        self._say({} if known else {"message": "no such container"}, known)

    def _path(self) -> str:
        path = unquote(urlparse(self.path).path)
        return path[path.index("/", 2) :] if path.startswith("/v1.") else path

    def _say(self, answer: Any, known: bool = True) -> None:
        self._send(json.dumps(answer).encode(), status=200 if known else 404)

    def _send(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, pieces: list[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in [*pieces, b""]:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def address_string(self) -> str:
        return "a socket"

    def log_message(self, *_: Any) -> None:
        pass


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    docker: Docker


@contextmanager
def serving(folder: Path, docker: Docker) -> Iterator[str]:
    """The service at an address as in DOCKER_HOST."""
    path = folder / "docker.sock"
    with _Server(str(path), _Handler) as server:
        server.docker = docker
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"unix://{path}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def silent_socket(folder: Path) -> Iterator[str]:
    """A socket's file whose service has died."""
    path = folder / "dead.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    yield f"unix://{path}"
