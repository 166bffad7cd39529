"""What a fact is, and what an instance class is made of."""

from __future__ import annotations

from msgspec import Struct

Value = float | str | bool

REFERENCE_FAMILY = "m5"
# Peak of a class = vCPU x single-core score x this: two hyper-threads share one core.
# Expected and range from 156 public runs of virtual machines; median error left out 6.9 %.
HYPER_THREAD_FACTOR = (0.39, 0.53, 0.61)
WHOLE_CORE_FACTOR = (0.97, 0.97, 0.97)


class Fact(Struct, frozen=True, kw_only=True):
    """A price, limit or feature. `region` is `any` where it holds everywhere.

    `id` is unique: the name, and for a fact of one region `name@region`. `verified` is False
    where no dated source was found; such a fact is shown as unverified wherever it is used.
    """

    id: str
    name: str
    value: Value
    unit: str
    region: str
    source: str
    date: str
    verified: bool
    note: str = ""

    @property
    def number(self) -> float:
        """The value of a numeric fact; TypeError for text and switches."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise TypeError(f"fact {self.id} is not a number: {self.value!r}")
        return float(self.value)


class Discount(Struct, frozen=True, kw_only=True):
    """What a commitment takes off the hourly price of a family, in percent.

    `family` and `engine` may be `any`. `value` None: only the most it can be is published.
    """

    service: str
    engine: str
    family: str
    months: int
    payment: str  # all-upfront | partial-upfront | no-upfront | savings-plan
    low: float
    value: float | None
    high: float
    region: str
    source: str
    date: str
    verified: bool

    @property
    def name(self) -> str:
        """The name of the fact."""
        return f"reserved.{self.service}.{self.engine}.{self.family}.{self.months}.{self.payment}"


class CpuFamily(Struct, frozen=True, kw_only=True):
    """Speed of one core of an EC2 family, in cores of the reference family (m5 = 1).

    `single` is the geometric mean over tests, `single_low` and `single_high` their extremes.
    """

    name: str
    cpu_model: str
    architecture: str
    hyper_threads: bool
    single_low: float
    single: float
    single_high: float
    tests: str
    source: str
    date: str

    def capacity(self, vcpu: float) -> tuple[float, float, float]:
        """Reference cores that `vcpu` virtual CPUs are worth, all busy: low, expected, high."""
        low, expected, high = HYPER_THREAD_FACTOR if self.hyper_threads else WHOLE_CORE_FACTOR
        return (
            vcpu * self.single_low * low,
            vcpu * self.single * expected,
            vcpu * self.single_high * high,
        )


class InstanceClass(Struct, frozen=True, kw_only=True):
    """One class as a service offers it in one region and deployment, with its price.

    `ebs_mib_per_s` and `ebs_iops` are what it sustains; `cpu_baseline` is the fraction of each
    vCPU that a burstable class may use all day (None: not burstable). `cores` is its worth in
    reference cores: low, expected, high. `usd_per_hour` None: no price is known.
    """

    name: str
    family: str
    service: str
    engine: str
    deployment: str
    region: str
    vcpu: float
    memory_gib: float
    cores: tuple[float, float, float]
    single: float
    cpu_baseline: float | None
    ebs_mib_per_s: float
    ebs_iops: float
    network_mib_per_s: float
    nvme_gib: float | None
    usd_per_hour: float | None
    price_fact: str
    ebs_verified: bool
    price_verified: bool = True
