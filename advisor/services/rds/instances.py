"""RDS instances on network volumes: Single-AZ, and Multi-AZ with a standby."""

from __future__ import annotations

from functools import cache

from msgspec import Struct

from advisor import cost, facts
from advisor.case import Case
from advisor.evidence import assumed_quantity
from advisor.model import Excuse, Option, Plan
from advisor.services.rds.bill import Bill, features, replicas
from advisor.services.rds.engines import Engine, default_connections
from advisor.sizing.choice import (
    Choice,
    Design,
    best,
    interval,
    memory_note,
    nearest_first,
    wants_io2,
)
from advisor.sizing.fitting import (
    Limits,
    Shelf,
    commit_rate,
    held,
    shelf,
    shortfall,
    too_many_commits,
    too_small,
    utilisation,
)
from advisor.sizing.levels import Loads
from advisor.sizing.load import GIB, Load
from advisor.sizing.volumes import Included, Most, Volume, gp3, io2, latency, most, terms

SERVICE = "rds"


def plans(case: Case, engine: Engine, loads: Loads) -> list[Plan | Excuse]:
    """One plan or excuse for each deployment; with io2 where gp3 is too slow for the writes."""
    found: list[Plan | Excuse] = []
    for deployment in ("single-az", "multi-az"):
        on_gp3 = _plan(case, engine, loads, deployment, "gp3")
        found.append(on_gp3)
        if wants_io2(on_gp3, case.workload.latency):
            found.append(_plan(case, engine, loads, deployment, "io2"))
    return found


@cache
def _shelf(engine: Engine, region: str, deployment: str, others: tuple[str, ...]) -> Shelf:
    """The classes of an engine; where copies run in other regions, those priced there too."""
    catalogue = (SERVICE, engine.name, region, deployment)
    classes = cost.priced_everywhere(catalogue, others, "single-az", here=1)
    return shelf(classes, default_connections(engine))


@cache
def _most(kind: str) -> Most:
    if kind == "gp3":
        return most("rds.max_iops", "rds.gp3_max_throughput")
    return most("rds.max_iops_io1", None)


@cache
def _steps() -> tuple[Included, ...]:
    number = facts.number
    return (
        Included(
            from_gib=0.0,
            iops=number("rds.gp3_small_iops"),
            mib_per_s=number("rds.gp3_small_throughput"),
            most_iops=number("rds.gp3_small_iops"),
            most_mib_per_s=number("rds.gp3_small_throughput"),
        ),
        Included(
            from_gib=number("rds.gp3_large_volume"),
            iops=number("rds.gp3_large_iops"),
            mib_per_s=number("rds.gp3_large_throughput"),
            most_iops=number("rds.max_iops"),
            most_mib_per_s=number("rds.gp3_max_throughput"),
        ),
    )


def _plan(case: Case, engine: Engine, loads: Loads, deployment: str, kind: str) -> Plan | Excuse:
    about = f"RDS {engine.title} {deployment} {kind}"
    on = _shelf(engine, case.region, deployment, cost.other_regions(case))
    load = loads.expected
    storage = _too_much_data(about, load)
    if storage is not None:
        return storage
    commits = commit_rate(load, _commit_s(kind, deployment))
    if commits.ratio > 1.0:
        fact = f"rds.{kind}_write_latency_high"
        return too_many_commits(SERVICE, about, commits, load, fact=fact)
    how = _How(engine=engine, deployment=deployment, kind=kind, on=on)

    def choose(level: str) -> Choice | None:
        designs = _designs(case, how, loads, level)
        return best(on, loads.at(level), designs, loads.tails, case.workload.latency)

    chosen, low, high = interval(choose, ends=case.ends)
    if chosen is None:
        return too_small(SERVICE, about, shortfall(on, load, _limits(engine, kind)))
    limits, running = chosen.design.limits, chosen.design.need
    # shown, so of no use to a search that only asks which service wins
    spare = held(chosen.cls, load, running, limits) if case.ends else running
    predicted = loads.tails.predict(chosen.cls, load, running, chosen.design.terms)
    return Plan(
        option=Option(
            service=SERVICE,
            engine=engine.name,
            instance_class=chosen.cls.name,
            deployment=deployment,
            storage=kind,
            storage_gib=chosen.design.storage_gib,
            replicas=replicas(case),
        ),
        components=chosen.components,
        utilisation=nearest_first((*utilisation(chosen.cls, load, spare, limits), commits)),
        read_p99_s=predicted.read,
        write_p99_s=predicted.write,
        features=_features(case, deployment),
        notes=(memory_note(running), *_notes(chosen)),
        low_usd=low,
        high_usd=high,
    )


