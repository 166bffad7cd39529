"""RDS instances on network volumes: Single-AZ, Multi-AZ with a standby, or with two readable ones."""

from __future__ import annotations

from functools import cache

from msgspec import Struct, structs

from advisor import cost, facts
from advisor.case import Case
from advisor.evidence import assumed_quantity
from advisor.model import Excuse, Option, Plan, Quantity
from advisor.services.rds.bill import CLUSTER, MULTI, REPLICA, SINGLE, SNAPSHOTS, Bill, features
from advisor.services.rds.engines import Engine, default_connections
from advisor.services.reading import Reading, cheapest_count, counts
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
_UNSTRIPED = ("gp3", "sqlserver")


def plans(case: Case, engine: Engine, reading: Reading) -> list[Plan | Excuse]:
    """A plan or excuse for each deployment; with io1 and io2 where gp3 is too slow for the writes.

    Where other regions are wanted, once with a replica there and once with copies of the backups.
    """
    found: list[Plan | Excuse] = []
    deployments = (SINGLE, MULTI, CLUSTER) if engine.clusters else (SINGLE, MULTI)
    ways = (REPLICA, SNAPSHOTS) if cost.other_regions(case) else (REPLICA,)
    for deployment in deployments:
        for across in ways:
            how = _How(engine=engine, deployment=deployment, kind="gp3", across=across)
            on_gp3 = _fewest(case, how, reading)
            found.append(on_gp3)
            if wants_io2(on_gp3, case.workload.latency):
                for kind in ("io1", "io2"):
                    found.append(_fewest(case, structs.replace(how, kind=kind), reading))
    return found


class _How(Struct, frozen=True, kw_only=True):
    """One option before it is sized; `replicas` are copies that take reads."""

    engine: Engine
    deployment: str
    kind: str
    across: str
    replicas: int = 0


def _fewest(case: Case, how: _How, reading: Reading) -> Plan | Excuse:
    """The plan with as many replicas as are cheapest; a cluster has its two standbys for them."""
    if how.deployment == CLUSTER:
        count = 2 if case.workload.needs.read_scaling else 0
        return _plan(case, structs.replace(how, replicas=count), reading)
    fact = "rds.read_replicas_max_commercial" if how.engine.proxy else "rds.read_replicas_max"
    return cheapest_count(
        counts(case, facts.number(fact)),
        lambda count: _plan(case, structs.replace(how, replicas=count), reading),
    )


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
    if kind == "gp3-sqlserver":
        return most("rds.max_iops_sqlserver", "rds.gp3_max_throughput_sqlserver")
    return most("rds.max_iops_io1", None)


def _most_of(how: _How) -> Most:
    """The most a volume can be given; gp3 under SQL Server is not striped."""
    return _most("gp3-sqlserver" if (how.kind, how.engine.volume) == _UNSTRIPED else how.kind)


@cache
def _steps(engine: Engine) -> tuple[Included, ...]:
    number = facts.number
    small, rate = number("rds.gp3_small_iops"), number("rds.gp3_small_throughput")
    if engine.volume == _UNSTRIPED[1]:  # no large volumes, but the small ones can be raised
        largest = _most("gp3-sqlserver")
        return (
            Included(
                from_gib=0.0,
                iops=small,
                mib_per_s=rate,
                most_iops=largest.iops,
                most_mib_per_s=largest.mib_per_s,
            ),
        )
    oracle = "_oracle" if engine.volume == "oracle" else ""
    return (
        Included(from_gib=0.0, iops=small, mib_per_s=rate, most_iops=small, most_mib_per_s=rate),
        Included(
            from_gib=number(f"rds.gp3_large_volume{oracle}"),
            iops=number("rds.gp3_large_iops"),
            mib_per_s=number("rds.gp3_large_throughput"),
            most_iops=number("rds.max_iops"),
            most_mib_per_s=number("rds.gp3_max_throughput"),
        ),
    )


def _plan(case: Case, how: _How, reading: Reading) -> Plan | Excuse:
    engine, deployment, kind = how.engine, how.deployment, how.kind
    about = f"RDS {engine.title} {deployment} {kind}"
    others = cost.other_regions(case) if how.across == REPLICA else ()
    on = _shelf(engine, case.region, deployment, others)
    loads = reading.loads(how.replicas)
    load = loads.expected
    storage = _too_much_data(about, load, engine)
    if storage is not None:
        return storage
    commits = commit_rate(load, _commit_s(kind, deployment))
    if commits.ratio > 1.0:
        fact = f"rds.{kind}_write_latency_high"
        return too_many_commits(SERVICE, about, commits, load, fact=fact)

    def choose(level: str) -> Choice | None:
        designs = _designs(case, (how, on), loads, level)
        return best(on, loads.at(level), designs, loads.tails, case.workload.latency)

    chosen, low, high = interval(choose, ends=case.ends)
    if chosen is None:
        return too_small(SERVICE, about, shortfall(on, load, _limits(how)))
    limits, running = chosen.design.limits, chosen.design.need
    # shown, so of no use to a search that only asks which service wins
    spare = held(chosen.cls, load, running, limits) if case.ends else running
    predicted = loads.tails.predict(chosen.cls, load, running, chosen.design.terms)
    return Plan(
        option=Option(
            service=SERVICE,
            engine=engine.product or engine.name,
            instance_class=chosen.cls.name,
            deployment=deployment,
            storage=kind,
            storage_gib=chosen.design.storage_gib,
            replicas=how.replicas,
        ),
        components=chosen.components,
        utilisation=nearest_first((*utilisation(chosen.cls, load, spare, limits), commits)),
        read_p99_s=predicted.read,
        write_p99_s=predicted.write,
        features=_features(case, how),
        notes=(memory_note(running), *_notes(how, chosen)),
        low_usd=low,
        high_usd=high,
    )


