"""The ledger of what a plan costs over time: each total and each commitment with what it rests on.

SERVICE.cost.12-months, .36-months         total by the hour over so many months, USD
SERVICE.cost.36-months-all-upfront         a month with the instances paid ahead, USD
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.ledger import OWN, of_fact, weakest
from advisor.model import Commitment, Evidence, Span


def entries(
    service: str,
    spans: Sequence[Span],
    commitments: Sequence[Commitment],
    known: Sequence[Evidence],
) -> Iterator[Evidence]:
    """Figures over time, and the facts of discounts before those that rest on them."""
    cost = next((entry for entry in known if entry.id == f"{service}.cost"), None)
    if cost is None:
        return
    for span in spans:
        sized = f", sized again: {span.sized}" if span.sized else ""
        yield Evidence(
            id=f"{cost.id}.{span.months}-months",
            kind=cost.kind,
            label=f"total over {span.months} months, by the hour",
            value=span.usd,
            unit="USD",
            source=OWN,
            date=cost.date,
            formula=f"average month of that time x {span.months}{_ends(span)}{sized}",
            inputs=(cost.id,),
        )
    told: set[str] = set()
    for commitment in commitments:
        discounts = [of_fact(name) for name in commitment.facts]
        for discount in discounts:
            if discount.id not in told:
                told.add(discount.id)
                yield discount
        least = min((d.date for d in (cost, *discounts) if d.date), default="")
        yield Evidence(
            id=f"{cost.id}.{commitment.months}-months-{commitment.payment}",
            kind=weakest([cost.kind, *(d.kind for d in discounts)]),
            label=f"a month paid ahead for {commitment.months} months, {commitment.payment}",
            value=commitment.usd,
            unit="USD/month",
            source=OWN,
            date=least,
            formula=f"the bill with a discount on {', '.join(commitment.covered)}; "
            f"{commitment.low_usd:,.2f} to {commitment.high_usd:,.2f} USD"
            + (
                f", {commitment.upfront_usd:,.2f} USD of it at once"
                if commitment.upfront_usd
                else ""
            ),
            inputs=(cost.id, *commitment.facts),
        )


def _ends(span: Span) -> str:
    """The interval of a total, and the work of one's own in it."""
    said = ""
    if span.low_usd is not None and span.high_usd is not None:
        said = f": {span.low_usd:,.2f} to {span.high_usd:,.2f} USD"
    if span.administration_usd:
        said += f", {span.administration_usd:,.2f} USD of it administration"
    return said
