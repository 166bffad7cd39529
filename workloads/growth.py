"""How the number of records grows: as declared, else by what the operations insert and delete."""

from __future__ import annotations

import math
from dataclasses import dataclass

from workloads.spec.model import Workload

SECONDS_PER_MONTH = 730 * 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Of one workload, per month of 730 h.

    by_month   the fraction that is declared; None: it is not, and the rest holds
    inserted   records; `deleted` by operations
    most       that there can be, where records expire; infinite: none do
    """

    now: float
    by_month: float | None
    inserted: float
    deleted: float
    most: float

    @property
    def net(self) -> float:
        """Records more each month, where no growth is declared."""
        return max(self.inserted - self.deleted, 0.0)

    def after(self, months: float) -> float:
        """Records after so many months.

        >>> declared = Growth(now=100.0, by_month=0.03, inserted=0.0, deleted=0.0, most=math.inf)
        >>> round(declared.after(12), 1)
        142.6
        """
        if self.by_month is not None:
            return self.now * math.exp(months * math.log1p(self.by_month))
        return min(self.now + self.net * months, self.most)

    def mean(self, months: float) -> float:
        """Records in the average moment of so many months."""
        if self.by_month is not None:
            grown = months * math.log1p(self.by_month)
            return self.now * (math.expm1(grown) / grown if grown else 1.0)
        end = self.after(months)
        ramp = (end - self.now) / (self.net * months) if self.net > 0 else 1.0
        return (self.now + end) / 2 * ramp + end * (1.0 - ramp)

    def months_until(self, records: float) -> float | None:
        """When there are so many; None: never.

        >>> steady = Growth(now=100.0, by_month=None, inserted=30.0, deleted=10.0, most=math.inf)
        >>> steady.months_until(200.0)
        5.0
        """
        if self.now >= records:
            return 0.0
        if self.by_month is not None:
            if self.by_month <= 0 or self.now <= 0:
                return None
            return math.log(records / self.now) / math.log1p(self.by_month)
        if self.net <= 0 or records > self.most:
            return None
        return (records - self.now) / self.net


def growth(workload: Workload) -> Growth:
    """Declared: n (1 + g)^months. Else: inserts less deletes at the mean rate.

    Records that expire after `retention.live` keep the number below what is inserted in that
    time, if it is larger than today's.
    """
    now = float(workload.data.records or 0)
    rate = (workload.traffic.mean_per_s or 0.0) * SECONDS_PER_MONTH
    inserted = workload.per_operation("insert") * rate
    live_s = workload.retention.live_s
    most = math.inf if live_s is None else max(now, inserted * live_s / SECONDS_PER_MONTH)
    return Growth(
        now=now,
        by_month=workload.data.growth_per_month,
        inserted=inserted,
        deleted=workload.per_operation("delete") * rate,
        most=most,
    )
