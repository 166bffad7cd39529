"""Reserved classes and savings plans: a bill with its instances paid ahead, beside the hourly one.

Never the total a plan is chosen by: a commitment is a second decision, and what is published of
its prices is less. Lines that no discount is known for stay at the hourly price.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from advisor import facts
from advisor.facts import Discount
from advisor.facts.tables import fact_id
from advisor.model import Commitment, Component, Plan

_CAPACITY_UNITS = "aurora_prices.acu_hour"


def of(plan: Plan) -> tuple[Commitment, ...]:
    """The commitments known for a plan, short terms first; none where its total is unknown."""
    total = plan.usd
    if total is None:
        return ()
    found: dict[tuple[int, str], list[tuple[Component, Discount]]] = {}
    for line in plan.components:
        for discount in _discounts(line):
            found.setdefault((discount.months, discount.payment), []).append((line, discount))
    return tuple(
        _commitment(months, payment, total, found[months, payment])
        for months, payment in sorted(found)
    )


def cheapest(known: Iterable[Commitment], months: int) -> Commitment | None:
    """The cheapest one of a term; one with an expected price before one with a bound only."""
    of_term = [c for c in known if c.months == months]
    return min(of_term, key=lambda c: (c.usd is None, c.usd or c.low_usd), default=None)


def _commitment(
    months: int, payment: str, total: float, lines: list[tuple[Component, Discount]]
) -> Commitment:
    known = all(discount.value is not None for _, discount in lines)
    low = total - sum((line.usd or 0.0) * d.high / 100 for line, d in lines)
    high = total - sum((line.usd or 0.0) * d.low / 100 for line, d in lines)
    usd = total - sum((line.usd or 0.0) * (d.value or 0.0) / 100 for line, d in lines)
    ahead = sum((line.usd or 0.0) * (1 - (d.value or 0.0) / 100) for line, d in lines) * months
    upfront = {"all-upfront": ahead, "no-upfront": 0.0, "savings-plan": 0.0}.get(payment)
    return Commitment(
        months=months,
        payment=payment,
        low_usd=low,
        usd=usd if known else None,
        high_usd=high,
        upfront_usd=upfront,
        covered=tuple(dict.fromkeys(line.name for line, _ in lines)),
        facts=tuple(dict.fromkeys(fact_id(d.name, d.region) for _, d in lines)),
    )


def _discounts(line: Component) -> Iterator[Discount]:
    """The discounts on a line that is hours of a class, or of capacity units."""
    name, _, region = line.fact.partition("@")
    parts = name.split("/")
    if len(parts) == 4:
        service, engine, cls, _ = parts
        family = cls.removeprefix("db.").split(".")[0]
        yield from facts.discounts(service, engine, family, region)
    elif name.startswith(_CAPACITY_UNITS):
        yield from facts.discounts("aurora-serverless", "any", "ACU", region)
