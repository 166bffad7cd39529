"""A server of our own: a new data directory in a private place, gone at the end."""

from __future__ import annotations

import os
import secrets
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bench.engines.innodb import parameter_group
from bench.engines.innodb.flavour import Flavour
from bench.engines.innodb.link import Link
from bench.engines.innodb.options import Options
from bench.engines.innodb.schema import as_options
from bench.engines.innodb.software import Software
from bench.engines.seam import Settings
from bench.targets import server
from bench.targets.account import Account, server_account
from bench.targets.keeper import Keeper
from bench.targets.private import PrivateDirectory, private_directory, socket_directory
from bench.targets.secret import Secret
from workloads.errors import PlaceError

ACCOUNT = "mysql"
DATA = "data"  # of the data directory, in the server's private one
LOCAL_USER, TCP_USER = "root", "storefit"
SOCKET_NAME = "server.sock"
_PORT_ATTEMPTS = 3
_PATIENCE_S = 60.0
_LOOK_S = 0.2

MEMORY_SHARE = 0.25
LEAST_BUFFERS_BYTES, MOST_BUFFERS_BYTES = 128 << 20, 1 << 30
# Enough for a load of many clients.
MAX_CONNECTIONS = 200
# While a data directory is made nothing has to survive a crash.
_INITIAL = {
    "innodb_flush_method": "nosync",
    "innodb_flush_log_at_trx_commit": "0",
    "innodb_doublewrite": "OFF",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A running server. `moved`: its data lies in the system's temporary directory.

    `data` is its data directory, `programs` what the account it runs as can run.
    """

    pid: int
    link: Link
    moved: bool
    data: Path
    programs: Software
    account: Account
    service: server.Service


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What a start needs to know."""

    flavour: Flavour
    programs: Software
    account: Account
    home: Path
    sockets: Path | None  # None: over TCP
    password: Secret | None

    @property
    def data(self) -> Path:
        return self.home / DATA

    @property
    def temporary(self) -> Path:
        """For its temporary tables: what a killed server leaves of them goes with `home`."""
        return self.home / "temporary"


def start(
    flavour: Flavour, found: Software, settings: Settings, options: Options, keeper: Keeper
) -> Instance:
    """Make a data directory and start its server. Raises PlaceError or InputError.

    The keeper stops the server and removes its directory.
    """
    account = server_account(ACCOUNT)
    home = private_directory(keeper, account, below=settings.workdir, prefix=f"{flavour.name}-")
    sockets = None
    if not options.tcp:
        sockets = socket_directory(keeper, account, preferred=home.path, name=SOCKET_NAME)
    ground = _Ground(
        flavour=flavour,
        programs=found,
        account=account,
        home=home.path,
        sockets=sockets,
        password=None if sockets else Secret(secrets.token_urlsafe(24)),
    )
    _make_temporary(ground)
    _initialise(ground)
    return _started(ground, home, settings, options, keeper)


def resume(
    flavour: Flavour,
    programs: Software,
    settings: Settings,
    keeper: Keeper,
    *,
    home: PrivateDirectory,
) -> Instance:
    """Start a server of ours on the data directory that lies in `home`, of another server.

    It listens on a socket, where the administrator of a server of ours needs no password.
    """
    account = server_account(ACCOUNT)
    sockets = socket_directory(keeper, account, preferred=home.path, name=SOCKET_NAME)
    if sockets is None:
        raise PlaceError(
            "no directory has a path short enough for a server's socket",
            hint="TMPDIR=/tmp before the command",
        )
    ground = _Ground(
        flavour=flavour,
        programs=programs,
        account=account,
        home=home.path,
        sockets=sockets,
        password=None,
    )
    _make_temporary(ground)
    free = replace(settings, limits=None, memory=None)  # those are of the server that is measured
    return _started(ground, home, free, Options(server={}), keeper)


def memory_bytes() -> int:
    """Memory this machine, or the container around us, has."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return whole
    return min(whole, int(limit)) if limit.isdigit() else whole


def buffer_pool_bytes(memory: int) -> int:
    """A quarter of the memory, within bounds fit for a guest: as with the other engines."""
    return int(min(max(memory * MEMORY_SHARE, LEAST_BUFFERS_BYTES), MOST_BUFFERS_BYTES))


def _initialise(ground: _Ground) -> None:
    """Make the data directory. Raises PlaceError with what the program said."""
    flavour, programs = ground.flavour, ground.programs
    places = {"datadir": str(ground.data), "tmpdir": str(ground.temporary)}
    options = as_options({**places, **_INITIAL, **flavour.initial, "skip_name_resolve": "ON"})
    if programs.installer is not None:
        argv = [str(programs.installer), "--no-defaults", *options]
        argv += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    else:
        argv = [*programs.command, "--no-defaults", "--initialize-insecure", *options]
    try:
        done = ground.account.run(argv, cwd=ground.home)
    except OSError as error:
        raise PlaceError(
            f"{flavour.title} cannot be run as '{ground.account.name}': {error.strerror}",
            hint="install it where every user can read it",
        ) from error
    if done.returncode:
        said = _complaints(done.stdout).replace(str(ground.home), "…")
        raise PlaceError(
            f"{flavour.title} {programs.version} could not make a data directory: {said}",
            hint="is there space on the disk, and may every user read the programs?",
        )


def _complaints(output: str) -> str:
    """The lines that tell of errors, or the last ones."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for line in lines if "error" in line.lower()] or lines
    return " | ".join(told[-3:]) or "it said nothing"


def _make_temporary(ground: _Ground) -> None:
    ground.temporary.mkdir(mode=0o700)
    ground.account.own(ground.temporary)


def _started(
    ground: _Ground,
    home: PrivateDirectory,
    settings: Settings,
    options: Options,
    keeper: Keeper,
) -> Instance:
    for attempt in range(_PORT_ATTEMPTS):
        port = _port(options) if ground.sockets is None else 0
        values = _listening(ground, port) | _chosen(ground)
        values |= server_options(ground.flavour, settings, options)
        argv = [*ground.programs.command, "--no-defaults", *as_options(values)]
        plan = server.ServerPlan(
            title=f"{ground.flavour.title} {ground.programs.version}",
            argv=argv,
            directory=ground.home,
            log=ground.home / "log",
            ready=lambda: _is_ready(ground, port),  # noqa: B023 - asked before the next round
            stop_signal=signal.SIGKILL,  # what is on disk is thrown away
            memory=settings.memory,
            patience_s=_PATIENCE_S,
        )
        users = _write_users(ground)
        try:
            child = server.start(plan, keeper, ground.account)
        except server.ServerFailed as failure:
            _raise_unless_port(failure, options, last=attempt == _PORT_ATTEMPTS - 1)
            continue
        finally:
            users.unlink(missing_ok=True)
        service = server.Service(
            plan=plan,
            keeper=keeper,
            account=ground.account,
            child=child,
            calm_signal=signal.SIGTERM,
            prepare=partial(_no_more_users, ground),
        )
        return Instance(
            pid=child.pid,
            link=_link(ground, port, options),
            moved=home.moved,
            data=ground.data,
            programs=ground.programs,
            account=ground.account,
            service=service,
        )
    raise AssertionError("the last attempt returns or raises")


def _users_file(ground: _Ground) -> Path:
    return ground.home / "users.sql"


def _no_more_users(ground: _Ground) -> None:
    """A server that listens on TCP looks for the file of users at each start; they are there."""
    if ground.password is not None:
        _users_file(ground).touch(mode=0o600)
        ground.account.own(_users_file(ground))


def _write_users(ground: _Ground) -> Path:
    """The statements that make the user with a password; no argument holds it."""
    file = _users_file(ground)
    if ground.password is not None:
        user = f"'{TCP_USER}'@'127.0.0.1'"
        lines = [
            f"CREATE USER IF NOT EXISTS {user} IDENTIFIED BY '{ground.password.reveal()}';\n",
            f"GRANT ALL ON *.* TO {user} WITH GRANT OPTION;\n",
        ]
        descriptor = os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.writelines(lines)
        ground.account.own(file)
    return file


def _listening(ground: _Ground, port: int) -> dict[str, str]:
    if ground.sockets is not None:
        where = {"skip_networking": "ON", "socket": str(ground.sockets / SOCKET_NAME)}
        return where | dict(ground.flavour.unencrypted)
    return {
        "bind_address": "127.0.0.1",
        "port": str(port),
        # There is always a socket; below the data directory a short name will do.
        "socket": SOCKET_NAME,
        "init_file": str(_users_file(ground)),
        **ground.flavour.tcp,
    }


def _chosen(ground: _Ground) -> dict[str, str]:
    """Where its files are."""
    return {
        "datadir": str(ground.data),
        "tmpdir": str(ground.temporary),
        "pid_file": str(ground.home / "pid"),
    }


def server_options(flavour: Flavour, settings: Settings, options: Options) -> dict[str, str]:
    """Options not about where it listens and where its files are; a person's own come last.

    With a limit on memory, as RDS would have them there.
    """
    limited: dict[str, str] = {}
    if settings.limits is not None and settings.limits.memory_bytes is not None:
        each, most = flavour.connections
        limited = parameter_group.settings(
            settings.limits.memory_bytes, connection_bytes=each, most_connections=most
        )
    durability = flavour.full if settings.durability == "full" else flavour.relaxed
    return {
        "innodb_buffer_pool_size": f"{buffer_pool_bytes(memory_bytes()) >> 20}M",
        "innodb_flush_method": "O_DIRECT",
        "innodb_doublewrite": "ON",
        "innodb_monitor_enable": "trx_rw_commits",
        "max_connections": str(MAX_CONNECTIONS),
        "skip_name_resolve": "ON",
        "local_infile": "ON",
        **flavour.server,
        **durability,
        **limited,
        **options.server,
    }


def _is_ready(ground: _Ground, port: int) -> bool:
    """Whether the server greets who connects."""
    family = socket.AF_INET if ground.sockets is None else socket.AF_UNIX
    with socket.socket(family, socket.SOCK_STREAM) as probe, suppress(OSError):
        probe.settimeout(_LOOK_S)
        if ground.sockets is None:
            probe.connect(("127.0.0.1", port))
        else:
            probe.connect(str(ground.sockets / SOCKET_NAME))
        return len(probe.recv(64)) > 0
    return False


def _raise_unless_port(failure: server.ServerFailed, options: Options, *, last: bool) -> None:
    """Raise a failed start, unless another free port may mend it."""
    if "Address already in use" not in failure.log and "port" not in failure.log.lower():
        raise failure
    if options.port is not None:
        raise _port_taken(options.port) from failure
    if last:
        raise failure


def _port(options: Options) -> int:
    if options.port is None:
        return server.free_port()
    if server.port_is_taken(options.port):
        raise _port_taken(options.port)
    return options.port


def _port_taken(port: int) -> PlaceError:
    return PlaceError(
        f"port {port} is taken by another process",
        hint="choose another port, or none: then a free one is used",
    )


def _link(ground: _Ground, port: int, options: Options) -> Link:
    """The way to our own server, whatever the client's option files say."""
    if ground.sockets is not None:
        path = str(ground.sockets / SOCKET_NAME)
        return Link(socket_path=path, user=LOCAL_USER, driver=options.driver)
    return Link(
        host="127.0.0.1",
        port=port,
        user=TCP_USER,
        password=ground.password,
        driver=options.driver,
    )
