"""Short-lived connections reach a server through a pool."""

from __future__ import annotations

import pytest
from architect_cases import CRUD, ROWS
from rule_cases import asks

from advisor.case import prepare
from advisor.sizing.load import Load, load_of


def load(clients: int, peak: float, *, short: bool) -> Load:
    workload = asks(
        operations=CRUD,
        data=ROWS,
        traffic={"mean_per_s": peak / 2, "peak_per_s": peak, "shape": "daily"},
        needs={"connections": clients, "short_connections": short},
    )
    return load_of(prepare(workload, []), "postgresql")


def test_a_pool_keeps_what_runs_at_once() -> None:
    assert load(3000, 800.0, short=False).connections == 3000
    assert load(3000, 800.0, short=True).connections == 100, "the least that a pool keeps"
    assert load(3000, 10_000.0, short=True).connections == pytest.approx(10_000 * 0.06)
    assert load(3000, 1e6, short=True).connections == 3000, "never more than there are clients"
    assert load(20, 800.0, short=True).connections == 20


def test_more_traffic_never_takes_fewer_connections() -> None:
    found = [load(3000, peak, short=True).connections for peak in (10.0, 1e3, 1e4, 1e5)]
    assert found == sorted(found)
