"""One key that takes more than a partition gives."""

from __future__ import annotations

from collections.abc import Iterator
from math import log

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit
from workloads.spec.model import KeyDistribution

RULE = Rule(
    code="R-SZ-007",
    title="A hot key is limited by one DynamoDB partition",
    why=(
        "All requests for one key go to one partition. Reads can be cached or eventually "
        "consistent; writes need the key spread over several (write sharding)."
    ),
    verdict="warn",
    services=("dynamodb",),
    looks_at=("data.keys", "data.records", "traffic.peak", "operations.kind"),
    facts=("dynamodb.partition_read_units", "dynamodb.partition_write_units"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    data, peak, writes = case.workload.data, known.peak_per_s(case), known.write_share(case)
    if data.keys is None or data.records is None or peak is None or writes is None:
        return
    share = hottest_share(data.keys, data.records)
    reading, writing = peak * share * (1.0 - writes), peak * share * writes
    too_many_writes = writing > limit("dynamodb.partition_write_units")
    if too_many_writes or reading > limit("dynamodb.partition_read_units"):
        yield RULE.finding(
            f"The hottest key takes {known.number(100 * share)} % of the requests: "
            f"{known.number(reading)} reads and {known.number(writing)} writes per second."
        )
    if too_many_writes:
        yield RULE.finding(
            "One partition does not take these writes.",
            verdict="prefer",
            features=("write-sharding",),
        )


def hottest_share(keys: KeyDistribution, records: int) -> float:
    """Share of requests that go to the hottest of `records` keys, 0..1.

    Zipfian: 1 / zeta(records, theta), the sum taken as its first term plus an integral (within
    10 % for theta up to 1). Hotspot: the hot operations spread evenly over the hot data. Other
    kinds count as uniform.
    """
    if keys.kind in ("zipfian", "ycsb-zipfian", "latest"):
        theta = keys.parameters[0] if keys.parameters else 0.99
        n = max(records, 1)
        rest = log(n) if abs(theta - 1.0) < 1e-9 else (n ** (1.0 - theta) - 1.0) / (1.0 - theta)
        return 1.0 / (0.57 + rest) if rest > 0.43 else 1.0
    if keys.kind == "hotspot" and len(keys.parameters) == 2:
        data_share, operation_share = keys.parameters
        return min(1.0, operation_share / max(1.0, data_share * records))
    return 1.0 / max(records, 1)
