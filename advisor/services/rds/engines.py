"""Engines that RDS offers and this module can size: which family is evidence, which limits hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from msgspec import Struct

from advisor import facts
from advisor.case import Case
from advisor.rules.licence_engine.products import product
from advisor.sizing.fitting import no_limit
from advisor.sizing.load import GIB


class Engine(Struct, frozen=True, kw_only=True, cache_hash=True):
    """One engine. `aurora` is its name on Aurora, or "" where it has none.

    `product` is what a workload names, `edition` and `licence` tell its kinds apart. `proxy`: no
    engine that can be measured is of its family, which stands in. `clusters`: it runs as a cluster
    with two readable standbys. `volume` names the facts of its gp3 volumes.
    """

    name: str
    family: str
    title: str
    connections_fact: str = ""
    aurora: str = ""
    product: str = ""
    edition: str = ""
    licence: str = ""
    proxy: bool = False
    clusters: bool = False
    volume: str = ""


_STANDARD, _ENTERPRISE, _WEB = "standard", "enterprise", "web"
OPEN_ENGINES = (
    Engine(
        name="postgresql",
        family="postgresql",
        title="PostgreSQL",
        connections_fact="rds.max_connections_postgres",
        aurora="aurora-postgresql",
        clusters=True,
    ),
    Engine(
        name="mysql",
        family="mysql",
        title="MySQL",
        connections_fact="rds.max_connections_mysql",
        aurora="aurora-mysql",
        clusters=True,
    ),
    Engine(
        name="mariadb",
        family="mariadb",
        title="MariaDB",
        connections_fact="rds.max_connections_mariadb",
    ),
)


def _commercial(
    name: str, title: str, *, product: str, edition: str, licence: str = "included"
) -> Engine:
    return Engine(
        name=name,
        family="postgresql",
        title=title,
        product=product,
        edition=edition,
        licence=licence,
        proxy=True,
        volume=product,
    )


COMMERCIAL_ENGINES = (
    _commercial("sqlserver-se", "SQL Server Standard", product="sqlserver", edition=_STANDARD),
    _commercial("sqlserver-ee", "SQL Server Enterprise", product="sqlserver", edition=_ENTERPRISE),
    _commercial("sqlserver-web", "SQL Server Web", product="sqlserver", edition=_WEB),
    _commercial("oracle-se2", "Oracle Standard Two", product="oracle", edition=_STANDARD),
    _commercial(
        "oracle-se2-byol",
        "Oracle Standard Two, own licence",
        product="oracle",
        edition=_STANDARD,
        licence="byol",
    ),
    _commercial(
        "oracle-ee-byol",
        "Oracle Enterprise, own licence",
        product="oracle",
        edition=_ENTERPRISE,
        licence="byol",
    ),
)
_EDITIONS = {"ee": _ENTERPRISE, _ENTERPRISE: _ENTERPRISE, _WEB: _WEB}


def offered(case: Case) -> tuple[Engine, ...]:
    """The engines to plan for: the one that must stay, or all when none is named.

    A commercial product is planned for in the edition that is named, else in its standard one,
    with its licence included unless one is brought along.
    """
    wanted = (case.workload.needs.engine or "").lower()
    if not wanted:
        return OPEN_ENGINES
    named = product(wanted)
    if named.commercial:
        return _editions(case, named.name, wanted)
    return tuple(e for e in OPEN_ENGINES if e.name in named.speaks)


def _editions(case: Case, name: str, wanted: str) -> tuple[Engine, ...]:
    words = re.split(r"[^a-z0-9]+", wanted)
    edition = next((_EDITIONS[word] for word in words if word in _EDITIONS), _STANDARD)
    licence = "byol" if case.workload.needs.licence == "byol" else "included"
    return tuple(
        e
        for e in COMMERCIAL_ENGINES
        if (e.product, e.edition, e.licence) == (name, edition, licence)
    )


@cache
def default_connections(engine: Engine) -> Callable[[float], float]:
    """Most connections by memory in GiB, as the default parameter group computes it.

    Of an engine without a fact, memory alone decides.
    """
    if not engine.connections_fact:
        return no_limit
    per_connection = facts.number(engine.connections_fact)
    cap = facts.price(f"{engine.connections_fact}_cap", "any")
    most = cap.number if cap is not None else float("inf")
    return lambda memory_gib: min(memory_gib * GIB / per_connection, most)
