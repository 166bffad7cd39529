"""Kinds of question that look at every row are treated alike, whatever limit their answer has."""

from __future__ import annotations

import pytest
from rule_cases import asks, case_of

from advisor.estimates import rows_of, servers
from advisor.evidence import Ledger
from advisor.rules import whole_table
from workloads.spec.model import ANALYTIC_KINDS, KINDS, Operation

RECORDS = 2_000_000


def question(kind: str, limit: int | None = None) -> Operation:
    return Operation(kind=kind, weight=1, limit=limit)


@pytest.mark.parametrize("kind", KINDS)
def test_analytic_kinds_read_all_and_no_other_does(kind: str) -> None:
    assert question(kind).reads_all == (kind in ANALYTIC_KINDS)
    assert question(kind).is_write == (kind in ("insert", "update", "read-modify-write", "delete"))


def test_a_limit_ends_a_scan_early_and_a_top_k_not_at_all() -> None:
    assert rows_of(question("scan", 10), RECORDS) == 10
    assert rows_of(question("top-k", 10), RECORDS) == RECORDS
    assert rows_of(question("window"), RECORDS) == RECORDS


@pytest.mark.parametrize("kind", ["top-k", "window"])
def test_their_work_is_that_of_an_aggregate(kind: str) -> None:
    limit = 10 if kind == "top-k" else None
    mixed = (Operation(kind="read", weight=99), question(kind, limit))
    data = {"records": RECORDS}
    case = case_of(asks(operations=mixed, data=data))
    other = case_of(asks(operations=(mixed[0], question("aggregate")), data=data))
    assert whole_table.work(case) == whole_table.work(other)
    assert whole_table.asked(case) == "analytic questions"
    assert whole_table.asked(other) == "scans and aggregates"


def test_a_window_costs_a_server_more_than_an_aggregate_and_a_top_k_less() -> None:
    needs = {"records": RECORDS, "record_size_bytes": 100.0}
    cpu = {}
    for kind in ("aggregate", "top-k", "window"):
        found = servers(asks(operations=(question(kind),), data=needs), (), Ledger())
        for family in ("postgresql", "mysql", "mariadb"):
            cpu[kind, family] = found[family].mix.cpu_s.value
    for family in ("postgresql", "mysql", "mariadb"):
        assert cpu["top-k", family] < cpu["aggregate", family] < cpu["window", family]
