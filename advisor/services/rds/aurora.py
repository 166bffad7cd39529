"""Aurora with provisioned instances: Standard and I/O-Optimized storage, one instance or two."""

from __future__ import annotations

from functools import cache

from msgspec import Struct, structs

from advisor import cost, facts
from advisor.case import Case
from advisor.evidence import assumed_quantity
from advisor.facts import InstanceClass
from advisor.facts.assumptions import assumption, assumptions
from advisor.model import HOURS_PER_MONTH, Component, Excuse, Option, Plan, is_burstable
from advisor.services.rds.bill import DAYS_PER_MONTH, features, proxy
from advisor.services.rds.engines import Engine, default_connections
from advisor.services.reading import Reading, cheapest_count, counts
from advisor.sizing.choice import Choice, Design, best, interval, memory_note, nearest_first
from advisor.sizing.envelope import envelopes
from advisor.sizing.fitting import (
    Limits,
    Shelf,
    commit_rate,
    shelf,
    shortfall,
    too_many_commits,
    too_small,
    utilisation,
)
from advisor.sizing.latency import Terms
from advisor.sizing.load import GIB, Load, Need, at
from workloads.growth import SECONDS_PER_MONTH

SERVICE = "rds"
CATALOGUE = "aurora"
STORAGE = {"aurora-standard": "standard", "aurora-io-optimized": "io-optimized"}
_LEAST_STORAGE_GIB = 10.0


def plans(case: Case, engine: Engine, reading: Reading) -> list[Plan | Excuse]:
    """Plans or an excuse for each kind of storage, with one instance and with two.

    Where a burstable class is the cheapest, a plan without one stands beside it: AWS recommends
    them for development and test only (aurora.t_classes), and a rule decides which is meant.
    """
    found: list[Plan | Excuse] = []
    for storage in STORAGE:
        for deployment in ("single-az", "multi-az"):
            how = _How(engine=engine, storage=storage, deployment=deployment, burstable=True)
            cheapest = _fewest(case, how, reading)
            found.append(cheapest)
            if isinstance(cheapest, Plan) and is_burstable(cheapest.option.instance_class):
                found.append(_fewest(case, structs.replace(how, burstable=False), reading))
    return found


def _fewest(case: Case, how: _How, reading: Reading) -> Plan | Excuse:
    """The plan with as many replicas as are cheapest, besides the one that takes over."""
    most = facts.number("aurora.replicas_max") - (1 if how.deployment == "multi-az" else 0)
    return cheapest_count(
        counts(case, most),
        lambda count: _plan(case, structs.replace(how, replicas=count), reading),
    )


def storage_terms() -> Terms:
    """What the shared storage adds at the 99th percentile; commits span the zones already."""
    return Terms(
        read=assumed_quantity("aurora.read_p99", scale=1e-3, unit="s"),
        write=assumed_quantity("aurora.commit_p99", scale=1e-3, unit="s"),
        scan_mib_per_s=assumption("aurora.scan_rate").value,
    )


def too_much_data(service: str, about: str, load: Load) -> Excuse | None:
    """The excuse for data beyond the largest cluster."""
    most_gib = facts.number("aurora.storage_max") * 1024
    wanted = load.data_bytes_end / GIB
    if wanted <= most_gib:
        return None
    return Excuse(
        service=service,
        option=None,
        reason=f"{about}: {wanted:,.0f} GiB at the end of the horizon, a cluster holds {most_gib:,.0f}",
        bottleneck="storage",
    )


