"""Data larger than memory: loaded and aggregated in a process that may not hold them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workloads.datasets.recipes.generated import Generated, TableRecipe
from workloads.datasets.recipes.numeric import RowNumber, Whole, Wide
from workloads.datasets.seam import Roles
from workloads.oracle import Oracle
from workloads.spec.model import Operation
from workloads.stream import Batch

MIB = 1 << 20
RECORDS = 30_000_000
LIMIT_BYTES = 448 * MIB  # of memory of its own, libraries included
MOST_RESIDENT_BYTES = 256 * MIB
LOGICAL_BYTES = RECORDS * 24  # three numbers a row
ASKED_BYTES = RECORDS * 16  # two of them are what the question is about
DATASET = Generated(
    name="numbers",
    description="nothing but numbers",
    parts=(
        TableRecipe(
            name="numbers",
            columns=(
                ("id", RowNumber()),
                ("bucket", Whole(low=0, high=999)),
                ("amount", Wide(bits=40, signed=True)),
            ),
        ),
    ),
    roles=Roles(
        update_column="amount",
        update_columns=("amount",),
        filter_column="bucket",
        filter_values=(1, 2),
        group_column="bucket",
        measure="amount",
    ),
)
QUESTION = Operation(kind="aggregate", weight=1)
BATCH = Batch(
    operation=np.zeros(1, dtype=np.uint8),
    key=np.zeros(1, dtype=np.int64),
    limit=np.zeros(1, dtype=np.int32),
    token=np.zeros(1, dtype=np.uint64),
)
# What the limited process does: it takes the limit before anything heavy is imported.
CHILD = """
import json, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
limit, workdir, mode, records = int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], int(sys.argv[5])
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
from test_polars_memory import DATASET, aggregated
import bench.engines as engines
from bench.engines.seam import LoadPlan, Place, Settings

def resident(name):
    (line,) = [l for l in open("/proc/self/status") if l.startswith(name)]
    return int(line.split()[1]) * 1024

settings = Settings(workdir=workdir, options={"mode": mode if mode != "load" else "streaming"})
with engines.get("polars").open(Place(kind="in-process"), settings) as target:
    if mode == "load":
        loaded = target.load(LoadPlan(dataset=DATASET, records=records, seed=1))
        said = {"logical": loaded.logical_bytes, "stored": loaded.stored_bytes}
    else:
        said = {"rows": aggregated(workdir, mode)}
print(json.dumps(said | {"peak": resident("VmHWM")}))
"""


def aggregated(workdir: Path, mode: str) -> list[list[Any]]:
    """The answer to an aggregate on files that another process wrote."""
    from bench.engines.files.target import Files
    from bench.engines.polars.session import PolarsDialer

    files = Files(workdir / "parquet", DATASET, "parquet")
    bound = PolarsDialer(files, threads=1, mode=mode).dial().bind(QUESTION)
    return [list(row) for row in bound.answer(bound.call(bound.encode(BATCH, [0])[0]))]


def limited(workdir: Path, mode: str) -> subprocess.CompletedProcess[str]:
    here = str(Path(__file__).parent)
    words = [here, str(LIMIT_BYTES), str(workdir), mode, str(RECORDS)]
    return subprocess.run(
        [sys.executable, "-c", CHILD, *words], capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit is one of Linux's")
def test_data_larger_than_memory_are_aggregated_by_streaming(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    assert min(LOGICAL_BYTES, ASKED_BYTES) > LIMIT_BYTES
    loading = limited(tmp_path, "load")
    assert loading.returncode == 0, loading.stderr
    loaded = json.loads(loading.stdout)
    assert loaded["logical"] == LOGICAL_BYTES
    assert loaded["peak"] < MOST_RESIDENT_BYTES

    streaming = limited(tmp_path, "streaming")
    assert streaming.returncode == 0, streaming.stderr
    found = json.loads(streaming.stdout)
    oracle = Oracle(DATASET, RECORDS, 1)
    expected = oracle.answer(QUESTION, BATCH, 0)
    assert found["rows"] == [list(row) for row in expected]
    assert found["peak"] < MOST_RESIDENT_BYTES
    record_property("loading_peak_bytes", loaded["peak"])
    record_property("aggregate_peak_bytes", found["peak"])

    # The limit is one: what holds its columns in memory does not fit.
    assert limited(tmp_path, "lazy").returncode != 0
