"""PostgreSQL: embedded from a wheel, local programs, in a container, somebody's server by DSN.

    places      where a server comes from           session, channel, wire   one client
    cluster     a server of our own                 statements, schema       the SQL
    target      loading, settling, counters         encoding, arguments      Arrow to binary

This module imports nothing heavy, so that listing engines stays fast.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workloads.spec.model import KINDS

if TYPE_CHECKING:
    from bench.engines.postgresql.target import PostgresqlTarget
    from bench.engines.seam import Place, Settings


@dataclass(frozen=True, slots=True)
class PostgresqlEngine:
    """PostgreSQL as an engine."""

    name: str = "postgresql"
    title: str = "PostgreSQL"
    evidence_for: tuple[str, ...] = ("rds postgresql", "aurora postgresql", "ec2 postgresql")
    places: tuple[str, ...] = ("embedded", "local", "container", "remote")
    kinds: frozenset[str] = frozenset(KINDS)
    in_process: bool = False
    query_language: str = "SQL"
    reads_through_page_cache: bool = True
    resolution_ns: int = 1_000

    @property
    def unsupported(self) -> Mapping[str, str]:
        return {}

    def available(self, place: Place) -> str | None:
        from bench.engines.postgresql.places import missing

        return missing(place)

    def why_not_emulated(self, place: Place) -> str | None:
        if place.kind != "remote":
            return None
        return (
            "its commits are as slow as its own storage, and storefit changes none of its settings"
        )

    def check(self, options: Mapping[str, str]) -> None:
        from bench.engines.postgresql.options import options_of

        options_of(options)

    def expiry_ways(
        self,
        place: Place,  # noqa: ARG002 - the same everywhere
        options: Mapping[str, str],
    ) -> Mapping[str, str | None]:
        from bench.engines.postgresql.options import options_of

        none = "the option partitions=N cuts the table into what can be dropped"
        return {"delete": None, "drop": None if options_of(options).partitions else none}

    def backup_ways(
        self,
        place: Place,
        options: Mapping[str, str],  # noqa: ARG002 - none matters
    ) -> Mapping[str, str | None]:
        from bench.engines.postgresql.backups import ways

        return ways(place)

    def prepare(self, place: Place, settings: Settings) -> None:
        from bench.engines.postgresql.places import require_version

        require_version(place)
        if place.kind == "container":
            from bench.engines.postgresql.contained import prepare

            prepare(place.address, settings)

    @contextmanager
    def open(self, place: Place, settings: Settings) -> Iterator[PostgresqlTarget]:
        """A running server with a schema for us. Raises PlaceError or InputError."""
        from bench.engines.postgresql.options import options_of
        from bench.engines.postgresql.places import PLACES
        from bench.engines.postgresql.target import PostgresqlTarget, connected

        options = options_of(settings.options)
        with (
            PLACES[place.kind](place, settings, options) as running,
            connected(running.link) as connection,
        ):
            yield PostgresqlTarget(running, options, connection, settings)


ENGINE = PostgresqlEngine()
