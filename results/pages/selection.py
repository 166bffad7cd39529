"""What of many records a page shows: one setting for each engine, so that like stands by like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from results.pages.figures.latency import Panel
from results.pages.names import spelled
from results.record import Record
from results.summary import Row, variation
from workloads.spec.model import KINDS, WRITE_KINDS, Workload

MIX = "mix"
# The version in records of what was not tried, as the engine never ran for them.
_UNKNOWN = "unknown"


class Labels:
    """A short name for each engine; version and place are added only where they differ.

    `order` names all of them, in the order of the records.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._places: dict[str, set[str]] = {}
        self._versions: dict[str, set[str]] = {}
        kept = tuple(records)
        for record in kept:
            name = record.engine.name
            self._places.setdefault(name, set()).add(record.engine.place)
            self._versions.setdefault(name, set()).add(record.engine.version)
        self.order = tuple(dict.fromkeys(self.of_record(record) for record in kept))

    def of(self, engine: str, version: str, place: str) -> str:
        words = [spelled(engine)]
        if len(self._versions.get(engine, set()) - {_UNKNOWN}) > 1 and version != _UNKNOWN:
            words.append(version)
        if len(self._places.get(engine, ())) > 1:
            words.append(f"({place})")
        return " ".join(words)

    def at(self, engine: str, place: str) -> str:
        """The same where the version is not told: of the first that fits."""
        versions = self._versions.get(engine, set())
        fitting = [v for v in versions if self.of(engine, v, place) in self.order]
        return self.of(engine, min(fitting), place) if fitting else spelled(engine)

    def of_target(self, target: str) -> str:
        """Of a target as written on the command line: `postgresql`, `postgresql@container`."""
        engine, _, place = target.partition("@")
        own = [name for name in self._places if name == engine]
        if not own:
            return spelled(target)
        places = self._places[engine]
        kind = place.partition(":")[0]
        return self.at(engine, kind if kind in places else min(places))

    def of_record(self, record: Record) -> str:
        return self.of(record.engine.name, record.engine.version, record.engine.place)

    def of_row(self, row: Row) -> str:
        return self.of(row.engine, row.version, row.place)


def unvaried(records: Sequence[Record]) -> list[Record]:
    """Records of the base that a suite varies from; all where it has none without variation.

    Figures that set engine beside engine must not take one of them at another size or format.
    """
    plain = [record for record in records if not variation(record)]
    return plain if any(record.operations for record in plain) else list(records)


def by_kind(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """Rows of each kind of operation, kinds in their usual order."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.kind, []).append(row)
    order = {kind: at for at, kind in enumerate(KINDS)}
    return sorted(groups.items(), key=lambda item: order.get(item[0], len(order)))


def least_loaded(rows: Sequence[Row], labels: Labels) -> dict[str, Row]:
    """For each engine the row with the fewest clients, evidence before what is none.

    Among those the operation measured alone comes before the one in a mix.
    """
    chosen: dict[str, Row] = {}
    for row in rows:
        known = chosen.get(labels.of_row(row))
        if known is None or _preference(row) < _preference(known):
            chosen[labels.of_row(row)] = row
    return chosen


def _preference(row: Row) -> tuple[bool, bool, int, bool]:
    return (not row.is_evidence, row.measure == "response", row.clients, row.phase == MIX)


def latency_panels(
    rows: Iterable[Row], labels: Labels, *, workload: Workload | None, prefix: str
) -> list[Panel]:
    """One panel for each kind of operation; at most one curve for each engine in it.

    The objective stands in the panels of the operations that the workload declares.
    """
    panels = []
    for kind, members in by_kind(rows):
        chosen = least_loaded(members, labels)
        wanted = None
        if workload is not None and workload.share(kind):
            latency = workload.latency
            wanted = latency.write_p99_s if kind in WRITE_KINDS else latency.read_p99_s
        panels.append(
            Panel(
                identifier=f"{prefix}-{kind}",
                title=kind.capitalize(),
                series={label: row.latency for label, row in chosen.items()},
                objective_s=wanted,
                notes={label: how(row) for label, row in chosen.items()},
            )
        )
    return panels


def how(row: Row) -> str:
    """`service time, closed:1, mix`: how a row was measured, and whether it is evidence."""
    alone = "alone" if row.phase == row.kind else row.phase
    varied = f", {row.varied}" if row.varied else ""
    refused = "" if row.is_evidence else ", not evidence"
    return f"{row.measure} time, {row.load}, {alone}{varied}{refused}"
