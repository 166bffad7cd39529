"""A store in plain Python: what each operation means, in the fewest words.

It is written apart from the oracle and from every engine, so that they can be checked against
each other.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from bench.engines.requests import formed
from bench.engines.seam import OperationFailed
from workloads.stream import column_token, extra_keys

if TYPE_CHECKING:
    import pyarrow as pa

    from bench.engines.requests import Request
    from bench.engines.seam import LoadPlan, Row
    from workloads.spec.model import Operation


class ReferenceStore:
    """All rows of a dataset in dictionaries."""

    def __init__(self, plan: LoadPlan) -> None:
        self.plan = plan
        dataset = plan.dataset
        self._roles = dataset.roles
        main, *others = dataset.tables
        self._names = [column.name for column in main.columns]
        key = self._names.index(main.key)
        self.rows: dict[int, list[Any]] = {row[key]: row for row in self._table(main.name)}
        self._keys = sorted(self.rows)
        self._tables = {main.name: self.rows}
        for table in others:
            number = [column.name for column in table.columns].index(table.key)
            self._tables[table.name] = {row[number]: row for row in self._table(table.name)}
        self._children: dict[int, list[list[Any]]] | None = None

    def perform(self, operation: Operation, key: int, limit: int, token: int) -> list[Row]:
        """Do one operation; the canonical answer."""
        match operation.kind:
            case "read":
                return self._get(key)
            case "insert":
                return self._insert(key)
            case "update":
                return [(self._update(operation, key, token),)]
            case "read-modify-write":
                before = self._get(key)
                self._update(operation, key, token)
                return before
            case "delete":
                return [(self._delete(key),)]
            case "range":
                first = bisect_left(self._keys, key)
                return [tuple(self.rows[k]) for k in self._keys[first : first + limit]]
            case "scan":
                return self._scan(token)
            case "aggregate":
                return self._aggregate()
            case "top-k":
                return self._top(limit)
            case "window":
                return self._window()
            case "join":
                return [(*child, *main) for main in self._get(key) for child in self._of(key)]
        raise ValueError(f"no operation kind '{operation.kind}'")

    def transact(self, requests: Sequence[Request]) -> list[Row]:
        """Do the requests of a transaction one after the other; their answers in a row.

        OperationFailed for the insert of a key that exists; then all is as it was before.
        """
        before = [
            (rows, request.key, list(rows[request.key]) if request.key in rows else None)
            for request in requests
            for rows in (self._tables[request.table],)
        ]
        try:
            return self._one_by_one(requests)
        except OperationFailed:
            for rows, key, row in before:
                rows.pop(key, None)
                if row is not None:
                    rows[key] = row
            self._keys, self._children = sorted(self.rows), None
            raise

    def _one_by_one(self, requests: Sequence[Request]) -> list[Row]:
        answer: list[Row] = []
        for request in requests:
            rows = self._tables[request.table]
            answer += _done(rows, request)
            if rows is not self.rows:
                self._children = None
            elif request.part.step.kind == "insert":
                insort(self._keys, request.key)
            elif request.part.step.kind == "delete" and answer[-1] == (1,):
                del self._keys[bisect_left(self._keys, request.key)]
        return answer

    def _of(self, key: int) -> list[list[Any]]:
        """The children of a key, in the order of their own keys."""
        name, reference = self._roles.child_table, self._roles.child_reference
        if name is None or reference is None:
            return []
        if self._children is None:
            table = next(table for table in self.plan.dataset.tables if table.name == name)
            place = [column.name for column in table.columns].index(reference)
            self._children = {}
            for number in sorted(self._tables[name]):
                row = self._tables[name][number]
                self._children.setdefault(row[place], []).append(row)
        return self._children.get(key, [])

    def tables(self) -> dict[str, dict[int, list[Any]]]:
        """All rows by table and key."""
        return self._tables

    def forget(self, keys: Sequence[int]) -> None:
        """Take rows of the main table out."""
        for key in keys:
            del self.rows[key]
        self._keys = sorted(self.rows)

    def remember(self, start: int, stop: int) -> None:
        """Put the main table's rows `start`..`stop - 1` in, as the dataset makes them."""
        main = self.plan.dataset.tables[0].name
        self.rows.update(zip(range(start, stop), self._made(main, start, stop), strict=True))
        self._keys = sorted(self.rows)

    def _get(self, key: int) -> list[Row]:
        return [tuple(self.rows[key])] if key in self.rows else []

    def _insert(self, key: int) -> list[Row]:
        main = self.plan.dataset.tables[0].name
        (self.rows[key],) = self._made(main, key, key + 1)
        insort(self._keys, key)
        return [(1,)]

    def _update(self, operation: Operation, key: int, token: int) -> int:
        columns = (
            self._roles.update_columns if operation.all_fields else (self._roles.update_column,)
        )
        keys = [key]
        if (operation.atomic_with or 1) > 1:
            keys += extra_keys(key, token, operation.atomic_with or 1, self.plan.records)
        changed = [self.rows[k] for k in keys if k in self.rows]
        for position, name in enumerate(columns):
            (value,) = self.plan.dataset.new_values(
                name,
                [column_token(token, position)],
                record_size_bytes=self.plan.record_size_bytes,
            )
            for row in changed:
                row[self._names.index(name)] = value
        return len(changed)

    def _delete(self, key: int) -> int:
        if self.rows.pop(key, None) is None:
            return 0
        del self._keys[bisect_left(self._keys, key)]
        return 1

    def _scan(self, token: int) -> list[Row]:
        wanted = self._roles.filter_values[token % len(self._roles.filter_values)]
        column = self._names.index(self._roles.filter_column)
        return [self._totals([row for row in self.rows.values() if row[column] == wanted])]

    def _aggregate(self) -> list[Row]:
        column = self._names.index(self._roles.group_column)
        groups: dict[Any, list[list[Any]]] = {}
        for row in self.rows.values():
            groups.setdefault(row[column], []).append(row)
        named = sorted(group for group in groups if group is not None)
        ordered = [*named, None] if None in groups else named
        return [(group, *self._totals(groups[group])) for group in ordered]

    def _top(self, limit: int) -> list[Row]:
        key = self._names.index(self.plan.dataset.tables[0].key)
        measure = self._names.index(self._roles.measure)
        having = [tuple(row) for row in self.rows.values() if row[measure] is not None]
        return sorted(having, key=lambda row: (-row[measure], row[key]))[:limit]

    def _window(self) -> list[Row]:
        column = self._names.index(self._roles.group_column)
        measure = self._names.index(self._roles.measure)
        groups: dict[Any, list[int]] = {}
        for key in self._keys:
            row = self.rows[key]
            if row[measure] is not None:
                groups.setdefault(row[column], []).append(row[measure])
        named = sorted(group for group in groups if group is not None)
        ordered = [*named, None] if None in groups else named
        answer: list[Row] = []
        for group in ordered:
            ranked = sorted(groups[group], reverse=True)
            highest = max(accumulate(groups[group]))
            answer.append((group, highest, 1 + ranked.index(ranked[-1])))
        return answer

    def _totals(self, rows: list[list[Any]]) -> Row:
        column = self._names.index(self._roles.measure)
        measures = [int(m) for row in rows if (m := row[column]) is not None]
        return len(rows), sum(measures) if measures else None

    def _table(self, name: str) -> list[list[Any]]:
        return self._made(name, 0, self.plan.dataset.row_count(name, self.plan.records))

    def _made(self, name: str, start: int, stop: int) -> list[list[Any]]:
        size = self.plan.record_size_bytes
        batch = self.plan.dataset.rows(
            name, start, stop, seed=self.plan.seed, record_size_bytes=size
        )
        return _canonical(batch)


def _canonical(batch: pa.RecordBatch) -> list[list[Any]]:
    import pyarrow as pa

    columns = [
        column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
        for column in batch.columns
    ]
    return [list(row) for row in zip(*(column.to_pylist() for column in columns), strict=True)]


def _done(rows: dict[int, list[Any]], request: Request) -> list[Row]:
    """One request of a transaction on the rows of its table."""
    key, column, part = request.key, request.column, request.part
    row = rows.get(key)
    match part.step.kind:
        case "read":
            return [] if row is None else [_chosen(row, column)]
        case "insert":
            if row is not None:
                raise OperationFailed("duplicate", f"key {key} exists")
            rows[key] = list(request.row)
            return [(1,)]
        case "delete":
            return [(int(rows.pop(key, None) is not None),)]
        case "range":
            numbers = range(key, key + part.limit)
            return formed([_chosen(rows[n], column) for n in numbers if n in rows], part.form)
    if row is None:
        return [(0,)]
    assert column is not None
    old, new = row[column], request.value
    row[column] = new if not part.step.add else None if old is None else old + new
    return [(1,)]


def _chosen(row: list[Any], column: int | None) -> Row:
    return tuple(row) if column is None else (row[column],)
