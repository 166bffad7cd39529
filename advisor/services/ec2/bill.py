"""What a self-managed server costs in a month, the work on it included."""

from __future__ import annotations

from msgspec import Struct

from advisor import cost
from advisor.case import Case
from advisor.evidence import assumption_id
from advisor.facts import InstanceClass
from advisor.facts.assumptions import assumption
from advisor.model import HOURS_PER_MONTH, Component
from advisor.sizing.load import GIB, Load
from advisor.sizing.volumes import Volume

_DAYS_PER_MONTH = HOURS_PER_MONTH / 24


class Bill(Struct, frozen=True, kw_only=True):
    """The bill of one server or two once the class is known."""

    case: Case
    load: Load
    deployment: str
    volume: Volume
    replicas: int = 0

    @property
    def servers(self) -> int:
        return (2 if self.deployment == "multi-az" else 1) + self.replicas

    @property
    def apart(self) -> int:
        """Servers in another zone than the primary: the standby, and every other replica."""
        standby = 1 if self.deployment == "multi-az" else 0
        return standby + (self.replicas + 1) // 2

    def components(self, cls: InstanceClass) -> list[Component]:
        """Every line of the bill."""
        several = "primary and standby" if self.deployment == "multi-az" else "instance"
        if self.replicas:
            several += f" and {self.replicas} read replica{'s' if self.replicas > 1 else ''}"
        lines = [
            cost.hours(f"{several} {cls.name}", cls, count=self.servers),
            *self._volumes(self.servers, self.case.region),
            *self._backup(),
            *self._between_zones(),
            *self._work(),
        ]
        for region in cost.other_regions(self.case):
            price = f"{cls.service}/{cls.engine}/{cls.name}/{cls.deployment}"
            name = f"replica in {region}, {cls.name}"
            lines.append(cost.line(name, "hours", HOURS_PER_MONTH, price, region))
            lines += self._volumes(1, region, of=f" in {region}")
            lines.append(cost.log_transfer(self.case, self.load, region))
        return [*lines, *cost.archive(self.case)]

    def _volumes(self, count: int, region: str, *, of: str = "") -> list[Component]:
        volume = self.volume
        if not volume.size_gib:
            return []  # the disks of the server itself
        lines = [
            cost.line(
                f"volume {volume.kind}{of}",
                "GB-month",
                volume.size_gib * count,
                f"ec2_ebs_prices.{volume.kind}_gb",
                region,
            )
        ]
        if volume.extra_iops > 0:
            said = "provisioned IOPS" if volume.kind == "io2" else "IOPS beyond those included"
            price = f"ec2_ebs_prices.{volume.kind}_iops"
            amount = volume.extra_iops * count
            lines.append(cost.line(said + of, "IOPS-month", amount, price, region))
        if volume.extra_mib_per_s > 0:
            price, amount = "ec2_ebs_prices.gp3_throughput", volume.extra_mib_per_s * count
            name = f"throughput beyond that included{of}"
            lines.append(cost.line(name, "MiB/s-month", amount, price, region))
        return lines

    def _backup(self) -> list[Component]:
        """Base backup, log of the window and a monthly backup beyond it, compressed, in S3."""
        days = cost.backup_days(self.case)
        if days <= 0:
            return []
        log = self.load.log_bytes_per_month / _DAYS_PER_MONTH * min(days, _DAYS_PER_MONTH)
        copies = 1.0 + max(days - _DAYS_PER_MONTH, 0.0) / _DAYS_PER_MONTH
        compressed = assumption("ec2.backup_compression").value
        kept = (self.load.data_bytes_mean * copies + log) * compressed / GIB
        return [
            cost.line(
                "backups in S3",
                "GB-month",
                kept,
                "s3_prices.standard",
                self.case.region,
                note="base backup and log, compressed",
            )
        ]

    def _between_zones(self) -> list[Component]:
        if not self.apart:
            return []
        sent = self.load.log_bytes_per_month * self.apart / GIB
        return [
            cost.line(
                "replication between zones",
                "GB",
                2 * sent,
                "transfer_prices.cross_az",
                self.case.region,
                note="paid in each direction",
            )
        ]

    def _work(self) -> list[Component]:
        """Patching, backup, failover and monitoring: what a managed service does itself."""
        if not self.case.administration:
            return []
        name = "pair" if self.servers > 1 else "one"  # replicas are run as the standby is
        work = assumption(f"ec2.administration_hours_{name}")
        rate = assumption("ec2.administration_rate")
        times = {"low": work.low, "value": work.value, "high": work.high}[self.load.level]
        return [
            Component(
                name="administration",
                unit="hours",
                quantity=times,
                price_usd=rate.value,
                fact=assumption_id(rate.id),
                note=work.why,
            )
        ]
