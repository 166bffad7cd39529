"""Aggregates over much of the data beside operational requests."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import SERVICES, RuleFinding
from advisor.rules import known, whole_table
from advisor.rules.rule import Rule
from workloads.spec.model import ANALYTIC_KINDS

COPY = "columnar-copy"
HALF = 0.5  # of the records touched: below, they are not what the store mostly does

RULE = Rule(
    code="R-AN-002",
    title="Aggregates over much of the data are best kept out of the operational store",
    why=(
        "One aggregate reads as many records as the table has, a point read one. A columnar copy "
        "beside the store (Parquet on S3, refreshed as often as the answers may be old) takes "
        "that load."
    ),
    verdict="prefer",
    services=SERVICES,
    looks_at=(
        "operations.kind",
        "operations.weight",
        "data.records",
        "traffic.mean",
        "needs.replica_lag",
    ),
    reference=(
        "storefit's own method: work is counted in records touched, and who asks more often than "
        "a copy is refreshed wants fresh answers"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    share, records = known.shares(case, ANALYTIC_KINDS), case.workload.data.records
    work = whole_table.work(case)
    if not share or work is None or records is None or records < known.MANY_ROWS:
        return
    if work < HALF or not known.kinds(case) & known.BY_KEY:
        return  # R-AN-001 speaks where nothing is asked by key
    pace = whole_table.pace(case)
    seen = (
        f"{known.percent(share)} of the requests are {whole_table.asked(case)}{f' ({pace})' * bool(pace)}, "
        f"and read {known.percent(work)} of all records touched."
    )
    if whole_table.kept_apart(case):
        yield RULE.finding(
            f"{seen} {whole_table.why_apart(case)}: plans with and without them are compared, and the cheaper is "
            f"taken.",
            features=(COPY,),
        )
    else:
        yield RULE.finding(
            f"{seen} {whole_table.why_served(case)}: the store itself must answer them, so the relational "
            f"plans are sized with them. Where the answers may be old, say so in "
            f"needs.replica_lag; where they may not, sums that are kept up to date as records "
            f"change are cheaper than questions that read all of them.",
            verdict="warn",
            instead=(
                f"a columnar warehouse for the {whole_table.asked(case)}, beside a store for the "
                "requests by key: needs.replica_lag says how old its answers may be"
            ),
        )
