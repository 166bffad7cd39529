"""A self-managed database on Amazon EC2: one server, or a primary and a standby in two zones."""

from __future__ import annotations

from functools import cache

from msgspec import Struct

from advisor import cost, facts
from advisor.case import Case
from advisor.evidence import assumed_quantity
from advisor.facts.assumptions import server_families
from advisor.model import Excuse, Option, Plan
from advisor.services.ec2.bill import Bill
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
from advisor.sizing.levels import Loads, loads_of
from advisor.sizing.load import Load
from advisor.sizing.volumes import Included, Most, Volume, gp3, io2, latency, most, terms

NAME = "ec2"
DEPLOYMENTS = ("single-az", "multi-az")
_FALLBACK_FAMILY = "postgresql"
_LEAST_GIB = 20.0


class _Software(Struct, frozen=True, kw_only=True):
    """What runs on the server, and the family whose demand stands for it."""

    name: str
    family: str
    proxy: bool


def plans(case: Case) -> list[Plan | Excuse]:
    """A plan or an excuse for each engine and deployment; cheapest first."""
    found: list[Plan | Excuse] = []
    for software in _software(case):
        loads = loads_of(case, software.family)
        for deployment in DEPLOYMENTS:
            on_gp3 = _plan(case, software, loads, deployment, "gp3")
            found.append(on_gp3)
            if wants_io2(on_gp3, case.workload.latency):
                found.append(_plan(case, software, loads, deployment, "io2"))
    ranked = sorted((p for p in found if isinstance(p, Plan)), key=order)
    return [*ranked, *(e for e in found if isinstance(e, Excuse))]


def _software(case: Case) -> tuple[_Software, ...]:
    """The engine that must stay, whatever it is; else every family that can be sized."""
    wanted = (case.workload.needs.engine or "").lower()
    families = server_families()
    if not wanted:
        return tuple(_Software(name=name, family=name, proxy=False) for name in families)
    known = next((name for name in families if wanted.startswith(name)), None)
    family = known or _FALLBACK_FAMILY
    return (_Software(name=wanted, family=family, proxy=known is None),)


@cache
def _most(kind: str) -> Most:
    if kind == "gp3":
        return most("ec2_ebs.gp3_max_iops", "ec2_ebs.gp3_max_throughput")
    return most("ec2_ebs.io2_max_iops", None)


@cache
def _shelf(region: str, others: tuple[str, ...], servers: int) -> Shelf:
    """Types without local disks (they lose their data), priced wherever a copy runs."""
    classes = cost.priced_everywhere(
        (NAME, "linux", region, "on-demand"), others, "on-demand", here=servers
    )
    return shelf(tuple(cls for cls in classes if cls.nvme_gib is None), no_limit)


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


def _plan(
    case: Case, software: _Software, loads: Loads, deployment: str, kind: str
) -> Plan | Excuse:
    about = f"EC2 {software.name} {deployment} {kind}"
    on = _shelf(case.region, cost.other_regions(case), 2 if deployment == "multi-az" else 1)
    load = loads.expected
    excuse = _too_much_data(about, load)
    if excuse is not None:
        return excuse
    commits = commit_rate(load, _commit_s(kind, deployment))
    if commits.ratio > 1.0:
        fact = f"rds.{kind}_write_latency_high"
        return too_many_commits(NAME, about, commits, load, fact=fact)
    how = _How(deployment=deployment, kind=kind, on=on)

    def choose(level: str) -> Choice | None:
        designs = _designs(case, how, loads, level)
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
            engine=software.name,
            instance_class=chosen.cls.name,
            deployment=deployment,
            storage=kind,
            storage_gib=design.storage_gib,
            replicas=1 if deployment == "multi-az" else 0,
        ),
        components=chosen.components,
        utilisation=nearest_first((*utilisation(chosen.cls, load, spare, design.limits), commits)),
        read_p99_s=predicted.read,
        write_p99_s=predicted.write,
        features=("cross-region-replica",) if cost.other_regions(case) else (),
        notes=(memory_note(design.need), *_notes(case, software, chosen)),
        low_usd=low,
        high_usd=high,
    )


def _notes(case: Case, software: _Software, chosen: Choice) -> tuple[str, ...]:
    notes: list[str] = []
    if software.proxy:
        notes.append(f"no evidence for {software.name}: sized as {software.family}")
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
        reason=f"{about}: {wanted:,.0f} GiB at the end of the horizon, a volume holds {most_gib:,.0f}",
        bottleneck="storage",
    )


def _commit_s(kind: str, deployment: str) -> float:
    """What a commit waits for at the 99th percentile, seconds."""
    copy_s = assumed_quantity("multi_az.commit", scale=1e-3, unit="s").value
    return latency(kind, "write").value + (copy_s if deployment == "multi-az" else 0.0)


def _limits(kind: str, volume: Volume | None = None) -> Limits:
    """What the volume is given; without one, the most that a volume of the kind can be given."""
    largest = _most(kind)
    return Limits(
        volume_iops=largest.iops if volume is None else volume.iops,
        volume_mib_per_s=largest.mib_per_s if volume is None else volume.mib_per_s,
        connections_of=no_limit,
        volume=f"a volume of kind {kind}",
        facts=largest.facts,
    )


class _How(Struct, frozen=True, kw_only=True):
    """One option before it is sized, and the types to choose from."""

    deployment: str
    kind: str
    on: Shelf


def _designs(case: Case, how: _How, loads: Loads, level: str) -> list[Design]:
    """A design for each size of memory, with a volume that is given what memory leaves to it."""
    load, kind, zones = loads.at(level), how.kind, how.deployment
    found: list[Design] = []
    copy = assumed_quantity("multi_az.commit", scale=1e-3, unit="s")
    for wanted in loads.designs(level, how.on.memories_gib):
        if kind == "gp3":
            volume = gp3(load.data_bytes_end, wanted, _steps(), _LEAST_GIB)
        else:
            volume = io2(load.data_bytes_end, wanted, _LEAST_GIB, _most(kind))
        if volume is None:
            break  # with less memory it would have to give more
        bill = Bill(case=case, load=load, deployment=zones, volume=volume)
        found.append(
            Design(
                need=wanted,
                limits=_limits(kind, volume),
                terms=terms(kind, copy if zones == "multi-az" else None, volume.mib_per_s),
                bill=bill.components,
                storage_gib=volume.size_gib,
            )
        )
    return found


SERVICE = Service(name=NAME, title="self-managed on Amazon EC2", plans=plans)
