"""Transactions taken apart: which record each of their requests is about, and with which values.

A transaction is a list of steps; repeated out they are its *parts*, one request each, in order.
Engines, the oracle and the fake all ask here, so that they mean the same records.

Keys. On the main table the first part takes the key of the operation; each further one takes its
column of `Batch.further`, drawn like every other key of the workload. On another table a key is
drawn evenly among the loaded rows, by the token. An insert makes a record that was not there: on
the main table it has the next free key of the worker, on another table a number of its own. A part
with `same_key` is about the record of the part before it on its table.

Values. An update sets what `Dataset.new_values` gives for the part's token; all parts that `add`
add the same amount. The row of an insert is generated; in a new row of another table the columns
that refer to tables hold the keys that were used before, and its amount column the amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, overload

from workloads.errors import InputError
from workloads.spec.model import Operation, Step
from workloads.spec.steps import mistakes
from workloads.stream import DEFAULT_RANGE_LIMIT

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from workloads.datasets.seam import Column, Dataset, Table
    from workloads.stream import Batch

    Integers = npt.NDArray[np.int64]
    Positions = slice | npt.NDArray[np.intp]

# Where a key comes from: `Batch.key`, a column of `Batch.further`, or the token.
Source = Literal["key", "further", "token"]
# What a column of `Batch.further` holds: a key of the main table that exists, its next free key,
# or the number of a new row of another table.
Supply = Literal["existing", "new", "number"]

AMOUNT_MOST = 5_000  # as TPC-B's delta: -5000..5000
# The number of a new row of another table: so many low bits count rows, those above tell streams
# of different seeds apart.
NUMBER_BITS = 36
_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One request of a transaction; `index` is its position among them.

    place  of a key from `further`: which column; of a key from the token: which draw
    new    an insert of a record that was not there
    """

    index: int
    step: Step
    source: Source
    place: int
    new: bool

    @property
    def limit(self) -> int:
        """Length of a range."""
        return self.step.limit or DEFAULT_RANGE_LIMIT

    @property
    def form(self) -> str:
        """What a range returns, one of RANGE_FORMS."""
        return self.step.form or "rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The parts of a transaction, and what the stream of operations has to supply for it.

    further    what each column of `Batch.further` holds
    first_new  whether `Batch.key` is a new key of the main table
    deletes    whether the record of `Batch.key` is deleted for good
    """

    parts: tuple[Part, ...]
    further: tuple[Supply, ...]
    first_new: bool
    deletes: bool

    @property
    def inserts(self) -> int:
        """New records of the main table."""
        return self.further.count("new") + self.first_new

    @property
    def replaces(self) -> int:
        """Records of the main table that are deleted and inserted again."""
        return sum(
            part.step.kind == "insert" and not part.new and part.step.table is None
            for part in self.parts
        )


@lru_cache(maxsize=256)
def outline(operation: Operation) -> Outline:
    """An operation of kind transaction taken apart. InputError for steps that make no sense."""
    for mistake in mistakes(operation.steps):
        where = f"step {mistake.step + 1} of a transaction, {mistake.key}"
        raise InputError(f"{where}: {mistake.found}", hint=f"allowed: {mistake.allowed}")
    parts: list[Part] = []
    further: list[Supply] = []
    last: dict[str | None, Part] = {}
    draws = 0
    for step in operation.steps:
        for _ in range(step.repeat):
            new = step.kind == "insert" and not step.same_key
            source, place = _key_of(step, new, last, (len(further), draws))
            if not step.same_key:
                draws += source == "token"
                if source == "further":
                    existing: Supply = "new" if new else "existing"
                    further.append(existing if step.table is None else "number")
            last[step.table] = Part(
                index=len(parts), step=step, source=source, place=place, new=new
            )
            parts.append(last[step.table])
    about_first = [p.step.kind for p in parts if p.source == "key"]
    changes = [kind for kind in about_first if kind in ("insert", "delete")]
    return Outline(
        parts=tuple(parts),
        further=tuple(further),
        first_new=any(part.source == "key" and part.new for part in parts),
        deletes=changes[-1:] == ["delete"],
    )


def _key_of(
    step: Step, new: bool, last: dict[str | None, Part], used: tuple[int, int]
) -> tuple[Source, int]:
    """Source and place of the key of a step's next part; `used`: columns and draws so far."""
    if step.same_key:
        return last[step.table].source, last[step.table].place
    if step.table is None and None not in last:
        return "key", 0
    if step.table is None or new:
        return "further", used[0]
    return "token", used[1]


def inserts(operation: Operation) -> int:
    """New records of the main table that one operation makes."""
    if operation.kind == "transaction":
        return outline(operation).inserts
    return int(operation.kind == "insert")


def deletes(operation: Operation) -> int:
    """Records of the main table that one operation deletes for good."""
    if operation.kind == "transaction":
        return int(outline(operation).deletes)
    return int(operation.kind == "delete")


def replaces(operation: Operation) -> int:
    """Records of the main table that one operation deletes and inserts again."""
    return outline(operation).replaces if operation.kind == "transaction" else 0


