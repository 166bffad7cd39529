"""Cases asked of an architect: what would you sign?

Each is a small workload, the answers that are right, and what the recommendation must name.
They are cases of the trade (a session store, a licence to bring along, writers everywhere), not
of this code; a wrong answer is a wrong rule or a wrong weight.
"""

from __future__ import annotations

from dataclasses import dataclass

from rule_cases import AURORA, DYNAMODB, EC2, RDS, asks, need

from workloads.spec.model import Operation, Workload

NONE = "none"
CRUD = (
    Operation(kind="read", weight=70),
    Operation(kind="insert", weight=1),
    Operation(kind="update", weight=29),
)
ITEMS = {"format": "key-value", "records": 5_000_000, "record_size_bytes": 600.0}
ROWS = {"format": "relational", "records": 20_000_000, "record_size_bytes": 400.0}
DAILY = {"mean_per_s": 300.0, "peak_per_s": 900.0, "shape": "daily"}
TWO = ("us-east-1", "eu-west-1")


@dataclass(frozen=True)
class Signed:
    """A workload with the services that would be signed, and what must be named."""

    name: str
    workload: Workload
    services: tuple[str, ...]
    features: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    engine: str = ""
    instead: str = ""
    conflict: tuple[str, ...] = ()


def items(**needs: object) -> Workload:
    return asks(operations=CRUD, data=ITEMS, traffic=DAILY, needs=needs)


def rows(**needs: object) -> Workload:
    return asks(operations=CRUD, data=ROWS, traffic=DAILY, needs=needs)


def shaped(
    data: dict[str, object], shape: str, mean: float, peak: float, **needs: object
) -> Workload:
    traffic = {"mean_per_s": mean, "peak_per_s": peak, "shape": shape}
    return asks(operations=CRUD, data=data, traffic=traffic, needs=needs)


