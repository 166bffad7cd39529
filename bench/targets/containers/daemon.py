"""Where the Docker API answers: DOCKER_HOST, or the first socket of docker or podman that does."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workloads.errors import PlaceError

INSTALL = "pip install 'storefit[containers]'"
VARIABLE = "DOCKER_HOST"
# A local daemon answers in milliseconds; one that starts with the first request takes a second.
_PING_S = 5.0
# Making and removing a container waits for disks.
_REQUEST_S = 60.0


@dataclass(frozen=True, slots=True)
class Daemon:
    """An API that answers. `address` as in DOCKER_HOST; `api` is docker's `APIClient`."""

    address: str
    api: Any

    def machine(self) -> tuple[float, int]:
        """Processors and bytes of memory of the machine that containers run on."""
        with as_place_error("the container service does not tell about its machine"):
            info = self.api.info()
        return float(info["NCPU"]), int(info["MemTotal"])


def candidates(variables: Mapping[str, str], uid: int) -> tuple[str, ...]:
    """Addresses to try, in order. DOCKER_HOST, when it is set, is the only one."""
    named = variables.get(VARIABLE)
    if named:
        return (named,)
    runtime = variables.get("XDG_RUNTIME_DIR") or f"/run/user/{uid}"
    files = (
        "/var/run/docker.sock",
        "/run/podman/podman.sock",
        f"{runtime}/podman/podman.sock",
        f"{runtime}/docker.sock",
    )
    return tuple(f"unix://{file}" for file in files)


@contextmanager
def opened(variables: Mapping[str, str] = os.environ) -> Iterator[Daemon]:
    """The first API that answers. Raises PlaceError, whose hint is the one command that helps."""
    if importlib.util.find_spec("docker") is None:
        raise PlaceError("the Docker SDK for Python is not installed", hint=INSTALL)
    refused: list[str] = []
    for address in candidates(variables, os.geteuid()):
        try:
            daemon = connect(address)
        except PlaceError as error:
            if _is_there(address):
                refused.append(f"{address}: {error.message}")
            continue
        with closing(daemon.api):
            yield daemon
        return
    found = "; ".join(refused)
    raise PlaceError(
        f"no container service answers{f' ({found})' if found else ''}",
        hint=remedy(variables, uid=os.geteuid(), refused=bool(refused)),
    )


def connect(address: str) -> Daemon:
    """The API at an address. Raises PlaceError when it does not answer."""
    import docker

    with as_place_error("no answer"):
        api = docker.APIClient(base_url=address, version="auto", timeout=_PING_S)
    api.timeout = _REQUEST_S
    return Daemon(address, api)


def missing(variables: Mapping[str, str] = os.environ) -> str | None:
    """The one command or step that is missing before containers can run here; None: nothing."""
    try:
        with opened(variables):
            return None
    except PlaceError as error:
        return error.hint


def remedy(
    variables: Mapping[str, str],
    *,
    uid: int,
    refused: bool = False,
    which: Any = shutil.which,
    has_systemd: bool | None = None,
) -> str:
    """The command that makes a container service answer on this machine."""
    if variables.get(VARIABLE):
        return f"{VARIABLE} names another service: start it, or `unset {VARIABLE}`"
    if has_systemd is None:
        has_systemd = Path("/run/systemd/system").is_dir()
    if which("podman"):
        if has_systemd:
            return f"systemctl {'' if uid == 0 else '--user '}start podman.socket"
        socket = "/run/podman/podman.sock" if uid == 0 else '"$XDG_RUNTIME_DIR/podman/podman.sock"'
        folder = socket.replace("/podman.sock", "")
        return f"mkdir -p {folder} && podman system service --time=0 unix://{socket} &"
    if which("dockerd") or (refused and which("docker")):
        if refused and uid != 0:
            return "sudo usermod -aG docker $USER, and log in again"
        return "systemctl start docker" if has_systemd else "dockerd &"
    return "apt install podman, then: systemctl --user start podman.socket"


@contextmanager
def as_place_error(what: str, *, hint: str = "") -> Iterator[None]:
    """Translate errors of the SDK and of the connection below it."""
    import docker.errors
    import requests

    try:
        yield
    except docker.errors.APIError as error:
        raise PlaceError(f"{what}: {explained(error)}", hint=hint) from error
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        raise PlaceError(
            f"{what}: {_cause(error)}", hint=hint or "is the container service still running?"
        ) from error


def explained(error: Any) -> str:
    """What the service says, on one line."""
    text = getattr(error, "explanation", None) or str(error)
    return " ".join(str(text).split())


def _cause(error: BaseException) -> str:
    """The word of the system at the bottom of a chain of wrapped errors."""
    deepest = error
    while deepest.__cause__ or deepest.__context__:
        deepest = deepest.__cause__ or deepest.__context__ or deepest
    if isinstance(deepest, OSError) and deepest.strerror:
        return deepest.strerror
    return " ".join(str(error).split())[:200]


def _is_there(address: str) -> bool:
    """Whether something stands at an address that did not answer."""
    scheme, _, path = address.partition("://")
    return scheme != "unix" or Path(path).exists()
