"""A PostgreSQL server of our own: a new cluster in a private directory, gone at the end."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bench.engines.postgresql import parameter_group, software
from bench.engines.postgresql.link import Link
from bench.engines.postgresql.options import Options
from bench.engines.postgresql.software import Software
from bench.engines.seam import Settings
from bench.targets import server
from bench.targets.account import Account, server_account
from bench.targets.keeper import Keeper
from bench.targets.private import PrivateDirectory, private_directory, socket_directory
from bench.targets.secret import Secret
from workloads.errors import PlaceError

USER = "storefit"
DATABASE = "postgres"
DATA = "data"  # of the data directory, in the server's private one
# On a Unix socket the port is part of the file's name only.
SOCKET_PORT = 5432
SOCKET_NAME = f".s.PGSQL.{SOCKET_PORT}"
_PORT_ATTEMPTS = 3

MEMORY_SHARE = 0.25
LEAST_BUFFERS_BYTES, MOST_BUFFERS_BYTES = 128 << 20, 1 << 30
# Enough for a load of many clients. Each slot takes some 20 kB.
MAX_CONNECTIONS = 200
# Twice the default: a short run is not all checkpoints, and a small disk is not filled.
MAX_WAL_SIZE = "2GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running server. `moved`: its data lies in the system's temporary directory.

    `programs` are those that the account it runs as can run; `password` is that of its user.
    """

    pid: int
    link: Link
    moved: bool
    programs: Software
    account: Account
    password: Secret | None
    service: server.Service


def start(found: Software, settings: Settings, options: Options, keeper: Keeper) -> Cluster:
    """Make a cluster and start its server. Raises PlaceError or InputError.

    The keeper stops the server and removes its directory.
    """
    account = server_account("postgres")
    if options.port is not None and server.port_is_taken(options.port):
        raise _port_taken(options.port)
    home = private_directory(keeper, account, below=settings.workdir, prefix="postgresql-")
    programs = software.reachable(found, account, below=home.path / "software")
    sockets = None
    if not options.tcp:
        sockets = socket_directory(keeper, account, preferred=home.path, name=SOCKET_NAME)
    password = None if sockets else Secret(secrets.token_urlsafe(24))
    ground = _Ground(programs, account, home, sockets, password)
    _initialise(programs, account, ground.data, password)
    return _served(ground, settings, options, keeper)


def resume(
    programs: Software,
    settings: Settings,
    keeper: Keeper,
    *,
    home: PrivateDirectory,
    password: Secret | None,
) -> Cluster:
    """Start a server of ours on the data directory that lies in `home`, of another server.

    `programs` can be run by the server's account. Only who has the password of that server gets in.
    """
    account = server_account("postgres")
    sockets = socket_directory(keeper, account, preferred=home.path, name=SOCKET_NAME)
    ground = _Ground(programs, account, home, sockets, password)
    free = replace(settings, limits=None, memory=None)  # those are of the server that is measured
    return _served(ground, free, Options(server={}), keeper)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a start needs to know. `sockets` None: over TCP."""

    programs: Software
    account: Account
    home: PrivateDirectory
    sockets: Path | None
    password: Secret | None

    @property
    def data(self) -> Path:
        return self.home.path / DATA


def _served(ground: _Ground, settings: Settings, options: Options, keeper: Keeper) -> Cluster:
    """Start the server of a data directory."""
    data, programs = ground.data, ground.programs
    for attempt in range(_PORT_ATTEMPTS):
        port = (options.port or server.free_port()) if ground.sockets is None else SOCKET_PORT
        _configure(data, _listening(ground.sockets, port) | server_settings(settings, options))
        plan = server.ServerPlan(
            title=f"PostgreSQL {programs.version}",
            argv=[programs.program("postgres"), "-D", str(data)],
            directory=data,
            log=ground.home.path / "log",
            ready=lambda: _is_ready(data),
            stop_signal=signal.SIGQUIT,  # at once: what is on disk is thrown away
            memory=settings.memory,
        )
        try:
            child = server.start(plan, keeper, ground.account)
        except server.ServerFailed as failure:
            _raise_unless_port(failure, options, last=attempt == _PORT_ATTEMPTS - 1)
            continue
        service = server.Service(
            plan=plan,
            keeper=keeper,
            account=ground.account,
            child=child,
            calm_signal=signal.SIGINT,  # without waiting for clients, with a checkpoint
        )
        link = _link(ground.sockets, port, ground.password)
        return Cluster(
            pid=child.pid,
            link=link,
            moved=ground.home.moved,
            programs=programs,
            account=ground.account,
            password=ground.password,
            service=service,
        )
    raise AssertionError("the last attempt returns or raises")


def memory_bytes() -> int:
    """Memory this machine, or the container around us, has."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return whole
    return min(whole, int(limit)) if limit.isdigit() else whole


