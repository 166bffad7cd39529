"""A PostgreSQL server of our own in a container, by the conventions of the official image."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bench.engines.postgresql import cluster
from bench.engines.postgresql.link import Link
from bench.engines.postgresql.options import Options
from bench.engines.seam import OperationFailed, Settings
from bench.targets.containers import daemon, image
from bench.targets.containers.container import LOOPBACK, Container, ContainerPlan, ready, running
from bench.targets.keeper import Keeper
from bench.targets.limits import Limits
from bench.targets.secret import Secret

DEFAULT_IMAGE = "postgres:18"
PORT = 5432
# On loopback an answer comes at once or, while the server starts, not at all.
_TRY_S = "5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contained:
    """A server that lets us in, and what the record says of where it runs."""

    container: Container
    link: Link
    told: Mapping[str, str]


def prepare(address: str | None, settings: Settings) -> None:
    """Have the image here, and see that the limits can be kept. PlaceError, InputError."""
    name = image.named(address, DEFAULT_IMAGE)
    with daemon.opened() as service:
        ready(service, name, settings.limits, settings.tell)


@contextmanager
def server(address: str | None, settings: Settings, options: Options) -> Iterator[Contained]:
    """A container of the image `address` (None: the official one), removed at the end.

    Raises PlaceError or InputError.
    """
    name = image.named(address, DEFAULT_IMAGE)
    password = Secret(secrets.token_urlsafe(24))
    values = cluster.server_settings(settings, options)
    plan = ContainerPlan(
        title="PostgreSQL",
        engine="postgresql",
        image=name,
        command=["postgres", *(word for k, v in values.items() for word in ("-c", f"{k}={v}"))],
        environment={
            "POSTGRES_USER": cluster.USER,
            "POSTGRES_PASSWORD": password,
            "POSTGRES_DB": cluster.DATABASE,
            "POSTGRES_INITDB_ARGS": "--encoding=UTF8 --no-locale --auth-host=scram-sha-256",
        },
        port=PORT,
        host_port=options.port,
        answers=lambda port: _why_not(_link(port, password)),
        limits=settings.limits,
    )
    with (
        Keeper() as keeper,
        daemon.opened() as service,
        running(plan, service, keeper, settings.tell) as started,
    ):
        told = {"storefit.image": name, "storefit.image_id": started.image.id}
        told |= (settings.limits or Limits()).told()
        yield Contained(container=started, link=_link(started.port, password), told=told)


def _why_not(link: Link) -> str | None:
    try:
        link.connect().finish()
    except OperationFailed as failure:
        return str(failure)
    return None


def _link(port: int, password: Secret) -> Link:
    return Link(
        parameters={
            "connect_timeout": _TRY_S,
            "host": LOOPBACK,
            "port": str(port),
            "user": cluster.USER,
            "dbname": cluster.DATABASE,
            "sslmode": "disable",
            "gssencmode": "disable",
        },
        secrets={"password": password},
        own_server=True,
        contained=True,
    )
