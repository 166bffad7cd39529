"""The case: a workload made ready for deciding.

`workload` is what was declared (None is unknown: rules must not guess from it). `filled` is the
same with a documented default for every unknown that sizing needs; each default taken is listed
in `assumed`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from msgspec import Struct, structs

from advisor import facts, traffic
from advisor.defaults import HORIZON_MONTHS, fill, horizon
from advisor.demand import Demand, demand
from advisor.evidence import assumed_terms
from advisor.measured import Measured
from advisor.model import Assumed, Evidence
from advisor.traffic import Series
from results.record import Record
from workloads.errors import InputError
from workloads.growth import SECONDS_PER_MONTH, growth
from workloads.spec.model import Workload


class DataSize(Struct, frozen=True, kw_only=True):
    """Records and their logical bytes: now, on average over the horizon, at its end.

    `expired_per_month` is how many records leave the store in a month once as many expire as are
    inserted; 0 where none expires.
    """

    records_now: float
    records_mean: float
    records_end: float
    record_size_bytes: float
    expired_per_month: float


class Case(Struct, frozen=True, kw_only=True):
    """What the services and the rules look at.

    `administration`: whether the work that nobody else does is priced where it must be done.
    `ends`: whether plans need totals at the low and high end of the demand; a search that only
    asks which service wins does without them, in a third of the time.
    """

    workload: Workload
    filled: Workload
    assumed: tuple[Assumed, ...]
    region: str
    demand: Demand
    horizon_months: float
    evidence: tuple[Evidence, ...]
    sizes: DataSize
    series: Series
    administration: bool = True
    ends: bool = True


def prepare(
    workload: Workload,
    records: Sequence[Record] | Measured,
    *,
    region: str | None = None,
    horizon_months: float = HORIZON_MONTHS,
    administration: bool = True,
    demand_of: Callable[[Workload], Demand] | None = None,
) -> Case:
    """A case from a workload and records (or what `advisor.measured.measure` made of them).

    `region` stands before the workload's own. `demand_of` gives the demand instead of the records,
    from the workload without unknowns. Raises InputError for a region without prices, and
    when a trace cannot be read.
    """
    filled, assumed = fill(workload, region=region)
    if filled.region not in facts.REGIONS:
        raise InputError(
            f"there are no prices for region '{filled.region}'",
            hint=f"prices are known for {', '.join(facts.REGIONS)} alone: take one with --region "
            "(`advisor facts --refresh --region` reads today's prices of one of these)",
        )
    series, filled = _series(filled)
    needed = demand(filled, records) if demand_of is None else demand_of(filled)
    sizes = data_size(filled, horizon_months)
    grows = sizes.records_end != sizes.records_now
    archived = bool(sizes.expired_per_month and filled.retention.archive_s)
    ahead = (horizon(horizon_months),) if grows or archived else ()
    return Case(
        workload=workload,
        filled=filled,
        assumed=(*assumed, *ahead),
        region=filled.region or "",
        demand=needed,
        horizon_months=horizon_months,
        evidence=(*needed.evidence, *assumed_terms()),
        sizes=sizes,
        series=series,
        administration=administration,
    )


def moved(workload: Workload, region: str | None) -> Workload:
    """The workload in another region than its own: its data goes along.

    Where `needs.regions` names the workload's own region alone, it names the other one then;
    further regions are a need of their own and stay.
    """
    own, needs = workload.region, workload.needs
    if region is None or region == own or needs.regions is None or needs.regions != (own,):
        return workload
    return replace(workload, region=region, needs=replace(needs, regions=(region,)))


def _series(filled: Workload) -> tuple[Series, Workload]:
    """The week of traffic, and the workload with the mean and peak that it has."""
    asked = filled.traffic
    if asked.trace is not None:
        path = Path(asked.trace)
        origin = Path(filled.origin)
        week = traffic.from_trace(path if path.is_absolute() else origin.parent / path)
    else:
        week = traffic.series(
            asked.shape or "",
            mean_per_s=asked.mean_per_s or 0.0,
            peak_per_s=asked.peak_per_s or 0.0,
            active_h_per_week=asked.active_h_per_week,
        )
    held = replace(asked, mean_per_s=week.mean_per_s, peak_per_s=week.peak_per_s)
    return week, replace(filled, traffic=held)


def thinned(case: Case, share: float) -> Case:
    """The case with a share (0..1) of its traffic at every moment: the rest goes elsewhere."""
    if share >= 1.0:
        return case
    series = traffic.thinned(case.series, share)
    rates = replace(case.filled.traffic, mean_per_s=series.mean_per_s, peak_per_s=series.peak_per_s)
    filled = replace(case.filled, traffic=rates)
    sizes = data_size(filled, case.horizon_months)
    return structs.replace(case, series=series, filled=filled, sizes=sizes)


def data_size(filled: Workload, horizon_months: float) -> DataSize:
    """Records over the horizon, from the growth that was declared, else from the operations."""
    found, months = growth(filled), max(horizon_months, 1e-9)
    return DataSize(
        records_now=found.now,
        records_mean=found.mean(months),
        records_end=max(found.after(months), found.now),
        record_size_bytes=filled.data.record_size_bytes or 0.0,
        expired_per_month=found.inserted if filled.retention.live_s else 0.0,
    )


def archived_bytes(case: Case) -> float:
    """Logical bytes in the archive in the average month of the horizon; 0 without an archive."""
    kept_s = case.filled.retention.archive_s
    if not kept_s:
        return 0.0
    kept, months = kept_s / SECONDS_PER_MONTH, case.horizon_months
    # mean over the horizon of min(t, kept), t from 0 to the horizon
    mean_months = months / 2 if kept >= months else kept * (1 - kept / (2 * months))
    return case.sizes.expired_per_month * mean_months * case.sizes.record_size_bytes
