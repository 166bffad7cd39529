"""What a table costs in a month."""

from __future__ import annotations

from msgspec import structs

from advisor import cost, facts
from advisor.case import Case
from advisor.facts.assumptions import assumption
from advisor.model import HOURS_PER_MONTH, Component
from advisor.services.dynamodb import accelerator
from advisor.services.dynamodb.consumption import Consumption
from advisor.sizing.load import GIB
from workloads.growth import SECONDS_PER_MONTH

ON_DEMAND = "on-demand"
AUTOSCALING = "provisioned-autoscaling"
PROVISIONED = "provisioned"  # set by hand, for the peak
STANDARD = "standard"
IA = "standard-ia"
_DAYS_PER_MONTH = HOURS_PER_MONTH / 24


def components(case: Case, used: Consumption, mode: str, table_class: str) -> list[Component]:
    """Every line of the bill of one table, with its copies in other regions."""
    lines = [
        *_marked_free(_throughput(case, used, mode, table_class), table_class),
        *_marked_free(_kept(used, table_class, case.region), table_class),
        *_backup(case, used),
        *accelerator.nodes(case, used.item_bytes, used.read_requests_per_s),
    ]
    for region in case.workload.needs.regions or ():
        if region != case.region:
            lines += _copy(used, mode, table_class, region)
            lines.append(_transfer(case, used, region))
    return [*lines, *cost.archive(case)]


def _marked_free(lines: list[Component], table_class: str) -> list[Component]:
    """The lines with what of them an account gets free: storage and provisioned units.

    Once in each account, for Standard tables, whatever else it stores: marked, not taken off.
    """
    if table_class != STANDARD:
        return lines
    free = {
        "GB-month": facts.number("dynamodb_prices.free_tier_storage"),
        "unit-hours": facts.number("dynamodb_prices.free_tier_units") * HOURS_PER_MONTH,
    }
    return [structs.replace(line, free=free.get(line.unit, 0.0)) for line in lines]


def _suffix(table_class: str) -> str:
    return "_ia" if table_class == IA else ""


def _throughput(case: Case, used: Consumption, mode: str, table_class: str) -> list[Component]:
    return [
        line
        for letter, per_s in (("r", used.reads_per_s), ("w", used.writes_per_s))
        if per_s > 0
        for line in [_units(letter, per_s, used, mode, table_class, case.region)]
    ]


def _units(
    letter: str, per_s: float, used: Consumption, mode: str, table_class: str, region: str
) -> Component:
    """Read or write units of a month: requests, or hours of provisioned capacity."""
    said = "read" if letter == "r" else "write"
    suffix = _suffix(table_class)
    copies = _with_indexes(used) if letter == "w" else ""
    if mode == ON_DEMAND:
        millions = per_s * used.mean_share * SECONDS_PER_MONTH / 1e6
        price = f"dynamodb_prices.on_demand_{letter}ru_per_million{suffix}"
        name = f"{said} request units"
        return cost.per_million(name, "units", millions, price, region, note=copies)
    target = assumption("autoscaling.target_utilisation").value
    held = max(per_s / target, 1.0) if mode == PROVISIONED else held_units(per_s, used)
    return cost.line(
        f"{said} capacity units",
        "unit-hours",
        held * HOURS_PER_MONTH,
        f"dynamodb_prices.{letter}cu_hour{suffix}",
        region,
        note=f"{held:,.4g} units held on average, of which the traffic uses {100 * target:g} %"
        + (" at its peak" if mode == PROVISIONED else "")
        + (f"; {copies}" if copies else ""),
    )


def _with_indexes(used: Consumption) -> str:
    """That a line counts indexes, too; empty without any."""
    if used.copies == 1:
        return ""
    return f"{used.copies:g} times, with the indexes (fact dynamodb.gsi_write_amplification)"


def held_units(per_s: float, used: Consumption) -> float:
    """Units that auto scaling holds on average for so many at the peak."""
    target = assumption("autoscaling.target_utilisation").value
    return max(per_s * used.held_share / target, 1.0)


def _kept(used: Consumption, table_class: str, region: str, *, of: str = "") -> list[Component]:
    name = "storage_ia" if table_class == IA else "storage_standard"
    return [
        cost.line(
            f"storage {table_class}{of}",
            "GB-month",
            used.stored_gib_mean,
            f"dynamodb_prices.{name}",
            region,
            note="; ".join(
                word
                for word in (
                    "items with names and 100 B each, mean over the horizon",
                    _with_indexes(used),
                )
                if word
            ),
        )
    ]


def _backup(case: Case, used: Consumption) -> list[Component]:
    days = cost.backup_days(case)
    if days <= 0:
        return []
    window = facts.number("dynamodb.pitr_window")
    lines = [
        cost.line(
            "point-in-time recovery",
            "GB-month",
            used.stored_gib_mean / used.copies,
            "dynamodb_prices.pitr",
            case.region,
        )
    ]
    if days > window:
        kept = (days - window) / _DAYS_PER_MONTH * used.stored_gib_mean / used.copies
        price = "dynamodb_prices.on_demand_backup"
        lines.append(
            cost.line("monthly backups beyond 35 days", "GB-month", kept, price, case.region)
        )
    return lines


def _copy(used: Consumption, mode: str, table_class: str, region: str) -> list[Component]:
    """A replica table: replicated writes at the price of writes there, and its storage."""
    lines = []
    if used.writes_per_s > 0:
        writes = _units("w", used.writes_per_s, used, mode, table_class, region)
        name = f"replicated writes in {region}"
        lines.append(
            Component(
                name=name,
                unit=writes.unit,
                quantity=writes.quantity,
                price_usd=writes.price_usd,
                fact=writes.fact,
                note=writes.note,
            )
        )
    return [*lines, *_kept(used, table_class, region, of=f" in {region}")]


def _transfer(case: Case, used: Consumption, region: str) -> Component:
    """Bytes of written items sent to a replica, in whole write units; indexes are written there."""
    per_month = used.writes_per_s / used.copies * used.mean_share * SECONDS_PER_MONTH
    sent = per_month * facts.number("dynamodb.wcu") / GIB
    name = f"transfer of writes to {region}"
    return cost.line(name, "GB", sent, "transfer_prices.inter_region", case.region)
