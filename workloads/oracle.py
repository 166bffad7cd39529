"""The expected answer to any operation, computed from the generators alone, without an engine.

The oracle knows the loaded rows as functions of their number, remembers only what was written
since, and so answers over any number of records in little memory. It follows one session: its
writes change its later answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from workloads.contents import Contents, Row, Value
from workloads.datasets import canonical, chunks
from workloads.errors import InputError
from workloads.stream import column_token, extra_keys
from workloads.transactions import Part, Transactions

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from workloads.datasets.seam import Dataset
    from workloads.rankings import Rankings
    from workloads.spec.model import Operation
    from workloads.stream import Batch

CHILD_CHUNK_ROWS = 65_536


def digest(rows: Iterable[Row]) -> str:
    """A checksum of an answer, SHA-256 in hex: order, types and every bit of the values count.

    Each value is written with its type; a float by its shortest decimal form that reads back as
    the same number, text by its length and UTF-8. TypeError for a value that is not canonical.
    """
    hashed = hashlib.sha256()
    for row in rows:
        hashed.update(b"(")
        for value in row:
            hashed.update(encoded(value))
        hashed.update(b")")
    return hashed.hexdigest()


def encoded(value: Value) -> bytes:
    """One canonical value as bytes that no other value has."""
    if value is None:
        return b"n;"
    if isinstance(value, bool):
        return b"b1;" if value else b"b0;"
    if isinstance(value, int):
        return b"i%d;" % value
    if isinstance(value, float):
        return b"f" + float.__repr__(value).encode() + b";"
    if isinstance(value, str):
        text = value.encode()
        return b"s%d:" % len(text) + text
    raise TypeError(f"{type(value).__name__} is not the type of a canonical value")


@dataclass(slots=True)
class Tally:
    """Rows counted, and the sum of a measure over those where it is not null."""

    rows: int = 0
    present: int = 0
    total: int = 0

    def add(self, rows: int, present: int, total: int) -> None:
        self.rows += rows
        self.present += present
        self.total += total

    @property
    def sum(self) -> int | None:
        """As SQL has it: null when there is nothing to add up."""
        return self.total if self.present else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One operation of a batch, as plain values."""

    operation: Operation
    key: int
    limit: int
    token: int


