"""Documented defaults: what sizing takes for an input that nobody gave, and why.

Only inputs without which nothing can be sized have a default. Needs that choose between services
have none: a rule that must know one stays silent.
"""

from __future__ import annotations

from dataclasses import replace

from msgspec import Struct

from advisor.model import Assumed
from advisor.traffic import ACTIVE_H_PER_WEEK, HOURS_PER_WEEK, PEAK_TO_MEAN
from workloads.spec.model import DEFAULT_KEYS, Data, Operation, Traffic, Workload

DAY_S = 86400.0
RECORDS = 1_000_000
RECORD_SIZE_BYTES = 1024.0
MEAN_PER_S = 50.0
OPERATIONS = (Operation(kind="read", weight=80.0), Operation(kind="update", weight=20.0))
KEYS = f"{DEFAULT_KEYS.kind}({DEFAULT_KEYS.parameters[0]:g})"
BACKUP_S = 7 * DAY_S
CONNECTIONS = 100
REGION = "us-east-1"
HORIZON = "horizon"  # no input of a workload: how far ahead the advisor looks
HORIZON_MONTHS = 12.0
ONE_ZONE = "servers in one zone are enough; after a failure they are restored from backup"
STANDBY = "a standby in another zone takes over after a failure"
# Use that can wait for a restored database.
_NO_PRODUCTION = frozenset({"development", "intermittent"})


class Default(Struct, frozen=True, kw_only=True):
    """One row of the table of defaults."""

    input: str
    value: str
    why: str


DEFAULTS = (
    Default(input="region", value=REGION, why="the region with the most complete prices"),
    Default(
        input="data.records", value="1M", why="a table of ordinary size; say how many you have"
    ),
    Default(
        input="data.record_size",
        value="1 KiB",
        why="the record of the YCSB workloads; most rows and items are of this order",
    ),
    Default(
        input="data.growth",
        value="as inserts and deletes at the mean rate, expired after retention.live",
        why="what the operations themselves add",
    ),
    Default(
        input="data.keys",
        value=KEYS,
        why="YCSB's skew: requests of most applications favour few records; `bench` takes the same",
    ),
    Default(
        input="operations",
        value="80 % reads and 20 % updates by key",
        why="the mix between YCSB's A and B",
    ),
    Default(
        input="traffic.mean",
        value="the peak divided by the usual ratio of the shape, else 50/s",
        why="a modest application",
    ),
    Default(
        input="traffic.peak",
        value="the mean times the usual ratio of the shape: "
        + ", ".join(f"{shape} {ratio:g}" for shape, ratio in PEAK_TO_MEAN.items()),
        why="peaks are several times the mean wherever people are the source",
    ),
    Default(
        input="traffic.shape",
        value="daily, or intermittent where active hours are given",
        why="most traffic follows the day",
    ),
    Default(
        input="traffic.active",
        value=", ".join(f"{shape} {hours:g} h/week" for shape, hours in ACTIVE_H_PER_WEEK.items())
        + ", otherwise always",
        why="a working week",
    ),
    Default(
        input="retention.backup",
        value="7 d",
        why="what the RDS console proposes; the same window for every service",
    ),
    Default(
        input="needs.connections",
        value="100",
        why="a few application servers with pools of moderate size",
    ),
    Default(
        input="needs.failover",
        value=f"{STANDBY}; for development, intermittent use and lowest cost: {ONE_ZONE}",
        why="nobody said how available the data must be, nor how long an outage may last; a standby "
        "in another zone about doubles the instances, and is what production databases have",
    ),
    Default(
        input=HORIZON,
        value=f"{HORIZON_MONTHS:g} months",
        why="sizes are those at its end, storage is billed as its mean; data that grows or is "
        "archived costs more after it",
    ),
)


class _Taken(Struct):
    """Defaults taken so far."""

    assumed: list[Assumed]

    def take(self, name: str, value: str) -> None:
        why = next(default.why for default in DEFAULTS if default.input == name)
        self.assumed.append(Assumed(input=name, value=value, matters=None, why=why))


