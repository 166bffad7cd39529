"""A wide table larger than the memory: asked of polars in a process that may not hold it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from workloads import queries
from workloads.queries import expected

LIMIT_BYTES = 448 << 20  # of memory of its own, libraries included
MOST_RESIDENT_BYTES = 384 << 20
# Text that is searched, every number, hours of distinct users, something of every column.
ASKED = ("q21", "q25", "q28", "q39")
CHILD = """
import json, resource, sys
from pathlib import Path
limit, folder, mode, asked = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:]
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
from bench.asking.process import _forget_peak, _peak_bytes
from bench.engines.polars.questions import PolarsQuestioner
from workloads import queries
from workloads.queries import expected
from workloads.queries.seam import Tables

tables = Tables(set="events", directory=folder, scale=1.0, seed=1, rows=(1_000_000,))
inquiry, told = PolarsQuestioner(tables, 1, mode).open(), {}
for query in queries.get("events").queries(1.0):
    if query.id in asked:
        _forget_peak()
        raw = inquiry.ask(query)
        peak = _peak_bytes()
        told[query.id] = [peak, expected.of(tables, query).difference(query, inquiry.answer(raw))]
print(json.dumps(told))
"""


def limited(folder: Path, mode: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", CHILD, str(LIMIT_BYTES), str(folder), mode, *ASKED]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit is one of Linux's")
def test_a_wide_table_larger_than_memory_is_asked_by_streaming(tmp_path: Path) -> None:
    events = queries.get("events")
    tables = events.write(tmp_path, scale=1.0, seed=1, tell=lambda *_: None)
    assert tables.rows[0] * events.row_bytes > LIMIT_BYTES
    assert len(expected.known("events")[1.0, 1]) == 40

    streaming = limited(tmp_path, "streaming")
    assert streaming.returncode == 0, streaming.stderr
    for query, (peak, wrong) in json.loads(streaming.stdout).items():
        assert wrong is None, query
        assert peak < MOST_RESIDENT_BYTES, query

    # The limit is one: what holds its columns in memory does not fit.
    assert limited(tmp_path, "lazy").returncode != 0