def _features(case: Case, deployment: str) -> tuple[str, ...]:
    found = ["rds-single-az"] if deployment == "single-az" else ["multi-az", "multi-az-standby"]
    return (*found, *features(case, "cross-region-replica"))


def _notes(chosen: Choice) -> tuple[str, ...]:
    notes = ["storage is bought for the data at the end of the horizon, 20 % kept free"]
    if chosen.cls.cpu_baseline is not None:
        notes.append("burstable: the mean CPU of the busiest day stays below the baseline")
    if not chosen.cls.ebs_verified:
        notes.append("the EBS limit of this class is assumed from a similar one")
    return tuple(notes)


def _too_much_data(about: str, load: Load) -> Excuse | None:
    most_gib = facts.number("rds.max_storage") * 1024
    wanted = load.data_bytes_end / GIB
    if wanted <= most_gib:
        return None
    return Excuse(
        service=SERVICE,
        option=None,
        reason=f"{about}: {wanted:,.0f} GiB at the end of the horizon, a volume holds {most_gib:,.0f}",
        bottleneck="storage",
    )


def _limits(engine: Engine, kind: str, volume: Volume | None = None) -> Limits:
    """What the volume is given; without one, the most that a volume of the kind can be given."""
    largest = _most(kind)
    return Limits(
        volume_iops=largest.iops if volume is None else volume.iops,
        volume_mib_per_s=largest.mib_per_s if volume is None else volume.mib_per_s,
        connections_of=default_connections(engine),
        volume=f"a volume of kind {kind}",
        facts={**largest.facts, "connections": engine.connections_fact},
    )


def _commit_s(kind: str, deployment: str) -> float:
    """What a commit waits for at the 99th percentile, seconds."""
    copy_s = assumed_quantity("multi_az.commit", scale=1e-3, unit="s").value
    return latency(kind, "write").value + (copy_s if deployment == "multi-az" else 0.0)


class _How(Struct, frozen=True, kw_only=True):
    """One option before it is sized, and the classes to choose from."""

    engine: Engine
    deployment: str
    kind: str
    on: Shelf


def _designs(case: Case, how: _How, loads: Loads, level: str) -> list[Design]:
    """A design for each size of memory, with a volume that is given what memory leaves to it."""
    load, kind, zones = loads.at(level), how.kind, how.deployment
    found: list[Design] = []
    copy = assumed_quantity("multi_az.commit", scale=1e-3, unit="s")
    least = facts.number("rds.min_storage" if kind == "gp3" else "rds.min_storage_io1")
    for wanted in loads.designs(level, how.on.memories_gib):
        if kind == "gp3":
            volume = gp3(load.data_bytes_end, wanted, _steps(), least)
        else:
            volume = io2(load.data_bytes_end, wanted, least, _most(kind))
        if volume is None:
            break  # with less memory it would have to give more
        bill = Bill(case=case, engine=how.engine, load=load, deployment=zones, volume=volume)
        found.append(
            Design(
                need=wanted,
                limits=_limits(how.engine, kind, volume),
                terms=terms(kind, copy if zones == "multi-az" else None, volume.mib_per_s),
                bill=bill.components,
                storage_gib=volume.size_gib,
            )
        )
    return found
