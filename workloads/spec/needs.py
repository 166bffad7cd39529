"""The section `needs`: what else must hold. Every key is optional."""

from __future__ import annotations

from workloads.spec import units
from workloads.spec.fields import TEXT, TRUTH, time
from workloads.spec.kinds import Choice, Count, Quantity
from workloads.spec.model import Needs
from workloads.spec.section import Field, Section
from workloads.spec.words import EngineWord, Regions

AVAILABILITY = Quantity(
    name="availability",
    unit="fraction of a month",
    system=units.FRACTION,
    most=1.0,
    positive=True,
)
BUDGET = Quantity(
    name="money", unit="USD/month", system=units.USD_PER_MONTH, most=1e9, positive=True
)

NEEDS = Section(
    "needs",
    "what else must hold",
    (
        Field(
            "engine",
            EngineWord(),
            "a dialect or product that must stay: postgresql, mysql, mariadb, sqlserver, oracle, "
            "db2, mongodb, cassandra, or any other",
            unknown="no engine must stay",
        ),
        Field("sql", TRUTH, "whether SQL is needed"),
        Field("joins", TRUTH, "whether queries join records of different kinds"),
        Field("ad_hoc_queries", TRUTH, "whether queries are asked that nobody foresaw"),
        Field(
            "transactions",
            Choice(of=("none", "record", "multi-record")),
            "the largest thing that must change all at once",
        ),
        Field("flexible_schema", TRUTH, "whether records differ in their fields"),
        Field(
            "administration",
            Choice(of=("minimal", "shared", "own")),
            "how much the team does itself; own: it wants to patch, tune and cluster",
        ),
        Field(
            "operating_system_access",
            TRUTH,
            "whether someone must get at the database's operating system",
        ),
        Field(
            "unsupported_feature",
            TEXT,
            "an extension, version or feature that managed services lack, in words",
            unknown="none is needed",
        ),
        Field(
            "licence",
            Choice(of=("included", "byol", "leave")),
            "how a commercial engine is licensed: in the price, brought along, or left behind",
        ),
        Field("availability", AVAILABILITY, "part of a month that the store must be up"),
        Field(
            "failover",
            time(),
            "longest interruption that is tolerated when a server fails",
            attribute="failover_s",
        ),
        Field(
            "recovery_point",
            time(),
            "most recent data that may be lost in a disaster, as a time",
            attribute="recovery_point_s",
        ),
        Field(
            "recovery_time",
            time(),
            "longest time until the store is back after a disaster",
            attribute="recovery_time_s",
        ),
        Field("regions", Regions(), "every region where the data must be"),
        Field(
            "writes_in",
            Choice(of=("one-region", "every-region")),
            "where writes are accepted, when there are several regions",
        ),
        Field(
            "replica_lag",
            time(),
            "longest lag tolerated on read replicas",
            attribute="replica_lag_s",
        ),
        Field(
            "read_scaling", TRUTH, "whether reads outgrow one writer, or reports must be offloaded"
        ),
        Field("hot_reads", TRUTH, "whether the same few items are read again and again"),
        Field(
            "indexes",
            Count(least=0, most=100),
            "secondary indexes on other attributes than the key, each with whole items",
            unknown="a table is priced without any, which is noted; measured engines have their own",
        ),
        Field("connections", Count(least=1, most=10**7), "connections open at once"),
        Field(
            "short_connections",
            TRUTH,
            "whether connections are many and short-lived (functions, web workers)",
        ),
        Field("copies", Count(least=0, most=1000), "full copies wanted for test or development"),
        Field("rewind", TRUTH, "whether a fast return to an earlier moment is needed"),
        Field("managed", TRUTH, "true: must be managed"),
        Field("serverless", TRUTH, "true: must be serverless"),
        Field("lowest_cost", TRUTH, "whether cost comes before everything that is optional"),
        Field(
            "application_change",
            Choice(of=("any", "minimal")),
            "how much the application may be changed",
        ),
        Field("existing", TEXT, "where it runs today, in words", unknown="it is new"),
        Field(
            "budget",
            BUDGET,
            "most that may be spent",
            attribute="budget_usd_per_month",
            unknown="no limit",
        ),
    ),
    Needs,
)
