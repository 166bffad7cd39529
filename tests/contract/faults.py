"""Deliberate faults: each is a store that errs in one way that real ones err in.

A fault answers one operation, with the right answer and the rows of the store at hand. `shown_by`
is the kind of operation whose checks must find it.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.engines.fake.reference import ReferenceStore
from bench.engines.requests import Request
from bench.engines.seam import Row, Value
from workloads.spec.model import Operation
from workloads.stream import extra_keys


@dataclass(slots=True)
class Asked:
    """One operation on a faulty store; `remembered` is what the fault keeps to itself."""

    store: ReferenceStore
    operation: Operation
    key: int
    limit: int
    token: int
    remembered: dict[Any, Any]

    @property
    def kind(self) -> str:
        return self.operation.kind

    def right(self, **other: Any) -> list[Row]:
        """The right answer; `other` than what was asked where given."""
        asked = {"key": self.key, "limit": self.limit, "token": self.token, **other}
        operation = asked.pop("operation", self.operation)
        return self.store.perform(operation, **asked)


Answering = Callable[[Asked], list[Row]]


@dataclass(frozen=True, slots=True)
class Fault:
    """A way to err, its name, and the kind of operation that shows it."""

    name: str
    shown_by: str
    answer: Answering


class FaultyStore:
    """A store with one fault, in the place of the fake's."""

    def __init__(self, store: ReferenceStore, fault: Fault) -> None:
        self.store, self.fault, self.plan = store, fault, store.plan
        self.remembered: dict[Any, Any] = {}

    def perform(self, operation: Operation, key: int, limit: int, token: int) -> list[Row]:
        return self.fault.answer(Asked(self.store, operation, key, limit, token, self.remembered))

    def transact(self, requests: Sequence[Request]) -> list[Row]:
        return self.fault.answer(Together(self.store, requests, self.remembered))  # type: ignore[arg-type]


class Together:
    """A transaction on a faulty store."""

    kind = "transaction"

    def __init__(
        self, store: ReferenceStore, requests: Sequence[Request], remembered: dict[Any, Any]
    ) -> None:
        self.store, self.requests, self.remembered = store, requests, remembered

    def right(self) -> list[Row]:
        return self.store.transact(self.requests)


def when(kind: str, answer: Answering) -> Answering:
    """Errs in one kind of operation, and is right in the others."""
    return lambda asked: answer(asked) if asked.kind == kind else asked.right()


def every_value(change: Callable[[Value], Value]) -> Answering:
    """Each value of each answer to a question changed."""

    def answer(asked: Asked) -> list[Row]:
        return [tuple(map(change, row)) for row in asked.right()]

    return answer


def of(kind: type, change: Callable[[Any], Value]) -> Callable[[Value], Value]:
    """Values of one type changed, others as they are (True is no number)."""
    return lambda value: change(value) if type(value) is kind else value


def single(number: float) -> float:
    """As a 32-bit float holds it; what is too large stays."""
    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return number


def wrapped(number: int) -> int:
    """As a 32-bit integer holds it."""
    return (number + 2**31) % 2**32 - 2**31


def clamped(number: int) -> int:
    """A column of 32 bits that takes what it can."""
    return max(-(2**31), min(2**31 - 1, number))


def moments(change: Callable[[int], Value]) -> Answering:
    """The columns that hold moments changed, in reads."""

    def answer(asked: Asked) -> list[Row]:
        columns = asked.store.plan.dataset.tables[0].columns
        places = {at for at, column in enumerate(columns) if column.kind == "timestamp_us"}
        return [
            tuple(
                change(value) if at in places and isinstance(value, int) else value
                for at, value in enumerate(row)
            )
            for row in asked.right()
        ]

    return when("read", answer)


def kept_as_before(asked: Asked) -> list[Row]:
    """Says that it wrote and did not."""
    kept = {key: list(row) for key, row in asked.store.rows.items()}
    answer = asked.right()
    for key, row in kept.items():
        asked.store.rows[key][:] = row
    return answer


