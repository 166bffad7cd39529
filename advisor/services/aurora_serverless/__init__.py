"""Aurora Serverless: capacity units that follow the load, with or without auto-pause."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from advisor import cost, facts
from advisor.case import Case
from advisor.cost import total
from advisor.evidence import assumed_quantity
from advisor.facts import InstanceClass
from advisor.facts.assumptions import assumption
from advisor.model import HOURS_PER_MONTH, Component, Excuse, Follow, Option, Plan, Quantity
from advisor.services.aurora_serverless.capacity import (
    Capacity,
    capacity,
    fits_in_one,
    memories_gib,
    serving_class,
    utilisation,
)
from advisor.services.rds.aurora import (
    STORAGE,
    global_lines,
    storage_lines,
    storage_terms,
    too_much_data,
)
from advisor.services.rds.bill import features, replicas
from advisor.services.rds.engines import Engine, offered
from advisor.services.service import Service
from advisor.sizing.choice import around, memory_note, order
from advisor.sizing.fitting import Shortage, commit_rate, too_many_commits, too_small
from advisor.sizing.levels import Loads, loads_of
from advisor.sizing.load import LEVELS, Load, Need, need

NAME = "aurora-serverless"
DEPLOYMENTS = ("single-az", "multi-az")


class _Setting(Struct, frozen=True, kw_only=True):
    """One option before it is sized."""

    engine: Engine
    storage: str
    deployment: str
    pausing: bool

    @property
    def about(self) -> str:
        paused = " with auto-pause" if self.pausing else ""
        return f"{self.engine.aurora} serverless {self.deployment} {self.storage}{paused}"


class _Sized(Struct, frozen=True, kw_only=True):
    """A design with the capacity it takes; `holds`: it keeps the latency objectives."""

    capacity: Capacity
    need: Need
    holds: bool


class _Priced(Struct, frozen=True, kw_only=True):
    """A design with its bill."""

    sized: _Sized
    components: tuple[Component, ...]
    usd: float | None


def plans(case: Case) -> list[Plan | Excuse]:
    """A plan or an excuse for each engine, deployment and storage, with and without auto-pause."""
    found: list[Plan | Excuse] = []
    engines = [e for e in offered(case) if e.aurora]
    if not engines:
        wanted = case.workload.needs.engine
        reason = f"Aurora is not offered for {wanted}"
        return [Excuse(service=NAME, option=None, reason=reason, bottleneck="engine")]
    pauses = (False, True) if may_pause(case) else (False,)
    for engine in engines:
        loads = loads_of(case, engine.family)
        levels = LEVELS if case.ends else ("value",)
        sizes = {level: _sizes(case, engine, loads, level) for level in levels}
        for storage in STORAGE:
            for deployment in DEPLOYMENTS:
                for pausing in pauses:
                    setting = _Setting(
                        engine=engine, storage=storage, deployment=deployment, pausing=pausing
                    )
                    found.append(_plan(case, setting, loads, sizes))
    ranked = sorted((p for p in found if isinstance(p, Plan)), key=order)
    return [*ranked, *(e for e in found if isinstance(e, Excuse))]


def may_pause(case: Case) -> bool:
    """Whether there is idle time and nothing that keeps the cluster awake."""
    needs = case.workload.needs
    blocked = bool(needs.short_connections) or bool(cost.other_regions(case))
    return case.series.idle_share > 0 and not blocked


def _sizes(case: Case, engine: Engine, loads: Loads, level: str) -> list[_Sized]:
    """The designs that one instance can grow to, most memory first."""
    found: list[_Sized] = []
    load, slow = loads.at(level), storage_terms()
    for wanted in loads.designs(level, memories_gib()):
        test = loads.tails.holds(case.workload.latency, load, wanted, slow)
        taken = capacity(case, load, wanted, engine)
        holds = test(serving_class(taken))
        if not holds and wanted.cached:  # a larger minimum is faster, though memory needs none
            bigger = partial(_at_least, case, load, wanted, engine)
            taken, holds = _faster(taken, bigger, test)
        if fits_in_one(taken):
            found.append(_Sized(capacity=taken, need=wanted, holds=holds))
    return found


def _at_least(case: Case, load: Load, wanted: Need, engine: Engine, least_acu: float) -> Capacity:
    return capacity(case, load, wanted, engine, least_acu=least_acu)


def _faster(
    least: Capacity,
    at_least: Callable[[float], Capacity],
    test: Callable[[InstanceClass], bool],
) -> tuple[Capacity, bool]:
    """The smallest larger minimum that holds the objectives, and True; `least` where none does."""
    gib = facts.number("aurora_serverless.acu")
    for acu in (memory / gib for memory in memories_gib()):
        if acu > least.floor_acu:
            taken = at_least(acu)
            if test(serving_class(taken)):
                return taken, True
    return least, False


def _plan(
    case: Case, setting: _Setting, loads: Loads, sizes: dict[str, list[_Sized]]
) -> Plan | Excuse:
    load = loads.expected
    excuse = too_much_data(NAME, setting.about, load)
    if excuse is not None:
        return excuse
    slow = storage_terms()
    commits = commit_rate(load, slow.write.value if slow.write else 0.0)
    if commits.ratio > 1.0:
        fact = "assumption/aurora.commit_p99"
        return too_many_commits(NAME, setting.about, commits, load, fact=fact)
    chosen = _cheapest(case, setting, load, sizes["value"])
    if chosen is None:
        return _too_large(case, setting, loads)
    low, high = (
        _cheapest(case, setting, loads.at(level), sizes[level]) if level in sizes else None
        for level in ("low", "high")
    )
    ends = around(chosen.usd, None if low is None else low.usd, None if high is None else high.usd)
    shown = chosen.sized
    predicted = loads.tails.predict(serving_class(shown.capacity), load, shown.need, slow)
    return Plan(
        option=Option(
            service=NAME,
            engine=setting.engine.aurora,
            deployment=setting.deployment,
            storage=setting.storage,
            storage_gib=round(load.data_bytes_mean / 2.0**30, 1),
            minimum_acu=0.0 if setting.pausing else shown.capacity.minimum_acu,
            maximum_acu=shown.capacity.maximum_acu,
            replicas=_instances(case, setting) - 1,
        ),
        components=chosen.components,
        utilisation=(*utilisation(shown.capacity), commits),
        read_p99_s=predicted.read,
        write_p99_s=predicted.write,
        features=_features(case, setting),
        notes=_notes(setting, shown),
        low_usd=ends[0],
        high_usd=ends[1],
        follows=(
            Follow(
                unit="acu",
                component="capacity",
                peak=shown.capacity.peak_acu,
                floor=shown.capacity.floor_acu,
                mean=shown.capacity.mean_acu("value", pausing=setting.pausing),
                pausing=setting.pausing,
            ),
        ),
    )


def _cheapest(case: Case, setting: _Setting, load: Load, sizes: list[_Sized]) -> _Priced | None:
    """The cheapest design that holds the latency objectives: more memory, or more billed reads.

    Where none holds them, the one with the most memory, which comes nearest.
    """
    candidates = [sized for sized in sizes if sized.holds] or sizes[:1]
    found: list[_Priced] = []
    for sized in candidates:
        bill = tuple(_bill(case, setting, load, sized.capacity, sized.need))
        found.append(_Priced(sized=sized, components=bill, usd=total(bill)))
    return min(found, key=lambda p: (p.usd is None, cost.least(p.components)), default=None)


def _too_large(case: Case, setting: _Setting, loads: Loads) -> Excuse:
    """The excuse for a load beyond the largest instance, by the design that comes nearest."""
    every = loads.designs("value", memories_gib()) or [need(loads.expected, 0.0)]
    fullest = (
        utilisation(capacity(case, loads.expected, taken, setting.engine))[0] for taken in every
    )
    use = min(fullest, key=lambda use: use.ratio)
    most, fact = facts.number("aurora_serverless.acu_max"), "aurora_serverless.acu_max"
    return too_small(
        NAME, setting.about, Shortage(use=use, whose=f"what {most:g} ACU give", fact=fact)
    )


def _instances(case: Case, setting: _Setting) -> int:
    return (2 if setting.deployment == "multi-az" else 1) + replicas(case)


def _bill(
    case: Case, setting: _Setting, load: Load, taken: Capacity, wanted: Need
) -> list[Component]:
    optimized = setting.storage == "aurora-io-optimized"
    price = f"aurora_prices.acu_hour_{'io_optimized' if optimized else 'standard'}"
    mean = taken.mean_acu(load.level, pausing=setting.pausing)
    count = _instances(case, setting)
    lines = [
        cost.line(
            "capacity" if count == 1 else f"capacity of {count} instances",
            "ACU-hours",
            mean * HOURS_PER_MONTH * count,
            price,
            case.region,
            note=f"{mean:.3g} ACU on average",
        ),
        *storage_lines(case, load, wanted, setting.storage),
    ]
    if case.workload.needs.short_connections:
        hours = max(taken.maximum_acu / facts.number("aurora_serverless.acu_per_vcpu_r"), 2.0)
        amount = hours * HOURS_PER_MONTH * count
        lines.append(
            cost.line("RDS Proxy", "vCPU-hours", amount, "rds_prices.rds_proxy", case.region)
        )
    for region in cost.other_regions(case):
        lines += global_lines(case, load, region, setting.storage)
        amount = taken.minimum_acu * HOURS_PER_MONTH
        name = f"reader in {region}, at the minimum"
        lines.append(cost.line(name, "ACU-hours", amount, price, region))
    return [*lines, *cost.archive(case)]


def _features(case: Case, setting: _Setting) -> tuple[str, ...]:
    found = ["aurora", f"aurora-{setting.deployment}"]
    if setting.deployment == "multi-az":
        found.append("multi-az")
    if setting.pausing:
        found.append("auto-pause")
    return (*found, *features(case, "global-database", replicas=replicas(case)))


def _notes(setting: _Setting, shown: _Sized) -> tuple[str, ...]:
    notes = [
        f"the minimum capacity is chosen for memory: {memory_note(shown.need)}",
        "the bill lies between an envelope that follows at once and one that holds for "
        f"{assumption('serverless.hold').value:g} minutes; no scaling rates are published "
        "(`advisor replay` follows it minute by minute)",
    ]
    if setting.pausing:
        resume: Quantity = assumed_quantity("serverless.idle_min_before_pause")
        notes.append(
            f"pauses after {resume.value:g} idle minutes or more; the first request after a pause "
            f"waits about {facts.number('aurora_serverless.resume_latency'):g} s"
        )
    return tuple(notes)


SERVICE = Service(name=NAME, title="Aurora Serverless", plans=plans)
