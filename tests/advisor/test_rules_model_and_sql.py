"""Rules on the data model, on transactions and SQL, and on analytics: firing and silent."""

from __future__ import annotations

import pytest
from rule_cases import (
    AURORA,
    DYNAMODB,
    EVERY,
    RDS,
    RELATIONAL,
    Fires,
    RuleCase,
    asks,
    check,
    need,
)

from workloads.spec.model import Operation

KEY_VALUE = {"format": "key-value"}
UPDATE_100 = asks(operations=(Operation(kind="update", weight=1, atomic_with=100),))
UPDATE_101 = asks(operations=(Operation(kind="update", weight=1, atomic_with=101),))
UPDATE_1 = asks(operations=(Operation(kind="update", weight=1, atomic_with=1),))

CASES = {
    "R-DM-001": RuleCase(
        fires=(
            Fires(asks(data={"format": "relational"}), "prefer", RELATIONAL),
            Fires(
                asks(data={"format": "relational"}, needs={"joins": False}), "prefer", RELATIONAL
            ),
        ),
        silent=(
            asks(),
            asks(data=KEY_VALUE),
            asks(data={"format": "relational"}, needs={"joins": False, "sql": False}),
        ),
    ),
    "R-DM-002": RuleCase(
        fires=(
            Fires(asks(), "prefer", RELATIONAL),
            Fires(asks("read", "insert"), "prefer", RELATIONAL),
            Fires(asks(data={"format": "unknown"}), "prefer", RELATIONAL),
        ),
        silent=(
            asks(data=KEY_VALUE),
            asks(data={"format": "relational"}),
            need(sql=False),
            need(joins=True),
            need(flexible_schema=True),
            need(engine="mongodb"),
        ),
    ),
    "R-DM-003": RuleCase(
        fires=(
            Fires(asks("read", "update", data=KEY_VALUE), "prefer", (DYNAMODB,)),
            Fires(asks("read", "range", data={"format": "document"}), "prefer", (DYNAMODB,)),
            Fires(asks(data=KEY_VALUE), "prefer", (DYNAMODB,)),
        ),
        silent=(
            asks("read"),  # the format is unknown
            asks(data={"format": "document"}),  # the operations are unknown
            asks("read", "scan", data=KEY_VALUE),
            asks("read", data=KEY_VALUE, needs={"sql": True}),
            asks("read", data={"format": "relational"}),
        ),
    ),
    "R-DM-004": RuleCase(
        fires=(Fires(need(flexible_schema=True), "prefer", (DYNAMODB,)),),
        silent=(
            need(),
            need(flexible_schema=False),
            need(flexible_schema=True, joins=True),
            need(flexible_schema=True, engine="postgresql"),
        ),
    ),
    "R-DM-005": RuleCase(
        fires=(
            Fires(asks(data={"format": "document"}, needs={"sql": True}), "prefer", (RDS, AURORA)),
        ),
        silent=(asks(data={"format": "document"}), need(sql=True)),
    ),
    "R-DM-006": RuleCase(
        fires=(
            Fires(asks(data={"format": "time-series"}), "prefer", RELATIONAL, ("time-partitions",)),
        ),
        silent=(asks(), asks(data={"format": "relational"})),
    ),
    "R-TX-001": RuleCase(
        fires=(
            Fires(need(joins=True), "exclude", (DYNAMODB,)),
            Fires(asks("read", "join"), "exclude", (DYNAMODB,)),
        ),
        silent=(need(), need(joins=False), asks("read")),
    ),
    "R-TX-002": RuleCase(
        fires=(Fires(UPDATE_101, "exclude", (DYNAMODB,)),),
        silent=(UPDATE_100, asks("update"), need(transactions="multi-record")),
    ),
    "R-TX-003": RuleCase(
        fires=(Fires(UPDATE_100, "warn", (DYNAMODB,)),),
        silent=(UPDATE_101, UPDATE_1, asks("update")),
    ),
    "R-TX-004": RuleCase(
        fires=(Fires(need(transactions="multi-record"), "prefer", RELATIONAL),),
        silent=(
            need(),
            need(transactions="record"),
            asks(
                operations=(Operation(kind="update", weight=1, atomic_with=3),),
                needs={"transactions": "multi-record"},
            ),
        ),
    ),
    "R-TX-005": RuleCase(
        fires=(Fires(need(ad_hoc_queries=True), "exclude", (DYNAMODB,)),),
        silent=(need(), need(ad_hoc_queries=False)),
    ),
    "R-TX-006": RuleCase(
        fires=(Fires(need(sql=True), "exclude", (DYNAMODB,)),),
        silent=(need(), need(sql=False)),
    ),
    "R-TX-007": RuleCase(
        fires=(
            Fires(asks("read", "aggregate"), "exclude", (DYNAMODB,)),
            Fires(asks("read", "aggregate", traffic={"mean_per_s": 1.0}), "exclude", (DYNAMODB,)),
            Fires(asks("read", "top-k"), "exclude", (DYNAMODB,)),
            Fires(asks("read", "window", traffic={"mean_per_s": 1.0}), "exclude", (DYNAMODB,)),
            Fires(
                asks("read", "aggregate", traffic={"mean_per_s": 0.001}),
                "require",
                (DYNAMODB,),
                ("columnar-copy",),
            ),
            Fires(
                asks("aggregate", traffic={"mean_per_s": 99.0}, needs={"replica_lag_s": 86400.0}),
                "require",
                (DYNAMODB,),
                ("columnar-copy",),
            ),
            Fires(
                asks("aggregate", traffic={"mean_per_s": 1e-9}, needs={"replica_lag_s": 1.0}),
                "exclude",
                (DYNAMODB,),
            ),
        ),
        silent=(
            asks("read", "scan"),
            asks(
                operations=(
                    Operation(kind="read", weight=1),
                    Operation(kind="aggregate", weight=0),
                )
            ),
        ),
    ),
    "R-TX-008": RuleCase(
        fires=(Fires(asks("scan"), "warn", (DYNAMODB,)),), silent=(asks("read", "range"), asks())
    ),
    "R-AN-001": RuleCase(
        fires=(
            Fires(asks("aggregate", "scan", data={"format": "columnar"}), "exclude", EVERY),
            Fires(asks("aggregate", data={"records": 10**7}), "exclude", EVERY),
            Fires(asks("top-k", "window", data={"records": 10**7}), "exclude", EVERY),
            Fires(asks("aggregate", "insert", data={"records": 10**7}), "exclude", EVERY),
            Fires(
                asks("aggregate", "read", data={"format": "columnar", "records": 10**4}),
                "exclude",
                EVERY,
            ),
        ),
        silent=(
            asks("aggregate"),
            asks("aggregate", data={"format": "relational", "records": 10_000}),
            asks("aggregate", data={"format": "columnar"}, needs={"engine": "postgresql"}),
            asks(data={"format": "columnar"}),
            asks("read", "insert", "aggregate", data={"format": "columnar"}),
            asks("read", "aggregate", data={"records": 10**7}),
            asks("update", "aggregate", data={"records": 10**7}),
        ),
    ),
    "R-AN-002": RuleCase(
        fires=(
            Fires(
                asks("read", "aggregate", data={"records": 5_000_000}),
                "warn",
                EVERY,
            ),
            Fires(
                asks(
                    "read",
                    "aggregate",
                    data={"records": 5_000_000},
                    traffic={"mean_per_s": 0.001},
                ),
                "prefer",
                EVERY,
                ("columnar-copy",),
            ),
        ),
        silent=(
            asks("read", "aggregate"),
            asks("read", "aggregate", data={"records": 10_000}),
            asks("read", data={"records": 5_000_000}),
            asks(
                operations=(
                    Operation(kind="read", weight=10**8),
                    Operation(kind="aggregate", weight=1),
                ),
                data={"records": 5_000_000},
            ),
        ),
    ),
    "R-AN-004": RuleCase(
        fires=(
            Fires(
                asks(
                    "read",
                    "aggregate",
                    data={"records": 50_000_000},
                    traffic={"mean_per_s": 10.0, "peak_per_s": 40.0},
                ),
                "exclude",
                EVERY,
            ),
        ),
        silent=(
            asks("read", "aggregate", data={"records": 50_000_000}),
            asks("aggregate", data={"records": 50_000_000}, traffic={"mean_per_s": 10.0}),
            asks("read", data={"records": 50_000_000}, traffic={"mean_per_s": 10.0}),
            asks("read", "aggregate", data={"records": 50_000}, traffic={"mean_per_s": 10.0}),
            asks(
                "read",
                "aggregate",
                data={"records": 50_000_000},
                traffic={"mean_per_s": 10.0},
                needs={"replica_lag_s": 86400.0},
            ),
            asks(
                "read",
                "aggregate",
                data={"records": 50_000_000},
                traffic={"mean_per_s": 10.0},
                needs={"engine": "mongodb"},
            ),
        ),
    ),
    "R-AN-003": RuleCase(
        fires=(
            Fires(asks("scan"), "prefer", (DYNAMODB,), ("export-s3", "pitr")),
            Fires(need(read_scaling=True), "prefer", (DYNAMODB,), ("export-s3", "pitr")),
        ),
        silent=(asks("read"), need(read_scaling=False)),
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_rule_fires_and_is_silent(code: str) -> None:
    check(code, CASES[code])
