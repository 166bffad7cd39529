"""Cost tables of fixed workloads, as text that a reviewer reads.

    python tests/golden/cost_tables.py --write     write tests/golden/tables/*.txt again

Demand is assumed in all of them (no records are read, shipped ones neither), so that a table
changes only when facts, defaults or the models do.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from advisor import services
from advisor.case import Case, prepare
from advisor.measured import Measured
from advisor.model import Excuse, Option, Plan
from workloads.spec import load

HERE = Path(__file__).parent
CASES = HERE / "cases"
TABLES = HERE / "tables"
NOTHING = Measured(samples={}, storage={}, refused=(), records=(), reference=True)
NAMES = ("meters", "office-tool", "sessions", "shop", "two-regions")
SHOWN = 3  # plans of each service, the cheapest


def names() -> list[str]:
    """The workloads that have a table."""
    return list(NAMES)


def table(name: str) -> str:
    """The cost table of one workload."""
    case = prepare(load(CASES / f"{name}.yaml"), NOTHING)
    lines = [f"{name}, {case.region}, {case.horizon_months:g} months ahead", *_about(case)]
    for service in services.discovered():
        outcomes = service.plans(case)
        plans = [o for o in outcomes if isinstance(o, Plan)][:SHOWN]
        for plan in plans:
            lines += ["", *_plan(plan)]
        for excuse in (o for o in outcomes if isinstance(o, Excuse)):
            lines += ["", f"{excuse.service}: no. {excuse.reason}"]
    return "\n".join(lines) + "\n"


def _about(case: Case) -> list[str]:
    sizes, series = case.sizes, case.series
    assumed = ", ".join(f"{a.input} = {a.value}" for a in case.assumed)
    return [
        f"records {sizes.records_now:,.0f} now, {sizes.records_mean:,.0f} on average, "
        f"{sizes.records_end:,.0f} at the end",
        f"traffic {series.mean_per_s:g}/s on average, {series.peak_per_s:g}/s at the peak",
        f"assumed: {assumed}",
    ]


def _plan(plan: Plan) -> list[str]:
    bound = plan.binding
    full = f"{bound.resource} {100 * bound.ratio:.0f} %" if bound else "nothing"
    lines = ["; ".join((_option(plan.option), f"fullest: {full}", *plan.features))]
    for c in plan.components:
        price = "unknown" if c.price_usd is None else f"{c.price_usd:.6g}"
        usd = "unknown" if c.usd is None else f"{c.usd:,.2f}"
        lines.append(f"  {c.name:<58} {c.quantity:>16,.3f} {c.unit:<13} x {price:>9} = {usd:>10}")
    total = "unknown" if plan.usd is None else f"{plan.usd:,.2f}"
    ends = " to ".join(
        "unknown" if v is None else f"{v:,.0f}" for v in (plan.low_usd, plan.high_usd)
    )
    p99 = ", ".join(
        f"{side} p99 {1000 * q.value:.1f} ms"
        for side, q in (("reads", plan.read_p99_s), ("writes", plan.write_p99_s))
        if q is not None
    )
    return [*lines, f"  total {total} USD a month ({ends}); {p99}"]


def _option(option: Option) -> str:
    acu = None
    if option.maximum_acu is not None:
        acu = f"{option.minimum_acu:g} to {option.maximum_acu:g} ACU"
    words = (
        option.engine,
        option.instance_class,
        option.deployment,
        option.capacity_mode,
        option.table_class,
        option.storage,
        acu,
    )
    return f"{option.service}: {', '.join(word for word in words if word)}"


def main() -> None:
    parser = argparse.ArgumentParser(description="cost tables of fixed workloads")
    parser.add_argument("--write", action="store_true", help="write the tables again")
    wanted = parser.parse_args()
    for name in names():
        text = table(name)
        if wanted.write:
            (TABLES / f"{name}.txt").write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
