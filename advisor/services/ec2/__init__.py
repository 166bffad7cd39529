"""A self-managed database on Amazon EC2: one server, or a primary and a standby in two zones."""

from __future__ import annotations

import math
from functools import cache

from msgspec import Struct, structs

from advisor import cost, facts
from advisor.case import Case
from advisor.evidence import assumed_quantity
from advisor.facts.assumptions import assumption, server_families
from advisor.model import Excuse, Option, Plan, Quantity
from advisor.rules.licence_engine.products import product
from advisor.services.ec2.bill import Bill
from advisor.services.reading import Reading, cheapest_count, counts
from advisor.services.service import Service
from advisor.sizing.choice import (
    Choice,
    Design,
    best,
    interval,
    memory_note,
    nearest_first,
    order,
    wants_io2,
)
from advisor.sizing.fitting import (
    Limits,
    Shelf,
    commit_rate,
    held,
    no_limit,
    shelf,
    shortfall,
    too_many_commits,
    too_small,
    utilisation,
)
from advisor.sizing.latency import Terms, plus
from advisor.sizing.levels import Loads
from advisor.sizing.load import Load, Need
from advisor.sizing.volumes import Included, Most, Volume, gp3, io2, latency, most, size_gib, terms

NAME = "ec2"
DEPLOYMENTS = ("single-az", "multi-az")
LOCAL = "nvme"  # disks of the server itself
MOST_REPLICAS = 15  # as many as the managed engines have; nothing but the writer's load limits them
_FALLBACK_FAMILY = "postgresql"
_LEAST_GIB = 20.0


class _Software(Struct, frozen=True, kw_only=True):
    """What runs on the server, and the family whose demand stands for it."""

    name: str
    family: str
    proxy: bool
    x86_only: bool = False
    cluster: str = ""


def plans(case: Case) -> list[Plan | Excuse]:
    """A plan or an excuse for each engine, deployment and kind of storage; cheapest first."""
    found: list[Plan | Excuse] = []
    for software in _software(case):
        reading = Reading(case=case, family=software.family)
        for deployment in DEPLOYMENTS:
            how = _How(software=software, deployment=deployment, kind="gp3")
            on_gp3 = _fewest(case, how, reading)
            found.append(on_gp3)
            if wants_io2(on_gp3, case.workload.latency):
                found.append(_fewest(case, structs.replace(how, kind="io2"), reading))
                if deployment == "multi-az":  # a local disk dies with its server
                    found.append(_fewest(case, structs.replace(how, kind=LOCAL), reading))
    ranked = sorted((p for p in found if isinstance(p, Plan)), key=order)
    return [*ranked, *(e for e in found if isinstance(e, Excuse))]


class _How(Struct, frozen=True, kw_only=True):
    """One option before it is sized; `replicas` are copies that take reads."""

    software: _Software
    deployment: str
    kind: str
    replicas: int = 0

    @property
    def servers(self) -> int:
        return (2 if self.deployment == "multi-az" else 1) + self.replicas


def _fewest(case: Case, how: _How, reading: Reading) -> Plan | Excuse:
    """The plan with as many replicas as are cheapest."""
    return cheapest_count(
        counts(case, MOST_REPLICAS),
        lambda count: _plan(case, structs.replace(how, replicas=count), reading),
    )


def _software(case: Case) -> tuple[_Software, ...]:
    """The engine that must stay, whatever it is; else every family that can be sized."""
    wanted = (case.workload.needs.engine or "").lower()
    families = server_families()
    if not wanted:
        return tuple(_Software(name=name, family=name, proxy=False) for name in families)
    named = product(wanted)
    plain = wanted if named.commercial else named.name  # a commercial edition is told by its words
    known = next((name for name in families if name in named.speaks), None)
    return (
        _Software(
            name=plain,
            family=known or _FALLBACK_FAMILY,
            proxy=known is None,
            x86_only=named.x86_only,
            cluster=named.cluster,
        ),
    )


@cache
def _most(kind: str) -> Most:
    if kind == "gp3":
        return most("ec2_ebs.gp3_max_iops", "ec2_ebs.gp3_max_throughput")
    return most("ec2_ebs.io2_max_iops", None)


