"""One server in a container: made, waited for until it lets us in, and removed on every way out."""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.targets.containers import cgroup, image, removal
from bench.targets.containers import usage as container_usage
from bench.targets.containers.daemon import Daemon, as_place_error
from bench.targets.keeper import Keeper
from bench.targets.limits import Limits
from bench.targets.secret import Secret
from bench.telemetry import ProcessUse
from workloads.errors import PlaceError

LABEL = "storefit"
LOOPBACK = "127.0.0.1"
PATIENCE_S = 60.0
_POLL_S = 0.05
_LOG_LINES = 12
# /dev/shm of a container is 64 MiB unless said otherwise, too little for parallel queries.
_SHARED_MEMORY_BYTES = 1 << 30
# A limit on CPU is kept in periods of 0.1 s: quotas are whole microseconds.
_CPU_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerPlan:
    """What to run.

    title        the server's name, for messages
    engine       a word for the container's name
    command      arguments of the image's entry point
    environment  variables, secrets among them: neither is an argument of any process
    port         the server's TCP port in the container
    host_port    the loopback port it is reached at; None: a free one
    answers      tries to get in at a loopback port; None when let in, else why not
    """

    title: str
    engine: str
    image: str
    command: Sequence[str]
    environment: Mapping[str, str | Secret] = field(repr=False)
    port: int
    answers: Callable[[int], str | None]
    host_port: int | None = None
    limits: Limits | None = None
    patience_s: float = PATIENCE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A server that lets us in at a loopback `port`.

    pid    its first process, where this machine shows it
    data   where its volume lies on this machine, if it has one
    ready_s   seconds from making the container until it let us in
    """

    name: str
    image: image.Image
    port: int
    pid: int | None
    data: Path | None
    ready_s: float
    daemon: Daemon = field(repr=False)

    def use(self) -> ProcessUse:
        """What its processes have used so far."""
        return container_usage.use(self.daemon, self.name, self.pid)


class ContainerFailed(PlaceError):
    """A server in a container did not come up; the message ends with the end of its log."""


def ready(
    daemon: Daemon, name: str, limits: Limits | None, tell: Callable[[str], None]
) -> image.Image:
    """The image, pulled if absent, once the machine has what is asked for. Raises PlaceError."""
    if limits is not None:
        cpus, memory_bytes = daemon.machine()
        limits.require(cpus=cpus, memory_bytes=memory_bytes)
    return image.present(daemon, name, tell)


@contextmanager
def running(
    plan: ContainerPlan, daemon: Daemon, keeper: Keeper, tell: Callable[[str], None]
) -> Iterator[Container]:
    """Pull what is absent, start, wait, and remove at the end. Raises PlaceError.

    The keeper removes the container, with its volume, when storefit is killed.
    """
    found = ready(daemon, plan.image, plan.limits, tell)
    name = f"storefit-{plan.engine}-{secrets.token_hex(6)}"
    number = keeper.command(
        [sys.executable, "-m", "bench.targets.containers.removal"],
        text=removal.order(daemon.address, name),
    )
    try:
        tell(f"starting a container of {plan.image}")
        yield _started(plan, daemon, found, name)
    except BaseException as error:
        try:
            _end(daemon, keeper, name, number)
        except PlaceError as left:
            error.add_note(f"{left.message}; {left.hint}")
        raise
    else:
        _end(daemon, keeper, name, number)


def _end(daemon: Daemon, keeper: Keeper, name: str, number: int) -> None:
    """Remove it now. Where that fails the keeper's own attempt follows."""
    removal.remove(daemon, name)
    keeper.forget(number)


def _started(plan: ContainerPlan, daemon: Daemon, found: image.Image, name: str) -> Container:
    begin = time.monotonic()
    _create(plan, daemon, name)
    with as_place_error(f"a container of '{plan.image}' cannot be started", hint=_START_HINT):
        daemon.api.start(name)
    state = _wait(plan, daemon, name, deadline_s=begin + plan.patience_s)
    ready_s = time.monotonic() - begin
    pid = int(state["State"]["Pid"])
    visible = cgroup.holds(pid, str(state["Id"]))
    if visible and plan.limits is not None:
        _require_applied(plan.limits, cgroup.applied(pid))
    return Container(
        name=name,
        image=found,
        port=_port(plan, state),
        pid=pid if visible else None,
        data=_data(state) if visible else None,
        ready_s=ready_s,
        daemon=daemon,
    )


_START_HINT = (
    "does `docker run --rm IMAGE true` work here? limits of memory and processors need control"
    " groups that the container service may write to"
)


