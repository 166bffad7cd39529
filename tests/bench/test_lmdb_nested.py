"""Items with maps: sizes by DynamoDB's rules, one field set and the rest as it was."""

from __future__ import annotations

import numpy as np
import pytest

from bench.engines.lmdb.codec import stored_size
from bench.engines.lmdb.columns import plain, row_sizes, values
from bench.engines.lmdb.itemsize import item_size
from bench.engines.lmdb.nested import NestedCodec
from bench.engines.lmdb.schema import design
from workloads import datasets

DATASET = datasets.get("editions")
SCHEMA = next(iter(design(DATASET).values()))


@pytest.fixture(scope="module")
def codec() -> NestedCodec:
    return NestedCodec(SCHEMA.attributes, SCHEMA.paths)


def rows(count: int) -> tuple[list[list[object]], list[int]]:
    """Values of rows with their bucket, and what whole columns say of the items' sizes."""
    batch = DATASET.rows("editions", 0, count, seed=3, record_size_bytes=None)
    columns = {name: plain(batch.column(name)) for name in batch.schema.names}
    sizes, logical = row_sizes(columns, SCHEMA.paths)
    assert logical > 0
    listed = zip(*(values(column) for column in columns.values()), strict=True)
    bucket_bytes = item_size({SCHEMA.partition: 0})
    return [[0, *row] for row in listed], (sizes + np.int64(bucket_bytes)).tolist()


def test_sizes_of_whole_columns_are_those_of_the_items(codec: NestedCodec) -> None:
    found, sizes = rows(120)
    stored = codec.pack_plain(found, sizes)
    for row, size, item in zip(found, sizes, stored, strict=True):
        assert stored_size(item) == size == item_size(codec.decode(item))
        assert codec.values(item) == row
        assert codec.pack(row) == item
        assert codec.encode(codec.decode(item)) == item


def test_one_field_is_set_and_the_rest_stays(codec: NestedCodec) -> None:
    found, sizes = rows(40)
    pages = SCHEMA.attributes.index("details.pages")
    for before, item in zip(found, codec.pack_plain(found, sizes), strict=True):
        changed = codec.edit(item, [(pages, 77)])
        after = [*before]
        after[pages] = 77
        assert codec.values(changed) == after
        assert stored_size(changed) == item_size(codec.decode(changed))
        assert codec.decode(changed)["details"]["pages"] == 77


def test_a_map_stays_when_its_last_field_goes(codec: NestedCodec) -> None:
    row = [0, 1, "isbn", "t", "ebook", None, None, None, None, None, 1, 2, 3, "b"]
    item = codec.pack(row)
    assert codec.decode(item)["details"] == {"publisher": {}}
    assert codec.values(item) == row