@cache
def _shelf(region: str, others: tuple[str, ...], how: _How) -> Shelf:
    """Types priced wherever a copy runs: on volumes those without local disks, else with them.

    A local disk is taken with the IOPS that are assumed for its size, in place of a volume's.
    Products without a build for ARM take x86 alone.
    """
    classes = cost.priced_everywhere(
        (NAME, "linux", region, "on-demand"), others, "on-demand", here=how.servers
    )
    families = facts.cpu_families()
    kept = (
        cls
        for cls in classes
        if not how.software.x86_only or families[cls.family].architecture == "x86_64"
    )
    if how.kind != LOCAL:
        return shelf(tuple(cls for cls in kept if cls.nvme_gib is None), no_limit)
    per_gib = assumption("ec2.local_iops_per_gib").value
    rate = assumption("ec2.local_throughput_per_iops").value
    return shelf(
        tuple(
            structs.replace(
                cls,
                ebs_iops=cls.nvme_gib * per_gib,
                ebs_mib_per_s=cls.nvme_gib * per_gib * rate,
                ebs_verified=True,
            )
            for cls in kept
            if cls.nvme_gib is not None
        ),
        no_limit,
    )


def _large_enough(on: Shelf, load: Load) -> Shelf:
    """The types whose local disks hold the data with the headroom kept free."""
    least_gib = size_gib(load.data_bytes_end, 0.0)
    kept = tuple(cls for cls in on.classes if (cls.nvme_gib or 0.0) >= least_gib)
    return shelf(kept, no_limit)


@cache
def _steps() -> tuple[Included, ...]:
    return (
        Included(
            from_gib=0.0,
            iops=facts.number("ec2_ebs.gp3_iops"),
            mib_per_s=facts.number("ec2_ebs.gp3_throughput"),
            most_iops=facts.number("ec2_ebs.gp3_max_iops"),
            most_mib_per_s=facts.number("ec2_ebs.gp3_max_throughput"),
        ),
    )


def _plan(case: Case, how: _How, reading: Reading) -> Plan | Excuse:
    deployment, kind = how.deployment, how.kind
    about = f"EC2 {how.software.name} {deployment} {kind}"
    on = _shelf(case.region, cost.other_regions(case), how)
    loads = reading.loads(how.replicas)
    load = loads.expected
    if kind == LOCAL:
        on = _large_enough(on, load)
    excuse = _too_much_data(about, load)
    if excuse is not None:
        return excuse
    commits = commit_rate(load, _commit_s(kind, deployment))
    if commits.ratio > 1.0:
        fact = (
            "assumption/ec2.local_write_p99" if kind == LOCAL else f"rds.{kind}_write_latency_high"
        )
        return too_many_commits(NAME, about, commits, load, fact=fact)

    def choose(level: str) -> Choice | None:
        designs = _designs(case, (how, on), loads, level)
        return best(on, loads.at(level), designs, loads.tails, case.workload.latency)

    chosen, low, high = interval(choose, ends=case.ends)
    if chosen is None:
        return too_small(NAME, about, shortfall(on, load, _limits(kind)))
    design = chosen.design
    # shown, so of no use to a search that only asks which service wins
    spare = held(chosen.cls, load, design.need, design.limits) if case.ends else design.need
    predicted = loads.tails.predict(chosen.cls, load, design.need, design.terms)
    return Plan(
        option=Option(
            service=NAME,
            engine=how.software.name,
            instance_class=chosen.cls.name,
            deployment=deployment,
            storage=kind,
            storage_gib=(chosen.cls.nvme_gib or 0.0) if kind == LOCAL else design.storage_gib,
            replicas=how.servers - 1,
        ),
        components=chosen.components,
        utilisation=nearest_first((*utilisation(chosen.cls, load, spare, design.limits), commits)),
        read_p99_s=predicted.read,
        write_p99_s=predicted.write,
        features=_features(case, how),
        notes=(memory_note(design.need), *_notes(case, how, chosen)),
        low_usd=low,
        high_usd=high,
    )


def _features(case: Case, how: _How) -> tuple[str, ...]:
    wanted = {
        "read-replicas": how.replicas,
        "local-storage": how.kind == LOCAL,
        "cross-region-replica": cost.other_regions(case),
    }
    return tuple(name for name, asked in wanted.items() if asked)