class Oracle:
    """Answers operations on `records` freshly loaded rows, and on what it wrote itself since."""

    def __init__(
        self, dataset: Dataset, records: int, seed: int, record_size_bytes: float | None = None
    ) -> None:
        self.dataset, self.records, self.seed = dataset, records, seed
        self.record_size_bytes = record_size_bytes
        self.tables = {
            table.name: Contents(
                dataset,
                table.name,
                loaded=dataset.row_count(table.name, records),
                seed=seed,
                record_size_bytes=record_size_bytes,
            )
            for table in dataset.tables
        }
        self.main = self.tables[dataset.tables[0].name]
        self.column = self.main.column
        self._tallies: dict[str, dict[Value, Tally]] = {}
        self._zones: list[tuple[int, int, int]] | None = None
        self._kinds: dict[str, Callable[[Request], list[Row]]] = {
            "read": self._read,
            "insert": self._insert,
            "update": self._update,
            "read-modify-write": self._read_modify_write,
            "delete": self._delete,
            "range": self._range,
            "scan": self._scan,
            "aggregate": self._aggregate,
            "join": self._join,
            "top-k": self._top_k,
            "window": self._window,
        }

    def answer(self, operation: Operation, batch: Batch, position: int) -> list[Row]:
        """The canonical answer to the operation at `position` of a batch; writes take effect.

        InputError for a kind that the dataset has no answer to (a join without a second table).
        ValueError for the insert of a key that exists.
        """
        if operation.kind == "transaction":
            return self._transaction(operation, batch, position)
        request = Request(
            operation=operation,
            key=int(batch.key[position]),
            limit=int(batch.limit[position]),
            token=int(batch.token[position]),
        )
        return self._kinds[operation.kind](request)

    def row(self, key: int) -> Row | None:
        """The main row of this key now; None when there is none."""
        return self.main.row(key)

    def row_count(self) -> int:
        """Rows in the main table now."""
        return self.main.row_count()

    def prepare(self, keys: npt.NDArray[np.int64]) -> None:
        """Generate the main rows of these keys at once; asking for them then costs little.

        Worth it before many answers about single rows: at once is far faster than one by one.
        """
        self.main.prepare(keys)

    # One method a kind of operation.

    def _read(self, request: Request) -> list[Row]:
        row = self.row(request.key)
        return [] if row is None else [row]

    def _insert(self, request: Request) -> list[Row]:
        self.main.insert(request.key, self.main.generated(request.key))
        return [(1,)]

    def _update(self, request: Request) -> list[Row]:
        new = self._new_values(request)
        together = request.operation.atomic_with or 1
        keys = [request.key, *extra_keys(request.key, request.token, together, self.records)]
        return [(sum(self.main.change(key, new) for key in keys),)]

    def _new_values(self, request: Request) -> dict[int, Value]:
        """What an update writes: position of the column -> value."""
        roles = self.dataset.roles
        columns = roles.update_columns if request.operation.all_fields else (roles.update_column,)
        return {
            self.column[column]: self.dataset.new_values(
                column,
                [column_token(request.token, place)],
                record_size_bytes=self.record_size_bytes,
            )[0]
            for place, column in enumerate(columns)
        }

    def _read_modify_write(self, request: Request) -> list[Row]:
        before = self._read(request)
        self._update(request)
        return before

    def _delete(self, request: Request) -> list[Row]:
        return [(self.main.delete(request.key),)]

    def _range(self, request: Request) -> list[Row]:
        return self.main.at_least(request.key, request.limit)

    def _scan(self, request: Request) -> list[Row]:
        roles = self.dataset.roles
        wanted = roles.filter_values[request.token % len(roles.filter_values)]
        tally = self._tally(roles.filter_column).get(wanted, Tally())
        return [(tally.rows, tally.sum)]

    def _aggregate(self, _request: Request) -> list[Row]:
        tallies = self._tally(self.dataset.roles.group_column)
        groups = [(group, tally.rows, tally.sum) for group, tally in tallies.items() if tally.rows]
        return sorted(groups, key=lambda row: (row[0] is None, row[0]))

    def _tally(self, by: str) -> dict[Value, Tally]:
        """Rows and sum of the measure for each value of a column, as things are now."""
        if by not in self._tallies:
            self._tallies[by] = self._tally_of_loaded(by)
        now = {value: Tally(t.rows, t.present, t.total) for value, t in self._tallies[by].items()}
        place, measure = self.column[by], self.column[self.dataset.roles.measure]
        for key, row in self.main.written.items():
            loaded = self.main.generated(key) if key < self.records else None
            for each, sign in ((loaded, -1), (row, 1)):
                if each is not None:
                    amount = each[measure]
                    present, total = (0, 0) if amount is None else (sign, sign * int(amount))
                    now.setdefault(each[place], Tally()).add(sign, present, total)
        return now

    def _tally_of_loaded(self, by: str) -> dict[Value, Tally]:
        import pyarrow as pa

        measure = self.dataset.roles.measure
        main = self.main.table.name
        narrow = self.dataset.projected(main, tuple(dict.fromkeys((by, measure))))
        tallies: dict[Value, Tally] = {}
        for batch in chunks(
            narrow,
            main,
            self.records,
            seed=self.seed,
            record_size_bytes=self.record_size_bytes,
        ):
            # The columns under names of their own: `by` may be the measure itself.
            both = pa.table({"by": batch.column(by), "measure": batch.column(measure)})
            groups = both.group_by("by").aggregate(
                [([], "count_all"), ("measure", "count"), ("measure", "sum")]
            )
            for group in groups.to_pylist():
                tally = tallies.setdefault(group["by"], Tally())
                tally.add(group["count_all"], group["measure_count"], group["measure_sum"] or 0)
        return tallies

    def _top_k(self, request: Request) -> list[Row]:
        return self._rankings.top(request.limit)

    def _window(self, _request: Request) -> list[Row]:
        return self._rankings.windows()

    @cached_property
    def _rankings(self) -> Rankings:
        from workloads.rankings import Rankings

        return Rankings(self.main)

    def _join(self, request: Request) -> list[Row]:
        child = self.dataset.roles.child_table
        if child is None:
            raise InputError(f"dataset '{self.dataset.name}' has no second table to join")
        row = self.row(request.key)
        if row is None:
            return []
        children = self.tables[child]
        reference = children.column[self.dataset.roles.child_reference or ""]
        keys = {key for key in self._children(request.key) if key not in children.written}
        keys |= {
            key
            for key, now in children.written.items()
            if now is not None and now[reference] == request.key
        }
        found = (children.row(key) for key in sorted(keys))
        return [each + row for each in found if each is not None]

    def _children(self, key: int) -> list[int]:
        """Numbers of the child rows that referred to a key when they were loaded.

        Only the chunks whose references may include it are made again; which those are was
        noted once for the whole child table.
        """
        import numpy as np

        from workloads.datasets.recipes.arrow import whole_numbers

        roles = self.dataset.roles
        if roles.child_table is None or roles.child_reference is None:
            return []
        narrow = self.dataset.projected(roles.child_table, (roles.child_reference,))
        if self._zones is None:
            self._zones = []
            start = 0
            for batch in chunks(
                narrow, roles.child_table, self.records, seed=self.seed, size=CHILD_CHUNK_ROWS
            ):
                references = whole_numbers(batch.column(0))
                self._zones.append((start, int(references.min()), int(references.max())))
                start += batch.num_rows
        total = self.dataset.row_count(roles.child_table, self.records)
        found: list[int] = []
        for start, least, most in self._zones:
            if least <= key <= most:
                stop = min(start + CHILD_CHUNK_ROWS, total)
                batch = narrow.rows(
                    roles.child_table, start, stop, seed=self.seed, record_size_bytes=None
                )
                found += (start + np.flatnonzero(whole_numbers(batch.column(0)) == key)).tolist()
        return found

    def _transaction(self, operation: Operation, batch: Batch, position: int) -> list[Row]:
        """The answers of the parts, one behind the other."""
        meant = Transactions(
            operation=operation,
            dataset=self.dataset,
            records=self.records,
            seed=self.seed,
            record_size_bytes=self.record_size_bytes,
        )
        one = slice(position, position + 1)
        return [row for part in meant.parts for row in self._part(meant, part, batch, one)]

    def _part(self, meant: Transactions, part: Part, batch: Batch, one: slice) -> list[Row]:
        rows = self.tables[meant.table(part).name]
        (key,) = meant.keys(part, batch, one).tolist()
        column = meant.column(part)
        place = None if column is None else rows.column[column.name]
        match part.step.kind:
            case "read":
                row = rows.row(key)
                return [] if row is None else [row if place is None else (row[place],)]
            case "insert":
                rows.insert(key, canonical(meant.new_rows(part, batch, one))[0])
                return [(1,)]
            case "delete":
                return [(rows.delete(key),)]
            case "range":
                return formed(rows.between(key, key + part.limit), part.form, place)
        (new,) = meant.new_values(part, batch, one)
        assert place is not None  # an update has a column
        before = rows.row(key)
        if part.step.add and before is not None:
            old = before[place]
            return [(rows.change(key, {place: None if old is None else int(old) + int(new)}),)]
        return [(rows.change(key, {place: new}),)]


def formed(rows: list[Row], form: str, place: int | None) -> list[Row]:
    """What a range of a transaction returns of its rows; `place` None: every column."""
    if place is None:
        return rows
    if form == "rows":
        return [(row[place],) for row in rows]
    values = [row[place] for row in rows]
    if form == "sum":
        present = [int(value) for value in values if value is not None]
        return [(sum(present) if present else None,)]
    ordered = sorted(set(values) if form == "distinct" else values, key=lambda v: (v is None, v))
    return [(value,) for value in ordered]
