"""Old records to compressed Parquet, and questions to the archive instead of the live store.

The records are read through the engine's own ranges, in pages, as an archiving job does; so how
long that takes is the engine's reading and this process's making of rows. What was written is read
again and compared, and each question's answer with what the exported rows add up to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.engines.retention import private, synchronised
from bench.procedures.seam import Performed
from results.record import Step
from workloads.spec.model import Operation

if TYPE_CHECKING:
    import pyarrow as pa

    from bench.engines.seam import Bound, Session
    from bench.procedures.context import Context
    from bench.runner.plan import Target
    from bench.runner.stand import Stand
    from workloads.datasets.seam import Dataset
    from workloads.spec.model import Workload

WAY = "parquet-zstd"
# Of the loaded records, what is archived: the oldest.
SHARE = 0.5
_PAGE_ROWS = 2_000
_FILE_PAGES = 16  # pages of a row group
# Worth its time for what is written once and kept for years.
_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Archive:
    """The procedure."""

    name: str = "archive"
    title: str = "old records to compressed Parquet, and questions to it"
    axis: str = "retention"

    def ways(
        self,
        target: Target,
        workload: Workload,  # noqa: ARG002 - any has records that grow old
        options: Mapping[str, str],  # noqa: ARG002
    ) -> Mapping[str, str | None]:
        why_not = target.engine.unsupported.get("range", "no ranges here")
        return {WAY: None if "range" in target.engine.kinds else why_not}

    def perform(self, stand: Stand, way: str, context: Context) -> Performed:  # noqa: ARG002
        from bench.engines.files.contents import Digest
        from bench.engines.retention import Space
        from bench.targets.keeper import Keeper

        below_key = round(stand.data.records * SHARE)
        with Keeper() as keeper:
            file = private(Space(keeper, stand.workdir), "archive-") / "old.parquet"
            digest, totals = Digest(), _Totals(stand.data.dataset)
            _, export = context.step(
                "export", lambda: _export(stand, file, below_key, digest, totals)
            )
            made, live = file.stat().st_size, stand.counters().stored_bytes
            whole = digest.contents()
            export = replace(
                export,
                rows=whole.rows,
                made_bytes=made,
                note=_per_row(made, whole.rows, live, stand),
            )
            found, again = context.step("read back", lambda: _read_back(file))
            again = replace(again, rows=found.rows, correct=found == whole)
            asked = [_asked(context, file, totals, name) for name in _QUESTIONS]
        return Performed((export, again, *asked))


def _per_row(made: int, rows: int, live: int | None, stand: Stand) -> str | None:
    """Bytes of a row in the archive and in the live store, with all that belongs to it."""
    if not rows:
        return None
    told = f"{made / rows:.3g} bytes a row in the archive"
    if live is None or not stand.loaded.rows:
        return told
    return (
        f"{told}, {live / stand.row_count():.3g} in the live store (other tables and indexes too)"
    )


def _export(stand: Stand, file: Path, below_key: int, digest: Any, totals: _Totals) -> None:
    """Read the records with lower keys, page by page, and write them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from workloads import datasets

    schema = datasets.schema(stand.data.dataset.tables[0])
    pages: list[pa.RecordBatch] = []
    session = stand.dialer.dial()
    try:
        with pq.ParquetWriter(file, schema, compression="zstd", compression_level=_LEVEL) as out:
            for page in _pages(session, stand.data.dataset, schema, below_key):
                digest.add(page)
                totals.add(page)
                pages.append(page)
                if len(pages) == _FILE_PAGES:
                    out.write_table(pa.Table.from_batches(pages))
                    pages.clear()
            if pages:
                out.write_table(pa.Table.from_batches(pages))
    finally:
        session.close()
    synchronised((file, file.parent))


