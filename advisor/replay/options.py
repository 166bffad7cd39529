"""Every plan of a case under a year of its traffic: bands, throttling, credits, pauses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from msgspec import Struct, structs

from advisor import facts, rules, services
from advisor.case import Case
from advisor.facts import InstanceClass
from advisor.model import HOURS_PER_MONTH, Follow, Option, Plan, is_burstable
from advisor.replay import credits as cpu_credits
from advisor.replay import table_scaling, units
from advisor.replay.credits import Credits
from advisor.replay.table_scaling import Held
from advisor.replay.timeline import Floats
from advisor.replay.units import Units
from advisor.standing import offers, services_out

SURPLUS_PRICE = "rds_prices.t3_cpu_credit_unlimited"


class Replayed(Struct, frozen=True, kw_only=True):
    """One plan after the replay. What does not follow traffic is None.

    `usd` is the bill as recommended; `low_usd` and `high_usd` the same with what was replayed:
    the two envelopes of capacity units, or what auto scaling held, or surplus credits. None where
    a price is not known.
    """

    option: Option
    pausing: bool
    usd: float | None
    low_usd: float | None
    high_usd: float | None
    excluded: str = ""  # the rule that puts the plan out, and why; empty where none does
    capacity: Units | None = None
    tables: dict[str, Held] = {}
    credits: Credits | None = None


class Replays:
    """The replays of one timeline; what several plans share is run once."""

    def __init__(self, case: Case, timeline: Floats) -> None:
        self.region = case.region
        self.shape = timeline / case.series.peak_per_s
        self._known: dict[object, object] = {}

    def of(self, plan: Plan) -> Replayed:
        """A plan replayed; as it is where nothing in it follows traffic."""
        follow = next((f for f in plan.follows if f.unit == "acu"), None)
        if follow is not None:
            return self._units(plan, follow)
        if plan.follows:
            return self._table(plan)
        cls = _burstable(plan.option, self.region)
        if cls is not None:
            return self._credits(plan, cls)
        return Replayed(
            option=plan.option, pausing=False, usd=plan.usd, low_usd=plan.usd, high_usd=plan.usd
        )

    def _units(self, plan: Plan, follow: Follow) -> Replayed:
        found = self._once(
            (follow.peak, follow.floor, follow.pausing),
            partial(
                units.replay, self.shape * follow.peak, floor=follow.floor, pausing=follow.pausing
            ),
        )
        assert isinstance(found, Units)
        return Replayed(
            option=plan.option,
            pausing=follow.pausing,
            usd=plan.usd,
            low_usd=_with(plan, {follow: found.fast}),
            high_usd=_with(plan, {follow: found.slow}),
            capacity=found,
        )

    def _table(self, plan: Plan) -> Replayed:
        peaks = [follow.peak for follow in plan.follows]
        found = self._once(
            tuple(peaks), partial(table_scaling.replay, [self.shape * peak for peak in peaks])
        )
        assert isinstance(found, list)
        held = dict(zip((follow.unit for follow in plan.follows), found, strict=True))
        usd = _with(plan, {f: held[f.unit].mean_units for f in plan.follows})
        return Replayed(
            option=plan.option, pausing=False, usd=plan.usd, low_usd=usd, high_usd=usd, tables=held
        )

    def _credits(self, plan: Plan, cls: InstanceClass) -> Replayed:
        used = next(u.used for u in plan.utilisation if u.resource == "CPU")
        busy = used / (cls.cores[1] / cls.vcpu)  # vCPUs at the peak
        found = self._once(
            (cls.name, busy),
            partial(
                cpu_credits.replay,
                self.shape * busy,
                vcpus=cls.vcpu,
                baseline=cls.cpu_baseline or 0.0,
            ),
        )
        assert isinstance(found, Credits)
        price = facts.price(SURPLUS_PRICE, self.region)
        hours = found.surplus_vcpu_hours_per_month
        high = None if plan.usd is None or (hours and price is None) else plan.usd
        if high is not None and price is not None:
            high += hours * price.number
        return Replayed(
            option=plan.option,
            pausing=False,
            usd=plan.usd,
            low_usd=plan.usd,
            high_usd=high,
            credits=found,
        )

    def _once(self, key: object, make: Callable[[], object]) -> object:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]


def replay(case: Case, timeline: Floats) -> list[Replayed]:
    """Every plan of every service, in the order of the services and of their plans.

    Plans that a rule puts out are replayed as well, and say so.
    """
    replays = Replays(case, timeline)
    findings = rules.findings(case)
    out = services_out(findings)
    found: list[Replayed] = []
    for service in services.discovered():
        plans = [plan for plan in service.plans(case) if isinstance(plan, Plan)]
        for offer in offers(plans, findings):
            by = out.get(service.name) or offer.out
            excluded = "" if by is None else f"{by.code}: {by.why}"
            found.append(structs.replace(replays.of(offer.plan), excluded=excluded))
    return found


def _with(plan: Plan, means: dict[Follow, float]) -> float | None:
    """The total where the components that follow traffic hold so many units on average."""
    if plan.usd is None:
        return None
    total = plan.usd
    for follow, mean in means.items():
        for component in plan.components:
            if component.name.startswith(follow.component) and component.usd is not None:
                total += component.usd * (mean / follow.mean - 1.0) if follow.mean else 0.0
    return total


def _burstable(option: Option, region: str) -> InstanceClass | None:
    """The burstable class of an option, with what its type is worth; None for any other."""
    if not is_burstable(option.instance_class):
        return None
    kind = str(option.instance_class).removeprefix("db.")
    return next((cls for cls in _types(region) if cls.name == kind), None)


def _types(region: str) -> Iterable[InstanceClass]:
    return facts.classes(service="ec2", engine="linux", region=region, deployment="on-demand")


def usd_per_month(acu: float, region: str) -> float | None:
    """What so many capacity units cost for a month of hours."""
    price = facts.price("aurora_prices.acu_hour_standard", region)
    return None if price is None else acu * price.number * HOURS_PER_MONTH