def shared_buffers_bytes(memory: int) -> int:
    """A quarter of the memory, as the documentation advises, within bounds fit for a guest."""
    return int(min(max(memory * MEMORY_SHARE, LEAST_BUFFERS_BYTES), MOST_BUFFERS_BYTES))


def _raise_unless_port(failure: server.ServerFailed, options: Options, *, last: bool) -> None:
    """Raise a failed start, unless another free port may mend it."""
    if "could not bind" not in failure.log and "could not create any TCP" not in failure.log:
        raise failure
    if options.port is not None:
        raise _port_taken(options.port) from failure
    if last:
        raise failure


def _initialise(programs: Software, account: Account, data: Path, password: Secret | None) -> None:
    """Run initdb. Raises PlaceError with what it said."""
    argv = [programs.program("initdb"), "-D", str(data), "-U", USER, "-E", "UTF8", "--no-locale"]
    argv += ["--no-sync", "--no-instructions", "-A", "scram-sha-256" if password else "trust"]
    file = data.parent / "password"
    if password is not None:
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
            out.write(password.reveal())
        account.own(file)
        argv.append(f"--pwfile={file}")
    try:
        done = account.run(argv, cwd=data.parent)
    except OSError as error:
        raise PlaceError(f"initdb cannot be run: {error.strerror}") from error
    finally:
        file.unlink(missing_ok=True)
    if done.returncode:
        said = " | ".join(line for line in done.stdout.splitlines()[-3:] if line)
        said = said.replace(str(data.parent), "…")
        raise PlaceError(
            f"PostgreSQL {programs.version} could not make a database: {said}",
            hint="is there space on the disk, and does the current user have a passwd entry?",
        )


def _listening(sockets: Path | None, port: int) -> dict[str, str]:
    if sockets is None:
        return {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": str(port)}
    return {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "port": str(port),
    }


def server_settings(settings: Settings, options: Options) -> dict[str, str]:
    """Server settings that are not about where it listens; a person's own come last.

    With a limit on memory, as RDS would have them there.
    """
    buffers_mb = shared_buffers_bytes(memory_bytes()) >> 20
    limits = settings.limits
    limited: dict[str, str] = {}
    if limits is not None and limits.memory_bytes is not None:
        limited = parameter_group.settings(limits.memory_bytes)
    return {
        "shared_buffers": f"{buffers_mb}MB",
        "max_connections": str(MAX_CONNECTIONS),
        "max_wal_size": MAX_WAL_SIZE,
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on" if settings.durability == "full" else "off",
        "autovacuum": "on",
        **limited,
        **options.server,
    }


def _configure(data: Path, values: Mapping[str, str]) -> None:
    """Write the settings in place of those of an earlier attempt."""
    lines = [
        f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in values.items()
    ]
    (data / "postgresql.auto.conf").write_text("".join(lines))


def _is_ready(data: Path) -> bool:
    """Whether the postmaster says so, in the eighth line of its lock file."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def _port_taken(port: int) -> PlaceError:
    return PlaceError(
        f"port {port} is taken by another process",
        hint="choose another port, or none: then a free one is used",
    )


def _link(sockets: Path | None, port: int, password: Secret | None) -> Link:
    """The way to our own server."""
    parameters = {
        "host": str(sockets) if sockets else "127.0.0.1",
        "port": str(port),
        "user": USER,
        "dbname": DATABASE,
        "sslmode": "disable",
        "gssencmode": "disable",
    }
    secrets_ = {"password": password} if password else {}
    return Link(parameters=parameters, secrets=secrets_, own_server=True)
