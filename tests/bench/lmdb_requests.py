"""Random requests for the LMDB store and its judge, from one seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from bench.engines.lmdb.api import (
    Check,
    Delete,
    Get,
    Index,
    KeyAttribute,
    Put,
    Query,
    Scan,
    TableDefinition,
    Update,
)
from bench.engines.lmdb.api.requests import ReturnValues

K = KeyAttribute
TABLES = (
    TableDefinition(
        name="orders",
        partition=K("p"),
        sort=K("s", "N"),
        indexes=(
            Index(name="byg", partition=K("gp"), projection="KEYS_ONLY"),
            Index(
                name="bygs",
                partition=K("gp"),
                sort=K("gs", "N"),
                projection="INCLUDE",
                include=("x", "m"),
            ),
            Index(
                name="near", partition=K("p"), sort=K("ls", "N"), projection="KEYS_ONLY", local=True
            ),
            Index(
                name="nearx",
                partition=K("p"),
                sort=K("lt"),
                projection="INCLUDE",
                include=("x",),
                local=True,
            ),
        ),
    ),
    TableDefinition(
        name="plain",
        partition=K("p"),
        indexes=(Index(name="all", partition=K("gs", "N"), sort=K("p")),),
    ),
    TableDefinition(
        name="texts",
        partition=K("p", "N"),
        sort=K("s", "S"),
        indexes=(
            Index(name="whole", partition=K("p", "N"), sort=K("ls", "N"), local=True),
            Index(name="turned", partition=K("s"), sort=K("p", "N"), projection="KEYS_ONLY"),
        ),
    ),
    TableDefinition(name="bytes", partition=K("p", "B"), sort=K("s", "B")),
)
POOLS: dict[str, list[Any]] = {
    "S": ["a", "b", "ab", "a b", "é", "z" * 20],
    "N": [0, 1, -1, 10, Decimal("2.5"), -100],
    "B": [b"a", b"b", b"\x00", b"\xff", b"ab", b"a\x00"],
}
INDEX_KEYS = {"gp": "S", "gs": "N", "ls": "N", "lt": "S"}
RETURNED: tuple[ReturnValues, ...] = (
    "NONE",
    "ALL_OLD",
    "ALL_NEW",
    "UPDATED_OLD",
    "UPDATED_NEW",
)
OTHERS = ("x", "y", "m", "l", "t", "n", "naïve")


def keys_of(table: TableDefinition) -> list[dict[str, Any]]:
    """Every key of a table that requests use."""
    first = [{table.partition.name: value} for value in POOLS[table.partition.type]]
    if table.sort is None:
        return first
    return [{**key, table.sort.name: v} for key in first for v in POOLS[table.sort.type]]


class Batch(list[Any]):
    """Requests of a batch."""


class Atomic(list[Any]):
    """Requests of a transaction."""


class Maker:
    """Makes requests."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def key(self, table: TableDefinition) -> dict[str, Any]:
        key = self.random.choice(keys_of(table))
        if self.random.random() < 0.01:  # a key of another type, or too few attributes
            name = self.random.choice([k.name for k in table.keys])
            if self.random.random() < 0.5:
                return {k: v for k, v in key.items() if k != name}
            return {**key, name: True}
        return key

    def number(self) -> int | Decimal:
        pick = self.random
        digits = pick.randint(1, pick.choice([1, 3, 10, 38]))
        number = Decimal(pick.randrange(10**digits)).scaleb(pick.randint(-12, 12))
        choices: list[int | Decimal] = [pick.randint(-999, 99_999), number, -number, 0]
        return pick.choice(choices)

    def text(self) -> str:
        pick = self.random
        length = pick.choice([1, 3, 10, pick.randint(1, 1200), pick.randint(1, 5000)])
        return pick.choice(["a", "ab", "é"]) * -(-length // 2)

    def value(self, depth: int = 0) -> Any:
        pick = self.random
        simple: list[Callable[[], Any]] = [
            self.text,
            self.number,
            self.number,
            lambda: pick.random() < 0.5,
            lambda: None,
            lambda: pick.randbytes(pick.randint(1, 40)),
            lambda: frozenset(pick.choices(["a", "bc", "é", "d" * 30], k=3)),
            lambda: frozenset(self.number() for _ in range(3)),
            lambda: frozenset(pick.choices([b"a", b"bc", b"\x00"], k=2)),
        ]
        nested: list[Callable[[], Any]] = [
            lambda: [self.value(depth + 1) for _ in range(pick.randint(0, 4))],
            lambda: {
                n: self.value(depth + 1) for n in pick.sample(["k", "kk", "é"], pick.randint(0, 3))
            },
        ]
        return pick.choice(simple + nested if depth < 3 else simple)()

    def item(self, table: TableDefinition) -> dict[str, Any]:
        pick = self.random
        item = self.key(table)
        for name, kind in INDEX_KEYS.items():
            if pick.random() < 0.7:
                item[name] = pick.choice(POOLS[kind])
            elif pick.random() < 0.02:
                item[name] = pick.choice([True, b"x", None])
        for name in OTHERS:
            if pick.random() < 0.4:
                item[name] = self.value()
        if pick.random() < 0.3:
            item["n"] = self.number()
        if pick.random() < 0.03:
            item["y"] = "y" * pick.choice([30_000, 100_000, 409_000, 409_600])
        return item

    def condition(self) -> tuple[str | None, dict[str, str] | None, dict[str, Any] | None]:
        """A condition with its names and values; mostly none."""
        pick = self.random
        if pick.random() < 0.6:
            return None, None, None
        return pick.choice(
            [
                ("attribute_exists(p)", None, None),
                ("attribute_not_exists(#a)", {"#a": pick.choice(OTHERS)}, None),
                ("#a = :v OR n > :n", {"#a": "x"}, {":v": self.value(), ":n": self.number()}),
                ("n BETWEEN :n AND :m", None, {":n": -1000, ":m": 5000}),
                ("attribute_type(x, :t)", None, {":t": pick.choice(["S", "N", "M", "SS"])}),
                ("size(#a) > :n", {"#a": pick.choice(OTHERS)}, {":n": pick.randint(0, 30)}),
                ("NOT contains(x, :v)", None, {":v": "a"}),
                ("m.k = :v AND l[0] <> :v", None, {":v": self.value()}),
                ("gs IN (:a, :b)", None, {":a": 0, ":b": 1}),
            ]
        )

    def update(self) -> tuple[str, dict[str, str] | None, dict[str, Any]]:
        """An update with its names and values."""
        pick = self.random
        name = pick.choice(OTHERS)
        indexed = pick.choice(list(INDEX_KEYS))
        return pick.choice(
            [
                ("SET #a = :v", {"#a": name}, {":v": self.value()}),
                (
                    "SET #a = :v, n = if_not_exists(n, :z)",
                    {"#a": "x"},
                    {":v": self.value(), ":z": 0},
                ),
                ("SET #g = :g", {"#g": indexed}, {":g": pick.choice(POOLS[INDEX_KEYS[indexed]])}),
                (
                    "SET #g = :g REMOVE y",
                    {"#g": indexed},
                    {":g": pick.choice(POOLS[INDEX_KEYS[indexed]])},
                ),
                ("REMOVE #g, #a", {"#g": indexed, "#a": name}, {}),
                ("REMOVE #a", {"#a": name}, {}),
                ("ADD n :n", None, {":n": pick.randint(-50, 5000)}),
                ("SET n = n + :n", None, {":n": pick.randint(1, 9)}),
                ("ADD t :t", None, {":t": frozenset(pick.choices(["a", "bc", "q"], k=2))}),
                ("DELETE t :t", None, {":t": frozenset(pick.choices(["a", "bc", "q"], k=2))}),
                (
                    "SET l = list_append(if_not_exists(l, :e), :l)",
                    None,
                    {":e": [], ":l": [self.value(2)]},
                ),
                ("SET m.k = :v", None, {":v": self.value(2)}),
                ("SET m = :m", None, {":m": {"k": self.value(2)}}),
                ("SET l[1] = :v REMOVE m.k", None, {":v": self.value(2)}),
            ]
        )

    def write(self, table: TableDefinition) -> Put | Delete | Update:
        pick = self.random
        condition, names, values = self.condition()
        kind = pick.random()
        more: dict[str, Any] = {"condition": condition, "names": names, "values": values}
        if kind < 0.5:
            returned: ReturnValues = pick.choice(["NONE", "ALL_OLD", "NONE", "ALL_OLD", "ALL_NEW"])
            return Put(table=table.name, item=self.item(table), return_values=returned, **more)
        if kind < 0.65:
            return Delete(
                table=table.name,
                key=self.key(table),
                return_values=pick.choice(["NONE", "ALL_OLD"]),
                **more,
            )
        returned = pick.choice(RETURNED)
        if pick.random() < 0.05:
            if returned.startswith("UPDATED"):  # the judge fails
                returned = "NONE"
            return Update(table=table.name, key=self.key(table), return_values=returned, **more)
        text, update_names, update_values = self.update()
        if condition is not None:
            update_names = {**(names or {}), **(update_names or {})}
            if names and update_names["#a"] != names.get("#a", update_names["#a"]):
                condition, values = None, None
        return Update(
            table=table.name,
            key=self.key(table),
            update=text,
            condition=condition if values is None or not set(values) & set(update_values) else None,
            names=update_names or None,
            values={**(values or {}), **update_values} or None,
            return_values=returned,
        )

    def get(self, table: TableDefinition) -> Get:
        pick = self.random
        return Get(
            table=table.name,
            key=self.key(table),
            consistent=pick.random() < 0.5,
            projection=pick.choice([None, None, "x, n", "m.k, l[0]", "p"]),
        )

    def query(self, table: TableDefinition) -> Query:
        pick = self.random
        index = pick.choice([None, None, *table.indexes])
        partition, sort = (
            (table.partition, table.sort) if index is None else (index.partition, index.sort)
        )
        text = "#p = :p"
        names: dict[str, str] = {"#p": partition.name}
        values: dict[str, Any] = {":p": pick.choice(POOLS[partition.type])}
        if sort is not None and pick.random() < 0.6:
            pool = POOLS[sort.type]
            low, high = sorted(
                pick.sample(pool, 2), key=lambda v: v.encode() if isinstance(v, str) else v
            )
            condition = pick.choice(
                ["#s = :a", "#s < :a", "#s <= :a", "#s > :a", "#s >= :a", "between", "begins"]
            )
            if condition == "between":
                text += " AND #s BETWEEN :a AND :b"
                values[":b"] = high
            elif condition == "begins" and sort.type != "N" and low != b"a\x00":
                # After a\x00 the judge finds a too.
                text += " AND begins_with(#s, :a)"
            else:
                text += " AND " + (condition if condition != "begins" else "#s = :a")
            names["#s"], values[":a"] = sort.name, low
        more = self._looked_at(index, (partition, sort), names, values)
        return Query(
            table=table.name,
            key_condition=text,
            index=None if index is None else index.name,
            forward=pick.random() < 0.6,
            limit=pick.choice([None, None, 1, 2, 5]),
            consistent=pick.random() < 0.3,
            **more,
        )

    def scan(self, table: TableDefinition) -> Scan:
        pick = self.random
        index = pick.choice([None, None, *table.indexes])
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        # The judge's segments of an index are those of its table.
        segments = None if index is not None else pick.choice([None, None, 1, 2, 3, 8])
        is_local = index is not None and index.local
        return Scan(
            table=table.name,
            index=None if index is None else index.name,
            # The judge scans a local index in the order of its table, so its pages differ.
            limit=None if is_local else pick.choice([None, None, 1, 3, 10]),
            segments=segments,
            segment=None if segments is None else pick.randrange(segments),
            consistent=pick.random() < 0.3,
            **self._looked_at(index, None, names, values),
        )

    def _looked_at(
        self,
        index: Index | None,
        keys: Sequence[Any] | None,
        names: dict[str, str],
        values: dict[str, Any],
    ) -> dict[str, Any]:
        """Filter, projection and select, that the index can give."""
        pick = self.random
        kept = set(OTHERS)
        if index is not None and index.projection != "ALL":
            kept = set(index.include)
        chosen: dict[str, Any] = {}
        if kept and pick.random() < 0.3:
            names["#f"], values[":f"] = pick.choice(sorted(kept)), self.value()
            chosen["filter"] = pick.choice(["#f > :f", "#f <> :f"])
        elif kept and pick.random() < 0.2:
            names["#f"] = pick.choice(sorted(kept))
            chosen["filter"] = "attribute_exists(#f)"
        shape = pick.random()
        local_query = index is not None and index.local and keys is not None
        if shape < 0.2:
            chosen["select"] = "COUNT"
        elif shape < 0.3:
            chosen["select"] = "ALL_PROJECTED_ATTRIBUTES"  # without an index it is refused
        elif shape < 0.4 and (index is None or index.projection == "ALL" or local_query):
            chosen["select"] = "ALL_ATTRIBUTES"
        elif shape < 0.6 and (kept or local_query):
            wanted = sorted(OTHERS if local_query else kept)
            names["#j"] = pick.choice(wanted)
            chosen["projection"] = "#j, p"
        chosen["names"], chosen["values"] = names or None, values or None
        return chosen

    def check(self, table: TableDefinition) -> Check:
        return Check(
            table=table.name,
            key=self.random.choice(keys_of(table)),
            condition=self.random.choice(["attribute_exists(p)", "attribute_not_exists(n)"]),
            old_on_failure=self.random.random() < 0.5,
        )

    def distinct(self, count: int) -> list[tuple[TableDefinition, dict[str, Any]]]:
        """Tables with keys, no key twice."""
        every = [(table, key) for table in TABLES for key in keys_of(table)]
        return self.random.sample(every, count)