def _create(plan: ContainerPlan, daemon: Daemon, name: str) -> None:
    limits = plan.limits or Limits()
    api = daemon.api
    with as_place_error(f"a container of '{plan.image}' cannot be made", hint=_START_HINT):
        made = api.create_container(
            plan.image,
            command=list(plan.command),
            name=name,
            environment={
                key: value.reveal() if isinstance(value, Secret) else value
                for key, value in plan.environment.items()
            },
            ports=[plan.port],
            labels={LABEL: str(os.getpid())},
            host_config=api.create_host_config(
                port_bindings={plan.port: (LOOPBACK, plan.host_port)},
                shm_size=_SHARED_MEMORY_BYTES,
                nano_cpus=None if limits.cpus is None else round(limits.cpus * 1e9),
                mem_limit=limits.memory_bytes,
                # The same number: no swap beyond it.
                memswap_limit=limits.memory_bytes,
            ),
        )
    warnings = [text for text in made.get("Warnings") or () if "limit" in text.lower()]
    if warnings and plan.limits is not None:
        raise PlaceError(
            f"the container service cannot limit what was asked for: {warnings[0]}",
            hint="run without --shape, --cpus and --memory, or enable the controllers",
        )


def _wait(
    plan: ContainerPlan, daemon: Daemon, name: str, *, deadline_s: float
) -> Mapping[str, Any]:
    """The container's state once it lets us in. Raises ContainerFailed with the end of its log."""
    while True:
        with as_place_error(f"the container service lost {name}"):
            state: Mapping[str, Any] = daemon.api.inspect_container(name)
        if not state["State"]["Running"] and state["State"]["Status"] != "created":
            code = state["State"].get("ExitCode")
            killed = ", killed for want of memory" if state["State"].get("OOMKilled") else ""
            raise _failed(plan, daemon, name, f"ended (exit code {code}{killed})")
        try:
            why = plan.answers(_port(plan, state))
        except LookupError:
            why = "its port is not published"
        if why is None:
            return state
        if time.monotonic() > deadline_s:
            late = f"did not let us in within {plan.patience_s:g} s ({why})"
            raise _failed(plan, daemon, name, late)
        time.sleep(_POLL_S)


def _failed(plan: ContainerPlan, daemon: Daemon, name: str, what: str) -> ContainerFailed:
    log = last_lines(daemon, name, plan.environment)
    return ContainerFailed(
        f"{plan.title} in a container of '{plan.image}' {what}; the end of its log: "
        f"{log or 'it said nothing'}",
        hint="the image must understand the environment of the official one; with --memory it"
        " needs room for its buffers",
    )


def last_lines(daemon: Daemon, name: str, environment: Mapping[str, str | Secret]) -> str:
    """The last lines of a container's log as one line of text, without the passwords."""
    try:
        with as_place_error("no log"):
            raw = daemon.api.logs(name, tail=_LOG_LINES)
    except PlaceError:
        return ""
    lines = raw.decode(errors="replace").splitlines()
    text = " | ".join(line.strip() for line in lines if line.strip())
    for value in environment.values():
        if isinstance(value, Secret):
            text = value.hidden_in(text)
    return text


def _port(plan: ContainerPlan, state: Mapping[str, Any]) -> int:
    """The loopback port. LookupError while there is none."""
    bindings = (state["NetworkSettings"].get("Ports") or {}).get(f"{plan.port}/tcp") or []
    return int(bindings[0]["HostPort"])


def _data(state: Mapping[str, Any]) -> Path | None:
    """The directory of its first volume, where this machine shows it."""
    for mount in state.get("Mounts") or ():
        path = Path(str(mount.get("Source") or ""))
        if mount.get("Type") == "volume" and path.is_dir():
            return path
    return None


def _require_applied(wanted: Limits, found: cgroup.Applied) -> None:
    """PlaceError when the kernel has other limits than were asked for."""
    if (
        wanted.cpus is not None
        and found.cpus is not None
        and abs(found.cpus / wanted.cpus - 1) > _CPU_TOLERANCE
    ):
        raise PlaceError(
            f"{wanted.cpus:g} vCPU were asked for and {found.cpus:g} are in force",
            hint="the container service does not apply limits here; run without them",
        )
    if wanted.memory_bytes is not None and (
        found.memory_bytes is not None and found.memory_bytes > wanted.memory_bytes
    ):
        raise PlaceError(
            f"{wanted.memory_bytes} bytes of memory were asked for and {found.memory_bytes}"
            " are in force",
            hint="the container service does not apply limits here; run without them",
        )
