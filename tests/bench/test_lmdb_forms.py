"""Keys keep DynamoDB's order as bytes, and items come back as they were stored."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engines.lmdb import itemsize, ordering
from bench.engines.lmdb.codec import Codec, stored_size
from bench.engines.seam import OperationFailed

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40)
NUMBERS = st.one_of(
    st.integers(-(10**30), 10**30),
    st.integers(-(2**63) - 2, -(2**63) + 2),
    st.integers(2**63 - 4, 2**63 + 2),
    DECIMALS.map(lambda d: d.quantize(Decimal("1e-9")) if abs(d) < 10**15 else d),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN = st.one_of(st.integers(-(10**25), 10**25), TEXTS, st.booleans(), st.binary(max_size=8))
NESTED = st.recursive(
    st.one_of(PLAIN, st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
SETS = st.one_of(
    st.frozensets(TEXTS, min_size=1, max_size=3),
    st.frozensets(st.integers(-99, 99), min_size=1, max_size=3),
    st.frozensets(st.binary(max_size=3), min_size=1, max_size=3),
)
ITEMS = st.dictionaries(
    st.one_of(st.sampled_from(["id", "name", "note"]), TEXTS),
    st.one_of(NESTED, SETS, st.decimals(-1000, 1000, places=3)),
    max_size=6,
)


@given(NUMBERS, NUMBERS)
def test_numbers_keep_their_order(one: Decimal, other: Decimal) -> None:
    forms = ordering.ordered(one), ordering.ordered(other)
    assert (forms[0] < forms[1]) == (one < other)
    assert (forms[0] == forms[1]) == (one == other)


@given(TEXTS, TEXTS, NUMBERS, NUMBERS)
def test_composite_keys_keep_the_order_of_their_parts(
    one: str, other: str, first: Decimal, second: Decimal
) -> None:
    left = ordering.ordered(one) + ordering.ordered(first)
    right = ordering.ordered(other) + ordering.ordered(second)
    assert (left < right) == ((one.encode(), first) < (other.encode(), second))


@given(st.lists(st.integers(-(2**63) + 1, 2**63 - 2), min_size=1, max_size=5))
def test_many_integer_keys_are_those_of_each(numbers: list[int]) -> None:
    column = np.array(numbers)
    expected = [ordering.ordered(n) + ordering.ordered(n) for n in numbers]
    assert ordering.integer_keys(column, column) == expected


def test_floats_sort_among_integers() -> None:
    mixed = [-3, -2.75, -2.5, -2, -0.001, 0, 0.001, 0.5, 0.75, 1, 1.005, 1.05]
    assert sorted(mixed, key=ordering.ordered) == mixed


def test_keys_that_lmdb_cannot_hold_are_refused() -> None:
    assert len(ordering.partition("x" * 2000)) == 17
    assert ordering.partition("x" * 2000) != ordering.partition("x" * 2001)
    with pytest.raises(OperationFailed, match="at most 511"):
        ordering.key(ordering.partition("p"), ordering.ordered("s" * 1000))
    with pytest.raises(TypeError):
        ordering.ordered(True)


@given(ITEMS)
def test_items_come_back(item: dict[str, object]) -> None:
    codec = Codec(("id", "name", "note"))
    stored = codec.encode(item)
    back = codec.decode(stored)
    assert back == item
    assert {type(back[n]) for n in back if isinstance(item[n], bool)} <= {bool}
    assert stored_size(stored) == itemsize.item_size(item)
    assert stored[0] == max(1, -(-itemsize.item_size(item) // 4096))


def test_declared_attributes_may_be_missing_null_or_changed() -> None:
    codec = Codec(("id", "name", "note"))
    stored = codec.encode({"id": 1, "name": None})
    assert codec.decode(stored) == {"id": 1, "name": None}
    assert codec.values(stored)[2] is None
    edited = codec.edit(stored, [(1, "x"), (2, "y")])
    assert codec.decode(edited) == {"id": 1, "name": "x", "note": "y"}
    free = codec.encode({"id": 1, "other": 2})
    assert codec.values(free) == [1, None, None]
    assert codec.decode(codec.edit(free, [(1, "x")])) == {"id": 1, "other": 2, "name": "x"}


def test_an_item_above_400_kb_is_refused() -> None:
    codec = Codec(("id", "text"))
    limit = itemsize.ITEM_LIMIT_BYTES - itemsize.item_size({"id": 1, "text": ""})
    assert stored_size(codec.encode({"id": 1, "text": "x" * limit})) == 409_600
    with pytest.raises(OperationFailed, match="409601") as caught:
        codec.encode({"id": 1, "text": "x" * (limit + 1)})
    assert caught.value.kind == "item-too-large"
    with pytest.raises(OperationFailed):
        codec.pack_plain([(1, "x")], [500_000])
