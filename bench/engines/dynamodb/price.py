"""What a run on AWS will cost, by the plan: units by DynamoDB's rules times a price of a day.

Prices: Amazon DynamoDB in us-east-1, standard tables. On demand: 0.625 USD for a million write
units, 0.125 USD for a million read units, since AWS halved them in November 2024 (Airbyte, "Amazon
DynamoDB Pricing", 2025-07-21, read 2026-11-22). Provisioned: 0.00065 USD an hour for a write unit,
0.00013 USD for a read unit (not checked again). They are facts of this module, for a warning and
not for a recommendation: other regions cost up to twice as much.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.dynamodb.options import Options
from bench.engines.lmdb import capacity
from bench.engines.lmdb.columns import plain, row_sizes
from bench.engines.lmdb.itemsize import text_size
from bench.engines.lmdb.schema import design
from workloads.stream import DEFAULT_RANGE_LIMIT

if TYPE_CHECKING:
    from bench.engines.seam import Phase, Work
    from workloads.spec.model import Operation

PRICES_REGION, PRICES_DATE = "us-east-1", "2025-07-21"
USD_PER_WRITE_UNIT = 0.625e-6
USD_PER_READ_UNIT = 0.125e-6
USD_PER_PROVISIONED_WRITE_HOUR = 0.00065
USD_PER_PROVISIONED_READ_HOUR = 0.00013
_SAMPLE_ROWS = 200
# No client gets an answer sooner, nor a page of a Scan: bounds the rate of closed load.
_FASTEST_S = 1e-3
_FASTEST_PAGE_S = 10e-3
_UNKNOWN_RATE_PER_S = 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Capacity units."""

    read: float = 0.0
    write: float = 0.0

    def __add__(self, other: Units) -> Units:
        return Units(read=self.read + other.read, write=self.write + other.write)

    def times(self, factor: float) -> Units:
        return Units(read=self.read * factor, write=self.write * factor)

    @property
    def usd(self) -> float:
        """At the prices on demand."""
        return self.read * USD_PER_READ_UNIT + self.write * USD_PER_WRITE_UNIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Items of one table: how many, how large, and in how many indexes."""

    items: int
    item_bytes: float
    indexes: int

    @property
    def load(self) -> Units:
        """To write all of them."""
        return Units(write=self.items * self.write)

    @property
    def write(self) -> float:
        """Units of writing one, its index entries too."""
        return capacity.write_units(None, round(self.item_bytes)) * (1 + self.indexes)


def sentences(work: Work, options: Options) -> tuple[str, ...]:
    """What the work will cost at most, to be shown before anything is created."""
    sizes = sizes_of(work)
    load = sum((each.load for each in sizes), Units())
    if options.provisioned:
        return (*_provisioned(work, sizes, options), _about_prices())
    known = [phase for phase in work.phases if phase.clients or phase.requests_per_s]
    requests = sum((phase_units(phase, sizes, options) for phase in known), Units())
    lines = [
        f"on AWS this costs at most about ${_money((load + requests).usd)}:"
        f" loading {load.write:,.0f} write units ${_money(load.usd)};"
        f" requests up to {requests.read:,.0f} read and {requests.write:,.0f} write units"
        f" ${_money(requests.usd)}"
    ]
    for phase in work.phases:
        if phase not in known:
            hour = mean_units(phase, sizes, options).times(_UNKNOWN_RATE_PER_S * 3600)
            lines.append(
                "a search or curve takes as many trials as it needs: each hour of"
                f" {_UNKNOWN_RATE_PER_S:,.0f} requests per second costs ${_money(hour.usd)}"
            )
            break
    return (*lines, _about_prices())


def sizes_of(work: Work) -> list[Sizes]:
    """The tables of the work, the main table first; sizes from a sample of rows."""
    found = []
    for name, schema in design(work.dataset).items():
        count = work.dataset.row_count(name, work.records)
        sample = work.dataset.rows(
            name,
            0,
            min(count, _SAMPLE_ROWS),
            seed=1,
            record_size_bytes=work.record_size_bytes,
        )
        columns = {name: plain(sample.column(name)) for name in sample.schema.names}
        total = int(row_sizes(columns, schema.paths)[0].sum())
        each = total / max(1, sample.num_rows)
        if schema.bucketed:
            each += text_size(schema.partition) + 4
        found.append(Sizes(items=count, item_bytes=each, indexes=len(schema.indexes)))
    return found


def phase_units(phase: Phase, sizes: list[Sizes], options: Options) -> Units:
    """Units of a trial, at the highest rate that is possible."""
    mean = mean_units(phase, sizes, options)
    rate_per_s = phase.requests_per_s
    if rate_per_s is None:
        pages = mean.read * capacity.READ_BLOCK_BYTES / capacity.PAGE_BYTES
        rate_per_s = (phase.clients or 1) / (_FASTEST_S + _FASTEST_PAGE_S * pages)
    return mean.times(rate_per_s * phase.seconds)


def mean_units(phase: Phase, sizes: list[Sizes], options: Options) -> Units:
    """Units of one request of a trial, by the weights."""
    weight = sum(operation.weight for operation in phase.operations)
    return sum(
        (
            operation_units(operation, sizes, options).times(operation.weight / weight)
            for operation in phase.operations
        ),
        Units(),
    )


def operation_units(operation: Operation, sizes: list[Sizes], options: Options) -> Units:
    """Units of one operation, about."""
    main = sizes[0]
    size = round(main.item_bytes)
    factor = capacity.READ_FACTOR[options.consistency]
    get = capacity.read_units(size, options.consistency)
    several = operation.atomic_with or 1
    write = main.write * (2 * several if several > 1 else 1)

    def query(items: float, each: float = main.item_bytes, factor: float = factor) -> float:
        return (items * each / capacity.READ_BLOCK_BYTES + 1) * factor

    made: dict[str, Callable[[], Units]] = {
        "read": lambda: Units(read=get),
        "insert": lambda: Units(write=main.write),
        "update": lambda: Units(write=write),
        "read-modify-write": lambda: Units(read=capacity.read_units(size, "strong"), write=write),
        "delete": lambda: Units(write=main.write),
        "range": lambda: Units(read=query(operation.limit or DEFAULT_RANGE_LIMIT)),
        "scan": lambda: Units(read=query(main.items)),
        "join": lambda: Units(read=get + query(*_children(sizes), factor=0.5)),
        "transaction": lambda: _transaction(operation, main, query),
    }
    return made[operation.kind]()


def _children(sizes: list[Sizes]) -> tuple[float, float]:
    """How many children a row has, and how large one is."""
    child = max(sizes[1:], key=lambda each: each.indexes)
    return child.items / max(1, sizes[0].items), child.item_bytes


def _transaction(operation: Operation, main: Sizes, query: Callable[..., float]) -> Units:
    """Units of a transaction, each of its items taken to be of the main table."""
    found = Units()
    for step in operation.steps:
        if step.kind == "range":
            one = Units(read=query(step.limit or DEFAULT_RANGE_LIMIT, factor=1.0))
        elif step.kind == "read":
            one = Units(read=capacity.read_units(round(main.item_bytes), "transactional"))
        else:
            one = Units(write=main.write * capacity.TRANSACTION_FACTOR)
        found += one.times(step.repeat)
    return found


def _provisioned(work: Work, sizes: list[Sizes], options: Options) -> list[str]:
    """The price of provisioned capacity, for as long as the tables are there."""
    places = sum(1 + each.indexes for each in sizes)
    reads, writes = options.read_capacity or 0, options.write_capacity or 0
    hourly = places * (
        reads * USD_PER_PROVISIONED_READ_HOUR + writes * USD_PER_PROVISIONED_WRITE_HOUR
    )
    loading_s = max(each.load.write / (1 + each.indexes) for each in sizes) / max(1, writes)
    hours = (loading_s + sum(phase.seconds for phase in work.phases)) / 3600
    return [
        f"on AWS {reads:,} read and {writes:,} write units per second for each of {places} tables"
        f" and indexes cost ${_money(hourly)} an hour, as long as the tables are there:"
        f" by the plan {hours:.2f} h, of which {loading_s / 3600:.2f} h loading"
    ]


def _about_prices() -> str:
    return (
        f"(prices of {PRICES_REGION}, {PRICES_DATE}; other regions cost up to twice as much;"
        " the tables are deleted at the end)"
    )


def _money(usd: float) -> str:
    """Dollars, what is less than a cent as one.

    >>> _money(0.0), _money(0.0004), _money(12.346)
    ('0.00', '0.01', '12.35')
    """
    return f"{max(usd, 0.01) if usd else 0.0:,.2f}"
