"""The declared need, as immutable values.

Units are fixed inside storefit: seconds, bytes, operations per second, USD; fractions are
plain numbers (3 % is 0.03). `None` means *unknown*: nobody said. It is never a default.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

KINDS = (
    "read",
    "insert",
    "update",
    "read-modify-write",
    "delete",
    "range",
    "scan",
    "join",
    "aggregate",
    "top-k",
    "window",
    "transaction",
)
# A transaction is taken to write; `Operation.is_write` looks at its steps.
WRITE_KINDS = frozenset({"insert", "update", "read-modify-write", "delete", "transaction"})
# Questions about a whole table. `Operation.reads_all` says which of them look at every row.
ANALYTIC_KINDS = frozenset({"scan", "aggregate", "top-k", "window"})
# Kinds whose answer may have a limit.
LIMITED_KINDS = frozenset({"range", "scan", "top-k"})
STEP_KINDS = ("read", "update", "insert", "delete", "range")
RANGE_FORMS = ("rows", "sum", "sorted", "distinct")
KEY_DISTRIBUTIONS = ("uniform", "zipfian", "ycsb-zipfian", "latest", "hotspot", "exponential")
FORMATS = ("relational", "document", "key-value", "time-series", "columnar", "unknown")
SHAPES = (
    "steady",
    "daily",
    "periodic",
    "spiky",
    "unpredictable",
    "intermittent",
    "development",
)

Kind = Literal[
    "read",
    "insert",
    "update",
    "read-modify-write",
    "delete",
    "range",
    "scan",
    "join",
    "aggregate",
    "top-k",
    "window",
    "transaction",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDistribution:
    """How keys are chosen. `parameters` are positional: zipfian(theta), hotspot(data, operations)."""

    kind: str = "uniform"
    parameters: tuple[float, ...] = ()


# What is meant where `data.keys` is absent, for measuring and advising alike: YCSB's skew, the
# usual stand-in for requests that favour few records. Uniform would hide hot partitions and make
# every cache look worse than it is.
DEFAULT_KEYS = KeyDistribution(kind="zipfian", parameters=(0.99,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Axes data format and data size. `records` are items or rows today.

    `file` is the path of a CSV or Parquet file whose rows are drawn, relative to the workload's
    file, and `key` the name of its key there; they stand in the place of a dataset.
    """

    format: str | None = None
    dataset: str | None = None
    file: str | None = None
    key: str | None = None
    records: int | None = None
    record_size_bytes: float | None = None
    growth_per_month: float | None = None
    keys: KeyDistribution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request of a transaction; `kind` is one of STEP_KINDS.

    repeat    so many requests of this step, one after the other, each on a key of its own
    table     another table of the dataset (None: the main table)
    limit     length of a range: it takes the keys key..key+limit-1 (None: the default length)
    form      of a range, one of RANGE_FORMS (None: `rows`): the rows in the order of the key; the
              `sum` of the column; the column's values `sorted`; its `distinct` values, sorted
    column    what an update changes (None: the table's own choice), what a read or a range returns
              (None: every column; a sum: the measure)
    add       an update adds an amount to the column instead of setting it
    same_key  the request is about the record of the step before it on this table; an insert after
              a delete puts the deleted record back
    """

    kind: str
    repeat: int = 1
    table: str | None = None
    limit: int | None = None
    form: str | None = None
    column: str | None = None
    add: bool = False
    same_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One kind of request and its share of the mix.

    `limit`: rows a range, scan or top-k returns at most. `atomic_with`: records changed in one
    transaction (1 or None: a single record). `all_fields`: whether an update writes every
    field (False: one). `uniform_limit`: the length is uniform in 1..limit (YCSB's scan).
    `steps`: what a `transaction` does, in this order, all of it or nothing; the answer of a
    transaction is the answers of its steps, one behind the other. Every other kind has no steps.
    """

    kind: str
    weight: float
    limit: int | None = None
    atomic_with: int | None = None
    all_fields: bool = False
    uniform_limit: bool = False
    steps: tuple[Step, ...] = ()

    @property
    def requests(self) -> tuple[Operation, ...]:
        """The operation as single requests; `weight` is how many of each one operation makes.

        Of a transaction one for each step; any other operation is one request.
        """
        if self.kind != "transaction":
            return (replace(self, weight=1.0),)
        return tuple(Operation(kind=s.kind, weight=s.repeat, limit=s.limit) for s in self.steps)

    @property
    def reads_all(self) -> bool:
        """Whether it looks at every row of the table.

        A scan with a limit stops there; a top-k has to look at all rows to return a few.
        """
        return self.kind in ANALYTIC_KINDS and not (self.kind == "scan" and self.limit)

    @property
    def is_write(self) -> bool:
        """Whether it changes anything."""
        return any(request.kind in WRITE_KINDS for request in self.requests)

    @property
    def records_written(self) -> int:
        """Records that one operation changes, in one transaction."""
        if self.kind != "transaction":
            return (self.atomic_with or 1) if self.kind in WRITE_KINDS else 0
        written, counted = 0, dict.fromkeys((step.table for step in self.steps), False)
        for step in self.steps:
            writes = step.kind in WRITE_KINDS
            if not step.same_key:
                written += step.repeat * writes
                counted[step.table] = writes
            elif writes and not counted[step.table]:
                written += 1
                counted[step.table] = True
        return written


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Axis query frequency: how often. `trace` is the path of a CSV, relative to the file."""

    mean_per_s: float | None = None
    peak_per_s: float | None = None
    shape: str | None = None
    active_h_per_week: float | None = None
    trace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyObjective:
    """Axis data access speed: response time at the peak, client in the same region, seconds."""

    read_p99_s: float | None = None
    write_p99_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Axis retention period, seconds. `backup_s` is the point-in-time recovery window."""

    live_s: float | None = None
    archive_s: float | None = None
    backup_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What else must hold. Every field may be None: unknown."""

    engine: str | None = None
    sql: bool | None = None
    joins: bool | None = None
    ad_hoc_queries: bool | None = None
    transactions: str | None = None
    flexible_schema: bool | None = None
    administration: str | None = None
    operating_system_access: bool | None = None
    unsupported_feature: str | None = None
    licence: str | None = None
    availability: float | None = None  # fraction of a month, 0.9995
    failover_s: float | None = None
    recovery_point_s: float | None = None
    recovery_time_s: float | None = None
    regions: tuple[str, ...] | None = None
    writes_in: str | None = None
    replica_lag_s: float | None = None
    read_scaling: bool | None = None
    hot_reads: bool | None = None
    indexes: int | None = None
    connections: int | None = None
    short_connections: bool | None = None
    copies: int | None = None
    rewind: bool | None = None
    managed: bool | None = None
    serverless: bool | None = None
    lowest_cost: bool | None = None
    application_change: str | None = None
    existing: str | None = None
    budget_usd_per_month: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A declared need: data, operations, traffic, latency, retention, needs.

    `origin` is where it was read from (a path or `built-in`) and is not part of its identity.
    """

    schema: int = 1
    name: str
    description: str = ""
    region: str | None = None
    data: Data = field(default_factory=Data)
    operations: tuple[Operation, ...] = ()
    traffic: Traffic = field(default_factory=Traffic)
    latency: LatencyObjective = field(default_factory=LatencyObjective)
    retention: Retention = field(default_factory=Retention)
    needs: Needs = field(default_factory=Needs)
    origin: str = ""

    def share(self, kind: str) -> float:
        """Fraction of the requests that are of this kind, 0..1; a transaction counts as its steps.

        Of kind `transaction`: the fraction of the operations that are transactions.
        """
        if kind == "transaction":
            total = sum(operation.weight for operation in self.operations)
            chosen = (o.weight for o in self.operations if o.kind == kind)
            return sum(chosen) / total if total else 0.0
        total = sum(request.weight for request in self.requests)
        return sum(r.weight for r in self.requests if r.kind == kind) / total if total else 0.0

    def per_operation(self, kind: str) -> float:
        """Requests of this kind in the mean operation; above 1 where transactions make several."""
        total = sum(operation.weight for operation in self.operations)
        return sum(r.weight for r in self.requests if r.kind == kind) / total if total else 0.0

    @property
    def requests(self) -> tuple[Operation, ...]:
        """The mix as single requests, weighted by how often they are made."""
        found: list[Operation] = []
        for operation in self.operations:
            if operation.kind != "transaction":
                found.append(operation)
                continue
            for request in operation.requests:
                found.append(replace(request, weight=operation.weight * request.weight))
        return tuple(found)
