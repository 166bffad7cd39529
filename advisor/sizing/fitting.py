"""Whether a class gives what a load needs, the cheapest that does, and what is short if none does.

Ceilings: CPU 65 % (queues stay short below it), IOPS, throughput and network 80 %, memory and
connections in full. Resources are kept apart; each has its own line and the fullest one binds.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from msgspec import Struct

from advisor.facts import InstanceClass
from advisor.model import Excuse, Utilisation
from advisor.sizing.load import IO_CEILING, MIB, Load, Need, designs, need

CPU_CEILING = 0.65
_HALVINGS = 12


class Limits(Struct, frozen=True, kw_only=True):
    """What stands between a class and its load, besides the class.

    `volume_iops` and `volume_mib_per_s`: what the volume is given, or the most it can be given;
    None: no volume is attached (shared storage). `connections_of` gives the most connections for
    so much memory. `facts` names the fact behind a limit by resource: IOPS, throughput,
    connections.
    """

    volume_iops: float | None
    volume_mib_per_s: float | None
    connections_of: Callable[[float], float]
    volume: str = "a volume"
    facts: dict[str, str] = {}


class Shortage(Struct, frozen=True, kw_only=True):
    """A resource that is short: the demand, the largest limit (`use.ceiling`), and whose it is.

    `said` opens the sentence: what is too small.
    """

    use: Utilisation
    whose: str
    fact: str = ""
    said: str = "no class is large enough"


class Shelf(Struct, frozen=True):
    """Classes to choose from, cheapest first, with their ceilings worked out once.

    Make it with `shelf`; `rows` hold for each class, in its order: cores, memory, cores earned as
    credits all day, IOPS, MiB/s, MiB/s of network, connections, and the class. `memories_gib` are
    the sizes of memory they come with.
    """

    classes: tuple[InstanceClass, ...]
    memories_gib: tuple[float, ...]
    rows: tuple[tuple[float, float, float, float, float, float, float, InstanceClass], ...]


def shelf(classes: tuple[InstanceClass, ...], connections_of: Callable[[float], float]) -> Shelf:
    """Ceilings of each class; `connections_of` gives the most connections for its memory in GiB."""
    return Shelf(
        classes,
        tuple(sorted({cls.memory_gib for cls in classes})),
        tuple(
            (
                CPU_CEILING * cls.cores[1],
                cls.memory_gib,
                inf if cls.cpu_baseline is None else cls.cpu_baseline * cls.cores[1],
                IO_CEILING * cls.ebs_iops,
                IO_CEILING * cls.ebs_mib_per_s,
                IO_CEILING * cls.network_mib_per_s,
                connections_of(cls.memory_gib),
                cls,
            )
            for cls in classes
        ),
    )


def _network_mib_per_s(load: Load, need: Need, limits: Limits) -> float:
    """Answers to clients, and the storage's traffic where storage is behind the network."""
    shared = need.mib_per_s if limits.volume_iops is None else 0.0
    return load.returned_bytes_per_s / MIB + shared


def utilisation(
    cls: InstanceClass, load: Load, need: Need, limits: Limits
) -> tuple[Utilisation, ...]:
    """Every resource at the peak against its ceiling."""
    lines = [
        ("CPU", need.cores, CPU_CEILING * cls.cores[1], "reference cores"),
        ("memory", need.memory_gib, cls.memory_gib, "GiB"),
    ]
    if cls.cpu_baseline is not None:
        credit = cls.cpu_baseline * cls.cores[1]
        lines.append(("CPU credits", need.busiest_day_cores, credit, "reference cores, daily mean"))
    if limits.volume_iops is not None and limits.volume_mib_per_s is not None:
        iops = min(IO_CEILING * cls.ebs_iops, IO_CEILING * limits.volume_iops)
        rate = min(IO_CEILING * cls.ebs_mib_per_s, IO_CEILING * limits.volume_mib_per_s)
        lines += [("IOPS", need.iops, iops, "1/s"), ("throughput", need.mib_per_s, rate, "MiB/s")]
    lines += [
        (
            "network",
            _network_mib_per_s(load, need, limits),
            IO_CEILING * cls.network_mib_per_s,
            "MiB/s",
        ),
        ("connections", load.connections, limits.connections_of(cls.memory_gib), "connections"),
    ]
    return tuple(
        Utilisation(resource=name, used=used, ceiling=ceiling, unit=unit)
        for name, used, ceiling, unit in lines
    )


def held(cls: InstanceClass, load: Load, full: Need, limits: Limits) -> Need:
    """What of its memory a class needs: with less, another resource would be fuller than memory.

    `full` is the need with all of the memory in use, from which times are predicted; this one
    tells how much of the memory is spare. Only what is shown changes.
    """
    if full.cached or limits.volume_iops is None:
        return full
    low, high, settled = 0.0, full.hit, full
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        tried = need(load, middle)
        by = {use.resource: use.ratio for use in utilisation(cls, load, tried, limits)}
        if by["memory"] >= max(ratio for resource, ratio in by.items() if resource != "memory"):
            high, settled = middle, tried
        else:
            low = middle
    return settled


