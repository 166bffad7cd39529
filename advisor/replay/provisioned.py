"""A series of CPU utilisation of a provisioned class, as capacity units that follow it.

For a database that runs already: an export of its CPU metric says what serverless would hold. Beside
the envelopes stands what a published calculator makes of such a series: units for its 95th
percentile, held all the time.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from msgspec import Struct

from advisor import facts
from advisor.model import HOURS_PER_MONTH
from advisor.replay import units
from advisor.replay.options import usd_per_month
from advisor.replay.timeline import MINUTE_S
from advisor.replay.units import Units
from advisor.sizing.fitting import CPU_CEILING
from workloads import shapes
from workloads.errors import InputError

_PERCENTILE = 95.0


class Serverless(Struct, frozen=True, kw_only=True):
    """Capacity for a utilisation series; USD a month for one instance's capacity alone.

    `held_usd` is what the published calculator's way gives; `low_usd` and `high_usd` come from the
    fast and the slow envelope. Each None where the region has no price.
    """

    instance_class: str
    mean_utilisation: float
    capacity: Units
    low_usd: float | None
    high_usd: float | None
    held_acu: float
    held_usd: float | None
    class_usd: float | None


def of_utilisation(path: Path, instance_class: str, region: str) -> Serverless:
    """Units for a CSV of time and CPU % of a class. InputError for a class or file of no use."""
    from workloads.arrivals.series import read

    found = read(path)
    if found.peak_per_s > 100.0:
        raise InputError(
            f"{path}: {found.peak_per_s:g} is no percentage",
            hint="give the CPU utilisation of the class, 0 to 100",
        )
    vcpus = shapes.get(instance_class).vcpu
    full = vcpus * facts.number("aurora_serverless.acu_per_vcpu_r")
    edges = np.arange(max(int(found.duration_s // MINUTE_S), 1)) * MINUTE_S
    at = np.searchsorted(np.array(found.times_s), edges, side="right") - 1
    share = np.array(found.rates_per_s)[at] / 100.0
    held = units.replay(
        share * full / CPU_CEILING, floor=facts.number("aurora_serverless.acu_min"), pausing=False
    )
    step = facts.number("aurora_serverless.acu_step")
    flat = math.ceil(float(np.percentile(share, _PERCENTILE)) * full / step) * step
    return Serverless(
        instance_class=instance_class,
        mean_utilisation=float(share.mean()),
        capacity=held,
        low_usd=usd_per_month(held.fast, region),
        high_usd=usd_per_month(held.slow, region),
        held_acu=flat,
        held_usd=usd_per_month(flat, region),
        class_usd=_class_usd(instance_class, region),
    )


def _class_usd(instance_class: str, region: str) -> float | None:
    """A month of the provisioned class on Aurora PostgreSQL; None where it has no price."""
    price = facts.price(f"aurora/postgresql/{instance_class}/standard", region)
    return None if price is None else price.number * HOURS_PER_MONTH
