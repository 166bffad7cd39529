"""What the services would cost, and what the bill is made of."""

from __future__ import annotations

from results.display import number, share, usd
from results.pages.figures.cost import Bar, costs
from results.pages.figures.figure import render
from results.pages.markup import Markup, details, section, table
from results.pages.names import spelled
from results.pages.sections.over_time import paid
from results.pages.view import Answer, Component, Ranked, option_words
from workloads.spec.model import Workload


def cost_section(answer: Answer, workload: Workload | None) -> Markup:
    """The comparison, then the chosen option's bill line by line."""
    budget = workload.needs.budget_usd_per_month if workload else None
    figure = costs(_bars(answer), budget_usd=budget)
    if figure is None and answer.monthly_cost_usd is None:
        return Markup("")
    lead = "Each bar is the best option of a service that holds the workload."
    if budget is not None:
        lead += f" The dashed line is the budget of {usd(budget)}."
    return section(
        "cost",
        "What it costs",
        render(figure) if figure else Markup(""),
        _bill(answer),
        _options(answer),
        lead=lead if figure else "No total is known, because a price is missing.",
    )


def _bars(answer: Answer) -> list[Bar]:
    bars = []
    for ranked in answer.ranking:
        chosen = ranked.service == answer.service and answer.monthly_cost_usd is not None
        if not ranked.feasible and not chosen:
            continue
        cost = answer.monthly_cost_usd
        components = cost.components if chosen and cost else ranked.components
        bars.append(
            Bar(
                name=spelled(ranked.service),
                parts=[(c.name, c.usd) for c in components],
                total_usd=cost.expected if chosen and cost else ranked.usd,
                low_usd=cost.low if chosen and cost else ranked.low,
                high_usd=cost.high if chosen and cost else ranked.high,
            )
        )
    return bars


def _bill(answer: Answer) -> Markup:
    cost = answer.monthly_cost_usd
    if cost is None or not cost.components:
        return Markup("")
    free = f"{usd(cost.free_tier)} of it free in a new account" if cost.free_tier else ""
    rows = [*map(_line, cost.components), ["Total", "", "", usd(cost.expected), "", free]]
    bill = table(
        ["Component", "Quantity", "Price", "USD a month", "Fact", "Note"],
        rows,
        numeric="Quantity|Price|USD a month",
    )
    return details("The bill, line by line", bill)


def _line(component: Component) -> list[str]:
    price = component.price_usd
    free = f"{usd(component.free_usd)} of it free in a new account" if component.free_usd else ""
    return [
        component.name,
        f"{number(component.quantity)} {component.unit}".strip(),
        "unknown" if price is None else f"${number(price)}",
        usd(component.usd),
        component.fact,
        "; ".join(filter(None, (component.note, free))),
    ]


def _options(answer: Answer) -> Markup:
    rows = [
        [
            spelled(r.service),
            ", ".join(option_words(r.option)),
            _fullest(r),
            r.administration or "",
            usd(r.usd),
            usd(r.without_administration) if r.without_administration is not None else "",
            _committed(r),
        ]
        for r in answer.ranking
        if r.feasible
    ]
    if not rows:
        return Markup("")
    headings = [
        "Service", "Best option", "Fullest at the peak", "Administration", "USD a month",
        "Without administration", "Paid ahead",
    ]  # fmt: skip
    listed = table(headings, rows, numeric="USD a month|Without administration")
    return details("The options that are compared", listed)


def _fullest(ranked: Ranked) -> str:
    known = [each for each in ranked.utilisation if each.share is not None]
    if not known:
        return ""
    first = next((each for each in known if each.binds), None)
    found = first or max(known, key=lambda each: each.share or 0.0)
    return f"{found.resource} {share(found.share)}"


def _committed(ranked: Ranked) -> str:
    """The cheapest that is known, of any term."""
    known = [
        (each.expected, term, each.payment)
        for term, each in ranked.committed.items()
        if each.expected is not None
    ]
    if not known:
        return ""
    amount, term, payment = min(known)
    return f"{usd(amount)} ({paid(int(term), payment) if term.isdigit() else payment})"
