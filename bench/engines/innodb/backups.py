"""Backups with the products' own tools, and restores of them into servers of our own.

    mysqldump, mariadb-dump   storefit's own tables as statements, in one snapshot: of any server
    clone                     MySQL's own copy of a server's files, made by the server
    mariabackup               the same for MariaDB, made by a program beside it

Files are copied of our own servers on this machine only, as all that is there is copied. What was
restored is looked at there and removed; nothing is ever restored into the target.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.engines.innodb import instance, software, tools
from bench.engines.innodb.contents import contents
from bench.engines.innodb.link import Link
from bench.engines.innodb.options import Options
from bench.engines.innodb.schema import Layout, quoted
from bench.engines.retention import (
    Backup,
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
    from pathlib import Path

    from bench.engines.innodb.flavour import Flavour
    from bench.engines.innodb.software import Software
    from bench.engines.innodb.target import Running
    from bench.engines.seam import Place, Settings

_DUMP_FILE = "dump.sql"
_WHOLE_SERVER = "it copies the whole server, and storefit may look at its own tables only"
_IN_CONTAINER = "it copies files, and a container's are inside of it; a dump works"
_CLONE = "mysql_clone.so"
# A clone or a restore may take so long; then the server is given up.
_PATIENCE_S = 3_600.0
_DUMP = (
    "--single-transaction",
    "--quick",
    "--skip-lock-tables",
    "--no-tablespaces",
    "--skip-comments",
    "--hex-blob",
    "--default-character-set=utf8mb4",
)


def ways(flavour: Flavour, place: Place) -> Mapping[str, str | None]:
    """What can be had at a place here."""
    wanted = flavour.tools
    absent = [name for name in (wanted.dump, wanted.client) if tools.found(flavour, name) is None]
    dump = f"{', '.join(absent)} is not here: {wanted.installed_by}" if absent else None
    if dump is None and place.kind != "local" and not software.local(flavour):
        dump = f"a dump is restored into a server on this machine: {flavour.package}"
    if place.kind == "remote":
        files: str | None = _WHOLE_SERVER
    elif place.kind == "container":
        files = _IN_CONTAINER
    else:
        files = _no_copier(flavour, place)
    return {wanted.dump: dump, wanted.files: files}


def backup(running: Running, layout: Layout, way: str, space: Space) -> Backup:
    """Make a backup. OperationFailed with what the tool said."""
    flavour = running.flavour
    can_copy = None if running.instance else _WHOLE_SERVER
    known = {flavour.tools.dump: None, flavour.tools.files: can_copy}
    require_way(way, known, doing="backing up")
    is_dump = way == flavour.tools.dump
    account = Account("the current user")
    if not is_dump and running.instance is not None:
        account = running.instance.account
    home = private_directory(space.keeper, account, below=space.below, prefix=f"{way}-").path
    made = home / instance.DATA
    begin_s = time.perf_counter()
    if is_dump:
        made.mkdir(mode=0o700)
        _dump(running, layout, home, made / _DUMP_FILE)
    elif flavour.tools.copier is None:
        _clone(running, made)
    else:
        argv = [_program(flavour, flavour.tools.copier), "--backup", f"--target-dir={made}"]
        if running.instance is not None:
            argv.append(f"--datadir={running.instance.data}")
        tools.call(argv, account, within=home, link=running.link, takes=None)
    seconds = time.perf_counter() - begin_s
    return Backup(way=way, directory=made, seconds=seconds, made_bytes=bytes_below(made))


def restore(
    running: Running, settings: Settings, layout: Layout, backup: Backup, space: Space
) -> Restored:
    """Restore into a server of our own. OperationFailed (`damaged`) when it cannot be done."""
    settings = replace(settings, workdir=space.below)
    from_dump = backup.way == running.flavour.tools.dump
    try:
        with Keeper() as keeper:
            give_back = _from_dump if from_dump else _from_files
            return give_back(running, settings, layout, backup, keeper)
    except OperationFailed as failure:
        raise damaged(f"{backup.way} cannot be restored: {failure}") from failure
    except PlaceError as error:
        raise damaged(f"{backup.way} cannot be restored: {error.message}") from error


def _dump(running: Running, layout: Layout, home: Path, into: Path) -> None:
    """Write our tables, and nothing else of that database, as statements."""
    flavour = running.flavour
    names = [layout.prefix + table.name for table in layout.dataset.tables]
    argv = [_program(flavour, flavour.tools.dump), *_DUMP, *flavour.tools.dump_options]
    argv += [f"--result-file={into}", layout.database, *names]
    tools.call(argv, Account("the current user"), within=home, link=running.link, takes=None)


def _clone(running: Running, into: Path) -> None:
    """Have the server write a copy of its own files."""
    with closing(running.link.connect(patience_s=_PATIENCE_S)) as connection:
        sql = b"SELECT 1 FROM information_schema.plugins WHERE plugin_name = 'clone'"
        if not connection.query(sql).rows:
            connection.query(f"INSTALL PLUGIN clone SONAME '{_CLONE}'".encode())
        path = str(into).replace("\\", "\\\\").replace("'", "\\'")
        connection.query(f"CLONE LOCAL DATA DIRECTORY = '{path}'".encode())


def _from_files(
    running: Running, settings: Settings, layout: Layout, backup: Backup, keeper: Keeper
) -> Restored:
    """Copy the files to where a server takes them, and let it replay the log."""
    source, flavour = running.instance, running.flavour
    assert source is not None
    home = private_directory(keeper, source.account, below=settings.workdir, prefix="restored-")
    data = home.path / instance.DATA
    begin_s = time.perf_counter()
    copy = ["cp", "-Rp", str(backup.directory), str(data)]
    tools.call(copy, source.account, within=home.path, link=None, takes=None)
    if flavour.tools.copier is not None:
        argv = [_program(flavour, flavour.tools.copier), "--prepare", f"--target-dir={data}"]
        tools.call(argv, source.account, within=home.path, link=None, takes=None)
    started = instance.resume(flavour, source.programs, settings, keeper, home=home)
    return _looked_at(replace(started.link, driver=running.link.driver), layout, begin_s)


def _from_dump(
    running: Running, settings: Settings, layout: Layout, backup: Backup, keeper: Keeper
) -> Restored:
    """Carry the statements out on a fresh server, whose start is not part of the time."""
    flavour, account = running.flavour, Account("the current user")
    programs = running.instance.programs if running.instance else _newest(flavour)
    started = instance.start(flavour, programs, settings, Options(server={}), keeper)
    link = replace(started.link, driver=running.link.driver)
    home = private_directory(keeper, account, below=settings.workdir, prefix="restoring-").path
    with closing(link.connect()) as connection:
        sql = f"CREATE DATABASE {quoted(layout.database)} CHARACTER SET utf8mb4"
        connection.query(sql.encode())
    begin_s = time.perf_counter()
    argv = [_program(flavour, flavour.tools.client), "--binary-mode", layout.database]
    takes = backup.directory / _DUMP_FILE
    tools.call(argv, account, within=home, link=link, takes=takes)
    return _looked_at(link, layout, begin_s)


def _looked_at(link: Link, layout: Layout, begin_s: float) -> Restored:
    """The rows of a restored server, and when they could be asked for."""
    with closing(link.connect(patience_s=_PATIENCE_S)) as connection:
        seconds = time.perf_counter() - begin_s
        return Restored(seconds=seconds, contents=contents(connection, layout))


def _program(flavour: Flavour, name: str) -> str:
    path = tools.found(flavour, name)
    if path is None:
        raise PlaceError(f"{name} is not installed", hint=flavour.tools.installed_by)
    return path


def _newest(flavour: Flavour) -> Software:
    found = software.local(flavour)
    if not found:
        raise PlaceError(f"there is no {flavour.title} server here", hint=flavour.package)
    return found[0]


def _no_copier(flavour: Flavour, place: Place) -> str | None:
    """Why the files of our own server cannot be copied; None: they can."""
    copier = flavour.tools.copier
    if copier is not None:
        missing = tools.found(flavour, copier) is None
        return f"{copier} is not here: {flavour.tools.copied_by}" if missing else None
    found = software.at(flavour, place.address) if place.address else software.local(flavour)
    here = software.chosen(found, place.version)
    if here is None or _has_plugin(here):
        return None
    return f"not here: {flavour.tools.copied_by}"


def _has_plugin(programs: Software) -> bool:
    above = programs.server.resolve().parent.parent
    return any(
        (above / part / _CLONE).exists()
        for part in ("lib/plugin", "lib/mysql/plugin", "lib64/mysql/plugin")
    )
