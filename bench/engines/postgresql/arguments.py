"""Parameters of many operations at once, as Arrow columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.postgresql.encoding import binary_rows, key_arrays, stored_rows
from workloads.stream import column_token, extra_keys_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from bench.engines.postgresql.statements import Call, Parameter
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

    def rows(self, call: Call, batch: Batch, which: slice | npt.NDArray[np.intp]) -> pa.Array:
        """Parameters of a statement for the operations `which` of a batch, in binary."""
        parameters = call.statement.parameters
        if parameters[0].source == "row":
            table = self.dataset.tables[0]
            rows = self._new_rows(batch.key[which])
            return stored_rows(rows.columns, table.columns, call.statement.stored)
        columns = [self._column(parameter, batch, which) for parameter in parameters]
        return binary_rows(columns, [parameter.kind for parameter in parameters])

    def _column(
        self, parameter: Parameter, batch: Batch, which: slice | npt.NDArray[np.intp]
    ) -> pa.Array:
        import numpy as np
        import pyarrow as pa

        keys, tokens = batch.key[which], batch.token[which]
        if parameter.source == "key":
            return pa.array(keys)
        if parameter.source == "limit":
            return pa.array(batch.limit[which].astype(np.int64))
        if parameter.source == "keys":
            further = extra_keys_of(keys, tokens, self.operation.atomic_with or 1, self.records)
            return key_arrays(np.sort(np.column_stack([keys, further]), axis=1))
        if parameter.source == "filter":
            values = self.dataset.roles.filter_values
            places = (tokens % np.uint64(len(values))).astype(np.int64)
            return pa.array(values).take(pa.array(places))
        mixed = column_tokens(tokens, parameter.position)
        new = self.dataset.new_values(
            parameter.column, mixed, record_size_bytes=self.record_size_bytes
        )
        return pa.array(new, pa.string() if parameter.kind == "string" else pa.int64())

    def _new_rows(self, keys: npt.NDArray[np.int64]) -> pa.RecordBatch:
        """The rows of these keys of the main table, in their order."""
        table = self.dataset.tables[0].name
        size = self.record_size_bytes
        return self.dataset.rows_at(table, keys, seed=self.seed, record_size_bytes=size)


def column_tokens(tokens: npt.NDArray[np.uint64], position: int) -> list[int]:
    """The tokens of the column at `position` of an update of several columns."""
    return [column_token(token, position) for token in tokens.tolist()]
