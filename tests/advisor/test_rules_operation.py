"""Rules on availability, retention, administration, engines and migration: firing and silent."""

from __future__ import annotations

import pytest
from rule_cases import (
    AURORA,
    DYNAMODB,
    EC2,
    EVERY,
    RDS,
    RELATIONAL,
    Fires,
    RuleCase,
    asks,
    check,
    need,
    said,
)

DAY = 86400.0
MANAGED = (RDS, AURORA, DYNAMODB)
TWO = ("us-east-1", "eu-west-1")

CASES = {
    "R-AV-001": RuleCase(
        fires=(
            Fires(need(failover_s=300.0), "exclude", RELATIONAL, ("single-az",)),
            Fires(need(failover_s=60.0), "exclude", (RDS,), ("multi-az-standby",)),
            Fires(need(failover_s=30.0), "exclude", (RDS,), ("multi-az-cluster",)),
            Fires(need(failover_s=5.0), "exclude", RELATIONAL),
        ),
        silent=(need(), need(failover_s=3600.0)),
    ),
    "R-AV-002": RuleCase(
        fires=(
            Fires(need(availability=0.9995), "exclude", (RDS,), ("rds-single-az",)),
            Fires(need(availability=0.9999), "exclude", (RDS,), ("multi-az-standby",)),
            Fires(need(availability=0.99999), "exclude", (AURORA,), ("aurora-multi-az",)),
            Fires(need(availability=0.99999), "exclude", (DYNAMODB,), ("one-region",)),
        ),
        silent=(need(), need(availability=0.99)),
    ),
    "R-AV-003": RuleCase(
        fires=(
            Fires(need(recovery_point_s=60.0), "exclude", (RDS,), ("rds-single-az",)),
            Fires(need(recovery_point_s=60.0), "exclude", (EC2,), ("single-az",)),
        ),
        silent=(need(), need(recovery_point_s=300.0)),
    ),
    "R-AV-004": RuleCase(
        fires=(
            Fires(need(recovery_time_s=600.0), "exclude", (RDS,), ("rds-single-az",)),
            Fires(need(recovery_time_s=60.0), "exclude", (RDS, AURORA), ("aurora-single-az",)),
        ),
        silent=(need(), need(recovery_time_s=3600.0)),
    ),
    "R-AV-011": RuleCase(
        fires=(
            Fires(need(), "exclude", RELATIONAL, ("single-az",)),
            Fires(asks(traffic={"shape": "daily"}), "exclude", RELATIONAL, ("single-az",)),
        ),
        silent=(
            need(failover_s=3600.0),
            need(availability=0.99),
            need(recovery_time_s=7200.0),
            need(recovery_point_s=300.0),
            need(lowest_cost=True),
            asks(traffic={"shape": "development"}),
            asks(traffic={"shape": "intermittent"}),
        ),
    ),
    "R-AV-010": RuleCase(
        fires=(
            Fires(asks(traffic={"shape": "daily"}), "exclude", (RDS,), ("aurora", "burstable")),
        ),
        silent=(asks(), asks(traffic={"shape": "development"})),
    ),
    "R-AV-005": RuleCase(
        fires=(
            Fires(need(replica_lag_s=1.0), "prefer", (RDS, AURORA), ("aurora",)),
            Fires(need(replica_lag_s=0.01), "warn", (RDS, AURORA)),
        ),
        silent=(need(), need(replica_lag_s=60.0)),
    ),
    "R-AV-006": RuleCase(
        fires=(Fires(need(read_scaling=True), "prefer", RELATIONAL, ("read-replicas",)),),
        silent=(need(), need(read_scaling=False)),
    ),
    "R-AV-007": RuleCase(
        fires=(
            Fires(need(regions=TWO), "prefer", (RDS, EC2), ("cross-region-replica",)),
            Fires(need(regions=TWO), "prefer", (AURORA,), ("global-database",)),
            Fires(need(regions=TWO), "prefer", (DYNAMODB,), ("global-tables",)),
        ),
        silent=(need(), need(regions=("us-east-1",))),
    ),
    "R-AV-012": RuleCase(
        fires=(
            Fires(need(regions=TWO), "exclude", (RDS,), ("cross-region-snapshots",)),
            Fires(
                need(regions=TWO, recovery_point_s=3600.0, recovery_time_s=3600.0),
                "exclude",
                (RDS,),
                ("cross-region-snapshots",),
            ),
            Fires(
                need(
                    regions=TWO,
                    recovery_point_s=3600.0,
                    recovery_time_s=86400.0,
                    read_scaling=True,
                ),
                "exclude",
                (RDS,),
                ("cross-region-snapshots",),
            ),
        ),
        silent=(
            need(),
            need(regions=TWO, recovery_point_s=3600.0, recovery_time_s=86400.0),
        ),
    ),
    "R-AV-008": RuleCase(
        fires=(
            Fires(
                need(regions=TWO, recovery_point_s=10.0),
                "prefer",
                (RDS,),
                ("aurora", "global-database"),
            ),
            Fires(
                need(regions=TWO, recovery_time_s=300.0), "prefer", (DYNAMODB,), ("global-tables",)
            ),
        ),
        silent=(
            need(),
            need(regions=TWO),
            need(recovery_point_s=10.0),
            need(regions=TWO, recovery_point_s=3600.0),
        ),
    ),
    "R-AV-009": RuleCase(
        fires=(
            Fires(need(writes_in="every-region"), "exclude", (RDS, AURORA, EC2)),
            Fires(need(writes_in="every-region"), "require", (DYNAMODB,), ("global-tables",)),
            Fires(need(writes_in="every-region", engine="cassandra"), "exclude", (RDS, AURORA)),
        ),
        silent=(need(), need(writes_in="one-region")),
    ),
    "R-RE-001": RuleCase(
        fires=(
            Fires(asks(retention={"live_s": DAY}), "prefer", (DYNAMODB,), ("ttl",)),
            Fires(asks(retention={"live_s": DAY}), "prefer", RELATIONAL, ("time-partitions",)),
        ),
        silent=(asks(), asks(retention={"archive_s": DAY})),
    ),
    "R-RE-002": RuleCase(
        fires=(
            Fires(
                asks("read", data={"format": "key-value"}, retention={"live_s": DAY}),
                "prefer",
                (DYNAMODB,),
            ),
        ),
        silent=(
            asks("read", data={"format": "key-value"}),
            asks("read", retention={"live_s": DAY}),
            asks(data={"format": "key-value"}, retention={"live_s": DAY}),
        ),
    ),
    "R-RE-003": RuleCase(
        fires=(Fires(asks(retention={"backup_s": 14 * DAY}), "prefer", MANAGED, ("pitr",)),),
        silent=(
            asks(),
            asks(retention={"backup_s": 0.0}),
            asks(retention={"backup_s": 36 * DAY}),
        ),
    ),
    "R-RE-004": RuleCase(
        fires=(
            Fires(
                asks(retention={"backup_s": 90 * DAY}), "prefer", MANAGED, ("pitr", "aws-backup")
            ),
            Fires(asks(retention={"backup_s": 90 * DAY}), "prefer", (EC2,), ("aws-backup",)),
        ),
        silent=(asks(), asks(retention={"backup_s": 35 * DAY})),
    ),
    "R-RE-005": RuleCase(
        fires=(
            Fires(
                asks(retention={"archive_s": 7 * 365 * DAY}),
                "prefer",
                (*RELATIONAL[:2], DYNAMODB, EC2),
                ("archive-s3",),
            ),
        ),
        silent=(asks(), asks(retention={"archive_s": 0.0})),
    ),
    "R-RE-006": RuleCase(
        fires=(
            Fires(
                need(rewind=True, engine="mysql"),
                "prefer",
                (RDS,),
                ("aurora", "aurora-mysql", "backtrack"),
            ),
            Fires(need(rewind=True, engine="postgresql"), "prefer", (RDS, AURORA), ("pitr",)),
        ),
        silent=(need(), need(rewind=False)),
    ),
    "R-RE-007": RuleCase(
        fires=(
            Fires(need(copies=3), "prefer", (RDS,), ("aurora", "clones")),
            Fires(need(copies=3), "prefer", (AURORA,), ("clones",)),
        ),
        silent=(need(), need(copies=0)),
    ),
    "R-AD-001": RuleCase(
        fires=(Fires(need(operating_system_access=True), "require", (EC2,)),),
        silent=(need(), need(operating_system_access=False)),
    ),
    "R-AD-002": RuleCase(
        fires=(Fires(need(administration="own"), "require", (EC2,)),),
        silent=(need(), need(administration="shared")),
    ),
    "R-AD-003": RuleCase(
        fires=(Fires(need(administration="minimal"), "prefer", MANAGED),),
        silent=(need(), need(administration="shared")),
    ),
    "R-AD-004": RuleCase(
        fires=(Fires(need(administration="minimal"), "prefer", (AURORA, DYNAMODB)),),
        silent=(need(), need(administration="own")),
    ),
    "R-AD-005": RuleCase(
        fires=(Fires(need(administration="shared"), "prefer", (RDS,)),),
        silent=(need(), need(administration="minimal")),
    ),
    "R-AD-006": RuleCase(
        fires=(Fires(need(managed=True), "exclude", (EC2,)),),
        silent=(need(), need(managed=False)),
    ),
    "R-AD-007": RuleCase(
        fires=(Fires(need(serverless=True), "require", (DYNAMODB, AURORA)),),
        silent=(need(), need(serverless=False)),
    ),
    "R-AD-008": RuleCase(
        fires=(
            Fires(need(engine="postgresql"), "prefer", (RDS, AURORA)),
            Fires(need(engine="oracle"), "prefer", (RDS,)),
            Fires(need(administration="minimal"), "prefer", MANAGED),
        ),
        silent=(
            need(engine="mongodb"),
            need(engine="postgresql", administration="own"),
            need(engine="postgresql", managed=False),
        ),
    ),
    "R-LI-001": RuleCase(
        fires=(
            Fires(need(engine="postgresql"), "exclude", (DYNAMODB,)),
            Fires(need(engine="SQL Server"), "exclude", (DYNAMODB, AURORA)),
            Fires(need(engine="mariadb"), "exclude", (DYNAMODB, AURORA)),
            Fires(need(engine="oracle", licence="leave"), "exclude", (DYNAMODB,)),
            Fires(need(engine="aurora mysql 8.0"), "exclude", (DYNAMODB, EC2)),
            Fires(need(engine="aurora"), "require", (RDS,), ("aurora",)),
        ),
        silent=(need(), need(engine="dynamodb"), need(engine="mongodb"), need(engine="dsql")),
    ),
    "R-LI-002": RuleCase(
        fires=(Fires(need(engine="dynamodb"), "require", (DYNAMODB,)),),
        silent=(need(), need(engine="postgresql"), need(engine="cassandra")),
    ),
    "R-LI-003": RuleCase(
        fires=(
            Fires(need(engine="mongodb"), "require", (EC2,)),
            Fires(need(engine="Informix 12"), "require", (EC2,)),
        ),
        silent=(
            need(),
            need(engine="mysql"),
            need(engine="redis"),
            need(engine="dynamodb"),
            need(engine="neptune"),
        ),
    ),
    "R-LI-004": RuleCase(
        fires=(
            Fires(need(engine="redis"), "exclude", EVERY),
            Fires(need(engine="elasticsearch"), "exclude", EVERY),
            Fires(
                need(engine="clickhouse", administration="own"), "exclude", (RDS, DYNAMODB, AURORA)
            ),
            Fires(need(engine="snowflake", administration="own"), "exclude", EVERY),
        ),
        silent=(need(), need(engine="mongodb"), need(engine="mysql")),
    ),
    "R-LI-005": RuleCase(
        fires=(
            Fires(need(unsupported_feature="a C extension"), "require", (EC2,)),
            Fires(need(unsupported_feature="PostGIS with our patch"), "require", (EC2,)),
            Fires(need(unsupported_feature="hstore", engine="mysql"), "require", (EC2,)),
        ),
        silent=(
            need(),
            need(unsupported_feature=""),
            need(unsupported_feature="None"),
            need(unsupported_feature="n/a"),
            need(unsupported_feature="-"),
            need(unsupported_feature="pg_trgm"),
        ),
    ),
    "R-LI-010": RuleCase(
        fires=(
            Fires(need(unsupported_feature="PostGIS 3.4, pgvector"), "warn", (RDS, AURORA)),
            Fires(need(unsupported_feature="uuid-ossp extension"), "exclude", (DYNAMODB,)),
        ),
        silent=(
            need(),
            need(unsupported_feature="none"),
            need(unsupported_feature="PostGIS with our patch"),
            need(unsupported_feature="hstore", engine="mysql"),
        ),
    ),
    "R-LI-011": RuleCase(
        fires=(
            Fires(need(engine="Amazon DocumentDB 5.0"), "exclude", EVERY),
            Fires(need(engine="aurora dsql"), "exclude", EVERY),
        ),
        silent=(need(), need(engine="dynamodb"), need(engine="aurora"), need(engine="elasticache")),
    ),
    "R-LI-012": RuleCase(
        fires=(Fires(need(engine="banana"), "warn", (EC2,)),),
        silent=(need(), need(engine="mysql5.7"), need(engine="sqlite"), need(engine="neptune")),
    ),
    "R-LI-006": RuleCase(
        fires=(
            Fires(need(licence="leave", existing="Oracle 19c"), "prefer", (RDS, AURORA)),
            Fires(need(licence="leave"), "prefer", (RDS, AURORA), ("aurora-postgresql",)),
            Fires(need(licence="leave", engine="sqlserver"), "warn", (RDS, AURORA)),
        ),
        silent=(need(), need(licence="byol", engine="oracle")),
    ),
    "R-LI-007": RuleCase(
        fires=(Fires(need(licence="byol", engine="oracle"), "warn", (RDS, EC2)),),
        silent=(need(licence="byol"), need(engine="oracle"), need(licence="byol", engine="mysql")),
    ),
    "R-LI-008": RuleCase(
        fires=(Fires(need(licence="included", engine="sqlserver"), "prefer", (RDS,)),),
        silent=(need(licence="included"), need(engine="sqlserver")),
    ),
    "R-LI-009": RuleCase(
        fires=(
            Fires(need(existing="MySQL 5.7 on two servers"), "warn", (RDS, AURORA)),
            Fires(need(existing="postgres 11.4"), "warn", (RDS, AURORA)),
        ),
        silent=(need(), need(existing="MySQL 8.4"), need(existing="postgresql 17")),
    ),
    "R-MI-001": RuleCase(
        fires=(
            Fires(
                need(application_change="minimal", existing="PostgreSQL on premises"),
                "exclude",
                (DYNAMODB,),
            ),
            Fires(
                need(application_change="minimal", existing="sql server 2019"),
                "exclude",
                (DYNAMODB, AURORA),
            ),
        ),
        silent=(
            need(application_change="minimal"),
            need(existing="mysql"),
            need(application_change="any", existing="mysql"),
            need(application_change="minimal", existing="mongodb"),
        ),
    ),
    "R-MI-002": RuleCase(
        fires=(
            Fires(
                need(application_change="minimal", existing="mongodb 6"),
                "exclude",
                (RDS, DYNAMODB, AURORA),
            ),
            Fires(
                need(application_change="minimal", existing="DynamoDB in another account"),
                "exclude",
                (RDS, AURORA, EC2),
            ),
        ),
        silent=(
            need(application_change="minimal"),
            need(application_change="minimal", existing="mysql"),
            need(existing="mongodb"),
        ),
    ),
    "R-MI-003": RuleCase(
        fires=(
            Fires(need(existing="MariaDB on a virtual machine"), "prefer", (RDS,)),
            Fires(need(existing="dynamodb"), "prefer", (DYNAMODB,)),
            Fires(need(existing="MySQL 8"), "prefer", (RDS, EC2), ("mysql",)),
            Fires(need(existing="MySQL 8"), "prefer", (RDS, AURORA), ("aurora-mysql",)),
        ),
        silent=(
            need(),
            need(existing="a spreadsheet"),
            need(existing="oracle", licence="leave"),
        ),
    ),
    "R-MI-005": RuleCase(
        fires=(
            Fires(need(existing="PostgreSQL on EC2"), "prefer", (EC2,)),
            Fires(need(existing="Aurora Serverless v2"), "prefer", (AURORA,)),
            Fires(need(existing="Aurora PostgreSQL"), "prefer", (RDS,)),
            Fires(need(existing="DynamoDB"), "prefer", (DYNAMODB,)),
        ),
        silent=(need(), need(existing="PostgreSQL in our own cellar"), need(existing="words")),
    ),
    "R-MI-004": RuleCase(
        fires=(Fires(need(existing="oracle", application_change="any"), "warn", (RDS, AURORA)),),
        silent=(need(existing="oracle"), need(existing="mysql", application_change="any")),
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_rule_fires_and_is_silent(code: str) -> None:
    check(code, CASES[code])


def test_a_must_be_managed_document_store_names_what_fits() -> None:
    (finding,) = said("R-LI-003", need(engine="mongodb", managed=True))
    assert "DocumentDB" in finding.instead


def test_more_than_five_nines_are_promised_by_nobody() -> None:
    services = {s for f in said("R-AV-002", need(availability=0.999999)) for s in f.services}
    tags = {f.features[0] for f in said("R-AV-002", need(availability=0.999999))}
    assert services == {RDS, DYNAMODB, AURORA, EC2}
    assert {"global-tables", "multi-az", "aurora-multi-az"} <= tags