def horizon(months: float) -> Assumed:
    """How far ahead sizes and bills look, as an assumption: no workload says it."""
    why = next(default.why for default in DEFAULTS if default.input == HORIZON)
    return Assumed(input=HORIZON, value=f"{months:g} months", matters=None, why=why)


def fill(workload: Workload, *, region: str | None) -> tuple[Workload, tuple[Assumed, ...]]:
    """The workload with a default for every unknown that sizing needs, and the list of those."""
    taken = _Taken([])
    where = region or workload.region
    if where is None:
        taken.take("region", REGION)
    operations = workload.operations
    if not any(operation.weight > 0 for operation in operations):
        operations = OPERATIONS
        taken.take("operations", "80 % read, 20 % update")
    traffic = _traffic(workload.traffic, taken)
    retention, needs = workload.retention, workload.needs
    if retention.backup_s is None:
        retention = replace(retention, backup_s=BACKUP_S)
        taken.take("retention.backup", "7 d")
    if needs.connections is None:
        needs = replace(needs, connections=CONNECTIONS)
        taken.take("needs.connections", str(CONNECTIONS))
    if not _outage_is_stated(workload):
        taken.take("needs.failover", STANDBY if expects_standby(workload) else ONE_ZONE)
    filled = replace(
        workload,
        region=where or REGION,
        operations=operations,
        traffic=traffic,
        retention=retention,
        needs=needs,
        data=_data(workload.data, taken),
    )
    return filled, tuple(taken.assumed)


def expects_standby(workload: Workload) -> bool:
    """Whether a standby in another zone is taken for granted: production, and nothing else said."""
    in_production = workload.traffic.shape not in _NO_PRODUCTION
    cheap = bool(workload.needs.lowest_cost)
    return in_production and not cheap and not _outage_is_stated(workload)


def _outage_is_stated(workload: Workload) -> bool:
    needs = workload.needs
    stated = (needs.failover_s, needs.availability, needs.recovery_time_s, needs.recovery_point_s)
    return any(value is not None for value in stated)


def _data(data: Data, taken: _Taken) -> Data:
    if data.records is None:
        data = replace(data, records=RECORDS)
        taken.take("data.records", "1M")
    if data.record_size_bytes is None:
        data = replace(data, record_size_bytes=RECORD_SIZE_BYTES)
        taken.take("data.record_size", "1 KiB")
    if data.keys is None:
        data = replace(data, keys=DEFAULT_KEYS)
        taken.take("data.keys", KEYS)
    if data.growth_per_month is None:
        taken.take("data.growth", "from inserts and deletes")
    return data


def _traffic(traffic: Traffic, taken: _Taken) -> Traffic:
    shape, mean, peak = traffic.shape, traffic.mean_per_s, traffic.peak_per_s
    active = traffic.active_h_per_week
    if shape is None:
        shape = "daily" if active is None or active >= HOURS_PER_WEEK else "intermittent"
        if traffic.trace is None:
            taken.take("traffic.shape", shape)
    if active is None and shape in ACTIVE_H_PER_WEEK:
        active = ACTIVE_H_PER_WEEK[shape]
        taken.take("traffic.active", f"{active:g} h/week")
    # the mean is over all hours, the ratio of a shape over the hours of use
    ratio = PEAK_TO_MEAN[shape] * HOURS_PER_WEEK / (active or HOURS_PER_WEEK)
    if mean is None and peak is None:
        mean = MEAN_PER_S
        if traffic.trace is None:
            taken.take("traffic.mean", f"{mean:g}/s")
    if mean is None and peak is not None:
        mean = peak / ratio
        taken.take("traffic.mean", f"{mean:.4g}/s")
    if peak is None and mean is not None:
        peak = mean * ratio
        if traffic.trace is None:
            taken.take("traffic.peak", f"{peak:.4g}/s")
    if peak is not None and mean is not None and mean > peak:
        peak = mean
    return replace(traffic, shape=shape, mean_per_s=mean, peak_per_s=peak, active_h_per_week=active)
