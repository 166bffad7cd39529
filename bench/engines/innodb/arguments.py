"""Parameters of many operations at once, as Arrow columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.innodb.documents import stored_columns
from workloads.stream import column_token, extra_keys_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from bench.engines.innodb.statements import Call, Parameter
    from workloads.datasets.seam import Dataset
    from workloads.spec.model import Operation
    from workloads.stream import Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """Makes the parameters of one operation's statements.

    `records` is the number of rows that were loaded.
    """

    dataset: Dataset
    operation: Operation
    records: int
    seed: int
    record_size_bytes: float | None

    def columns(self, call: Call, batch: Batch, which: npt.NDArray[np.intp]) -> list[pa.Array]:
        """A column for each parameter, a row for each of the operations `which` of a batch."""
        parameters = call.statement.parameters
        if not parameters:
            return []
        if parameters[0].source == "row":
            rows = self._new_rows(batch.key[which])
            stored = [parameter.kind for parameter in parameters]
            return stored_columns(rows.columns, self.dataset.tables[0].columns, stored)
        keys = self._keys(batch, which) if parameters[-1].source == "keys" else None
        return [self._column(parameter, batch, which, keys) for parameter in parameters]

    def _keys(self, batch: Batch, which: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
        """The keys that each operation changes, a row each, in the order they are locked in."""
        import numpy as np

        keys, tokens = batch.key[which], batch.token[which]
        further = extra_keys_of(keys, tokens, self.operation.atomic_with or 1, self.records)
        return np.sort(np.column_stack([keys, further]), axis=1)

    def _column(
        self,
        parameter: Parameter,
        batch: Batch,
        which: npt.NDArray[np.intp],
        keys: npt.NDArray[np.int64] | None,
    ) -> pa.Array:
        import numpy as np
        import pyarrow as pa

        tokens = batch.token[which]
        if parameter.source == "keys" and keys is not None:
            return pa.array(np.ascontiguousarray(keys[:, parameter.position]))
        if parameter.source == "key":
            return pa.array(batch.key[which])
        if parameter.source == "limit":
            return pa.array(batch.limit[which].astype(np.int64))
        if parameter.source == "filter":
            values = self.dataset.roles.filter_values
            places = (tokens % np.uint64(len(values))).astype(np.int64)
            return pa.array(values).take(pa.array(places))
        new = self.dataset.new_values(
            parameter.column,
            [column_token(token, parameter.position) for token in tokens.tolist()],
            record_size_bytes=self.record_size_bytes,
        )
        return pa.array(new, pa.string() if parameter.kind == "string" else pa.int64())

    def _new_rows(self, keys: npt.NDArray[np.int64]) -> pa.RecordBatch:
        """The rows of these keys of the main table, in their order."""
        table = self.dataset.tables[0].name
        size = self.record_size_bytes
        return self.dataset.rows_at(table, keys, seed=self.seed, record_size_bytes=size)
