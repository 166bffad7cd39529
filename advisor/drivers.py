"""What a plan is paid for, by operation kind: shares of the CPU of servers, USD of an item store.

A server's share is that of CPU seconds at the peak,

    share_k = weight_k * cpu_s_k / sum of weight * cpu_s

An item store bills by unit: each line of read or write units is split by the units of each kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.bill_text import money
from advisor.case import Case
from advisor.demand import ItemOperation
from advisor.ledger import OWN, weakest
from advisor.model import Component, Driver, Evidence, Plan
from workloads.spec.model import ANALYTIC_KINDS

CPU = "CPU"
BILL = "bill"
LEAST_SAID = 0.005  # of the whole: less is no word worth


def of(case: Case, plan: Plan | None) -> tuple[Driver, ...]:
    """Each operation kind's part, the largest first; empty without a plan or without operations.

    `case` is the one that the plan was sized for.
    """
    if plan is None or not plan.utilisation:
        return ()
    found = _of_server(case, plan) if plan.option.engine else _of_items(case, plan)
    return tuple(sorted(found, key=lambda driver: -driver.share))


def _of_server(case: Case, plan: Plan) -> list[Driver]:
    family = case.demand.serving(plan.option.engine or "")
    work = [(o.kind, o.share * o.cpu_s.value, o.cpu_s.evidence) for o in family.operations]
    total = sum(seconds for _, seconds, _ in work)
    if total <= 0:
        return []
    return [
        Driver(operation=kind, of=CPU, share=seconds / total, usd=None, evidence=evidence)
        for kind, seconds, evidence in work
    ]


def _of_items(case: Case, plan: Plan) -> list[Driver]:
    total = plan.usd
    if not total:
        return []
    growth = case.sizes.records_mean / max(case.sizes.records_now, 1.0)
    sides = {
        "read": {o.kind: _reads(o, growth) for o in case.demand.items.operations},
        "write": {o.kind: o.share * o.write_units.value for o in case.demand.items.operations},
    }
    usd: dict[str, float] = dict.fromkeys(sides["read"], 0.0)
    for line in plan.components:
        parts = sides.get(_side(line), {})
        units = sum(parts.values())
        for kind, amount in parts.items():
            usd[kind] += (line.usd or 0.0) * amount / units if units else 0.0
    evidence = {
        o.kind: (*o.read_units.evidence, *o.write_units.evidence)
        for o in case.demand.items.operations
    }
    return [
        Driver(operation=kind, of=BILL, share=part / total, usd=part, evidence=evidence[kind])
        for kind, part in usd.items()
    ]


def _reads(operation: ItemOperation, growth: float) -> float:
    units = operation.share * operation.read_units.value
    return units * growth if operation.kind in ANALYTIC_KINDS else units


def _side(line: Component) -> str:
    """Whether a line of the bill is of reads, of writes, or of neither."""
    if line.unit not in ("unit-hours", "million units", "GB"):
        return ""
    return "read" if line.name.startswith("read") else "write" if "write" in line.name else ""


def words(drivers: Sequence[Driver], plan: Plan) -> str:
    """The shares in a sentence without its full stop; empty when there are none."""
    said = [d for d in drivers if d.share >= LEAST_SAID]
    if not said:
        return ""
    if said[0].of == CPU:
        parts = ", ".join(f"{d.operation} {100 * d.share:.0f} %" for d in said)
        binding = plan.binding
        other = binding is not None and binding.resource != CPU
        aside = f" (what binds is {binding.resource}, not the CPU)" if other and binding else ""
        return f"of the CPU by operation: {parts}{aside}"
    parts = ", ".join(f"{d.operation} {money(d.usd)} USD ({100 * d.share:.0f} %)" for d in said)
    return f"of the bill by operation: {parts}; the rest is storage, backup and what stands by"


def entries(
    service: str, drivers: Sequence[Driver], known: Sequence[Evidence]
) -> Iterator[Evidence]:
    """The shares as figures: `SERVICE.driver.OPERATION`."""
    by_id = {entry.id: entry for entry in known}
    for driver in drivers:
        rests_on = (*driver.evidence, *((f"{service}.cost",) if driver.of == BILL else ()))
        inputs = tuple(dict.fromkeys(name for name in rests_on if name in by_id))
        formula = (
            "weight x CPU s / sum over the operations"
            if driver.of == CPU
            else f"its units' part of the lines of units, {driver.usd or 0.0:.6g} USD"
        )
        yield Evidence(
            id=f"{service}.driver.{driver.operation}",
            kind=weakest(by_id[name].kind for name in inputs),
            label=f"{driver.operation}: share of the {driver.of}",
            value=driver.share,
            unit=f"of the {driver.of}",
            source=OWN,
            date=min((by_id[n].date for n in inputs if by_id[n].date), default=""),
            formula=formula,
            inputs=inputs,
        )
