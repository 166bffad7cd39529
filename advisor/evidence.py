"""The ledger as it is written: evidence is collected once per id."""

from __future__ import annotations

from functools import cache

from msgspec import Struct, field

from advisor.facts.assumptions import Assumption, assumption, assumptions
from advisor.model import Evidence, Quantity


class Ledger(Struct):
    """Evidence in the order it was given; the same id is kept once."""

    entries: dict[str, Evidence] = field(default_factory=dict)

    def add(self, entry: Evidence) -> str:
        """Keep an entry and give its id."""
        self.entries.setdefault(entry.id, entry)
        return entry.id

    def assumption(self, name: str) -> str:
        """Keep an assumed term and give its id."""
        return self.add(of_assumption(assumption(name)))

    def all(self) -> tuple[Evidence, ...]:
        return tuple(self.entries.values())


def of_record(record_id: str, label: str = "") -> Evidence:
    """A record of a run as evidence; its run is the part of its id before the last dot.

    `label` says what it measured, where that is known.
    """
    run, day = record_id.rsplit(".", 1)[0], record_id[:8]
    return Evidence(
        id=record_id,
        kind="measured",
        label=label or f"a record of run {run}",
        value="record",
        unit="",
        source=f"run {run}, printed by `bench show`",
        date=f"{day[:4]}-{day[4:6]}-{day[6:]}" if day.isdigit() else "",
    )


@cache
def assumed_terms() -> tuple[Evidence, ...]:
    """Every assumed term as evidence, for the ledger of a case."""
    return tuple(of_assumption(term) for term in assumptions().values())


def assumption_id(name: str) -> str:
    """The id under which an assumed term stands in the ledger."""
    return f"assumption/{name}"


def of_assumption(assumed: Assumption) -> Evidence:
    """An assumed term as evidence."""
    return Evidence(
        id=assumption_id(assumed.id),
        kind="assumed",
        label=assumed.why,
        value=assumed.value,
        unit=assumed.unit,
        source=f"assumption, {assumed.low:g} to {assumed.high:g} {assumed.unit}",
        date="",
    )


def assumed_quantity(name: str, *, scale: float = 1.0, unit: str | None = None) -> Quantity:
    """An assumed term as a quantity; `scale` changes its unit."""
    term = assumption(name)
    return Quantity(
        value=term.value * scale,
        low=term.low * scale,
        high=term.high * scale,
        unit=term.unit if unit is None else unit,
        evidence=(assumption_id(name),),
    )
