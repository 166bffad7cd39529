"""Generating rows, keys and operations."""

from __future__ import annotations

from itertools import islice

from workloads import datasets, spec
from workloads.stream import batches

ROWS = 200_000


class Generating:
    """The narrow and a wide dataset; the operation stream of two workloads."""

    def setup(self) -> None:
        self.narrow = datasets.get("accounts")
        self.wide = datasets.get("records")
        self.zipfian = spec.load("ycsb-a")

    def time_narrow_rows(self) -> None:
        table = self.narrow.tables[0].name
        for _ in datasets.chunks(self.narrow, table, ROWS, seed=1):
            pass

    def time_wide_rows(self) -> None:
        table = self.wide.tables[0].name
        for _ in datasets.chunks(self.wide, table, ROWS // 4, seed=1):
            pass

    def time_operation_stream(self) -> None:
        stream = batches(self.zipfian, seed=1, worker=0, workers=1, records=1_000_000)
        for _ in islice(stream, 16):
            pass
