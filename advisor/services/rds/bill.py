"""What an RDS instance costs in a month."""

from __future__ import annotations

from msgspec import Struct, structs

from advisor import cost, facts
from advisor.case import Case
from advisor.facts import InstanceClass
from advisor.model import HOURS_PER_MONTH, Component
from advisor.sizing.load import GIB, Load
from advisor.sizing.volumes import Volume

DAYS_PER_MONTH = HOURS_PER_MONTH / 24
SINGLE, MULTI, CLUSTER = "single-az", "multi-az", "multi-az-cluster"
STANDBYS = {SINGLE: "", MULTI: " and its standby", CLUSTER: " and its two readable standbys"}
REPLICA, SNAPSHOTS = "cross-region-replica", "cross-region-snapshots"


class Bill(Struct, frozen=True, kw_only=True):
    """The bill of one instance (with its standbys) once its class is known.

    `across` is how other regions are reached: with a replica there, or with copies of the backups.
    """

    case: Case
    load: Load
    deployment: str
    volume: Volume
    replicas: int
    across: str = REPLICA

    def components(self, cls: InstanceClass) -> list[Component]:
        """Every line of the bill."""
        zones, region = self.deployment.replace("-", "_"), self.case.region
        behind = 1 + (2 if self.deployment == CLUSTER else self.replicas)
        return [
            cost.hours(f"instance {cls.name}{STANDBYS[self.deployment]}", cls),
            *_volume_lines(self.volume, zones, region),
            *self._backup(region),
            *self._replicas(cls, region),
            *proxy(self.case, cls, instances=behind),
            *(self._snapshots() if self.across == SNAPSHOTS else self._regions(cls)),
            *cost.archive(self.case),
        ]

    def _backup(self, region: str) -> list[Component]:
        kept = backup_gib(self.case, self.load)
        beyond = kept - self.volume.size_gib
        if beyond <= 0:
            return []
        return [
            cost.line(
                "backup beyond the free allowance",
                "GB-month",
                beyond,
                "rds_prices.backup_storage_beyond_free",
                region,
                note=f"{kept:.4g} GiB of snapshots and logs, {self.volume.size_gib:.4g} free",
            )
        ]

    def _replicas(self, cls: InstanceClass, region: str) -> list[Component]:
        if not self.replicas or self.deployment == CLUSTER:
            return []
        return self._copies(cls, region, f"read replica {cls.name}", self.replicas)

    def _snapshots(self) -> list[Component]:
        """Backups copied to each other region: all that is kept there, and what changes sent.

        A snapshot sends the blocks that changed, at most what was written to the log, and the log
        follows it.
        """
        lines: list[Component] = []
        kept = max(backup_gib(self.case, self.load), self.load.data_bytes_mean / GIB)
        for region in cost.other_regions(self.case):
            price = "rds_prices.backup_storage_beyond_free"
            lines.append(cost.line(f"backups kept in {region}", "GB-month", kept, price, region))
            sent = cost.log_transfer(self.case, self.load, region, share=2.0)
            lines.append(structs.replace(sent, name=f"transfer of backups to {region}"))
        return lines

    def _regions(self, cls: InstanceClass) -> list[Component]:
        lines: list[Component] = []
        for region in cost.other_regions(self.case):
            lines += self._copies(cls, region, f"replica in {region}, {cls.name}", 1)
            lines.append(cost.log_transfer(self.case, self.load, region))
        return lines

    def _copies(self, cls: InstanceClass, region: str, name: str, count: int) -> list[Component]:
        """Single-AZ instances of the same class with volumes of their own."""
        price = f"{cls.service}/{cls.engine}/{cls.name}/single-az"
        return [
            cost.line(name, "hours", HOURS_PER_MONTH * count, price, region),
            *(
                line
                for _ in range(count)
                for line in _volume_lines(self.volume, "single_az", region, of=name)
            ),
        ]


def _volume_lines(volume: Volume, zones: str, region: str, *, of: str = "") -> list[Component]:
    about = f" of the {of}" if of else ""
    found = [
        cost.line(
            f"storage {volume.kind}{about}",
            "GB-month",
            volume.size_gib,
            f"rds_prices.{volume.kind}_storage_{zones}",
            region,
        )
    ]
    provisioned = volume.kind != "gp3"
    prefix = f"rds_prices.{volume.kind}_iops" if provisioned else "rds_prices.gp3_extra_iops"
    said = "provisioned IOPS" if provisioned else "IOPS beyond those included"
    if volume.extra_iops > 0:
        price = f"{prefix}_{zones}"
        found.append(cost.line(said + about, "IOPS-month", volume.extra_iops, price, region))
    if volume.extra_mib_per_s > 0:
        price = f"rds_prices.gp3_extra_throughput_{zones}"
        name = f"throughput beyond that included{about}"
        found.append(cost.line(name, "MiB/s-month", volume.extra_mib_per_s, price, region))
    return found


def replicas(case: Case) -> int:
    """Read replicas: one where reads outgrow the writer or reports must be offloaded."""
    return 1 if case.workload.needs.read_scaling else 0


def features(case: Case, across: str, *, replicas: int) -> tuple[str, ...]:
    """What the needs add to a plan; `across` is the feature that reaches other regions."""
    wanted = {
        "pitr": case.filled.retention.backup_s,
        "read-replicas": replicas,
        "rds-proxy": case.workload.needs.short_connections,
        across: cost.other_regions(case),
    }
    return tuple(name for name, asked in wanted.items() if asked)


def backup_gib(case: Case, load: Load) -> float:
    """Backups kept: one copy of the data, the log of the window, and a snapshot a month beyond.

    A snapshot shares unchanged blocks with the one before, so that each adds at most what was
    written to the log in between, and at most the data.
    """
    days = cost.backup_days(case)
    if days <= 0:
        return 0.0
    window = min(days, facts.number("rds.backup_retention"))
    log_per_day = load.log_bytes_per_month / DAYS_PER_MONTH
    monthly = min(load.data_bytes_mean, load.log_bytes_per_month)
    beyond = max(days - window, 0.0) / DAYS_PER_MONTH * monthly
    return (load.data_bytes_mean + log_per_day * window + beyond) / GIB


def proxy(case: Case, cls: InstanceClass, *, instances: int) -> list[Component]:
    """RDS Proxy, paid by the vCPU of what stands behind it, where connections are short."""
    if not case.workload.needs.short_connections:
        return []
    hours = HOURS_PER_MONTH * cls.vcpu * instances
    return [cost.line("RDS Proxy", "vCPU-hours", hours, "rds_prices.rds_proxy", case.region)]