_TAGS = {
    SINGLE: ("rds-single-az",),
    MULTI: ("multi-az", "multi-az-standby"),
    CLUSTER: ("multi-az", "readable-standbys"),
}


def _features(case: Case, how: _How) -> tuple[str, ...]:
    replicas = 0 if how.deployment == CLUSTER else how.replicas
    licensed = (f"{how.engine.edition}-edition", f"licence-{how.engine.licence}")
    return (
        *_TAGS[how.deployment],
        *features(case, how.across, replicas=replicas),
        *(licensed if how.engine.licence else ()),
    )


def _notes(how: _How, chosen: Choice) -> tuple[str, ...]:
    notes = ["storage is bought for the data at the end of the horizon, 20 % kept free"]
    if how.replicas > 1:
        notes.append(f"reads are spread over {how.replicas} readers; each does all the writes")
    if how.engine.proxy:
        notes.append(f"no evidence for {how.engine.title}: sized as {how.engine.family}")
    if how.engine.licence == "byol":
        notes.append("the licence is your own, and not in the total")
    if chosen.cls.cpu_baseline is not None:
        notes.append("burstable: the mean CPU of the busiest day stays below the baseline")
    if not chosen.cls.ebs_verified:
        notes.append("the EBS limit of this class is assumed from a similar one")
    return tuple(notes)


def _too_much_data(about: str, load: Load, engine: Engine) -> Excuse | None:
    sqlserver = "_sqlserver" if engine.volume == _UNSTRIPED[1] else ""
    most_gib = facts.number(f"rds.max_storage{sqlserver}") * 1024
    wanted = load.data_bytes_end / GIB
    if wanted <= most_gib:
        return None
    return Excuse(
        service=SERVICE,
        option=None,
        reason=f"{about}: {wanted:,.0f} GiB at the end of the horizon, a volume holds {most_gib:,.0f}",
        bottleneck="storage",
    )


def _limits(how: _How, volume: Volume | None = None) -> Limits:
    """What the volume is given; without one, the most that a volume of the kind can be given."""
    largest, engine = _most_of(how), how.engine
    return Limits(
        volume_iops=largest.iops if volume is None else volume.iops,
        volume_mib_per_s=largest.mib_per_s if volume is None else volume.mib_per_s,
        connections_of=default_connections(engine),
        volume=f"a volume of kind {how.kind}",
        facts={**largest.facts, "connections": engine.connections_fact},
    )


@cache
def _copy(deployment: str) -> Quantity | None:
    """What the synchronous copy adds to a commit at the 99th percentile; None without one.

    Of two standbys the faster one is waited for: up to twice as fast, so between half and all.
    """
    if deployment == SINGLE:
        return None
    one = assumed_quantity("multi_az.commit", scale=1e-3, unit="s")
    if deployment == MULTI:
        return one
    faster = facts.fact("rds.multi_az_cluster_commit")
    return Quantity(
        value=one.value * (1 + 1 / faster.number) / 2,
        low=one.low / faster.number,
        high=one.high,
        unit="s",
        evidence=(*one.evidence, faster.id),
    )


def _commit_s(kind: str, deployment: str) -> float:
    """What a commit waits for at the 99th percentile, seconds."""
    copy = _copy(deployment)
    return latency(kind, "write").value + (0.0 if copy is None else copy.value)


def _designs(case: Case, option: tuple[_How, Shelf], loads: Loads, level: str) -> list[Design]:
    """A design for each size of memory, with a volume that is given what memory leaves to it."""
    how, on = option
    load, kind = loads.at(level), how.kind
    found: list[Design] = []
    least = facts.number("rds.min_storage" if kind == "gp3" else "rds.min_storage_io1")
    for wanted in loads.designs(level, on.memories_gib):
        volume: Volume | None
        if kind == "gp3":
            volume = gp3(load.data_bytes_end, wanted, _steps(how.engine), least)
        else:
            volume = io2(load.data_bytes_end, wanted, least, _most_of(how))
        if volume is None:
            break  # with less memory it would have to give more
        volume = structs.replace(volume, kind=kind)
        bill = Bill(
            case=case,
            load=load,
            deployment=how.deployment,
            volume=volume,
            replicas=how.replicas,
            across=how.across,
        )
        found.append(
            Design(
                need=wanted,
                limits=_limits(how, volume),
                terms=terms(kind, _copy(how.deployment), volume.mib_per_s),
                bill=bill.components,
                storage_gib=volume.size_gib,
            )
        )
    return found
