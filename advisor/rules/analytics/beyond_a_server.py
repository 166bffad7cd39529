"""Whole-table questions that take more than an operational server should give them."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import SERVICES, RuleFinding
from advisor.rules import known, whole_table
from advisor.rules.analytics.aggregates_beside import HALF
from advisor.rules.rule import Rule

# PostgreSQL aggregates 2.4 million rows a second on a core (shipped reference records); servers
# end at some 64 cores that anybody buys for one database, and CPU is planned to 65 %.
ROWS_PER_S = 64 * 0.65 * 2.5e6

RULE = Rule(
    code="R-AN-004",
    title="Whole-table questions all day are no load for an operational store",
    why=(
        "A server for that would be bought for the questions alone, many times the size that the "
        "requests by key need. Sums that are kept up to date as records change, or a columnar "
        "store beside a small operational one, answer them at a fraction."
    ),
    verdict="exclude",
    services=SERVICES,
    looks_at=(
        "operations.kind",
        "operations.weight",
        "data.records",
        "traffic.mean",
        "needs.replica_lag",
    ),
    reference=(
        "storefit's own method: rows read per second at the mean against what 64 cores read"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    named, records = known.engine(case), case.workload.data.records
    if records is None or (named is not None and named.family != "relational"):
        return
    work, asked = whole_table.work(case), whole_table.per_s(case)
    if work is None or work < HALF or not asked or not known.kinds(case) & known.BY_KEY:
        return  # R-AN-001 speaks where nothing is asked by key
    rows_per_s = whole_table.rows_per_s(case)
    if rows_per_s is None or rows_per_s < ROWS_PER_S or whole_table.kept_apart(case):
        return
    yield RULE.finding(
        f"{whole_table.asked(case).capitalize()} over {known.number(records)} records, "
        f"{whole_table.pace(case)}: {known.number(rows_per_s / 1e6)} million rows a second, where "
        f"64 cores read {known.number(ROWS_PER_S / 1e6)}.",
        instead=(
            "a small store for the requests by key, with sums that are kept up to date as records "
            "change, or with a columnar warehouse beside it (Parquet on S3 asked with Athena, "
            "Amazon Redshift fed from the store within seconds)"
        ),
    )
