"""What the advisor says, as immutable values. Money in USD, a month is 730 hours.

`Quantity` is the one form of a number inside the advisor: an expected value with an interval
and the ids of the evidence it rests on. None, not 0, is an unknown.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from msgspec import Struct, field

BURSTABLE = "burstable"  # the tag of plans on burstable classes
HOURS_PER_MONTH = 730.0
SERVICES = ("rds", "dynamodb", "aurora-serverless", "ec2")

EvidenceKind = Literal["measured", "published", "documented", "assumed"]
Verdict = Literal["exclude", "require", "prefer", "warn"]


def is_burstable(instance_class: str | None) -> bool:
    """Whether a class earns and spends CPU credits: those of the T families."""
    return bool(instance_class) and str(instance_class).removeprefix("db.").startswith("t")


class Quantity(Struct, frozen=True, kw_only=True):
    """An estimate: expected value, interval (90 %), unit, evidence ids."""

    value: float
    low: float
    high: float
    unit: str
    evidence: tuple[str, ...] = ()


class Evidence(Struct, frozen=True, kw_only=True):
    """One figure in the ledger. `formula` and `inputs` walk the chain down."""

    id: str
    kind: EvidenceKind
    label: str
    value: float | str | None
    unit: str
    source: str
    date: str
    formula: str = ""
    inputs: tuple[str, ...] = ()


class Component(Struct, frozen=True, kw_only=True):
    """One line of a bill. `price_usd` None means the price is unknown, and so is `usd`."""

    name: str
    unit: str
    quantity: float
    price_usd: float | None
    fact: str
    note: str = ""
    free: float = 0.0  # of the quantity, what an account gets free as long as nothing else uses it
    borrowed: str = ""  # the region whose price stands in for one that is not known: an assumption
    likely_usd: float | None = None  # another region's price of it, to rank by and in no total

    @property
    def least_usd(self) -> float:
        """What it costs at least, or is likely to where only another region's price is known."""
        return self.quantity * (self.price_usd or self.likely_usd or 0.0)

    @property
    def usd(self) -> float | None:
        return None if self.price_usd is None else self.quantity * self.price_usd

    @property
    def free_usd(self) -> float | None:
        """What of `usd` the free tier would take off; it is not taken off."""
        if self.price_usd is None:
            return None
        return min(self.free, self.quantity) * self.price_usd


class Commitment(Struct, frozen=True, kw_only=True):
    """A bill with its instances paid ahead for a term.

    Monthly totals in USD; `usd` None where only the most that can be saved is published.
    `covered` are the lines it is for, the others stay as they are. `upfront_usd` is what is paid
    at once; None where the split is not known.
    """

    months: int
    payment: str
    low_usd: float
    usd: float | None
    high_usd: float
    upfront_usd: float | None
    covered: tuple[str, ...]
    facts: tuple[str, ...]


class Span(Struct, frozen=True, kw_only=True):
    """What a plan costs in all over so many months; None where a price is unknown.

    `administration_usd` is the part of `usd` that is work of one's own. `sized` names what the
    data at the end of the time takes, where that is another option than the plan's.
    """

    months: int
    low_usd: float | None
    usd: float | None
    high_usd: float | None
    administration_usd: float
    sized: str = ""


class Option(Struct, frozen=True, kw_only=True):
    """One concrete configuration of a service; keys that do not apply are None."""

    service: str
    engine: str | None = None
    instance_class: str | None = None
    deployment: str | None = None  # single-az | multi-az | multi-az-cluster | cluster | …
    capacity_mode: str | None = None  # on-demand | provisioned-autoscaling | provisioned
    table_class: str | None = None
    storage: str | None = None  # gp3 | io2 | aurora-standard | aurora-io-optimized | …
    storage_gib: float | None = None
    minimum_acu: float | None = None
    maximum_acu: float | None = None
    replicas: int = 0


class Utilisation(Struct, frozen=True, kw_only=True):
    """One resource of a plan at the peak: used, ceiling, their ratio."""

    resource: str
    used: float
    ceiling: float
    unit: str

    @property
    def ratio(self) -> float:
        return self.used / self.ceiling


class Follow(Struct, frozen=True, kw_only=True):
    """What of a plan follows the traffic, for a closer look at it minute by minute.

    `peak` is what the peak takes, in units (`acu`, `read units`, `write units`); less is taken in
    proportion, but at least `floor`. `mean` is what the bill counts with on average, in the
    components of that name's beginning.
    """

    unit: str
    component: str
    peak: float
    floor: float
    mean: float
    pausing: bool = False


