"""The table of keys: the sections but `needs` and the steps of transactions.

The table drives reading, the words of faults, the JSON Schema, the document form, `with_value`,
`inputs` and the reference page. A key that is absent is unknown; `unknown` says what follows.
"""

from __future__ import annotations

from workloads.spec import units
from workloads.spec.kinds import Choice, Count, Quantity, Truth, Weight
from workloads.spec.model import (
    FORMATS,
    KINDS,
    LIMITED_KINDS,
    SHAPES,
    WRITE_KINDS,
    Data,
    LatencyObjective,
    Operation,
    Retention,
    Traffic,
)
from workloads.spec.section import Field, Listed, Section
from workloads.spec.steps import STEP_LIST
from workloads.spec.words import Keys, Region, Text

SCHEMA_VERSION = 1
MOST_OPERATIONS = 200  # a batch numbers its operations in one byte
MOST_RECORDS = 10**15  # keys are 64-bit integers, and inserts add to them
CENTURY_S = 100.0 * units.YEAR_S


def dataset_names() -> tuple[str, ...]:
    """Shipped generators, looked up when asked: a file that names none need not import them."""
    from workloads import datasets

    return tuple(datasets.names())


def time(*, most: float = CENTURY_S, positive: bool = False, usual: str = "s") -> Quantity:
    return Quantity(
        name="time", unit="s", system=units.SECONDS, most=most, positive=positive, usual=usual
    )


TEXT = Text(most_characters=500)
TRUTH = Truth()
RATE = Quantity(name="rate", unit="1/s", system=units.RATE, most=1e9, positive=True)
SIZE = Quantity(name="size", unit="bytes", system=units.BYTES, most=1024.0**4, positive=True)
GROWTH = Quantity(name="growth", unit="fraction a month", system=units.GROWTH, most=100.0)
HOURS = Quantity(name="hours", unit="h/week", system=units.HOURS_PER_WEEK, most=168.0)
P99 = time(most=float(units.DAY_S), positive=True, usual="ms")

TOP = Section(
    "",
    "the workload itself",
    (
        Field(
            "schema",
            Count(least=SCHEMA_VERSION, most=SCHEMA_VERSION),
            "version of this file format",
            unknown=f"version {SCHEMA_VERSION}",
            default=SCHEMA_VERSION,
        ),
        Field(
            "name",
            Text(most_characters=80, forbidden="/\\"),
            "what the workload is called",
            unknown="the name of the file, without its ending",
        ),
        Field(
            "description",
            Text(most_characters=10_000, lines=True, may_be_empty=True),
            "what it is, for people",
            unknown="no description",
            default="",
        ),
        Field("region", Region(), "the AWS region it runs in"),
    ),
)

DATA = Section(
    "data",
    "axes data format and data size",
    (
        Field("format", Choice(of=FORMATS), "the data model: how records are shaped"),
        Field(
            "dataset",
            Choice(named=dataset_names, name="dataset"),
            "the shipped generator of rows that stands for the data when engines are measured",
            unknown="`records`",
        ),
        Field(
            "file",
            TEXT,
            "a CSV or Parquet file of your own, relative to this file: its rows are drawn, with "
            "their skew, in the place of a shipped dataset's",
            unknown="the dataset holds",
        ),
        Field(
            "key",
            Text(most_characters=200),
            "the column of that file that is its key",
            unknown="a unique column is looked for, else rows are numbered",
        ),
        Field("records", Count(least=1, most=MOST_RECORDS), "items or rows today"),
        Field(
            "record_size",
            SIZE,
            "mean logical size of a record: the bytes of its values",
            attribute="record_size_bytes",
        ),
        Field(
            "growth",
            GROWTH,
            "by how much the number of records grows in a month",
            attribute="growth_per_month",
        ),
        Field(
            "keys",
            Keys(),
            "which records are asked for: how requests spread over the keys",
            unknown="`zipfian(0.99)`, YCSB's skew: in measuring, and in advising under `assumed`",
        ),
    ),
    Data,
)

OPERATIONS = Section(
    "operations",
    "axis query frequency: the mix of requests",
    (
        Field("kind", Choice(of=KINDS), "what the request does", unknown="", needed=True),
        Field(
            "weight", Weight(), "its share of the mix beside the others", unknown="", needed=True
        ),
        Field(
            "limit",
            Count(least=1, most=1_000_000),
            "rows returned at most",
            unknown="the default of whoever runs it",
            only=LIMITED_KINDS,
        ),
        Field(
            "atomic_with",
            Count(least=1, most=10_000),
            "records changed in one transaction, this one included",
            unknown="one record",
            only=WRITE_KINDS - {"transaction"},
        ),
        Field(
            "all_fields",
            TRUTH,
            "whether every field is written, not one",
            unknown="one field",
            default=False,
            only=frozenset({"update", "read-modify-write"}),
        ),
        Field(
            "uniform_limit",
            TRUTH,
            "whether the number of rows is drawn uniformly from 1..limit, as in YCSB's scans",
            unknown="always the limit",
            default=False,
            only=frozenset({"range", "scan"}),
        ),
        Field(
            "steps",
            STEP_LIST,
            "the requests of a transaction, in this order",
            unknown="",
            default=(),
            only=frozenset({"transaction"}),
        ),
    ),
)
OPERATION_LIST = Listed(
    section=OPERATIONS,
    model=Operation,
    most=MOST_OPERATIONS,
    what="operations",
    example="- {kind: read, weight: 70}",
)

TRAFFIC = Section(
    "traffic",
    "axis query frequency: how often",
    (
        Field("mean", RATE, "operations per second, over all hours", attribute="mean_per_s"),
        Field("peak", RATE, "operations per second in the busiest minutes", attribute="peak_per_s"),
        Field("shape", Choice(of=SHAPES), "how the rate moves over time"),
        Field(
            "active",
            HOURS,
            "hours of use in a week, for intermittent use",
            attribute="active_h_per_week",
        ),
        Field(
            "trace",
            TEXT,
            "a CSV of time and requests per second, a CloudWatch export or an access log (gzipped "
            "or not), relative to this file; it replaces mean, peak and shape",
            unknown="mean, peak and shape hold",
        ),
    ),
    Traffic,
)

LATENCY = Section(
    "latency",
    "axis data access speed: response time at the peak, client in the same region",
    (
        Field("read_p99", P99, "99th percentile of reads", attribute="read_p99_s"),
        Field("write_p99", P99, "99th percentile of writes", attribute="write_p99_s"),
    ),
    LatencyObjective,
)

RETENTION = Section(
    "retention",
    "axis retention period",
    (
        Field(
            "live",
            time(positive=True, usual="d"),
            "how long a record can be queried before it expires",
            attribute="live_s",
            unknown="records are taken not to expire",
        ),
        Field(
            "archive", time(usual="y"), "how long it is kept cold afterwards", attribute="archive_s"
        ),
        Field("backup", time(usual="d"), "window of point-in-time recovery", attribute="backup_s"),
    ),
    Retention,
)