CASES = (
    # Data model and access
    Signed("items by key", items(), (DYNAMODB,), ("provisioned-autoscaling",), ("R-DM-003",)),
    Signed("items by key, flexible", items(flexible_schema=True), (DYNAMODB,)),
    Signed("nothing is known", Workload(name="x"), (RDS,), rules=("R-DM-002",)),
    Signed("unknown model, by key", asks(operations=CRUD), (RDS,), rules=("R-DM-002",)),
    Signed("unknown model, cheapest", need(lowest_cost=True), (RDS,), rules=("R-DM-002",)),
    Signed("joins over items", items(joins=True), (RDS, AURORA), rules=("R-TX-001",)),
    Signed("ad-hoc questions", items(ad_hoc_queries=True), (RDS, AURORA), rules=("R-TX-005",)),
    Signed(
        "500 records in one transaction",
        asks(
            operations=(*CRUD, Operation(kind="update", weight=1, atomic_with=500)),
            data=ITEMS,
            traffic=DAILY,
        ),
        (RDS, AURORA),
        rules=("R-TX-002",),
    ),
    Signed(
        "documents of 500 KB",
        asks(
            operations=CRUD,
            data={"format": "document", "records": 100_000, "record_size_bytes": 512_000.0},
            traffic={"mean_per_s": 5.0, "peak_per_s": 10.0, "shape": "daily"},
        ),
        (RDS, AURORA),
        rules=("R-SZ-001",),
    ),
    # Traffic
    Signed(
        "campaigns nobody foresees",
        shaped(ITEMS, "unpredictable", 100.0, 3000.0),
        (DYNAMODB,),
        ("on-demand",),
        ("R-TR-005",),
    ),
    Signed(
        "relational, unpredictable",
        shaped({**ROWS, "records": 1_000_000}, "unpredictable", 50.0, 1000.0, sql=True),
        (AURORA,),
        rules=("R-TR-001",),
    ),
    Signed(
        "development database",
        shaped({**ROWS, "records": 200_000}, "development", 1.0, 20.0, engine="postgresql"),
        (AURORA,),
        ("auto-pause",),
        ("R-TR-002",),
    ),
    Signed(
        "steady relational load",
        shaped(ROWS, "steady", 2000.0, 2500.0, engine="postgresql"),
        (RDS,),
        rules=("R-TR-003",),
    ),
    Signed(
        "functions that connect",
        rows(engine="postgresql", short_connections=True),
        (RDS, AURORA),
        ("rds-proxy",),
    ),
    Signed("hot items", items(hot_reads=True), (DYNAMODB,), ("dax",), ("R-LA-001",)),
    # Availability
    Signed(
        "writers in every region",
        items(writes_in="every-region", regions=TWO),
        (DYNAMODB,),
        ("global-tables",),
        ("R-AV-009",),
    ),
    Signed(
        "PostgreSQL, writers in every region",
        rows(engine="postgresql", writes_in="every-region", regions=TWO),
        (NONE,),
        instead="DSQL",
        conflict=("needs.writes_in", "needs.engine"),
    ),
    Signed(
        "failover within two minutes",
        rows(engine="postgresql", failover_s=120.0),
        (RDS, AURORA),
        ("multi-az",),
        ("R-AV-001",),
    ),
    Signed(
        "failover within 45 s is not a standby's",
        rows(engine="postgresql", failover_s=45.0),
        (RDS, AURORA),
        ("multi-az", "readable-standbys"),
        engine="postgresql",
    ),
    Signed(
        "SQL, failover within 10 s",
        rows(sql=True, failover_s=10.0),
        (NONE,),
        instead="Aurora behind RDS Proxy",
        conflict=("needs.failover", "needs.sql"),
    ),
    Signed(
        "99.99 %",
        rows(engine="mysql", availability=0.9999),
        (RDS, AURORA),
        ("multi-az",),
        engine="aurora-mysql",
    ),
    Signed(
        "reports beside the writer",
        rows(engine="postgresql", read_scaling=True),
        (RDS, AURORA),
        ("read-replicas",),
        ("R-AV-006",),
    ),
    # Retention
    Signed(
        "sessions that expire",
        asks(operations=CRUD, data=ITEMS, traffic=DAILY, retention={"live_s": 86400.0}),
        (DYNAMODB,),
        ("ttl",),
        ("R-RE-002",),
    ),
    Signed(
        "rewind",
        rows(engine="mysql", rewind=True),
        (RDS, AURORA),
        ("backtrack",),
        engine="aurora-mysql",
    ),
    Signed(
        "copies for every developer",
        rows(engine="postgresql", copies=5),
        (RDS, AURORA),
        ("clones",),
        engine="aurora-postgresql",
    ),
    # Administration, engines, licences
    Signed("the operating system", rows(sql=True, operating_system_access=True), (EC2,)),
    Signed("a team of its own", rows(engine="postgresql", administration="own"), (EC2,)),
    Signed(
        "an extension nobody offers", rows(engine="postgresql", unsupported_feature="x"), (EC2,)
    ),
    Signed("SQL without servers", rows(sql=True, serverless=True), (AURORA,)),
    Signed("MongoDB stays", items(engine="mongodb"), (EC2,), engine="mongodb"),
    Signed(
        "MongoDB, managed", items(engine="mongodb", managed=True), (NONE,), instead="DocumentDB"
    ),
    Signed("Redis", need(engine="redis"), (NONE,), instead="ElastiCache"),
    Signed("Elasticsearch", need(engine="elasticsearch"), (NONE,), instead="OpenSearch"),
    Signed(
        "Neo4j without servers", need(engine="neo4j", serverless=True), (NONE,), instead="Neptune"
    ),
    Signed(
        "MariaDB moves as it is",
        rows(existing="MariaDB 10.6 on two servers", application_change="minimal"),
        (RDS,),
        engine="mariadb",
    ),
    Signed(
        "Cassandra stays with its team",
        items(existing="Cassandra 4", application_change="minimal", administration="own"),
        (EC2,),
        engine="cassandra",
    ),
    Signed(
        "Oracle is left",
        rows(existing="Oracle 19c", licence="leave", application_change="any"),
        (RDS, AURORA),
        engine="aurora-postgresql",
    ),
    Signed(
        "Oracle brings its licence", rows(engine="oracle", licence="byol"), (RDS,), engine="oracle"
    ),
    Signed("Db2 brings its licence", rows(engine="db2", licence="byol"), (RDS,), engine="db2"),
    Signed(
        "a leaderboard within a millisecond",
        asks(
            operations=(Operation(kind="read", weight=95), Operation(kind="update", weight=5)),
            data={**ITEMS, "records": 10_000_000},
            traffic={"mean_per_s": 20_000.0, "peak_per_s": 60_000.0, "shape": "daily"},
            latency={"read_p99_s": 0.001},
            needs={"hot_reads": True},
        ),
        (DYNAMODB,),
        ("dax",),
    ),
    Signed(
        "SQL Server, licence in the price",
        rows(engine="sqlserver", licence="included", administration="minimal"),
        (RDS,),
        engine="sqlserver",
    ),
    Signed("Sybase stays", rows(engine="sybase"), (EC2,), engine="sybase"),
    Signed("SAP HANA stays", rows(engine="SAP HANA"), (EC2,)),
    Signed(
        "Informix, managed",
        rows(engine="informix", managed=True),
        (NONE,),
        conflict=("needs.managed", "needs.engine"),
    ),
    Signed("Oracle RAC", rows(engine="oracle", licence="byol", unsupported_feature="RAC"), (EC2,)),
    Signed(
        "the operating system of a managed SQL Server",
        rows(engine="sqlserver", operating_system_access=True, managed=True),
        (NONE,),
        instead="RDS Custom",
        conflict=("needs.operating_system_access", "needs.managed"),
    ),
    Signed(
        "Cassandra may be left",
        items(existing="Cassandra 3.11 on six machines", application_change="any"),
        (DYNAMODB,),
    ),
    Signed(
        "MongoDB is to be managed, unchanged",
        items(existing="MongoDB 5", application_change="minimal", managed=True),
        (NONE,),
        instead="DocumentDB",
    ),
    Signed("Teradata, managed", need(engine="teradata", managed=True), (NONE,), instead="Redshift"),
    Signed(
        "MariaDB without servers",
        rows(engine="mariadb", serverless=True),
        (NONE,),
        conflict=("needs.serverless", "needs.engine"),
    ),
    Signed(
        "PostgreSQL that rewinds",
        rows(engine="postgresql", rewind=True),
        (RDS, AURORA),
        ("pitr",),
        conflict=("needs.rewind", "needs.engine"),
    ),
    Signed(
        "SQL, five nines",
        rows(sql=True, joins=True, availability=0.99999),
        (NONE,),
        conflict=("needs.availability 99.999%", "needs.joins"),
    ),
    Signed(
        "replicas a fifth of a second behind",
        rows(engine="postgresql", read_scaling=True, replica_lag_s=0.2, managed=True),
        (RDS,),
        ("read-replicas",),
        rules=("R-AV-005",),
        engine="aurora-postgresql",
    ),
    Signed(
        "hours are enough in another region",
        rows(sql=True, regions=TWO, recovery_point_s=28800.0, recovery_time_s=43200.0),
        (RDS, AURORA),
        ("cross-region-snapshots",),
    ),
    Signed(
        "a second and a minute in another region",
        rows(sql=True, regions=TWO, recovery_point_s=1.0, recovery_time_s=60.0, managed=True),
        (RDS, AURORA),
        ("global-database", "multi-az"),
    ),
    Signed(
        "functions over MySQL, without servers",
        rows(engine="mysql", serverless=True, short_connections=True),
        (AURORA,),
        ("rds-proxy",),
    ),
    # Analytics and cost
    Signed(
        "three whole-table sums a second",
        asks(
            operations=(Operation(kind="aggregate", weight=30), Operation(kind="read", weight=70)),
            data={**ROWS, "records": 50_000_000},
            traffic={"mean_per_s": 10.0, "peak_per_s": 40.0, "shape": "daily"},
            needs={"sql": True},
        ),
        (NONE,),
        instead="kept up to date",
        rules=("R-AN-004",),
    ),
    Signed(
        "a sum a week",
        asks(
            operations=(
                Operation(kind="aggregate", weight=1),
                Operation(kind="read", weight=10_000_000),
            ),
            data={**ROWS, "records": 50_000_000},
            traffic={"mean_per_s": 10.0, "peak_per_s": 40.0, "shape": "daily"},
            needs={"sql": True},
        ),
        (RDS, AURORA),
    ),
    Signed(
        "a warehouse",
        asks("aggregate", "scan", data={"format": "columnar", "records": 10**8}),
        (NONE,),
        instead="warehouse",
        rules=("R-AN-001",),
    ),
    Signed(
        "a budget below every plan",
        rows(engine="postgresql", budget_usd_per_month=1.0),
        (RDS,),
        conflict=("needs.budget",),
    ),
)
