"""What the tests of real containers stand on: podman's service with a store of its own, one image.

The image is made by tests/containers/build.sh, once, below the virtual environment.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.targets.containers import daemon
from workloads.errors import PlaceError

SOURCES = Path(__file__).parents[1] / "containers"
FOLDER = Path(sys.prefix) / "containers"
IMAGE = "localhost/storefit-test:1"
TO_ADD = "as root: apt-get install podman runc netavark iptables debootstrap; make containers"
_PATIENCE_S = 30.0


def image_is_here() -> bool:
    return (FOLDER / "store").is_dir() and shutil.which("podman") is not None


def need() -> None:
    """Skip where the image is not, unless all are asked for: then make it, or fail saying why."""
    strict = bool(os.environ.get("STOREFIT_STRICT"))
    if not image_is_here() and not strict:
        pytest.skip(TO_ADD)
    if os.geteuid() != 0 and not strict:
        pytest.skip("the tests of containers run as root: control groups and mounts are needed")
    made = subprocess.run(
        [str(SOURCES / "build.sh"), str(FOLDER)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.fail(f"the image cannot be made: {made.stderr.strip()}; {TO_ADD}", pytrace=False)


def need_mysql(name: str) -> None:
    """MySQL is in the image where it was unpacked before the image was made."""
    if name == "mysql" and not (FOLDER.parent / "mysql-9").is_dir():
        words = "MySQL 9 is not in the image: make mysql-9 containers"
        pytest.fail(words, pytrace=False) if os.environ.get("STOREFIT_STRICT") else pytest.skip(
            words
        )


@dataclass(slots=True)
class Podman:
    """A running service; `address` as in DOCKER_HOST."""

    address: str
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self._podman(), "system", "service", "--time=0", self.address],
                env={**os.environ, "CONTAINERS_CONF": str(SOURCES / "containers.conf")},
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                daemon.connect(self.address).api.close()
            except PlaceError as error:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    said = (self.folder / "log").read_text()[-500:]
                    pytest.fail(f"podman does not answer: {error}: {said}", pytrace=False)
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(_PATIENCE_S)
            self.process = None

    def inspect(self, name: str) -> dict[str, Any]:
        service = daemon.connect(self.address)
        try:
            return dict(service.api.inspect_container(name))
        finally:
            service.api.close()

    def containers(self) -> list[str]:
        """Names of all containers, running or not."""
        return self.run("ps", "--all", "--format", "{{.Names}}").split()

    def left(self) -> list[str]:
        """Containers and volumes that are there now."""
        return self.containers() + self.run("volume", "ls", "--quiet").split()

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [*self._podman(), *words],
            env={**os.environ, "CONTAINERS_CONF": str(SOURCES / "containers.conf")},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def _podman(self) -> list[str]:
        return ["podman", "--root", str(FOLDER / "store"), "--runroot", str(FOLDER / "run")]


@contextmanager
def podman() -> Iterator[Podman]:
    """The service, started and ended; nothing that it made is left."""
    with tempfile.TemporaryDirectory(prefix="storefit-podman-") as directory:
        folder = Path(directory)
        service = Podman(f"unix://{folder}/podman.sock", folder)
        service.start()
        try:
            yield service
        finally:
            service.stop()
            for name in service.containers():
                service.run("rm", "--force", "--volumes", name)
