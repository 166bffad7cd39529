"""One workload with one input changed: what could stand there, and what would be chosen then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from msgspec import Struct, field, structs

from advisor import beside
from advisor import case as cases
from advisor.case import Case
from advisor.demand import Demand, demand
from advisor.judgement import Judgement, judge, planned
from advisor.measured import Measured
from advisor.model import Excuse, Plan
from advisor.rules import known, whole_table
from advisor.rules.licence_engine import extensions
from advisor.rules.licence_engine.products import product
from advisor.services import Service
from workloads import spec
from workloads.errors import InputError
from workloads.spec.model import Data, Needs, Operation, Traffic, Workload
from workloads.spec.table import find
from workloads.spec.variation import Input

# The needs that services read when they size; a test turns every other one and compares plans.
SIZING_NEEDS = (
    "engine",
    "regions",
    "read_scaling",
    "hot_reads",
    "indexes",
    "connections",
    "short_connections",
)
NUMBERS = frozenset({"count", "size", "rate", "time", "money", "hours", "weight", "growth"})
# From lax to strict, for a limit that nobody gave (seconds, fraction, USD a month).
TIMES_S = (86400.0, 3600.0, 600.0, 120.0, 60.0, 30.0, 10.0, 1.0, 0.1, 0.01, 0.001)
AVAILABILITIES = (0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99995, 0.99999, 0.999999)
BUDGETS_USD = (10_000.0, 1_000.0, 300.0, 100.0, 30.0, 10.0)
COUNTS = (1, 2, 10, 100, 101, 1_000, 10_000)
SMALL_SHARE = 0.01  # of the mix, for an operation kind that is not in it


class PlanBook(Struct):
    """Plans made once for each service and everything that sizing reads.

    Needs that only rules read, and the data format, do not count: turning one of them costs no
    new sizing. `sized` counts how often a case had to be sized.
    """

    sized: int = 0
    _known: dict[tuple[Workload, float], dict[str, Sequence[Plan | Excuse]]] = field(
        default_factory=dict
    )

    def plans(self, service: Service, case: Case) -> Sequence[Plan | Excuse]:
        """The plans of a service for a case: a planner for `judge`."""
        # the rate as well: traffic from a trace may have been thinned, which no workload says
        key = (read_by_sizing(case.workload), case.series.mean_per_s)
        plans = self._known.get(key)
        if plans is None:
            self.sized += 1
            plans = self._known[key] = {}
        if service.name not in plans:
            plans[service.name] = planned(service, case)
        return plans[service.name]


def read_by_sizing(workload: Workload) -> Workload:
    """The workload without what only rules read."""
    names: tuple[str, ...] = SIZING_NEEDS
    engine = workload.needs.engine
    if engine and product(engine).commercial:  # its licence is in the price, or is not
        names = (*names, "licence")
    needs = Needs(**{name: getattr(workload.needs, name) for name in names})
    return replace(workload, description="", needs=needs, data=replace(workload.data, format=None))


def sized_workload(case: Case) -> Workload:
    """The workload that plans are made for.

    An application that is to change little keeps the product it runs on; one that leaves a
    commercial engine, or that needs an extension of PostgreSQL, is planned for PostgreSQL.
    """
    workload = case.workload
    needs, existing = workload.needs, known.existing(case)
    if not needs.engine and needs.application_change == "minimal" and existing is not None:
        return replace(workload, needs=replace(needs, engine=existing.name))
    if known.leaves(case):
        return replace(workload, needs=replace(needs, engine=known.LEFT_FOR))
    if not needs.engine and extensions.offered(case):
        return replace(workload, needs=replace(needs, engine="postgresql"))
    return workload


def kept_share(case: Case, kept: Workload) -> float:
    """Share of the operations of a case that a workload sized without some of them keeps, 0..1."""
    total = sum(o.weight for o in case.workload.operations)
    return sum(o.weight for o in kept.operations) / total if total > 0 else 1.0


class Variations(Struct, kw_only=True):
    """Answers for variations of one workload; each is asked once."""

    workload: Workload
    measured: Measured
    region: str | None
    administration: bool = True
    book: PlanBook = field(default_factory=PlanBook)
    _known: dict[tuple[str, Any], str | None] = field(default_factory=dict)
    _cases: dict[Workload, Case] = field(default_factory=dict)
    _demands: dict[tuple[Data, tuple[Operation, ...]], Demand] = field(default_factory=dict)

    def judge(self, workload: Workload) -> Judgement:
        """Decide a variation of the workload."""
        case = self._case(workload)
        to_size = sized_workload(case)
        sized = case
        if to_size != workload:
            sized = structs.replace(self._case(to_size), ends=case.ends)
        return judge(case, sized=sized, beside=self._beside(case, to_size), planner=self.book.plans)

    def _beside(self, case: Case, to_size: Workload) -> Case | None:
        """The case without questions that a columnar copy may answer; None where none may."""
        rest = beside.remaining(to_size) if whole_table.kept_apart(case) else None
        if rest is None:
            return None
        thinned = cases.thinned(self._case(rest), kept_share(case, rest))
        return structs.replace(thinned, ends=case.ends)

    def _case(self, workload: Workload) -> Case:
        """The case of a variation; what only rules read needs no new demand."""
        key = read_by_sizing(workload)
        case = self._cases.get(key)
        if case is None:
            case = cases.prepare(
                workload,
                self.measured,
                region=self.region,
                administration=self.administration,
                demand_of=self._demand,
            )
            # only the workload itself is shown with an interval; variations ask who wins
            case = structs.replace(case, ends=key == read_by_sizing(self.workload))
            self._cases[key] = case
            return case
        return structs.replace(case, workload=workload)

    def _demand(self, filled: Workload) -> Demand:
        """What operations cost depends on nothing but them and the data."""
        key = (filled.data, filled.operations)
        found = self._demands.get(key)
        if found is None:
            found = self._demands[key] = demand(filled, self.measured)
        return found

    def service(self, path: str, value: Any) -> str | None:
        """The service with this input changed; None when the value is not possible there."""
        key = (path, value)
        if key not in self._known:
            self._known[key] = self._decide(path, value)
        return self._known[key]

    def _decide(self, path: str, value: Any) -> str | None:
        try:
            changed = spec.with_value(self.workload, path, value)
            if any(True for _ in spec.contradictions(changed)):
                return None
            return self.judge(changed).service
        except InputError:
            return None

    def totals_at(self, traffic: Traffic, factor: float) -> dict[str, float]:
        """Monthly totals by service with mean and peak of `traffic` times a factor.

        Services without a plan, or with an unknown total, are left out; all of them are when the
        traffic comes from a trace.
        """
        if traffic.trace is not None or traffic.mean_per_s is None or traffic.peak_per_s is None:
            return {}
        mean, peak = traffic.mean_per_s * factor, traffic.peak_per_s * factor
        scaled = replace(self.workload.traffic, mean_per_s=mean, peak_per_s=peak)
        contenders = self.judge(replace(self.workload, traffic=scaled)).contenders
        plans = [(c.service, c.plan) for c in contenders if c.plan is not None]
        return {service: plan.usd for service, plan in plans if plan.usd is not None}


def is_number(entry: Input, taken: Any) -> bool:
    """Whether the input can be searched along a scale: a positive number stands there now."""
    return entry.kind in NUMBERS and isinstance(taken, int | float) and taken > 0


def candidates(entry: Input, stated: Any, workload: Workload) -> Iterator[Any]:
    """Other values for an input that is no number now, the mildest first."""
    if entry.kind == "truth value":
        choices: tuple[Any, ...] = (True, False)
    elif entry.kind == "choice":
        choices = entry.words
    elif entry.kind == "time":
        choices = TIMES_S
    elif entry.kind == "availability":
        choices = AVAILABILITIES
    elif entry.kind == "money":
        choices = BUDGETS_USD
    elif entry.kind == "count":
        choices = COUNTS
    elif entry.kind == "weight":
        choices = (SMALL_SHARE * sum(o.weight for o in workload.operations),)
    else:
        choices = ()
    if stated is not None:
        choices = (None, *choices)
    yield from (value for value in choices if value != stated)


def natural(entry: Input, value: Any) -> str:
    """A value as it would stand in a workload file; `unknown` for None."""
    if value is None:
        return "unknown"
    if entry.kind in ("count", "rate"):
        return prefixed(float(value)) + ("/s" if entry.kind == "rate" else "")
    if isinstance(value, float) and entry.kind != "availability":  # 99.999 % are not 100 %
        value = float(f"{value:.4g}")
    place = find(entry.path)
    if place is None:
        return f"{value:g}" if isinstance(value, float) else str(value)
    written = place[1].kind.write(value)
    if isinstance(written, bool):
        return "true" if written else "false"
    return ", ".join(written) if isinstance(written, list) else str(written)


def prefixed(number: float) -> str:
    """A number with k, M, G or T and at most four digits, as workload files take it."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{float(f'{number / size:.4g}'):g}{letter}"
    return f"{float(f'{number:.4g}'):g}"
