"""A recommendation as the page sees it: the JSON of `advisor recommend`, checked at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workloads.errors import InputError


class Component(msgspec.Struct, frozen=True):
    name: str
    unit: str = ""
    quantity: float | None = None
    price_usd: float | None = None
    usd: float | None = None
    fact: str = ""
    note: str = ""
    free_usd: float | None = None


class Cost(msgspec.Struct, frozen=True):
    """`expected` None: a price is unknown, and so is the total.

    `administration` is the team's own work in it; `free_tier` what a new account would not pay.
    """

    low: float | None = None
    expected: float | None = None
    high: float | None = None
    administration: float = 0.0
    without_administration: float | None = None
    free_tier: float = 0.0
    components: tuple[Component, ...] = ()


class Utilisation(msgspec.Struct, frozen=True):
    """One resource of the plan at the peak; `binds`: the one that is full first."""

    resource: str
    used: float
    ceiling: float
    unit: str
    ratio: float | None = None
    binds: bool = False

    @property
    def share(self) -> float | None:
        """Used of what is allowed; None where nothing is said to be allowed."""
        if self.ratio is not None:
            return self.ratio
        return self.used / self.ceiling if self.ceiling > 0 else None


class Driver(msgspec.Struct, frozen=True):
    """One kind of operation: its share of the CPU at the peak, or of the bill with its USD a month."""

    operation: str
    of: str
    share: float
    usd: float | None = None


class Total(msgspec.Struct, frozen=True):
    """The sum over so many months, paid by the hour. `sized`: for which data, where it grows on."""

    months: int
    usd: float | None = None
    low_usd: float | None = None
    high_usd: float | None = None
    administration_usd: float = 0.0
    sized: str = ""


class Commitment(msgspec.Struct, frozen=True):
    """The bill when a part is paid for ahead; `usd` a month, what is paid at once included."""

    months: int
    payment: str
    usd: float | None = None
    low_usd: float | None = None
    high_usd: float | None = None
    upfront_usd: float | None = None
    covered: tuple[str, ...] = ()


class Committed(msgspec.Struct, frozen=True):
    """The cheapest commitment of a ranked service, USD a month."""

    payment: str
    expected: float | None = None


class FactsAge(msgspec.Struct, frozen=True):
    """How old the facts are that the answer rests on. `stale_usd`: what the bill pays at those."""

    facts: int
    oldest: str | None = None
    stale: int = 0
    stale_usd: float = 0.0
    undated: int = 0
    unverified: int = 0
    stale_after_days: int | None = None


class Ranked(msgspec.Struct, frozen=True):
    """One service in the ranking. Its parts and interval are shown where they are given.

    `administration` says who runs it, and what of that is in the total.
    """

    service: str
    option: Mapping[str, Any] | None = None
    usd: float | None = None
    feasible: bool = False
    excuse: str | None = None
    low: float | None = None
    high: float | None = None
    components: tuple[Component, ...] = ()
    administration: str | None = None
    without_administration: float | None = None
    committed: Mapping[str, Committed] = {}
    utilisation: tuple[Utilisation, ...] = ()


class Rule(msgspec.Struct, frozen=True):
    """What one rule says of one service.

    `excluded_options` are the tags of the options that an exclusion puts out; where it has none,
    the service is out as a whole.
    """

    code: str
    title: str
    verdict: str
    why: str
    source: str
    service: str | None = None
    evidence: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    excluded_options: tuple[str, ...] = ()


class Assumed(msgspec.Struct, frozen=True):
    """`matters` None: not known whether another value would change the answer."""

    input: str
    value: str | float | None
    matters: bool | None = None
    why: str = ""


class Flip(msgspec.Struct, frozen=True):
    input: str
    now: str | float | None
    at: str | float | None
    service: str


class Evidence(msgspec.Struct, frozen=True):
    id: str
    kind: str
    value: float | str | bool | None
    unit: str
    source: str
    date: str
    label: str = ""
    formula: str = ""
    inputs: tuple[str, ...] = ()


class Estimate(msgspec.Struct, frozen=True):
    expected: float
    low: float | None = None
    high: float | None = None


class Latency(msgspec.Struct, frozen=True):
    read_p99_s: Estimate | None = None
    write_p99_s: Estimate | None = None


class Answer(msgspec.Struct, frozen=True):
    """The whole recommendation. Service `none` is an answer; then `instead` says what would fit."""

    workload: str
    service: str
    option: Mapping[str, Any] | None = None
    features: tuple[str, ...] = ()
    monthly_cost_usd: Cost | None = None
    confidence: float | None = None
    confidence_note: str = ""
    confidence_kind: str = "confidence"
    basis: str = ""
    backtest: str = ""
    ranking: tuple[Ranked, ...] = ()
    rules: tuple[Rule, ...] = ()
    assumed: tuple[Assumed, ...] = ()
    flips: tuple[Flip, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    facts_as_of: str = ""
    utilisation: tuple[Utilisation, ...] = ()
    latency: Latency | None = None
    total_cost_usd: tuple[Total, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    facts_age: FactsAge | None = None
    drivers: tuple[Driver, ...] = ()
    instead: str = ""
    conflicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_none(self) -> bool:
        """Whether no service fits."""
        return self.service == "none"


def answer(recommendation: Mapping[str, Any]) -> Answer:
    """The recommendation's JSON as typed values; InputError names the field that is wrong."""
    try:
        return msgspec.convert(recommendation, Answer)
    except msgspec.ValidationError as error:
        raise InputError(f"this is no recommendation: {error}") from error


def option_words(option: Mapping[str, Any] | None) -> list[str]:
    """The configuration in the order it is spoken of, without what does not apply."""
    from results.display import number
    from results.pages.names import spelled

    if not option:
        return []
    words = [spelled(str(option["engine"]))] if option.get("engine") else []
    words += [
        spelled(str(option[key]))
        for key in ("class", "deployment", "capacity_mode", "table_class")
        if option.get(key)
    ]
    least, most = option.get("minimum_acu"), option.get("maximum_acu")
    if most is not None:
        words.append(f"{number(least or 0)} to {number(most)} ACU")
    storage, gib = option.get("storage"), option.get("storage_gib")
    if storage or gib:
        sized = [number(gib) + " GiB"] if gib else []
        words.append(" ".join([*sized, spelled(str(storage or "storage"))]))
    replicas = option.get("replicas")
    if replicas:
        words.append(f"{replicas} read replica{'s' if replicas != 1 else ''}")
    return words
