"""Item sizes and capacity units against published examples, and against themselves."""

from __future__ import annotations

import doctest
import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.engines.lmdb import capacity, itemsize
from bench.engines.lmdb.columns import attribute_sizes, float_sizes

KIB = 1024
INT64 = st.integers(-(2**63), 2**63 - 1)


@pytest.mark.parametrize("module", [capacity, itemsize])
def test_the_examples_in_the_text_hold(module: object) -> None:
    found = doctest.testmod(module)  # type: ignore[arg-type]
    assert found.attempted > 0
    assert found.failed == 0


def test_the_developer_guide_s_item() -> None:
    """Two attributes, 23 bytes (DynamoDB Developer Guide, "DynamoDB item sizes and formats")."""
    assert itemsize.item_size({"shirt-color": "R", "shirt-size": "M"}) == 23


@pytest.mark.parametrize(
    ("kib", "consistency", "units"),
    [  # "DynamoDB read and write operations": 8 KB; 3.5 KB rounds to 4, 10 KB to 12
        (8, "strong", 2),
        (8, "eventual", 1),
        (8, "transactional", 4),
        (3.5, "strong", 1),
        (10, "strong", 3),
        (10, "eventual", 1.5),
    ],
)
def test_reads_of_the_developer_guide(kib: float, consistency: str, units: float) -> None:
    assert capacity.read_units(int(kib * KIB), consistency) == units  # type: ignore[arg-type]


def test_batches_and_queries_of_the_developer_guide() -> None:
    # BatchGetItem of 1.5 KB and 6.5 KB is 4 + 8 KB; a Query of 40.8 KB is 44 KB, of 1,500 items
    # of 64 B 96 KB.
    assert sum(map(capacity.read_blocks, (1536, 6656))) * 4 == 12
    assert capacity.page_blocks([int(40.8 * KIB / 10)] * 10) * 4 == 44
    assert capacity.page_blocks([64] * 1500) * 4 == 96


def test_writes_of_the_developer_guide() -> None:
    # BatchWriteItem of 500 bytes and 3.5 KB is 1 + 4 KB; an update counts the larger size.
    assert capacity.write_units(None, 500) + capacity.write_units(None, 3584) == 5
    assert capacity.write_units(2 * KIB, KIB) == 2
    assert capacity.write_units(KIB, 2 * KIB, transactional=True) == 4


def test_index_writes_of_the_developer_guide() -> None:
    """ "Using Global Secondary Indexes": put 1, key changed 2, removed 1, never there 0."""
    assert capacity.index_write_units(None, 100, same_key=False) == 1
    assert capacity.index_write_units(100, 100, same_key=False) == 2
    assert capacity.index_write_units(100, None, same_key=False) == 1
    assert capacity.index_write_units(None, None, same_key=False) == 0
    assert capacity.index_write_units(100, 120, same_key=True) == 1
    assert capacity.index_write_units(100, 100, same_key=True, changed=False) == 0


def test_a_full_page_costs_128_and_a_half() -> None:
    """Observed on AWS with items of 1,042 B by F. Pachot, "DynamoDB Scan (and why 128.5 RCU?)"."""
    first_page = math.ceil(capacity.PAGE_BYTES / 1042)
    assert capacity.page_blocks([1042] * first_page) * capacity.READ_FACTOR["eventual"] == 128.5


def test_number_sizes_as_aws_counted_them() -> None:
    """The same article: 5,000 items with a number from 0 to 32, a 5-digit number of seconds and
    1,000 characters took 5,209,783 bytes, 1,041.957 each. Only pairs of digits with zero pairs
    trimmed, and 1 byte for 0, give that."""
    fixed = itemsize.text_size("MyKeyPart" + "MyKeySort" + "MyUnstructuredData") + 1000
    shares = [1000 / 32768] * 32 + [768 / 32768]
    part = sum(share * itemsize.number_size(n) for n, share in enumerate(shares))
    seconds = np.mean([itemsize.number_size(n) for n in range(10_000, 100_000)])
    assert fixed + part + seconds == pytest.approx(5_209_783 / 5000, abs=0.005)


def test_types_have_their_overheads() -> None:
    assert itemsize.value_size(None) == itemsize.value_size(False) == 1
    assert itemsize.value_size(b"abc") == 3
    assert itemsize.value_size({"a", "bc"}) == 3
    assert itemsize.value_size([]) == itemsize.value_size({}) == 3
    assert itemsize.value_size(["a", ["b"]]) == 3 + (1 + 1) + (1 + 3 + 1 + 1)
    assert itemsize.value_size({"key": "v"}) == 3 + 1 + 3 + 1
    assert itemsize.number_size(Decimal("1E+125")) == 2
    assert itemsize.number_size(-int("123456789" * 4)) == 20
    assert itemsize.number_size(-int("19" * 19)) == 21
    with pytest.raises(TypeError):
        itemsize.value_size(object())


@given(INT64)
def test_many_integers_have_the_size_of_each(number: int) -> None:
    assert itemsize.integer_sizes(np.array([number]))[0] == itemsize.number_size(number)


@given(INT64, st.integers(0, 5))
def test_scaling_by_a_hundred_changes_no_size(number: int, power: int) -> None:
    assert itemsize.number_size(number * 100**power) == itemsize.number_size(number)


@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**9), 10**9)))
def test_many_floats_have_the_size_of_each(number: float) -> None:
    for value in (float(number), round(float(number), 2), float(number) / 1000):
        assert float_sizes(np.array([value]))[0] == itemsize.number_size(value)


@settings(max_examples=50)
@given(st.lists(st.one_of(st.none(), st.text(max_size=8)), max_size=8))
def test_a_column_of_text_is_the_sum_of_its_parts(texts: list[str | None]) -> None:
    sizes, logical = attribute_sizes("näme", pa.array(texts, pa.string()))
    expected = [0 if text is None else 5 + itemsize.text_size(text) for text in texts]
    assert sizes.tolist() == expected
    assert logical == sum(itemsize.text_size(text) for text in texts if text is not None)


@given(st.lists(st.integers(1, 400 * KIB), max_size=30), st.integers(1, 400 * KIB))
def test_more_never_costs_less(sizes: list[int], one_more: int) -> None:
    assert capacity.page_blocks([*sizes, one_more]) >= capacity.page_blocks(sizes)
    assert capacity.page_blocks(sizes) * capacity.READ_BLOCK_BYTES >= sum(sizes)
    assert capacity.write_units(sum(sizes), one_more) >= capacity.write_units(one_more, None)