def only_one_of_several(asked: Asked) -> list[Row]:
    """Of the records of one transaction it changes the first, and says all."""
    many = asked.operation.atomic_with or 1
    others = extra_keys(asked.key, asked.token, many, asked.store.plan.records)
    kept = {key: list(asked.store.rows[key]) for key in others if key in asked.store.rows}
    answer = asked.right()
    for key, row in kept.items():
        asked.store.rows[key][:] = row
    return answer


def remembered_rows(asked: Asked) -> list[Row]:
    """Reads from a copy made when a row was first read."""
    if asked.kind != "read":
        return asked.right()
    return asked.remembered.setdefault(asked.key, asked.right())


def remembered_totals(asked: Asked) -> list[Row]:
    """Answers over the whole table as they were the first time."""
    count = len(asked.store.plan.dataset.roles.filter_values)
    which = asked.token % count if asked.kind == "scan" else 0
    return asked.remembered.setdefault((asked.kind, which), asked.right())


def forgets_the_delete(asked: Asked) -> list[Row]:
    row = asked.store.rows.get(asked.key)
    answer = asked.right()
    if row is not None:
        asked.right(operation=Operation(kind="insert", weight=1))
        asked.store.rows[asked.key] = row
    return answer


def forgets_the_insert(asked: Asked) -> list[Row]:
    answer = asked.right()
    asked.right(operation=Operation(kind="delete", weight=1))
    return answer


def half_an_insert(asked: Asked) -> list[Row]:
    answer = asked.right()
    asked.store.rows[asked.key][-1] = None
    return answer


def nested(asked: Asked) -> list[int]:
    """Positions of the values in objects."""
    columns = asked.store.plan.dataset.tables[0].columns
    return [at for at, column in enumerate(columns) if column.nested]


def objects_are_lost(asked: Asked) -> list[Row]:
    """What is in objects is null."""
    lost = set(nested(asked))
    return [tuple(None if at in lost else v for at, v in enumerate(r)) for r in asked.right()]


def neighbours_are_lost(asked: Asked) -> list[Row]:
    """A field in an object is set by making the object anew."""
    answer = asked.right()
    row = asked.store.rows.get(asked.key)
    if row is not None and asked.operation.all_fields:
        columns = asked.store.plan.dataset.tables[0].columns
        for at in nested(asked):
            if columns[at].name not in asked.store.plan.dataset.roles.update_columns:
                row[at] = None
    return answer


def always_one(asked: Asked) -> list[Row]:
    asked.right()
    return [(1,)]


def row_after(asked: Asked) -> list[Row]:
    asked.right()
    return asked.right(operation=Operation(kind="read", weight=1))


def one_field(asked: Asked) -> list[Row]:
    return asked.right(operation=replace(asked.operation, all_fields=False))


def one_in_fifty(asked: Asked) -> list[Row]:
    asked.remembered["count"] = asked.remembered.get("count", 0) + 1
    return asked.right()[:-1] if asked.remembered["count"] % 50 == 0 else asked.right()


def merged(fold: Callable[[str], str]) -> Answering:
    """Groups that a collation takes for equal are one."""

    def answer(asked: Asked) -> list[Row]:
        found: dict[Value, Row] = {}
        for group, count, total in asked.right():
            name = fold(group) if isinstance(group, str) else group
            _, counted, summed = found.get(name, (group, 0, None))
            both = [t for t in (summed, total) if t is not None]
            found[name] = (group, counted + count, sum(both) if both else None)
        return list(found.values())

    return when("aggregate", answer)


def padded(asked: Asked) -> list[Row]:
    """A filter that takes trailing spaces for nothing."""
    values = asked.store.plan.dataset.roles.filter_values
    wanted = values[asked.token % len(values)]
    alike = [at for at, value in enumerate(values) if value.rstrip() == wanted.rstrip()]
    answers = [asked.right(token=at)[0] for at in alike]
    totals = [total for _, total in answers if total is not None]
    return [(sum(count for count, _ in answers), sum(totals) if totals else None)]