def _pages(
    session: Session, dataset: Dataset, schema: pa.Schema, below_key: int
) -> Iterator[pa.RecordBatch]:
    """Records with lower keys, in the order of the key."""
    import pyarrow as pa
    import pyarrow.compute as pc

    bound = session.bind(Operation(kind="range", weight=1.0, limit=_PAGE_ROWS))
    key = dataset.tables[0].key
    first = 0
    while first < below_key:
        rows = _range(bound, first)
        if not rows:
            return
        columns = [
            pa.array(values, _plain(field.type)).cast(field.type)
            for values, field in zip(zip(*rows, strict=True), schema, strict=True)
        ]
        page = pa.RecordBatch.from_arrays(columns, schema=schema)
        first = page.column(key)[-1].as_py() + 1
        page = page.filter(pc.less(page.column(key), below_key))
        if page.num_rows:
            yield page


def _plain(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    return pa.int64() if pa.types.is_timestamp(kind) else kind


def _range(bound: Bound, first: int) -> list[Any]:
    import numpy as np

    from workloads.stream import Batch

    batch = Batch(
        operation=np.zeros(1, dtype=np.uint8),
        key=np.array([first], dtype=np.int64),
        limit=np.array([_PAGE_ROWS], dtype=np.int32),
        token=np.zeros(1, dtype=np.uint64),
    )
    (argument,) = bound.encode(batch, [0])
    return bound.answer(bound.call(argument))


def _read_back(file: Path) -> Any:
    """What the archive holds, by its own reader."""
    import pyarrow.parquet as pq

    from bench.engines.files.contents import Digest

    digest = Digest()
    with pq.ParquetFile(file) as archive:
        for batch in archive.iter_batches():
            digest.add(batch)
    return digest.contents()


class _Totals:
    """What the exported rows add up to: rows and sum of the measure, by group and by filter."""

    def __init__(self, dataset: Dataset) -> None:
        self.roles = dataset.roles
        self.wanted = dataset.roles.filter_values[0]
        self.groups: dict[object, tuple[int, int]] = {}
        self.filtered = (0, 0)

    def add(self, page: pa.RecordBatch) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        for group, (rows, total) in grouped(pa.Table.from_batches([page]), self.roles).items():
            before = self.groups.get(group, (0, 0))
            self.groups[group] = (before[0] + rows, before[1] + total)
        matching = page.filter(pc.equal(page.column(self.roles.filter_column), self.wanted))
        rows, total = self.filtered
        more = pc.sum(matching.column(self.roles.measure)).as_py() or 0
        self.filtered = (rows + matching.num_rows, total + more)

    @property
    def rows(self) -> int:
        return sum(rows for rows, _ in self.groups.values())


def grouped(table: pa.Table, roles: Any) -> dict[object, tuple[int, int]]:
    """Rows and sum of the measure by group."""
    found = table.group_by(roles.group_column).aggregate(
        [([], "count_all"), (roles.measure, "sum")]
    )
    return {
        group: (rows, total or 0)
        for group, rows, total in zip(
            found.column(roles.group_column).to_pylist(),
            found.column("count_all").to_pylist(),
            found.column(f"{roles.measure}_sum").to_pylist(),
            strict=True,
        )
    }


def _count(file: Path, totals: _Totals) -> bool:
    import pyarrow.dataset as archives

    return bool(archives.dataset(file).count_rows() == totals.rows)


def _filter(file: Path, totals: _Totals) -> bool:
    import pyarrow.compute as pc
    import pyarrow.dataset as archives

    roles = totals.roles
    found = archives.dataset(file).to_table(
        columns={"measure": pc.field(roles.measure)},
        filter=pc.field(roles.filter_column) == totals.wanted,
    )
    return bool((found.num_rows, pc.sum(found.column("measure")).as_py() or 0) == totals.filtered)


def _aggregate(file: Path, totals: _Totals) -> bool:
    import pyarrow.dataset as archives

    roles = totals.roles
    columns = list(dict.fromkeys((roles.group_column, roles.measure)))
    return grouped(archives.dataset(file).to_table(columns=columns), roles) == totals.groups


_QUESTIONS = {"count": _count, "filter": _filter, "aggregate": _aggregate}


def _asked(context: Context, file: Path, totals: _Totals, name: str) -> Step:
    """One question to the archive; its answer compared."""
    correct, step = context.step(f"{name} on the archive", lambda: _QUESTIONS[name](file, totals))
    rows = totals.filtered[0] if name == "filter" else totals.rows
    return replace(step, rows=rows, correct=correct, note=None if correct else "another answer")


PROCEDURE = Archive()
