"""The places these servers run at. A place is one function that gives a running server.

Adding a place is adding a function to PLACES; nothing else changes.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.engines.innodb import contained, drivers, instance, software
from bench.engines.innodb.flavour import Flavour
from bench.engines.innodb.link import link_of
from bench.engines.innodb.options import Options
from bench.engines.innodb.sweep import order
from bench.engines.innodb.target import (
    Running,
    as_place_error,
    connected,
    drop_home,
    make_home,
)
from bench.engines.seam import OperationFailed
from bench.targets.containers import daemon
from bench.targets.keeper import Keeper
from workloads.errors import InputError, PlaceError

if TYPE_CHECKING:
    from bench.engines.innodb.software import Software
    from bench.engines.seam import Place, Settings

DATABASE = "storefit"
# Who waits for another's lock is told by then at the latest.
_LOCK_WAIT = "SET SESSION innodb_lock_wait_timeout = {seconds}"


@contextmanager
def local(
    flavour: Flavour, place: Place, settings: Settings, options: Options
) -> Iterator[Running]:
    """A private server from programs installed here; `address` names their directory."""
    programs = _pick(flavour, _programs(flavour, place), place)
    _need_driver(options)
    with Keeper() as keeper:
        started = instance.start(flavour, programs, settings, options, keeper)
        link = replace(started.link, setup=_session_settings(flavour, options))
        with (
            connected(flavour, link) as connection,
            as_place_error(flavour, "no database can be made"),
        ):
            home = make_home(connection, DATABASE)
        yield Running(
            flavour=flavour,
            link=link,
            place=place.kind,
            home=home,
            pid=started.pid,
            moved=started.moved,
            instance=started,
        )


@contextmanager
def container(
    flavour: Flavour, place: Place, settings: Settings, options: Options
) -> Iterator[Running]:
    """A server of our own in a container of an image; `address` names the image."""
    _need_driver(options)
    with contained.server(flavour, place.address, settings, options) as started:
        link = replace(started.link, setup=_session_settings(flavour, options))
        with (
            connected(flavour, link) as connection,
            as_place_error(flavour, "no database can be made"),
        ):
            home = make_home(connection, DATABASE)
        yield Running(
            flavour=flavour,
            link=link,
            place=place.kind,
            home=home,
            used=started.container.use,
            data=started.container.data,
            told=started.told,
        )


@contextmanager
def remote(
    flavour: Flavour, place: Place, settings: Settings, options: Options
) -> Iterator[Running]:
    """Somebody's server. Storefit keeps to a database of its own there, or a prefix for tables."""
    if not settings.allow_writes:
        raise InputError(
            f"storefit did not start this {flavour.title} server, so it writes nothing to it",
            hint="with --allow-writes it makes a database of its own (storefit_…) there, or tables"
            " whose names begin so, and drops them at the end",
        )
    _need_driver(options)
    link = replace(link_of(place.address or ""), driver=options.driver)
    name = f"{DATABASE}_{os.urandom(6).hex()}"
    with Keeper() as keeper, connected(flavour, link) as connection:
        # In case this process is killed; the order holds the password, so it is no argument.
        number = keeper.command(
            [sys.executable, "-m", "bench.engines.innodb.sweep"], text=order(link, name)
        )
        with as_place_error(flavour, "neither a database nor tables of our own can be made"):
            home = make_home(connection, name, link.database)
        try:
            yield Running(
                flavour=flavour,
                link=replace(link, setup=_session_settings(flavour, options)),
                place=place.kind,
                home=home,
            )
        finally:
            # Where this fails, the keeper's own attempt follows and tells.
            with suppress(OperationFailed):
                drop_home(connection, home)
                keeper.forget(number)


PLACES: Mapping[
    str, Callable[[Flavour, Place, Settings, Options], AbstractContextManager[Running]]
] = {
    "local": local,
    "container": container,
    "remote": remote,
}


def missing(flavour: Flavour, place: Place) -> str | None:
    """What must be done before the engine can run at a place here; None: nothing."""
    if place.kind == "local":
        found = software.at(flavour, place.address) if place.address else software.local(flavour)
        if not found:
            return how_to_install(flavour, _system())
    if place.kind == "container" and (step := daemon.missing()) is not None:
        return step
    return None if drivers.installed() else drivers.INSTALL


def how_to_install(flavour: Flavour, system: str) -> str:
    """The command that adds the server; `system` is the ID of its os-release."""
    return flavour.unpackaged.get(system, flavour.package)


def _system() -> str:
    """This system's ID; empty where it does not tell."""
    try:
        return platform.freedesktop_os_release().get("ID", "")
    except OSError:
        return ""


def _need_driver(options: Options) -> None:
    """Before anything is started, see that there is a client library to reach it with."""
    wanted = options.driver or drivers.installed()
    if wanted is None or not drivers.is_installed(wanted):
        missing_one = f"the client library '{wanted}'" if wanted else "a client library"
        raise PlaceError(f"{missing_one} is not installed", hint=drivers.INSTALL)


def require_version(flavour: Flavour, place: Place) -> None:
    """InputError for a version that is not here, PlaceError where there is none."""
    if place.kind == "local":
        _pick(flavour, _programs(flavour, place), place)


def _programs(flavour: Flavour, place: Place) -> tuple[Software, ...]:
    """What there is at a place where we start a server of our own."""
    return software.at(flavour, place.address) if place.address else software.local(flavour)


def _pick(flavour: Flavour, found: tuple[Software, ...], place: Place) -> Software:
    """The installed version that is asked for, or the newest."""
    if not found:
        oldest = ".".join(map(str, flavour.oldest))
        raise PlaceError(
            f"there is no {flavour.title} server ({oldest} or newer) for the place"
            f" '{place.kind}' here",
            hint=f"{how_to_install(flavour, _system())}, or name its program in {flavour.variable}",
        )
    picked = software.chosen(found, place.version)
    if picked is None:
        have = ", ".join(dict.fromkeys(each.version for each in found))
        raise InputError(
            f"{flavour.title} {place.version} is not here at the place '{place.kind}'",
            hint=f"versions here: {have}",
        )
    return picked


def _session_settings(flavour: Flavour, options: Options) -> tuple[str, ...]:
    """What every session sets."""
    seconds = options.statement_timeout_s
    if seconds is None:
        return flavour.setup
    limit = flavour.limit.format(timeout_s=f"{seconds:g}", timeout_ms=round(seconds * 1000))
    return (*flavour.setup, _LOCK_WAIT.format(seconds=max(1, round(seconds))), limit)