def without_child(asked: Asked) -> list[Row]:
    """An outer join: a row of the main table without a child comes with nulls."""
    child = next(
        table
        for table in asked.store.plan.dataset.tables
        if table.name == asked.store.plan.dataset.roles.child_table
    )
    row = asked.store.rows.get(asked.key)
    return asked.right() or ([(None,) * len(child.columns) + tuple(row)] if row else [])


def answers(shown_by: str, change: Callable[[list[Row]], list[Row]]) -> Answering:
    """The whole answer to one kind changed."""
    return when(shown_by, lambda asked: change(asked.right()))


def not_undone(asked: Any) -> list[Row]:
    """A transaction that fails leaves what its first requests wrote."""
    return asked.store._one_by_one(asked.requests)


def _fault(name: str, shown_by: str, answer: Answering) -> Fault:
    return Fault(name, shown_by, answer)


FAULTS = (
    _fault("half a transaction is kept", "undo", when("transaction", not_undone)),
    _fault("rows in the wrong order", "range", answers("range", lambda rows: rows[::-1])),
    _fault("the last row is missing", "range", answers("range", lambda rows: rows[:-1])),
    _fault("the first row is missing", "range", answers("range", lambda rows: rows[1:])),
    _fault("the first row comes twice", "range", answers("range", lambda rows: rows[:1] + rows)),
    _fault("one row more than the limit", "range", when("range", lambda a: a.right(limit=a.limit + 1))),
    _fault("rows after the key only", "range", when("range", lambda a: a.right(key=a.key + 1))),
    _fault("pages end at 1,000 rows", "edges", answers("range", lambda rows: rows[:1000])),
    _fault("null is 0", "read", every_value(lambda v: 0 if v is None else v)),
    _fault("null is an empty text", "read", every_value(lambda v: "" if v is None else v)),
    _fault("an empty text is null", "read", every_value(lambda v: None if v == "" else v)),
    _fault("text is cut at 255 bytes", "read", every_value(of(str, lambda v: v.encode()[:255].decode(errors="ignore")))),
    _fault("text ends at its first line", "read", every_value(of(str, lambda v: v.split("\n")[0]))),
    _fault("carriage returns are dropped", "edges", every_value(of(str, lambda v: v.replace("\r", "")))),
    _fault("backslashes are escapes", "read", every_value(of(str, lambda v: v.replace("\\", "")))),
    _fault("quotes are doubled", "read", every_value(of(str, lambda v: v.replace("'", "''")))),
    _fault("text is normalised", "read", every_value(of(str, lambda v: unicodedata.normalize("NFC", v)))),
    _fault("three bytes a character at most", "read", every_value(of(str, lambda v: "".join(c if ord(c) < 65536 else "?" for c in v)))),
    _fault("trailing spaces are cut", "read", every_value(of(str, str.rstrip))),
    _fault("a mark of byte order is dropped", "read", every_value(of(str, lambda v: v.replace("\ufeff", "")))),
    _fault("floats of 32 bits", "read", every_value(of(float, single))),
    _fault("floats of 15 digits", "read", every_value(of(float, lambda v: float(f"{v:.15g}")))),
    _fault("tiny floats are 0", "read", every_value(of(float, lambda v: 0.0 if abs(v) < 1e-300 else v))),
    _fault("whole floats are integers", "read", every_value(of(float, lambda v: int(v) if v == 0 else v))),
    _fault("integers of 32 bits wrap", "read", every_value(of(int, wrapped))),
    _fault("integers of 32 bits are clamped", "read", every_value(of(int, clamped))),
    _fault("integers are unsigned", "read", every_value(of(int, lambda v: v % 2**64))),
    _fault("integers went through floats", "read", every_value(of(int, lambda v: int(float(v))))),
    _fault("flags are integers", "read", every_value(of(bool, int))),
    _fault("moments in ms", "read", moments(lambda us: us // 1000 * 1000)),
    _fault("moments in s, as µs", "read", moments(lambda us: us // 1_000_000)),
    _fault("moments are floats", "read", moments(float)),
    _fault("no moments before 1970", "read", moments(lambda us: max(0, us))),
    _fault("no moments after 2038", "read", moments(lambda us: min(us, 2**31 * 1_000_000 - 1))),
    _fault("moments an hour off", "read", moments(lambda us: us + 3_600_000_000)),
    _fault("moments of 64-bit nanoseconds", "read", moments(lambda us: (us * 1000 + 2**63) % 2**64 // 1000 - 2**63 // 1000)),
    _fault("columns in another order", "read", answers("read", lambda rows: [row[::-1] for row in rows])),
    _fault("the last column is missing", "read", answers("read", lambda rows: [row[:-1] for row in rows])),
    _fault("an absent row is a row of nulls", "edges", answers("read", lambda rows: rows or [(None,) * 13])),
    _fault("one answer in fifty is wrong", "read", one_in_fifty),
    _fault("reads are stale", "update", remembered_rows),
    _fault("an update changes nothing and says 1", "update", when("update", kept_as_before)),
    _fault("an update counts nothing", "update", when("update", lambda a: a.right() and [(0,)])),
    _fault("an update of all fields changes one", "update", when("update", one_field)),
    _fault("what is in objects is lost", "read", when("read", objects_are_lost)),
    _fault("a nested update loses its neighbours", "update", when("update", neighbours_are_lost)),
    _fault("a filter does not look into objects", "scan", answers("scan", lambda rows: [(0, None)])),
    _fault("an update of a missing key says 1", "edges", when("update", always_one)),
    _fault("one of several records is changed", "update", when("update", only_one_of_several)),
    _fault("a modified row is shown as it is after", "read-modify-write", when("read-modify-write", row_after)),
    _fault("a row is read and not modified", "read-modify-write", when("read-modify-write", kept_as_before)),
    _fault("a delete of a missing key says 1", "edges", when("delete", always_one)),
    _fault("a delete that keeps the row", "delete", when("delete", forgets_the_delete)),
    _fault("an insert that is not there", "insert", when("insert", forgets_the_insert)),
    _fault("half a row is inserted", "insert", when("insert", half_an_insert)),
    _fault("totals without the group of nulls", "aggregate", answers("aggregate", lambda rows: [r for r in rows if r[0] is not None])),
    _fault("the group of nulls comes first", "aggregate", answers("aggregate", lambda rows: rows[-1:] + rows[:-1])),
    _fault("groups in the order of a language", "aggregate", answers("aggregate", lambda rows: sorted(rows, key=lambda r: (r[0] is None, (r[0] or "").casefold(), r[0] or "")))),
    _fault("groups of either case are one", "aggregate", merged(str.casefold)),
    _fault("groups are trimmed", "aggregate", merged(str.rstrip)),
    _fault("sums of floats", "aggregate", answers("aggregate", lambda rows: [(g, n, None if t is None else int(float(t) * (1 + 2**-53))) for g, n, t in rows])),
    _fault("a sum of nothing is 0", "mix", answers("scan", lambda rows: [(n, t or 0) for n, t in rows])),
    _fault("nulls are not counted", "scan", answers("scan", lambda rows: [(n - n // 10, t) for n, t in rows])),
    _fault("the filter is of another value", "scan", when("scan", lambda a: a.right(token=a.token + 1))),
    _fault("the filter ignores trailing spaces", "scan", when("scan", padded)),
    _fault("totals of yesterday", "mix", when("aggregate", remembered_totals)),
    _fault("filters of yesterday", "mix", when("scan", remembered_totals)),
    _fault("a join comes twice", "join", answers("join", lambda rows: rows * 2)),
    _fault("a join in any order", "join", answers("join", lambda rows: rows[::-1])),
    _fault("a join with columns of one table", "join", answers("join", lambda rows: [row[:4] for row in rows])),
    _fault("an outer join", "join", when("join", without_child)),
    _fault("the largest in rising order", "top-k", answers("top-k", lambda rows: rows[::-1])),
    _fault("one too few of the largest", "top-k", when("top-k", lambda a: a.right(limit=a.limit - 1))),
    _fault("windows without the group of nulls", "window", answers("window", lambda rows: [r for r in rows if r[0] is not None])),
    _fault("a transaction's last answer is missing", "transaction", answers("transaction", lambda rows: rows[:-1])),
)  # fmt: skip
