"""Stand-ins for services, so that deciding is tested with totals that are known exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from advisor.case import Case
from advisor.model import Component, Excuse, Option, Plan, Quantity, Utilisation
from advisor.services import Service

Outcome = Plan | Excuse


def plan(
    service: str,
    usd: float | None,
    *,
    features: tuple[str, ...] = (),
    option: Option | None = None,
    read_p99_s: float | None = None,
    spread: float = 0.0,
) -> Plan:
    """A plan with one line on its bill; `spread` widens low and high totals and latency."""
    line = Component(
        name="everything", unit="month", quantity=1.0, price_usd=usd, fact="rds.sla_multi_az"
    )
    read = None
    if read_p99_s is not None:
        read = Quantity(
            value=read_p99_s,
            low=read_p99_s / (1 + spread),
            high=read_p99_s * (1 + spread),
            unit="s",
        )
    return Plan(
        option=option or Option(service=service, deployment="one"),
        components=(line,),
        utilisation=(Utilisation(resource="CPU", used=1.0, ceiling=4.0, unit="cores"),),
        read_p99_s=read,
        write_p99_s=None,
        features=features,
        low_usd=None if usd is None else usd / (1 + spread),
        high_usd=None if usd is None else usd * (1 + spread),
    )


def service(name: str, outcomes: Sequence[Outcome] | Callable[[Case], list[Outcome]]) -> Service:
    """A service with fixed outcomes, or with outcomes computed from the case."""
    made = outcomes if callable(outcomes) else lambda case: list(outcomes)
    return Service(name=name, title=name, plans=made)


def per_request(name: str, usd_at_one_per_s: float, *, fixed_usd: float = 0.0) -> Service:
    """A service whose total is a fixed part and a part that follows the mean rate."""

    def plans(case: Case) -> list[Outcome]:
        return [plan(name, fixed_usd + usd_at_one_per_s * case.series.mean_per_s)]

    return service(name, plans)