def storage_lines(case: Case, load: Load, wanted: Need, storage: str) -> list[Component]:
    """Storage as used, I/O where it is billed, and backup beyond the free copy."""
    region, optimized = case.region, storage == "aurora-io-optimized"
    kind = "io_optimized" if optimized else "standard"
    used = max(load.data_bytes_mean / GIB, _LEAST_STORAGE_GIB)
    lines = [
        cost.line(
            f"storage {storage}",
            "GB-month",
            used,
            f"aurora_prices.storage_{kind}",
            region,
            note="as used, mean over the horizon",
        )
    ]
    if not optimized:
        reads = wanted.pages_read_per_s * load.mean_per_peak * SECONDS_PER_MONTH
        writes = write_ios_per_month(load)
        lines.append(
            cost.per_million(
                "storage I/O",
                "I/Os",
                (reads + writes) / 1e6,
                "aurora_prices.io_per_million_standard",
                region,
                note=f"{reads / 1e6:.4g} M reads missed by memory, {writes / 1e6:.4g} M log writes",
            )
        )
    per_day = load.log_bytes_per_month * log_share(load) / DAYS_PER_MONTH
    kept = per_day * cost.backup_days(case) / GIB
    if kept > 0:
        lines.append(
            cost.line(
                "backup beyond the free copy",
                "GB-month",
                kept,
                "aurora_prices.backup_storage_beyond_free",
                region,
                note="the log of the recovery window, without full pages",
            )
        )
    return lines


def log_share(load: Load) -> float:
    """Share of a server's log that a cluster writes: all but images of full pages.

    Pages are made from the log by the storage, so that none needs an image in it. The log of
    InnoDB has none; that of PostgreSQL does, and its records do not tell them apart.
    """
    term = assumptions().get(f"aurora.log_share_{load.family.name}")
    if term is None:
        return 1.0
    return {"low": term.low, "value": term.value, "high": term.high}[load.level]


def write_ios_per_month(load: Load) -> float:
    """Billed writes: log records in units of 4 KiB, at least one a commit.

    One for each commit is the most that small transactions take: those that commit at the same
    time share a write, which the factor's low end allows for.
    """
    factor = assumption("aurora.write_ios_factor")
    times = {"low": factor.low, "value": factor.value, "high": factor.high}[load.level]
    units = load.log_bytes_per_s * log_share(load) / facts.number("aurora.write_io_unit")
    per_s = max(units, load.commits_per_s) * load.mean_per_peak
    return per_s * SECONDS_PER_MONTH * times


class _How(Struct, frozen=True, kw_only=True):
    """One option before it is sized; `burstable`: whether its class may be."""

    engine: Engine
    storage: str
    deployment: str
    burstable: bool
    replicas: int = 0


class _Bill(Struct, frozen=True, kw_only=True):
    """The bill of a cluster once the class of its instances is known."""

    case: Case
    load: Load
    wanted: Need
    storage: str
    how: _How

    def components(self, cls: InstanceClass) -> list[Component]:
        lasting = self.instances - self.scaled
        several = f"{lasting} instances" if lasting > 1 else "instance"
        lines = [
            cost.hours(f"{several} {cls.name}", cls, count=lasting),
            *self._scaled(cls),
            *storage_lines(self.case, self.load, self._missed, self.storage),
            *proxy(self.case, cls, instances=self.instances),
        ]
        for region in cost.other_regions(self.case):
            lines += global_lines(self.case, self.load, region, self.storage)
            price = f"{CATALOGUE}/{cls.engine}/{cls.name}/{cls.deployment}"
            hours = HOURS_PER_MONTH
            lines.append(
                cost.line(f"reader in {region}, {cls.name}", "hours", hours, price, region)
            )
        return [*lines, *cost.archive(self.case)]

    @property
    def instances(self) -> int:
        return (2 if self.how.deployment == "multi-az" else 1) + self.how.replicas

    @property
    def scaled(self) -> int:
        """Replicas that come and go with the load: all but one."""
        return max(self.how.replicas - 1, 0)

    @property
    def _missed(self) -> Need:
        """What is read of the storage by all that read: each replica misses for its own reads."""
        readers = max(self.how.replicas, 1)
        pages = self.wanted.pages_read_per_s * readers
        return structs.replace(self.wanted, pages_read_per_s=pages)

    def _scaled(self, cls: InstanceClass) -> list[Component]:
        """Auto scaling of replicas: hours of those that the load of each moment takes."""
        if not self.scaled:
            return []
        most = self.how.replicas
        mean = envelopes(self.case.series).slow.mean_above(most, 1.0) - 1.0
        note = f"{mean:.3g} of {self.scaled} on average: they follow the load, an hour behind"
        name = f"replicas that come and go, {cls.name}"
        return [cost.hours(name, cls, count=mean, note=note)]


