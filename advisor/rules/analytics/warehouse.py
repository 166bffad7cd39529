"""The need itself is a warehouse."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import SERVICES, RuleFinding
from advisor.rules import known, whole_table
from advisor.rules.rule import Rule
from workloads.spec.model import ANALYTIC_KINDS

MOSTLY = 0.5  # of the records touched: more than half is read by whole-table questions

RULE = Rule(
    code="R-AN-001",
    title="Much data that is asked only whole-table questions needs a warehouse",
    why=(
        "Operational stores keep rows together and read all columns of every row an aggregate "
        "touches; a columnar store reads the few columns it needs, compressed. Where nothing is "
        "asked by key, an operational store has nothing to do."
    ),
    verdict="exclude",
    services=SERVICES,
    looks_at=("operations.kind", "data.format", "data.records", "needs.engine"),
    reference=(
        "https://github.com/aws/agent-toolkit-for-aws, skills/core-skills/aws-database/"
        "references/select.md (2026-08-20)"
    ),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    data, share = case.workload.data, known.shares(case, ANALYTIC_KINDS)
    if not share or known.engine(case) is not None:
        return
    work = whole_table.work(case)
    if not known.kinds(case) & known.BY_KEY:
        large = data.records is not None and data.records >= known.MANY_ROWS
        if data.format != "columnar" and not large:
            return
        seen = (
            f"No operation asks by key: {known.number(100 * share)} % are {whole_table.asked(case)} "
            f"over {'columnar data' if data.format == 'columnar' else 'much data'}"
            f"{', the rest adds records' if share < 1 else ''}."
        )
    elif data.format == "columnar" and work is not None and work > MOSTLY:
        seen = (
            f"The data are declared columnar, and {whole_table.asked(case)} read "
            f"{known.percent(work)} of all records touched."
        )
    else:
        return
    yield RULE.finding(
        seen,
        instead=(
            "a columnar warehouse: Parquet files on S3 asked with Athena or polars, or Amazon "
            "Redshift where many ask at once"
        ),
    )
