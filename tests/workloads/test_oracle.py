"""The oracle against a plain model: all rows in a dict, every answer by a loop over them."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from workloads import datasets
from workloads.errors import InputError
from workloads.oracle import Oracle, Row, digest
from workloads.spec.model import Operation, Workload
from workloads.stream import Batch, batches, column_token, extra_keys

RECORDS = 300


class Plain:
    """What a store does, without any cleverness."""

    def __init__(self, name: str, size: float | None) -> None:
        self.dataset, self.size = datasets.get(name), size
        self.main = self.dataset.tables[0]
        self.names = [column.name for column in self.main.columns]
        self.rows = {int(row[0] or 0): row for row in self.loaded(self.main.name, RECORDS)}
        roles = self.dataset.roles
        self.children: list[Row] = []
        if roles.child_table:
            self.children = self.loaded(
                roles.child_table, self.dataset.row_count(roles.child_table, RECORDS)
            )

    def loaded(self, table: str, stop: int, start: int = 0) -> list[Row]:
        batch = self.dataset.rows(table, start, stop, seed=5, record_size_bytes=self.size)
        return datasets.canonical(batch)

    def update(self, wanted: Operation, key: int, token: int) -> list[Row]:
        roles, changed = self.dataset.roles, 0
        columns = roles.update_columns if wanted.all_fields else (roles.update_column,)
        for each in (key, *extra_keys(key, token, wanted.atomic_with or 1, RECORDS)):
            if each in self.rows:
                row = dict(zip(self.names, self.rows[each], strict=True))
                for place, column in enumerate(columns):
                    (row[column],) = self.dataset.new_values(
                        column, [column_token(token, place)], record_size_bytes=self.size
                    )
                self.rows[each] = tuple(row.values())
                changed += 1
        return [(changed,)]

    def counted(self, rows: list[Row]) -> tuple[int, int | None]:
        measure = self.names.index(self.dataset.roles.measure)
        values = [int(row[measure] or 0) for row in rows if row[measure] is not None]
        return len(rows), sum(values) if values else None

    def column(self, name: str, row: Row) -> object:
        return row[self.names.index(name)]

    def windows(self, group: str, measure: str) -> list[Row]:
        """Running sums and ranks, each row against all others of its group."""
        answer: list[Row] = []
        values = {self.column(group, row) for row in self.rows.values()}
        for value in sorted(values, key=lambda v: (v is None, v)):  # type: ignore[arg-type, return-value]
            rows = [self.rows[key] for key in sorted(self.rows)]
            mine = [self.column(measure, row) for row in rows if self.column(group, row) == value]
            amounts = [int(str(amount)) for amount in mine if amount is not None]
            running = [sum(amounts[: end + 1]) for end in range(len(amounts))]
            ranks = [1 + sum(other > one for other in amounts) for one in amounts]
            if amounts:
                answer.append((value, max(running), max(ranks)))  # type: ignore[arg-type]
        return answer

    def answer(self, wanted: Operation, batch: Batch, position: int) -> list[Row]:
        key, limit = int(batch.key[position]), int(batch.limit[position])
        token, roles = int(batch.token[position]), self.dataset.roles
        match wanted.kind:
            case "read":
                return [self.rows[key]] if key in self.rows else []
            case "insert":
                (self.rows[key],) = self.loaded(self.main.name, key + 1, key)
                return [(1,)]
            case "update":
                return self.update(wanted, key, token)
            case "read-modify-write":
                before = [self.rows[key]] if key in self.rows else []
                self.update(wanted, key, token)
                return before
            case "delete":
                return [(int(self.rows.pop(key, None) is not None),)]
            case "range":
                return [self.rows[k] for k in sorted(self.rows) if k >= key][:limit]
            case "scan":
                value = roles.filter_values[token % len(roles.filter_values)]
                rows = self.rows.values()
                return [
                    self.counted([r for r in rows if self.column(roles.filter_column, r) == value])
                ]
            case "aggregate":
                groups = {self.column(roles.group_column, row) for row in self.rows.values()}
                ordered = [*sorted(g for g in groups if g is not None)]  # type: ignore[type-var]
                ordered += [None] * (None in groups)
                return [
                    (
                        group,
                        *self.counted(
                            [
                                row
                                for row in self.rows.values()
                                if self.column(roles.group_column, row) == group
                            ]
                        ),
                    )
                    for group in ordered
                ]
            case "top-k":
                place = self.names.index(roles.measure)
                having = [row for row in self.rows.values() if row[place] is not None]
                having.sort(key=lambda row: (-int(row[place] or 0), row[0]))
                return having[:limit]
            case "window":
                return self.windows(roles.group_column, roles.measure)
            case "join":
                return [
                    child + self.rows[key]
                    for child in sorted(self.children, key=lambda c: int(c[0] or 0))
                    if child[1] == key and key in self.rows
                ]
        raise AssertionError(wanted.kind)


def mix(name: str) -> Workload:
    kinds = [
        Operation(kind="read", weight=3),
        Operation(kind="insert", weight=4),
        Operation(kind="update", weight=2),
        Operation(kind="update", weight=2, all_fields=True),
        Operation(kind="update", weight=2, atomic_with=4),
        Operation(kind="read-modify-write", weight=2),
        Operation(kind="delete", weight=4),
        Operation(kind="range", weight=3, limit=30, uniform_limit=True),
        Operation(kind="scan", weight=1),
        Operation(kind="aggregate", weight=1),
        Operation(kind="top-k", weight=1, limit=25),
        Operation(kind="top-k", weight=1),
        Operation(kind="window", weight=1),
    ]
    if datasets.get(name).roles.child_table:
        kinds.append(Operation(kind="join", weight=6))
    return Workload(name="all", operations=tuple(kinds))


# What these hold is in other datasets too.
ALIKE = ("editions", "records", "sensors", "sessions")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name in ALIKE else ())
        for name in datasets.names()
    ],
)
def test_answers_are_those_of_a_plain_store(name: str) -> None:
    size = 200.0 if name == "sensors" else None
    plain, wanted = Plain(name, size), mix(name)
    oracle = Oracle(datasets.get(name), RECORDS, 5, size)
    batch = next(batches(wanted, seed=2, records=RECORDS, size=700))
    for position in range(len(batch)):
        operation = wanted.operations[batch.operation[position]]
        expected = plain.answer(operation, batch, position)
        assert oracle.answer(operation, batch, position) == expected, (position, operation)
    assert oracle.row_count() == len(plain.rows)


def one(kind: str, key: int, **how: int) -> tuple[Operation, Batch, int]:
    batch = Batch(
        operation=np.zeros(1, dtype=np.uint8),
        key=np.array([key], dtype=np.int64),
        limit=np.array([how.get("limit", 0)], dtype=np.int32),
        token=np.array([how.get("token", 1)], dtype=np.uint64),
    )
    return Operation(kind=kind, weight=1), batch, 0


def test_answers_about_absent_keys() -> None:
    oracle = Oracle(datasets.get("books"), 10, 1)
    assert oracle.answer(*one("read", 10)) == []
    assert oracle.answer(*one("read-modify-write", 10)) == []
    assert oracle.answer(*one("update", 10)) == [(0,)]
    assert oracle.answer(*one("delete", 10)) == [(0,)]
    assert oracle.answer(*one("join", 10)) == []
    assert oracle.answer(*one("range", 10, limit=5)) == []
    assert len(oracle.answer(*one("range", 7, limit=5))) == 3
    assert oracle.answer(*one("delete", 3)) == [(1,)]
    assert oracle.answer(*one("delete", 3)) == [(0,)]
    assert oracle.row_count() == 9


def test_an_inserted_row_is_seen_everywhere_and_may_go_again() -> None:
    oracle = Oracle(datasets.get("books"), 10, 1)
    assert oracle.answer(*one("insert", 25)) == [(1,)]
    with pytest.raises(ValueError, match="key 25 exists"):
        oracle.answer(*one("insert", 25))
    (row,) = oracle.answer(*one("read", 25))
    assert oracle.answer(*one("range", 9, limit=5))[1:] == [row]
    assert sum(int(group[1] or 0) for group in oracle.answer(*one("aggregate", 0))) == 11
    assert oracle.answer(*one("delete", 25)) == [(1,)]
    assert sum(int(group[1] or 0) for group in oracle.answer(*one("aggregate", 0))) == 10
    assert oracle.answer(*one("insert", 25)) == [(1,)]
    assert oracle.row_count() == 11


def test_a_sum_of_nothing_is_null() -> None:
    oracle = Oracle(datasets.get("accounts"), 10, 1)
    assert oracle.answer(*one("scan", 0, token=1)) == [(0, None)]
    assert oracle.answer(*one("scan", 0, token=0))[0][0] == 10


def test_a_join_without_a_second_table_is_an_input_error() -> None:
    with pytest.raises(InputError, match="no second table"):
        Oracle(datasets.get("records"), 10, 1).answer(*one("join", 1))


def test_many_records_take_no_memory_and_joins_find_their_rows() -> None:
    """Nothing is kept of rows that nobody asked for; orders of three books, found by a full scan."""
    oracle = Oracle(datasets.get("books"), 200_000, 1)
    keys = np.array([0, 77_777, 190_000], dtype=np.int64)
    oracle.prepare(keys)
    narrow = datasets.get("books").projected("orders", ("book_id", "order_id"))
    table = list(datasets.chunks(narrow, "orders", 200_000, seed=1))
    for key in keys.tolist():
        rows = oracle.answer(*one("join", key))
        wanted = [
            order
            for batch in table
            for order in batch.column(1).to_numpy()[batch.column(0).to_numpy() == key].tolist()
        ]
        assert [row[0] for row in rows] == wanted
        assert all(row[1] == key for row in rows)
    assert len(oracle.main.kept) == 3


def test_digest_tells_apart_what_differs() -> None:
    answers: list[list[Row]] = [
        [],
        [()],
        [(), ()],
        [(1,)],
        [(1.0,)],
        [(True,)],
        [("1",)],
        [(None,)],
        [("",)],
        [("a", "b")],
        [("ab", "")],
        [("a",), ("b",)],
        [("b",), ("a",)],
        [(0.0,)],
        [(-0.0,)],
        [(0.1 + 0.2,)],
        [(0.3,)],
        [("é",)],
        [(unicodedata.normalize("NFD", "é"),)],
        [(2**63 - 1,)],
        [(-(2**63),)],
    ]
    assert len({digest(rows) for rows in answers}) == len(answers)
    assert digest([(1, "x")]) == digest(iter([(1, "x")]))
    assert digest([(np.float64(0.5),)]) == digest([(0.5,)])


def test_digest_never_changes_between_releases() -> None:
    rows: list[Row] = [(1, -2.5, "naïve 📚", True, None), (2**62, 1e300, "", False, 0)]
    assert digest(rows)[:16] == "701cde8466e5bfb5"


def test_digest_refuses_what_is_not_canonical() -> None:
    for value in (np.int64(1), b"bytes", [1]):
        with pytest.raises(TypeError, match="canonical"):
            digest([(value,)])  # type: ignore[arg-type]