class Plan(Struct, frozen=True, kw_only=True, dict=True):
    """An option that holds the workload. What is asked of it again and again is worked out once."""

    option: Option
    components: tuple[Component, ...]
    utilisation: tuple[Utilisation, ...]
    read_p99_s: Quantity | None
    write_p99_s: Quantity | None
    features: tuple[str, ...]
    notes: tuple[str, ...] = ()
    low_usd: float | None = None
    high_usd: float | None = None
    follows: tuple[Follow, ...] = ()

    @cached_property
    def usd(self) -> float | None:
        """Monthly total; None as soon as one price is unknown."""
        total = 0.0
        for component in self.components:
            usd = component.usd
            if usd is None:
                return None
            total += usd
        return total

    @cached_property
    def known_usd(self) -> float:
        """What the lines with a price come to: the total, or the least that it can be."""
        return sum(component.usd or 0.0 for component in self.components)

    @cached_property
    def least_usd(self) -> float:
        """What plans are ranked by: the total; where it is unknown, what is known or likely of it."""
        return sum(component.least_usd for component in self.components)

    @cached_property
    def comparable(self) -> bool:
        """Whether every line has a price, if only one of another region, so that totals compare."""
        return all(c.price_usd is not None or c.likely_usd is not None for c in self.components)

    @property
    def free_usd(self) -> float:
        """What the free tier of an account would take off the total, where nothing else uses it."""
        return sum(component.free_usd or 0.0 for component in self.components)

    @cached_property
    def tags(self) -> frozenset[str]:
        """Its features and the words of its option."""
        option = self.option
        words = (
            option.deployment,
            option.capacity_mode,
            option.table_class,
            option.storage,
            option.engine,
        )
        burstable = {BURSTABLE} if is_burstable(option.instance_class) else frozenset()
        return frozenset(self.features) | {word for word in words if word} | burstable

    @property
    def binding(self) -> Utilisation | None:
        """The resource nearest its ceiling."""
        return max(self.utilisation, key=lambda u: u.ratio, default=None)


class Excuse(Struct, frozen=True, kw_only=True):
    """Why a service or an option does not hold the workload.

    `short_by`: the demand on the bottleneck over its limit, above 1; None where that is no number.
    """

    service: str
    option: Option | None
    reason: str
    bottleneck: str | None = None
    rule: str | None = None
    short_by: float | None = None


class RuleFinding(Struct, frozen=True, kw_only=True):
    """What one rule said. `services` are those it speaks of; silent rules leave no finding."""

    code: str
    title: str
    verdict: Verdict
    services: tuple[str, ...]
    why: str
    source: str
    features: tuple[str, ...] = ()
    looked_at: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    worth_usd_fraction: float = 0.0  # of the total: how much a preference may cost
    instead: str = ""  # what would fit when this finding leaves no service
    optional: bool = True  # False: a preference that holds even where the lowest cost decides


class Assumed(Struct, frozen=True, kw_only=True):
    """An input nobody gave, the default taken, and whether another value changes the answer."""

    input: str
    value: str
    matters: bool | None
    why: str = ""


class Flip(Struct, frozen=True, kw_only=True):
    """The nearest change of one input that changes the chosen service."""

    input: str
    now: str
    at: str
    service: str
    distance: float  # log-ratio for numbers, 0 for switches


class Driver(Struct, frozen=True, kw_only=True):
    """What one operation kind takes of a plan, 0..1: of the `CPU`, or of the `bill` (then USD)."""

    operation: str
    of: str
    share: float
    usd: float | None
    evidence: tuple[str, ...] = ()


class Ranked(Struct, frozen=True, kw_only=True):
    """One service in the ranking."""

    service: str
    plan: Plan | None
    excuse: Excuse | None


class Recommendation(Struct, frozen=True, kw_only=True):
    """The answer. `service` may be `none`; then `instead` says what would fit."""

    workload: str
    service: str
    plan: Plan | None
    ranking: tuple[Ranked, ...]
    rules: tuple[RuleFinding, ...]
    assumed: tuple[Assumed, ...]
    flips: tuple[Flip, ...]
    evidence: tuple[Evidence, ...]
    confidence: float | None
    confidence_note: str
    facts_as_of: str
    instead: str = ""
    conflicts: tuple[str, ...] = ()
    demand_assumed: bool = False  # mostly: then the confidence is one of stability only
    basis: str = ""  # what the demand of the plan rests on, in words
    backtest: str = ""  # the error of the sizing on published results, where the plan is of servers
    notes: tuple[str, ...] = field(default=())
    spans: tuple[Span, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    drivers: tuple[Driver, ...] = ()
