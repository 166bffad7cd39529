"""What a plan costs over one year and over three, with the data that grows meanwhile.

A month of the plan is the average month of the horizon. Over another time data that grow have
another average, and may take a larger option: the plan's kind of option is sized again for it.
"""

from __future__ import annotations

from msgspec import structs

from advisor import administration, services
from advisor import case as cases
from advisor.beside import with_copy
from advisor.case import Case
from advisor.judgement import Judgement, planned
from advisor.measured import Measured
from advisor.model import Option, Plan, Span, is_burstable
from advisor.rules.analytics.aggregates_beside import COPY
from advisor.sizing.choice import order
from advisor.variations import kept_share

MONTHS = (12, 36)


def of(judgement: Judgement, measured: Measured, shown: Plan | None) -> tuple[Span, ...]:
    """The chosen plan over each time; empty where there is no plan.

    `shown` is the plan with the interval and the features that a reader is told.
    """
    if shown is None:
        return ()
    return tuple(_span(shown, judgement, measured, months) for months in MONTHS)


def _span(plan: Plan, judgement: Judgement, measured: Measured, months: int) -> Span:
    source, chosen = judgement.sized, judgement.plan
    if months == source.horizon_months or not _grows(source) or chosen is None:
        return _over(plan, plan, months)
    later = _later(chosen, judgement, measured, months)
    if later is None:
        return Span(
            months=months,
            low_usd=None,
            usd=None,
            high_usd=None,
            administration_usd=0.0,
            sized=f"no option of this kind holds the data of month {months}",
        )
    return _over(plan, later, months)


def _grows(case: Case) -> bool:
    """Whether the average month depends on the time that is averaged over."""
    sizes = case.sizes
    return sizes.records_end != sizes.records_now or bool(
        sizes.expired_per_month and case.filled.retention.archive_s
    )


def _over(plan: Plan, later: Plan, months: int) -> Span:
    """A monthly total times months; its interval is as wide, in proportion, as the plan's."""
    usd = later.usd
    low, high = (
        None if end is None or usd is None or not plan.usd else usd * months * end / plan.usd
        for end in (plan.low_usd, plan.high_usd)
    )
    return Span(
        months=months,
        low_usd=low,
        usd=None if usd is None else usd * months,
        high_usd=high,
        administration_usd=administration.usd(later) * months,
        sized=_difference(plan.option, later.option),
    )


def _difference(plan: Option, later: Option) -> str:
    """What the later option is, where it is a larger one."""
    said = []
    if later.instance_class != plan.instance_class:
        said.append(str(later.instance_class))
    if later.minimum_acu != plan.minimum_acu or later.maximum_acu != plan.maximum_acu:
        said.append(f"{later.minimum_acu:g} to {later.maximum_acu:g} ACU")
    if plan.storage_gib and later.storage_gib and later.storage_gib > 1.01 * plan.storage_gib:
        said.append(f"{later.storage_gib:,.0f} GiB")
    return ", ".join(said)


def _later(plan: Plan, judgement: Judgement, measured: Measured, months: int) -> Plan | None:
    """The plan's kind of option, sized for a time; None where it cannot hold the data then."""
    service = services.get(plan.option.service)
    assert service is not None
    copied = COPY in plan.features
    source = judgement.beside if copied and judgement.beside is not None else judgement.sized
    case = cases.prepare(
        source.workload,
        measured,
        region=source.region,
        horizon_months=months,
        administration=source.administration,
    )
    if copied:
        case = cases.thinned(case, kept_share(judgement.case, source.workload))
    case = structs.replace(case, ends=False)
    outcomes = planned(service, case)
    if copied:
        outcomes = with_copy(case, outcomes)
    alike = [o for o in outcomes if isinstance(o, Plan) and _kind(o) == _kind(plan)]
    if not is_burstable(plan.option.instance_class):
        alike = [o for o in alike if not is_burstable(o.option.instance_class)]
    return min(alike, key=order, default=None)


def _kind(plan: Plan) -> tuple[object, ...]:
    option = plan.option
    return (
        option.engine,
        option.deployment,
        option.capacity_mode,
        option.table_class,
        option.storage,
        option.minimum_acu == 0.0,
        frozenset(plan.features) - {"write-sharding"},
    )
