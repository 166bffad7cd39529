"""Engines that RDS offers and this module can size: which family is evidence, which limits hold."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from msgspec import Struct

from advisor import facts
from advisor.case import Case
from advisor.sizing.load import GIB


class Engine(Struct, frozen=True, kw_only=True):
    """One engine. `aurora` is its name on Aurora, or "" where it has none."""

    name: str
    family: str
    title: str
    connections_fact: str
    aurora: str = ""


ENGINES = (
    Engine(
        name="postgresql",
        family="postgresql",
        title="PostgreSQL",
        connections_fact="rds.max_connections_postgres",
        aurora="aurora-postgresql",
    ),
    Engine(
        name="mysql",
        family="mysql",
        title="MySQL",
        connections_fact="rds.max_connections_mysql",
        aurora="aurora-mysql",
    ),
    Engine(
        name="mariadb",
        family="mariadb",
        title="MariaDB",
        connections_fact="rds.max_connections_mariadb",
    ),
)


def offered(case: Case) -> tuple[Engine, ...]:
    """The engines to plan for: the one that must stay, or all when none is named."""
    wanted = (case.workload.needs.engine or "").lower().removeprefix("aurora-")
    if not wanted:
        return ENGINES
    return tuple(e for e in ENGINES if e.name == wanted or e.name.startswith(wanted))


@cache
def default_connections(engine: Engine) -> Callable[[float], float]:
    """Most connections by memory in GiB, as the default parameter group computes it."""
    per_connection = facts.number(engine.connections_fact)
    cap = facts.price(f"{engine.connections_fact}_cap", "any")
    most = cap.number if cap is not None else float("inf")
    return lambda memory_gib: min(memory_gib * GIB / per_connection, most)