def cheapest(
    on: Shelf, load: Load, need: Need, limits: Limits, accept: Callable[[InstanceClass], bool]
) -> InstanceClass | None:
    """The first class (they come cheapest first) under all its ceilings and accepted, or None."""
    network = _network_mib_per_s(load, need, limits)
    shared = limits.volume_iops is None
    iops, rate = (0.0, 0.0) if shared else (need.iops, need.mib_per_s)
    cores, memory, earned = need.cores, need.memory_gib, need.busiest_day_cores
    exact = load.level == "value" or load.measured_on is None
    for row in on.rows:
        if (
            (cores <= row[0] if exact else load.cores_on(row[7].vcpu, cores) <= row[0])
            and memory <= row[1]
            and earned <= row[2]
            and iops <= row[3]
            and rate <= row[4]
            and network <= row[5]
            and load.connections <= row[6]
            and accept(row[7])
        ):
            return row[7]
    return None


def shortfall(on: Shelf, load: Load, limits: Limits) -> Shortage | None:
    """What is short on the class that comes nearest to the load; None without classes.

    Each class is filled up with memory first; burstable classes are left out. The resource is the
    fullest of that class; its limit is the largest of any class.
    """
    by_memory = {taken.memory_gib: taken for taken in designs(load, on.memories_gib)}
    least = need(load, 0.0)
    found: list[tuple[Utilisation, InstanceClass, tuple[Utilisation, ...]]] = []
    for cls in on.classes:
        if cls.cpu_baseline is not None:
            continue
        sizes = [memory for memory in by_memory if memory <= cls.memory_gib]
        uses = utilisation(cls, load, by_memory[max(sizes)] if sizes else least, limits)
        found.append((max(uses, key=lambda u: u.ratio), cls, uses))
    if not found:
        return None
    worst, nearest, _ = min(found, key=lambda each: each[0].ratio)
    largest, owner = max(
        (
            (use.ceiling, cls)
            for _, cls, uses in found
            for use in uses
            if use.resource == worst.resource
        ),
        key=lambda each: each[0],
    )
    if worst.used <= largest:  # no one class has enough of everything
        whose, fact = _whose(worst, nearest, limits)
        said = f"no one class has enough of everything, {nearest.name} comes nearest"
        return Shortage(use=worst, whose=whose, fact=fact, said=said)
    use = Utilisation(resource=worst.resource, used=worst.used, ceiling=largest, unit=worst.unit)
    whose, fact = _whose(use, owner, limits)
    return Shortage(use=use, whose=whose, fact=fact)


def _whose(use: Utilisation, cls: InstanceClass, limits: Limits) -> tuple[str, str]:
    """Whose limit it is, in words, and the fact it rests on ("" for figures of a class)."""
    io = {
        "IOPS": (limits.volume_iops, cls.ebs_iops),
        "throughput": (limits.volume_mib_per_s, cls.ebs_mib_per_s),
    }
    if use.resource in io:
        volume, own = io[use.resource]
        share = f"{100 * IO_CEILING:.0f} % of"
        if volume is not None and volume <= own:
            fact = limits.facts.get(use.resource, "")
            return f"{share} the {volume:,.0f} that {limits.volume} can be given", fact
        return f"{share} the {own:,.0f} of {cls.name}", ""
    if use.resource == "CPU":
        return f"{100 * CPU_CEILING:.0f} % of {cls.name}", ""
    if use.resource == "network":
        return f"{100 * IO_CEILING:.0f} % of {cls.name}", ""
    return f"all of {cls.name}", limits.facts.get(use.resource, "")


def too_small(service: str, about: str, short: Shortage | None) -> Excuse:
    """The excuse for an option that nothing is large enough for."""
    if short is None:
        return Excuse(
            service=service,
            option=None,
            reason=f"{about}: no class has a price in this region",
            bottleneck="price",
        )
    use = short.use
    fact = f" (fact {short.fact})" if short.fact else ""
    return Excuse(
        service=service,
        option=None,
        reason=(
            f"{about}: {short.said}; {use.resource} would need {amount(use.used)} {use.unit}, "
            f"the limit is {amount(use.ceiling)}, {short.whose}{fact}"
        ),
        bottleneck=use.resource,
        short_by=use.ratio,
    )


def amount(number: float) -> str:
    """A number for a sentence: whole from 100 on, else three digits."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def commit_rate(load: Load, commit_s: float) -> Utilisation:
    """Commits against what the sessions can do one after the other: connections / commit time."""
    return Utilisation(
        resource="commits",
        used=load.commits_per_s,
        ceiling=max(load.connections, 1.0) / commit_s,
        unit="1/s",
    )


def too_many_commits(
    service: str, about: str, commits: Utilisation, load: Load, *, fact: str
) -> Excuse:
    """The excuse where the sessions cannot commit as fast as asked, whatever the class."""
    wait_ms = 1000.0 * max(load.connections, 1.0) / commits.ceiling
    whose = f"{load.connections:,.0f} connections that wait {wait_ms:.3g} ms for each"
    said = "no class is fast enough, as each session waits for its commits"
    return too_small(service, about, Shortage(use=commits, whose=whose, fact=fact, said=said))


def no_limit(memory_gib: float) -> float:
    """Connections of a server whose limit is the operator's to set: memory is counted already."""
    return memory_gib * 1024.0
