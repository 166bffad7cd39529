"""Choosing a class for an option: several designs are priced, the cheapest that fits is taken.

An option is sized three times, at the low, expected and high end of the demand, so that its bill
has an interval which includes the larger or smaller class that such a demand would take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from advisor.cost import least, total
from advisor.facts import InstanceClass
from advisor.model import Component, Excuse, Plan, Utilisation
from advisor.sizing.fitting import Limits, Shelf, cheapest
from advisor.sizing.latency import Tails, Terms
from advisor.sizing.load import Load, Need
from workloads.spec.model import LatencyObjective


class Design(Struct, frozen=True, kw_only=True):
    """One way to hold a load: what it takes, what limits it, and what storage adds to a request.

    `bill` makes the components once a class is chosen.
    """

    need: Need
    limits: Limits
    terms: Terms
    bill: Callable[[InstanceClass], list[Component]]
    storage_gib: float


class Choice(Struct, frozen=True, kw_only=True):
    """A design with its class and bill; `holds`: it is expected to keep the latency objectives."""

    design: Design
    cls: InstanceClass
    components: tuple[Component, ...]
    usd: float | None
    holds: bool


def best(
    on: Shelf,
    load: Load,
    designs: Iterable[Design],
    tails: Tails,
    wanted: LatencyObjective,
) -> Choice | None:
    """The cheapest choice that holds the latency objectives; None if none fits.

    Where none holds them, the one with the most memory, which comes nearest. Designs come with
    the most memory first: one that ends at the class of the design before it only adds I/O and is
    not priced.
    """
    found: list[Choice] = []
    nearest: Choice | None = None
    before: InstanceClass | None = None
    for design in designs:
        test = tails.holds(wanted, load, design.need, design.terms)
        cls = cheapest(on, load, design.need, design.limits, test)
        if cls is not None and cls != before:
            found.append(_priced(design, cls, holds=True))
            before = cls
        elif cls is None and nearest is None and not found:
            cls = cheapest(on, load, design.need, design.limits, _any)
            nearest = None if cls is None else _priced(design, cls, holds=False)
    return min(found, key=_rank, default=nearest)


def _priced(design: Design, cls: InstanceClass, *, holds: bool) -> Choice:
    components = tuple(design.bill(cls))
    return Choice(design=design, cls=cls, components=components, usd=total(components), holds=holds)


def _any(cls: InstanceClass) -> bool:
    """Accepts every class."""
    del cls
    return True


def _rank(choice: Choice) -> tuple[bool, float]:
    """Known totals first; among unknown ones the least that is known or likely."""
    return (choice.usd is None, least(choice.components) if choice.usd is None else choice.usd)


def interval(
    choose: Callable[[str], Choice | None], *, ends: bool
) -> tuple[Choice | None, float | None, float | None]:
    """The expected choice, and the totals at the low and the high end of the demand (if wanted)."""
    expected = choose("value")
    if expected is None or not ends:
        return expected, None, None
    low, high = choose("low"), choose("high")
    return expected, *around(
        expected.usd, None if low is None else low.usd, None if high is None else high.usd
    )


def around(
    usd: float | None, low_usd: float | None, high_usd: float | None
) -> tuple[float | None, float | None]:
    """An interval that contains the expected total.

    The ends are those of the demand; a small demand may need more than a larger one to keep an
    objective, where few processors queue longer than many that are as busy.
    """
    if usd is None:
        return low_usd, high_usd
    return (
        None if low_usd is None else min(low_usd, usd),
        None if high_usd is None else max(high_usd, usd),
    )


def misses(plan: Plan, wanted: LatencyObjective) -> bool:
    """Whether the expected response times of a plan miss an objective."""
    pairs = ((wanted.read_p99_s, plan.read_p99_s), (wanted.write_p99_s, plan.write_p99_s))
    return any(
        objective_s is not None and predicted is not None and predicted.value > objective_s
        for objective_s, predicted in pairs
    )


def wants_io2(on_gp3: Plan | Excuse, wanted: LatencyObjective) -> bool:
    """Whether gp3 lacks IOPS or speed, or is predicted to miss an objective."""
    if isinstance(on_gp3, Excuse):
        return on_gp3.bottleneck in ("IOPS", "throughput", "commits")
    return misses(on_gp3, wanted)


def memory_note(need: Need) -> str:
    """What memory holds, in words: what the size of memory was chosen for, not a measurement."""
    found = f"{100 * need.hit:.3g} % of page visits are expected to be found there"
    if need.cached:
        return f"memory is chosen to hold the working set ({need.memory_gib:.3g} GiB): {found}"
    return (
        f"memory is chosen smaller than the working set ({need.memory_gib:.3g} GiB), as reading "
        f"the rest from storage costs less: {found}"
    )


def nearest_first(uses: tuple[Utilisation, ...]) -> tuple[Utilisation, ...]:
    """Utilisation lines, the fullest resource first."""
    return tuple(sorted(uses, key=lambda use: -use.ratio))


def order(plan: Plan) -> tuple[bool, float]:
    """Known totals first, then the cheapest by what is known of it."""
    return plan.usd is None, plan.least_usd