def global_lines(case: Case, load: Load, region: str, storage: str) -> list[Component]:
    """A Global Database's copy in another region: storage, replicated writes, transfer."""
    kind = "io_optimized" if storage == "aurora-io-optimized" else "standard"
    used = max(load.data_bytes_mean / GIB, _LEAST_STORAGE_GIB)
    return [
        cost.line(
            f"storage in {region}", "GB-month", used, f"aurora_prices.storage_{kind}", region
        ),
        cost.per_million(
            f"writes replicated to {region}",
            "I/Os",
            write_ios_per_month(load) / 1e6,
            "aurora_prices.global_db_replicated_write_io",
            case.region,
        ),
        cost.log_transfer(case, load, region, share=log_share(load)),
    ]


@cache
def _shelf(how: _How, region: str, others: tuple[str, ...], instances: int) -> Shelf:
    """The classes of a cluster; with a Global Database, those priced in its regions too."""
    catalogue = (CATALOGUE, how.engine.name, region, STORAGE[how.storage])
    classes = cost.priced_everywhere(catalogue, others, STORAGE[how.storage], here=instances)
    kept = tuple(cls for cls in classes if how.burstable or not is_burstable(cls.name))
    return shelf(kept, default_connections(how.engine))


def _plan(case: Case, how: _How, reading: Reading) -> Plan | Excuse:
    loads = reading.loads(how.replicas)
    engine, storage, deployment = how.engine, how.storage, how.deployment
    about = f"{engine.aurora} {deployment} {storage}"
    load = loads.expected
    excuse = too_much_data(SERVICE, about, load)
    if excuse is not None:
        return excuse
    slow = storage_terms()
    commits = commit_rate(load, at(slow.write, "value") if slow.write else 0.0)
    if commits.ratio > 1.0:
        return too_many_commits(SERVICE, about, commits, load, fact="assumption/aurora.commit_p99")
    limits = Limits(
        volume_iops=None,
        volume_mib_per_s=None,
        connections_of=default_connections(engine),
        facts={"connections": engine.connections_fact},
    )
    instances = (2 if deployment == "multi-az" else 1) + how.replicas

    on = _shelf(structs.replace(how, replicas=0), case.region, cost.other_regions(case), instances)

    def choose(level: str) -> Choice | None:
        at_level = loads.at(level)
        designs = []
        for wanted in loads.designs(level, on.memories_gib):
            bill = _Bill(case=case, load=at_level, wanted=wanted, storage=storage, how=how)
            designs.append(
                Design(
                    need=wanted,
                    limits=limits,
                    terms=slow,
                    bill=bill.components,
                    storage_gib=at_level.data_bytes_mean / GIB,
                )
            )
        return best(on, at_level, designs, loads.tails, case.workload.latency)

    chosen, low, high = interval(choose, ends=case.ends)
    if chosen is None:
        return too_small(SERVICE, about, shortfall(on, load, limits))
    predicted = loads.tails.predict(chosen.cls, load, chosen.design.need, slow)
    return Plan(
        option=Option(
            service=SERVICE,
            engine=engine.aurora,
            instance_class=chosen.cls.name,
            deployment=deployment,
            storage=storage,
            storage_gib=round(chosen.design.storage_gib, 1),
            replicas=instances - 1,
        ),
        components=chosen.components,
        utilisation=nearest_first(
            (*utilisation(chosen.cls, load, chosen.design.need, limits), commits)
        ),
        read_p99_s=predicted.read,
        write_p99_s=predicted.write,
        features=_features(case, how),
        notes=(memory_note(chosen.design.need), "storage is billed as used"),
        low_usd=low,
        high_usd=high,
    )


def _features(case: Case, how: _How) -> tuple[str, ...]:
    found = ["aurora", f"aurora-{how.deployment}"]
    if how.deployment == "multi-az":
        found.append("multi-az")
    if how.replicas > 1:
        found.append("replica-auto-scaling")
    return (*found, *features(case, "global-database", replicas=how.replicas))
