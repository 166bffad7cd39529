"""Rules on limits, on traffic, on latency and on cost: firing and silent."""

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

from advisor.rules.size_limits.hot_key import hottest_share
from workloads.spec.model import KeyDistribution

KIB = 1024.0
TIB = KIB**4
OTHERS = (RDS, AURORA, EC2)
ZIPFIAN = KeyDistribution(kind="zipfian", parameters=(0.99,))


def stored(tib: float) -> dict[str, float]:
    return {"records": 1, "record_size_bytes": tib * TIB}


def shaped(shape: str, **needs: object) -> object:
    return asks(traffic={"shape": shape}, needs=needs)


CASES = {
    "R-SZ-001": RuleCase(
        fires=(Fires(asks(data={"record_size_bytes": 400 * KIB + 1}), "exclude", (DYNAMODB,)),),
        silent=(asks(), asks(data={"record_size_bytes": 400 * KIB})),
    ),
    "R-SZ-002": RuleCase(
        fires=(Fires(asks(data={"record_size_bytes": 200 * KIB}), "warn", (DYNAMODB,)),),
        silent=(
            asks(),
            asks(data={"record_size_bytes": 10 * KIB}),
            asks(data={"record_size_bytes": 500 * KIB}),
        ),
    ),
    "R-SZ-003": RuleCase(
        fires=(
            Fires(
                asks(data={"record_size_bytes": 2 * KIB**2}),
                "prefer",
                (*RELATIONAL, DYNAMODB),
                ("s3-objects",),
            ),
        ),
        silent=(asks(), asks(data={"record_size_bytes": 900.0})),
    ),
    "R-SZ-004": RuleCase(
        fires=(Fires(asks(data=stored(300)), "exclude", (RDS, AURORA)),),
        silent=(asks(), asks(data=stored(100)), asks(data={"records": 10**12})),
    ),
    "R-SZ-005": RuleCase(
        fires=(Fires(asks(data=stored(100)), "require", (RDS,), ("aurora",)),),
        silent=(asks(), asks(data=stored(60)), asks(data=stored(300))),
    ),
    "R-SZ-006": RuleCase(
        fires=(Fires(asks("read", traffic={"peak_per_s": 50_000.0}), "warn", (DYNAMODB,)),),
        silent=(
            asks("read", traffic={"peak_per_s": 30_000.0}),
            asks(traffic={"peak_per_s": 50_000.0}),
            asks("read"),
        ),
    ),
    "R-SZ-007": RuleCase(
        fires=(
            Fires(
                asks(
                    "update",
                    data={"keys": ZIPFIAN, "records": 10**6},
                    traffic={"peak_per_s": 20_000.0},
                ),
                "prefer",
                (DYNAMODB,),
                ("write-sharding",),
            ),
        ),
        silent=(
            asks("update", data={"records": 10**6}, traffic={"peak_per_s": 20_000.0}),
            asks(
                "update",
                data={"keys": ZIPFIAN, "records": 10**6},
                traffic={"peak_per_s": 2_000.0},
            ),
        ),
    ),
    "R-TR-001": RuleCase(
        fires=(
            Fires(shaped("unpredictable", sql=True), "prefer", (AURORA,)),
            Fires(shaped("spiky", engine="mysql"), "prefer", (AURORA,)),
        ),
        silent=(
            shaped("unpredictable"),
            shaped("steady", sql=True),
            shaped("spiky", engine="mongodb"),
        ),
    ),
    "R-TR-002": RuleCase(
        fires=(
            Fires(shaped("intermittent", joins=True), "prefer", (AURORA,)),
            Fires(shaped("development", sql=True), "prefer", (AURORA,), ("auto-pause",)),
        ),
        silent=(shaped("intermittent"), shaped("daily", sql=True), need(sql=True)),
    ),
    "R-TR-003": RuleCase(
        fires=(Fires(shaped("steady", sql=True), "prefer", (RDS, EC2)),),
        silent=(shaped("steady"), shaped("spiky", sql=True), asks()),
    ),
    "R-TR-004": RuleCase(
        fires=(
            Fires(shaped("daily"), "prefer", (DYNAMODB,), ("provisioned-autoscaling",)),
            Fires(shaped("steady"), "prefer", (DYNAMODB,), ("provisioned-autoscaling",)),
        ),
        silent=(asks(), shaped("unpredictable")),
    ),
    "R-TR-005": RuleCase(
        fires=(
            Fires(shaped("unpredictable"), "prefer", (DYNAMODB,), ("on-demand",)),
            Fires(shaped("development"), "prefer", (DYNAMODB,), ("on-demand",)),
        ),
        silent=(asks(), shaped("daily")),
    ),
    "R-TR-006": RuleCase(
        fires=(
            Fires(
                asks(traffic={"mean_per_s": 10.0, "peak_per_s": 1000.0}),
                "prefer",
                (DYNAMODB,),
                ("on-demand",),
            ),
        ),
        silent=(
            asks(traffic={"mean_per_s": 500.0, "peak_per_s": 1000.0}),
            asks(traffic={"mean_per_s": 10.0}),
            asks(traffic={"mean_per_s": 10.0, "peak_per_s": 1000.0, "shape": "daily"}),
        ),
    ),
    "R-TR-007": RuleCase(
        fires=(
            Fires(asks("insert", traffic={"peak_per_s": 5_000.0}), "warn", (DYNAMODB,)),
            Fires(asks("read", traffic={"peak_per_s": 13_000.0}), "warn", (DYNAMODB,)),
        ),
        silent=(asks("read", traffic={"peak_per_s": 5_000.0}), asks("insert")),
    ),
    "R-TR-008": RuleCase(
        fires=(Fires(need(short_connections=True), "prefer", (RDS, AURORA), ("rds-proxy",)),),
        silent=(
            need(),
            need(short_connections=False),
            need(short_connections=True, engine="oracle"),
        ),
    ),
    "R-TR-009": RuleCase(
        fires=(
            Fires(need(connections=6000), "prefer", (RDS, AURORA), ("rds-proxy",)),
            Fires(need(connections=6000), "prefer", (EC2,), ("connection-pool",)),
        ),
        silent=(need(), need(connections=200)),
    ),
    "R-TR-010": RuleCase(
        fires=(Fires(asks("insert", traffic={"peak_per_s": 5e4}), "warn", (*OTHERS, DYNAMODB)),),
        silent=(
            need(),
            asks("insert", traffic={"peak_per_s": 5e3}),
            asks("read", traffic={"peak_per_s": 5e5}),
        ),
    ),
    "R-AV-013": RuleCase(
        fires=(
            Fires(need(recovery_point_s=0.0, regions=("us-east-1", "us-east-2")), "warn", EVERY),
        ),
        silent=(
            need(),
            need(recovery_point_s=0.0, regions=("us-east-1",)),
            need(recovery_point_s=5.0, regions=("us-east-1", "us-east-2")),
        ),
    ),
    "R-LA-001": RuleCase(
        fires=(
            Fires(need(hot_reads=True), "prefer", (DYNAMODB,), ("dax",)),
            Fires(need(hot_reads=True), "prefer", OTHERS, ("read-cache",)),
        ),
        silent=(need(), need(hot_reads=False)),
    ),
    "R-LA-002": RuleCase(
        fires=(
            Fires(asks(latency={"read_p99_s": 0.0005}), "prefer", (DYNAMODB,), ("dax",)),
            Fires(asks(latency={"read_p99_s": 0.0005}), "prefer", OTHERS, ("read-cache",)),
        ),
        silent=(asks(), asks(latency={"read_p99_s": 0.01})),
    ),
    "R-LA-003": RuleCase(
        fires=(
            Fires(
                asks(latency={"read_p99_s": 0.01}, traffic={"shape": "intermittent"}),
                "warn",
                (AURORA,),
            ),
        ),
        silent=(
            asks(latency={"read_p99_s": 0.01}),
            shaped("intermittent"),
            asks(latency={"read_p99_s": 30.0}, traffic={"shape": "intermittent"}),
        ),
    ),
    "R-LA-004": RuleCase(
        fires=(Fires(asks(latency={"write_p99_s": 0.003}), "prefer", (RDS, EC2), ("io2",)),),
        silent=(asks(), asks(latency={"write_p99_s": 0.02})),
    ),
    "R-CO-001": RuleCase(
        fires=(Fires(need(lowest_cost=True), "warn", EVERY),),
        silent=(need(), need(lowest_cost=False)),
    ),
    "R-CO-002": RuleCase(
        fires=(Fires(need(budget_usd_per_month=500.0), "warn", EVERY),), silent=(need(),)
    ),
    "R-CO-003": RuleCase(
        fires=(Fires(shaped("steady"), "prefer", (RDS, EC2), ("reserved-capacity",)),),
        silent=(asks(), shaped("spiky")),
    ),
    "R-CO-004": RuleCase(
        fires=(
            Fires(
                asks(data={"growth_per_month": 0.03}, retention={"live_s": 86400.0}),
                "warn",
                (RDS,),
                ("gp3",),
            ),
        ),
        silent=(asks(data={"growth_per_month": 0.03}), asks(retention={"live_s": 86400.0})),
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_rule_fires_and_is_silent(code: str) -> None:
    check(code, CASES[code])


def test_growth_counts_in_the_size() -> None:
    grows = asks(data={**stored(60), "growth_per_month": 0.05})
    assert said("R-SZ-005", grows), "60 TiB at 5 % a month are 108 TiB after a year"


@pytest.mark.parametrize(
    ("theta", "records"), [(0.5, 1000), (0.99, 1000), (0.99, 1_000_000), (1.0, 10_000), (1.3, 5000)]
)
def test_hottest_share_is_near_the_exact_sum(theta: float, records: int) -> None:
    exact = 1.0 / sum(1.0 / i**theta for i in range(1, records + 1))
    keys = KeyDistribution(kind="zipfian", parameters=(theta,))
    assert hottest_share(keys, records) == pytest.approx(exact, rel=0.1)


def test_hottest_share_of_other_distributions() -> None:
    hotspot = KeyDistribution(kind="hotspot", parameters=(0.2, 0.8))
    assert hottest_share(hotspot, 1000) == pytest.approx(0.8 / 200)
    assert hottest_share(KeyDistribution(kind="uniform"), 1000) == pytest.approx(0.001)
    assert hottest_share(KeyDistribution(kind="uniform"), 0) == 1.0
