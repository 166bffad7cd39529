"""MySQL or MariaDB as an engine: the seam's face of a flavour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.innodb.flavour import Flavour
from workloads.spec.model import KINDS

if TYPE_CHECKING:
    from bench.engines.innodb.target import InnodbTarget
    from bench.engines.seam import Place, Settings


@dataclass(frozen=True, slots=True)
class InnodbEngine:
    """An engine of the family."""

    flavour: Flavour
    places: tuple[str, ...] = ("local", "container", "remote")
    kinds: frozenset[str] = frozenset(KINDS)
    in_process: bool = False
    resolution_ns: int = 1_000

    @property
    def name(self) -> str:
        return self.flavour.name

    @property
    def title(self) -> str:
        return self.flavour.title

    @property
    def evidence_for(self) -> tuple[str, ...]:
        return self.flavour.evidence_for

    @property
    def unsupported(self) -> Mapping[str, str]:
        return {}

    def available(self, place: Place) -> str | None:
        from bench.engines.innodb.places import missing

        return missing(self.flavour, place)

    def why_not_emulated(self, place: Place) -> str | None:
        if place.kind != "remote":
            return None
        return (
            "its commits are as slow as its own storage, and storefit changes none of its settings"
        )

    def check(self, options: Mapping[str, str]) -> None:
        from bench.engines.innodb.options import options_of

        options_of(options)

    def expiry_ways(
        self,
        place: Place,  # noqa: ARG002 - the same everywhere
        options: Mapping[str, str],
    ) -> Mapping[str, str | None]:
        from bench.engines.innodb.options import options_of

        none = "the option partitions=N cuts the table into what can be dropped"
        return {"delete": None, "drop": None if options_of(options).partitions else none}

    def backup_ways(
        self,
        place: Place,
        options: Mapping[str, str],  # noqa: ARG002 - none matters
    ) -> Mapping[str, str | None]:
        from bench.engines.innodb.backups import ways

        return ways(self.flavour, place)

    def prepare(self, place: Place, settings: Settings) -> None:
        from bench.engines.innodb.places import require_version

        require_version(self.flavour, place)
        if place.kind == "container":
            from bench.engines.innodb.contained import prepare

            prepare(self.flavour, place.address, settings)

    @contextmanager
    def open(self, place: Place, settings: Settings) -> Iterator[InnodbTarget]:
        """A running server with a database for us. Raises PlaceError or InputError."""
        from bench.engines.innodb.options import options_of
        from bench.engines.innodb.places import PLACES
        from bench.engines.innodb.target import InnodbTarget, connected

        options = options_of(settings.options)
        with (
            PLACES[place.kind](self.flavour, place, settings, options) as running,
            connected(self.flavour, running.link) as connection,
        ):
            yield InnodbTarget(running, options, connection, settings)