def _notes(case: Case, how: _How, chosen: Choice) -> tuple[str, ...]:
    notes: list[str] = []
    software = how.software
    if how.replicas > 1:
        notes.append(f"reads are spread over {how.replicas} readers; each does all the writes")
    if how.kind == LOCAL:
        notes.append(
            "data lie on disks that are lost when a server stops or fails: the standby and the "
            "backups are what is left"
        )
    if software.proxy:
        notes.append(f"no evidence for {software.name}: sized as {software.family}")
    if software.cluster and how.deployment == "multi-az":
        notes.append(
            f"{software.name} fails over with {software.cluster}: what that takes beside "
            f"{how.servers} servers is not in the total"
        )
    if not case.administration:
        notes.append("the work of administration is left out of the bill")
    if not chosen.cls.ebs_verified:
        notes.append("the EBS limit of this class is assumed from a similar one")
    return tuple(notes)


def _too_much_data(about: str, load: Load) -> Excuse | None:
    most_gib = facts.number("ec2_ebs.gp3_max_size") * 1024
    wanted = load.data_bytes_end / 2.0**30
    if wanted <= most_gib:
        return None
    return Excuse(
        service=NAME,
        option=None,
        reason=f"{about}: {wanted:,.0f} GiB at the end of the horizon, one volume holds "
        f"{most_gib:,.0f}; several as one (striped) are not sized",
        bottleneck="storage",
    )


def _commit_s(kind: str, deployment: str) -> float:
    """What a commit waits for at the 99th percentile, seconds."""
    copy_s = assumed_quantity("multi_az.commit", scale=1e-3, unit="s").value
    return _write(kind).value + (copy_s if deployment == "multi-az" else 0.0)


@cache
def _write(kind: str) -> Quantity:
    if kind == LOCAL:
        return assumed_quantity("ec2.local_write_p99", scale=1e-3, unit="s")
    return latency(kind, "write")


def _terms(kind: str, copy: Quantity | None, volume: Volume) -> Terms:
    """What storage adds to reads and writes."""
    if kind != LOCAL:
        return terms(kind, copy, volume.mib_per_s)
    read = assumed_quantity("ec2.local_read_p99", scale=1e-3, unit="s")
    return Terms(read=read, write=plus([_write(kind), copy]), scan_mib_per_s=volume.mib_per_s)


def _limits(kind: str, volume: Volume | None = None) -> Limits:
    """What the volume is given; without one, the most that a volume of the kind can be given."""
    largest = Most(iops=math.inf, mib_per_s=math.inf, facts={}) if kind == LOCAL else _most(kind)
    return Limits(
        volume_iops=largest.iops if volume is None else volume.iops,
        volume_mib_per_s=largest.mib_per_s if volume is None else volume.mib_per_s,
        connections_of=no_limit,
        volume=f"a volume of kind {kind}",
        facts=largest.facts,
    )


def _designs(case: Case, option: tuple[_How, Shelf], loads: Loads, level: str) -> list[Design]:
    """A design for each size of memory, with a volume that is given what memory leaves to it."""
    how, on = option
    load, kind, zones = loads.at(level), how.kind, how.deployment
    found: list[Design] = []
    copy = (
        assumed_quantity("multi_az.commit", scale=1e-3, unit="s") if zones == "multi-az" else None
    )
    for wanted in loads.designs(level, on.memories_gib):
        volume = _volume(kind, load, wanted)
        if volume is None:
            break  # with less memory it would have to give more
        bill = Bill(case=case, load=load, deployment=zones, volume=volume, replicas=how.replicas)
        found.append(
            Design(
                need=wanted,
                limits=_limits(kind, volume),
                terms=_terms(kind, copy, volume),
                bill=bill.components,
                storage_gib=volume.size_gib,
            )
        )
    return found


def _volume(kind: str, load: Load, wanted: Need) -> Volume | None:
    """The volume of a design; a local disk is what its type has, and costs nothing beside it."""
    if kind == "gp3":
        return gp3(load.data_bytes_end, wanted, _steps(), _LEAST_GIB)
    if kind == "io2":
        return io2(load.data_bytes_end, wanted, _LEAST_GIB, _most(kind))
    return Volume(
        kind=LOCAL,
        size_gib=0.0,
        iops=math.inf,
        mib_per_s=math.inf,
        extra_iops=0.0,
        extra_mib_per_s=0.0,
    )


SERVICE = Service(name=NAME, title="self-managed on Amazon EC2", plans=plans)