def new_keys(operations: Sequence[Operation], batch: Batch) -> Integers:
    """The highest new key of the main table that each operation of a batch makes; -1: none."""
    import numpy as np

    found = np.full(len(batch), -1, dtype=np.int64)
    for number, operation in enumerate(operations):
        mine = batch.operation == number
        if operation.kind == "insert":
            found[mine] = batch.key[mine]
        elif operation.kind == "transaction":
            plan = outline(operation)
            if plan.first_new:
                found[mine] = batch.key[mine]
            if "new" in plan.further and batch.further is not None:
                last = len(plan.further) - 1 - plan.further[::-1].index("new")
                found[mine] = batch.further[mine, last]
    return found


@overload
def part_token(token: int, index: int) -> int: ...
@overload
def part_token(token: npt.NDArray[np.uint64], index: int) -> npt.NDArray[np.uint64]: ...
def part_token(token: int | npt.NDArray[np.uint64], index: int) -> int | npt.NDArray[np.uint64]:
    """The token of part `index` of a transaction; part 0 keeps the operation's."""
    offset = index * _GOLDEN & _MASK
    if isinstance(token, int):
        return (token + offset) & _MASK
    import numpy as np

    return token + np.uint64(offset)


def amounts(tokens: npt.NDArray[np.uint64]) -> Integers:
    """What every part that adds adds: -5000..5000, evenly, one for each transaction."""
    import numpy as np

    from workloads.datasets.recipes.hashing import below, mix_array

    words = mix_array(~tokens.astype(np.uint64))
    return below(words, 2 * AMOUNT_MOST + 1) - AMOUNT_MOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Transactions:
    """The transactions of one operation on a loaded dataset: keys and values of many at once.

    `which` are the positions of a batch that are meant; every array has one item for each.
    """

    operation: Operation
    dataset: Dataset
    records: int
    seed: int
    record_size_bytes: float | None

    @property
    def parts(self) -> tuple[Part, ...]:
        return outline(self.operation).parts

    def table(self, part: Part) -> Table:
        """The table a part is about. InputError when the dataset has none of that name."""
        from workloads.datasets import table_of

        wanted = part.step.table
        return self.dataset.tables[0] if wanted is None else table_of(self.dataset, wanted)

    def column(self, part: Part) -> Column | None:
        """The one column that a part changes or returns; None: the whole row."""
        table, step, name = self.table(part), part.step, part.step.column
        main = step.table is None
        if name is None and step.kind == "update":
            name = self.dataset.roles.update_column if main else table.update_column
            if name is None:
                raise InputError(
                    f"table '{table.name}' has no column that updates change",
                    hint="name one with `column`",
                )
        if name is None and part.form == "sum":
            name = self.dataset.roles.measure
        for column in table.columns:
            if column.name == name:
                return column
        if name is not None:
            known = ", ".join(column.name for column in table.columns)
            raise InputError(f"table '{table.name}' has no column '{name}'", hint=known)
        return None

    def keys(self, part: Part, batch: Batch, which: Positions) -> Integers:
        """The keys that a part is about (the first one of a range)."""
        import numpy as np

        from workloads.datasets.recipes.hashing import mix_array

        if part.source == "key":
            return batch.key[which]
        if part.source == "further":
            if batch.further is None:
                raise InputError("a batch without further keys cannot supply this transaction")
            return batch.further[which, part.place]
        rows = self.dataset.row_count(self.table(part).name, self.records)
        if not rows:
            return np.zeros(len(batch.key[which]), dtype=np.int64)
        words = mix_array(part_token(batch.token[which], part.place + 1))
        keys: Integers = (words % np.uint64(rows)).astype(np.int64)
        return keys

    def new_values(self, part: Part, batch: Batch, which: Positions) -> list[str | int]:
        """What an update sets its column to; with `add`, what it adds."""
        tokens = batch.token[which]
        if part.step.add:
            added: list[str | int] = amounts(tokens).tolist()
            return added
        column = self.column(part)
        assert column is not None  # an update has one
        return self.dataset.new_values(
            column.name,
            part_token(tokens, part.index).tolist(),
            record_size_bytes=self.record_size_bytes,
            table=self.table(part).name,
        )

    def new_rows(self, part: Part, batch: Batch, which: Positions) -> pa.RecordBatch:
        """The rows that an insert makes."""
        import numpy as np
        import pyarrow as pa

        table, keys = self.table(part), self.keys(part, batch, which)
        linked = part.new and part.step.table is not None
        numbers = keys
        if linked:  # rows go on where the loaded ones end; the number alone is the key
            count = self.dataset.row_count(table.name, self.records)
            numbers = (keys & np.int64((1 << NUMBER_BITS) - 1)) + count
        rows = self.dataset.rows_at(
            table.name, numbers, seed=self.seed, record_size_bytes=self.record_size_bytes
        )
        if not linked:
            return rows
        given = {table.key: keys}
        if table.amount is not None:
            given[table.amount] = amounts(batch.token[which])
        for column, other in table.references:
            used = self._before(part, other)
            if used is not None:
                given[column] = self.keys(used, batch, which)
        columns = [
            pa.array(given[name]) if name in given else rows.column(name)
            for name in rows.schema.names
        ]
        return pa.RecordBatch.from_arrays(columns, schema=rows.schema)

    def _before(self, part: Part, table: str) -> Part | None:
        """The last part on a table before this one."""
        earlier = self.parts[: part.index]
        return next((p for p in reversed(earlier) if self.table(p).name == table), None)
