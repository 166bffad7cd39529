"""A server of our own in a container, by the conventions of the products' official images."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bench.engines.innodb.flavour import Flavour
from bench.engines.innodb.instance import LOCAL_USER, server_options
from bench.engines.innodb.link import Link
from bench.engines.innodb.options import Options
from bench.engines.innodb.schema import as_options
from bench.engines.seam import OperationFailed, Settings
from bench.targets.containers import daemon, image
from bench.targets.containers.container import LOOPBACK, Container, ContainerPlan, ready, running
from bench.targets.keeper import Keeper
from bench.targets.limits import Limits
from bench.targets.secret import Secret

PORT = 3306
_TRY_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contained:
    """A server that lets us in, and what the record says of where it runs."""

    container: Container
    link: Link
    told: Mapping[str, str]


def prepare(flavour: Flavour, address: str | None, settings: Settings) -> None:
    """Have the image here, and see that the limits can be kept. PlaceError, InputError."""
    name = image.named(address, flavour.image)
    with daemon.opened() as service:
        ready(service, name, settings.limits, settings.tell)


@contextmanager
def server(
    flavour: Flavour, address: str | None, settings: Settings, options: Options
) -> Iterator[Contained]:
    """A container of the image `address` (None: the official one), removed at the end.

    Raises PlaceError or InputError.
    """
    name = image.named(address, flavour.image)
    password = Secret(secrets.token_urlsafe(24))
    program, prefix = flavour.contained
    plan = ContainerPlan(
        title=flavour.title,
        engine=flavour.name,
        image=name,
        command=[program, *as_options(_values(flavour, settings, options))],
        environment={
            f"{prefix}_ROOT_PASSWORD": password,
            f"{prefix}_ROOT_HOST": "%",
            # Tables of time zones take seconds to fill, and nothing here asks them.
            f"{prefix}_INITDB_SKIP_TZINFO": "1",
        },
        port=PORT,
        host_port=options.port,
        answers=lambda port: _why_not(_link(port, password, options)),
        limits=settings.limits,
    )
    with (
        Keeper() as keeper,
        daemon.opened() as service,
        running(plan, service, keeper, settings.tell) as started,
    ):
        told = {"storefit.image": name, "storefit.image_id": started.image.id}
        told |= (settings.limits or Limits()).told()
        yield Contained(container=started, link=_link(started.port, password, options), told=told)


def _values(flavour: Flavour, settings: Settings, options: Options) -> dict[str, str]:
    """As every server of ours has them; a person's own come last."""
    values = server_options(flavour, settings, options)
    return values | dict(flavour.tcp) | dict(options.server)


def _why_not(link: Link) -> str | None:
    try:
        link.connect(patience_s=_TRY_S).close()
    except OperationFailed as failure:
        return str(failure)
    return None


def _link(port: int, password: Secret, options: Options) -> Link:
    return Link(host=LOOPBACK, port=port, user=LOCAL_USER, password=password, driver=options.driver)
