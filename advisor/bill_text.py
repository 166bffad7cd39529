"""The bill of a plan in words: its lines, what is free of it, and what it comes to over time."""

from __future__ import annotations

from advisor import administration
from advisor.model import Commitment, Component, Plan, Recommendation, Span

INDENT = "  "
_TERMS = {12: "1 year", 36: "3 years"}
_LABEL = 34


def rounded(number: float) -> str:
    """A quantity of a bill with three significant digits, or all of its whole part."""
    if abs(number) >= 100 or number == int(number):
        return f"{number:,.0f}"
    return f"{number:.3g}"


def money(usd: float | None) -> str:
    """USD a month, or that it is not known."""
    if usd is None:
        return "unknown"
    return f"{usd:,.0f}" if usd >= 10 else f"{usd:,.2f}"


def total(plan: Plan | None) -> str:
    """The total of a plan; of an unknown one what it is likely to be, else the least that it is."""
    if plan is None or plan.usd is not None:
        return money(None if plan is None else plan.usd)
    if plan.comparable:
        return f"likely {money(plan.least_usd)}"
    return f"over {money(plan.known_usd)}" if plan.known_usd else "unknown"


def bill(plan: Plan | None) -> str:
    """The lines of the bill with their total; with and without one's own work where it is on it."""
    if plan is None:
        return ""
    rows = [_row(component) for component in plan.components]
    rows.append(_sum("total", total(plan)))
    work = administration.usd(plan)
    if work and plan.usd is not None:
        rows.append(_sum("total without administration", money(plan.usd - work)))
    if plan.free_usd:
        rows.append(
            f"{INDENT}free tier (*): {money(plan.free_usd)} USD less where nothing else of the account uses it"
        )
    head = f"{'Cost per month':<36} {'quantity':>13} {'unit':<17} {'price USD':>11} {'USD':>10}"
    return "\n".join([head, *rows])


def _sum(label: str, usd: str) -> str:
    return f"{INDENT}{label:<{_LABEL}} {'':>13} {'':<17} {'':>11} {usd:>10}"


def _row(component: Component) -> str:
    price = "unknown" if component.price_usd is None else f"{component.price_usd:.6g}"
    quantity = rounded(component.quantity)
    mark = "*" if component.free else ""
    return (
        f"{INDENT}{component.name[:_LABEL]:<{_LABEL}} {quantity:>13} {component.unit[:17]:<17} "
        f"{price:>11} {money(component.usd):>10}{mark}"
    )


def over_time(rec: Recommendation) -> str:
    """The total of one year and of three, and the month with the instances paid ahead."""
    if rec.plan is None or not rec.spans:
        return ""
    lines = [_span(span) for span in rec.spans]
    for commitment in rec.commitments:
        lines.append(_commitment(commitment, rec.plan.usd))
    head = f"{'Over time':<36} {'low':>13} {'expected':>13} {'high':>13}"
    return "\n".join([head, *lines])


def _span(span: Span) -> str:
    label = f"{span.months} months, by the hour"
    line = _three(label, span.low_usd, span.usd, span.high_usd)
    if span.administration_usd and span.usd is not None:
        without = span.usd - span.administration_usd
        line += "\n" + _three("  without administration", None, without, None)
    if span.sized:
        line += f"\n{INDENT}  sized for the data of that time: {span.sized}"
    return line


def _commitment(commitment: Commitment, hourly_usd: float | None) -> str:
    term = _TERMS.get(commitment.months, f"{commitment.months} months")
    label = f"a month, {term} {commitment.payment.replace('-', ' ')}"
    line = _three(label, commitment.low_usd, commitment.usd, commitment.high_usd)
    if commitment.usd is None:
        return f"{line}  published: at most"
    if hourly_usd:
        line += f"  saves {100 * (1 - commitment.usd / hourly_usd):.0f} %"
    return line


def _three(label: str, low: float | None, usd: float | None, high: float | None) -> str:
    shown = ("" if low is None else money(low), "?" if usd is None else money(usd))
    last = "" if high is None else money(high)
    return f"{INDENT}{label:<{_LABEL}} {shown[0]:>13} {shown[1]:>13} {last:>13}".rstrip()
