"""Expected answers to top-k and window questions: the same however the rows are cut."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from workloads import datasets, rankings
from workloads.oracle import Oracle
from workloads.spec.model import Operation
from workloads.stream import DEFAULT_TOP_LIMIT, Batch, batches

RECORDS = 700


def one(kind: str, key: int = 0, limit: int = 0) -> tuple[Operation, Batch, int]:
    batch = Batch(
        operation=np.zeros(1, dtype=np.uint8),
        key=np.array([key], dtype=np.int64),
        limit=np.array([limit], dtype=np.int32),
        token=np.array([11], dtype=np.uint64),
    )
    return Operation(kind=kind, weight=1), batch, 0


@pytest.mark.parametrize("name", datasets.names())
def test_answers_do_not_depend_on_chunks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for rows in (64, 1_000):
        monkeypatch.setattr(rankings, "CHUNK_ROWS", rows)
        oracle = Oracle(datasets.get(name), RECORDS, 3)
        for key in (0, 63, 64, 699):
            oracle.answer(*one("delete", key))
        for key in (900, 700, 800):
            oracle.answer(*one("insert", key))
        oracle.answer(*one("update", 65))
        found.append([oracle.answer(*one("top-k", limit=n)) for n in (1, 5, 300, 5_000)])
        found[-1].append(oracle.answer(*one("window")))
    assert found[0] == found[1]
    few, all_rows = found[0][1], found[0][3]
    assert few == all_rows[:5]
    measure = [c.name for c in datasets.get(name).tables[0].columns].index(
        datasets.get(name).roles.measure
    )
    order = [(-int(row[measure] or 0), int(row[0] or 0)) for row in all_rows]
    assert order == sorted(order)
    assert {900, 700, 800} <= {row[0] for row in all_rows}
    assert not {0, 63, 64, 699} & {row[0] for row in all_rows}


def test_a_window_is_about_order_and_ties() -> None:
    """Figures that follow from the definition by hand."""
    group = rankings.Group()
    group.add(np.array([5, -9, 4]))
    group.add(np.array([-9, 6, -1]))
    assert (group.rows, group.total, group.peak) == (6, -4, 5)
    assert group.last_rank == 5  # 6, 5, 4, -1, then two of -9
    group.add(np.array([-10]))
    assert group.last_rank == 7
    alone = rankings.Group()
    alone.add(np.array([-3]))
    assert (alone.peak, alone.last_rank) == (-3, 1)


def test_a_top_without_a_limit_has_ten_rows() -> None:
    from workloads.spec.model import Workload

    wanted = Workload(
        name="top",
        operations=(
            Operation(kind="top-k", weight=1),
            Operation(kind="top-k", weight=1, limit=3),
            Operation(kind="window", weight=1),
        ),
    )
    batch = next(batches(wanted, seed=1, records=50, size=300))
    limits = [set(batch.limit[batch.operation == n].tolist()) for n in range(3)]
    assert limits == [{DEFAULT_TOP_LIMIT}, {3}, {0}]


def test_asking_imports_no_pandas() -> None:
    import subprocess

    code = (
        "import sys; from workloads import datasets; from workloads.oracle import Oracle;"
        "o = Oracle(datasets.get('sales'), 200, 1); o._rankings.windows(); o._rankings.top(3);"
        "print('pandas' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
