"""Datasets: rows are pure functions of (seed, row number), sized as asked, and full of surprises."""

from __future__ import annotations

import resource
import subprocess
import sys
import unicodedata
import zlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads import datasets
from workloads.datasets.recipes.hashing import mix
from workloads.datasets.recipes.pool import pool
from workloads.datasets.recipes.reference import BLOCK, Reference
from workloads.errors import InputError
from workloads.oracle import digest

NAMES = datasets.names()
TABLES = [(name, table.name) for name in NAMES for table in datasets.get(name).tables]
MAIN = [(name, datasets.get(name).tables[0].name) for name in NAMES]


def some(name: str, table: str, start: int = 0, stop: int = 2_000, **how: float) -> pa.RecordBatch:
    size = how.get("record_size_bytes")
    seed = int(how.get("seed", 1))
    return datasets.get(name).rows(table, start, stop, seed=seed, record_size_bytes=size)


def logical_bytes(batch: pa.RecordBatch) -> int:
    """The sum of the values' bytes, counted value by value."""
    total = 0
    for row in datasets.canonical(batch):
        for value in row:
            if isinstance(value, str):
                total += len(value.encode())
            elif value is not None:
                total += 1 if isinstance(value, bool) else 8
    return total


def test_the_shipped_datasets_are_found() -> None:
    assert (
        *("accounts", "books", "editions", "records"),
        *("sales", "sbtest", "sensors", "sessions"),
    ) == NAMES
    assert datasets.DEFAULT in NAMES
    for name in NAMES:
        assert datasets.get(name).name == name
        assert datasets.get(name).description


def test_an_unknown_dataset_names_the_nearest() -> None:
    with pytest.raises(InputError, match="'book'") as caught:
        datasets.get("book")
    assert "'books'" in caught.value.hint
    with pytest.raises(InputError, match="'shelves'"):
        datasets.get("books").rows("shelves", 0, 1, seed=1, record_size_bytes=None)


def test_making_rows_does_not_import_pandas() -> None:
    code = (
        "import sys; from workloads import datasets\n"
        "for n in datasets.names():\n"
        "  d = datasets.get(n)\n"
        "  for t in d.tables:\n"
        "    datasets.canonical(d.rows(t.name, 0, 9, seed=1, record_size_bytes=None))\n"
        "  d.new_values(d.roles.update_column, [1], record_size_bytes=None)\n"
        "assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_finding_a_dataset_loads_no_heavy_library() -> None:
    code = (
        "import sys; from workloads import datasets\n"
        "for n in datasets.names(): datasets.get(n).default_record_size_bytes()\n"
        "assert not {'numpy', 'pyarrow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("name", "table"), TABLES)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_any_cut_gives_equal_rows(name: str, table: str, data: st.DataObject) -> None:
    start = data.draw(st.one_of(st.integers(0, 10_000), st.integers(0, 2**40)))
    stop = start + data.draw(st.integers(0, 200))
    middle = data.draw(st.integers(start, stop))
    size = data.draw(st.sampled_from([None, 250.0]))
    seed = data.draw(st.integers(0, 2**64 - 1))

    def rows(low: int, high: int) -> pa.RecordBatch:
        return datasets.get(name).rows(table, low, high, seed=seed, record_size_bytes=size)

    whole = rows(start, stop)
    assert whole.num_rows == stop - start
    parts = pa.Table.from_batches([rows(start, middle), rows(middle, stop)])
    assert pa.Table.from_batches([whole]).equals(parts)


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_rows_at_any_numbers_are_the_same_rows(name: str, table: str) -> None:
    numbers = np.array([977, 3, 3, 1_000_000_007, 0], dtype=np.int64)
    got = datasets.get(name).rows_at(table, numbers, seed=7, record_size_bytes=None)
    one_by_one = [some(name, table, n, n + 1, seed=7) for n in numbers.tolist()]
    assert datasets.canonical(got) == [datasets.canonical(row)[0] for row in one_by_one]


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_rows_fit_the_schema_and_the_key_is_unique(name: str, table: str) -> None:
    declared = datasets.table_of(datasets.get(name), table)
    batch = some(name, table)
    batch.validate(full=True)
    assert batch.schema == datasets.schema(declared)
    assert declared.columns[0].name == declared.key
    keys = batch.column(declared.key).to_pylist()
    assert len(set(keys)) == len(keys)
    assert keys == list(range(2_000))
    for column in declared.columns:
        assert (batch.column(column.name).null_count > 0) == column.nullable
    assert some(name, table, 5, 5).num_rows == 0


@pytest.mark.parametrize(("name", "table"), MAIN)
def test_seeds_give_other_rows(name: str, table: str) -> None:
    assert not some(name, table).equals(some(name, table, seed=2))


@pytest.mark.parametrize("size", [None, 120.0, 130.5, 300.0, 1_000.0, 20_000.0])
@pytest.mark.parametrize(("name", "table"), MAIN)
def test_the_mean_record_size_is_what_was_asked_for(
    name: str, table: str, size: float | None
) -> None:
    rows = 4_000 if size is None or size < 10_000 else 800
    how = {} if size is None else {"record_size_bytes": size}
    mean = logical_bytes(some(name, table, 0, rows, **how)) / rows
    assert mean == pytest.approx(size or datasets.get(name).default_record_size_bytes(), rel=0.05)


@pytest.mark.parametrize(("name", "table"), MAIN)
def test_a_record_size_below_the_smallest_says_which_that_is(name: str, table: str) -> None:
    with pytest.raises(InputError, match="5 B") as caught:
        some(name, table, record_size_bytes=5.0)
    assert "smallest mean record size is" in caught.value.hint
    with pytest.raises(InputError):
        some(name, table, record_size_bytes=float("nan"))


@pytest.mark.parametrize("name", NAMES)
def test_roles_name_columns_of_the_right_kind(name: str) -> None:
    dataset = datasets.get(name)
    roles, main = dataset.roles, dataset.tables[0]
    kinds = {column.name: column.kind for column in main.columns}
    assert kinds[roles.measure] == "int64"
    assert all(
        kinds[c] in ("int64", "string") for c in (roles.update_column, *roles.update_columns)
    )
    assert roles.time_column is None or kinds[roles.time_column] == "timestamp_us"
    values = set(
        some(name, main.name, 0, 3_000_000 if name == "accounts" else 2_000)
        .column(roles.filter_column)
        .unique()
        .to_pylist()
    )
    assert values & set(roles.filter_values)
    groups = some(name, main.name).column(roles.group_column).unique().to_pylist()
    assert all(group is None or str(group).isalnum() for group in groups), "order is collation-free"


@pytest.mark.parametrize("name", NAMES)
def test_new_values_are_pure_and_fit_their_column(name: str) -> None:
    dataset = datasets.get(name)
    kinds = {column.name: column.kind for column in dataset.tables[0].columns}
    tokens = [0, 1, 2**63, 2**64 - 1, *range(5, 500)]
    for column in dict.fromkeys((dataset.roles.update_column, *dataset.roles.update_columns)):
        values = dataset.new_values(column, tokens, record_size_bytes=400.0)
        wanted = str if kinds[column] == "string" else int
        assert all(type(value) is wanted for value in values)
        assert len(set(values)) > (100 if column == dataset.roles.update_column else 10)
        assert dataset.new_values(column, tokens[2:4], record_size_bytes=400.0) == values[2:4]
    with pytest.raises(InputError, match="not one to update"):
        dataset.new_values("id", [1], record_size_bytes=None)


@pytest.mark.parametrize(("name", "table"), MAIN)
def test_a_projection_keeps_the_values(name: str, table: str) -> None:
    dataset = datasets.get(name)
    columns = tuple(column.name for column in dataset.tables[0].columns)[::-2]
    narrow = dataset.projected(table, columns)
    got = narrow.rows(table, 10, 60, seed=3, record_size_bytes=500.0)
    assert got.equals(some(name, table, 10, 60, seed=3, record_size_bytes=500.0).select(columns))
    assert narrow.default_record_size_bytes() == dataset.default_record_size_bytes()


def test_chunks_cover_the_table_in_order() -> None:
    dataset = datasets.get("books")
    for table in ("books", "orders"):
        total = dataset.row_count(table, 5_000)
        parts = list(datasets.chunks(dataset, table, 5_000, seed=1, size=999))
        assert [p.num_rows for p in parts[:-1]] == [999] * (total // 999)
        assert pa.Table.from_batches(parts).equals(
            pa.Table.from_batches([some("books", table, 0, total)])
        )
    assert list(datasets.chunks(dataset, "books", 0, seed=1)) == []
    wide = next(datasets.chunks(dataset, "books", 5_000, seed=1, record_size_bytes=100_000.0))
    assert 4 << 20 < wide.nbytes < 16 << 20


def test_memory_does_not_grow_with_the_number_of_rows() -> None:
    """Peak memory of a fresh process: twenty times the rows, the same peak within 30 MB."""
    code = (
        "import resource, sys; from workloads import datasets as d\n"
        "for _ in d.chunks(d.get('accounts'), 'accounts', int(sys.argv[1]), seed=1): pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peak = [
        int(subprocess.check_output([sys.executable, "-c", code, str(rows)]))
        for rows in (150_000, 3_000_000)
    ]
    unit = 1 if sys.platform == "darwin" else 1024
    assert (peak[1] - peak[0]) * unit < 30e6
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0


@given(records=st.integers(0, 40_000))
@settings(max_examples=40, deadline=None)
def test_children_refer_to_rows_that_exist(records: int) -> None:
    dataset = datasets.get("books")
    count = dataset.row_count("orders", records)
    assert records - 2 * BLOCK < count <= 2 * records
    if count:
        found = some("books", "orders", max(0, count - 9_000), count).column("book_id").to_numpy()
        assert found.min() >= 0
        assert found.max() < records


def test_children_are_spread_and_unequal() -> None:
    reference = Reference(fan_out=2)
    assert [reference.count(n) for n in (0, 1, 2, 3, 4, 7, BLOCK, 2 * BLOCK - 1, 2 * BLOCK)] == [
        0, 2, 4, 4, 8, 8, 2 * BLOCK, 2 * BLOCK, 4 * BLOCK,
    ]  # fmt: skip
    books = some("books", "orders", 0, 4 * BLOCK).column("book_id").to_numpy()
    orders = np.bincount(books, minlength=2 * BLOCK)
    assert (orders == 0).any()
    assert orders.max() >= 8
    assert orders.mean() == 2.0
    first = np.flatnonzero(books == BLOCK + int(np.argmax(orders[BLOCK:])))
    assert first.max() - first.min() > BLOCK // 2


def test_orders_add_up() -> None:
    """total = quantity * unit price: the recipe's unit price is a whole number within its range."""
    orders = some("books", "orders")
    quantity, total = orders.column("quantity").to_numpy(), orders.column("total_cents").to_numpy()
    assert (total % quantity == 0).all()
    assert 199 <= (total // quantity).min() <= (total // quantity).max() <= 9_999


def test_isbns_have_their_check_digit_and_are_unique() -> None:
    isbns = some("books", "books", 0, 20_000).column("isbn").to_pylist()
    assert len(set(isbns)) == 20_000
    for isbn in isbns[:500]:
        assert len(isbn) == 13
        assert isbn.startswith("978")
        assert sum(int(d) * (1, 3)[i % 2] for i, d in enumerate(isbn)) % 10 == 0


def test_the_odd_values_that_break_engines_are_there() -> None:
    """Unicode of four widths, quotes, empty text beside nulls, negative and 63-bit numbers."""
    values: list[object] = []
    for name, table in MAIN:
        for row in datasets.canonical(some(name, table, 0, 4_000)):
            values.extend(row)
    texts = {value for value in values if isinstance(value, str)}
    numbers = {value for value in values if type(value) is int}
    floats = {value for value in values if isinstance(value, float)}
    assert {len(char.encode()) for text in texts for char in text} == {1, 2, 3, 4}
    assert all(unicodedata.is_normalized("NFC", text) for text in texts)
    assert not any("\0" in text for text in texts)
    assert "" in texts
    assert any("'" in text for text in texts)
    assert any('"' in text for text in texts)
    assert any("\\" in text for text in texts)
    assert any("\t" in text for text in texts)
    assert max(numbers) > 2**62
    assert min(numbers) < -(2**62)
    assert max(numbers) < 2**63
    assert min(floats) < 0
    assert all(value == round(value, 2) for value in floats)
    assert None in values


def test_subtitles_are_missing_or_empty() -> None:
    subtitles = some("books", "books").column("subtitle").to_pylist()
    assert subtitles.count("") > 10
    assert subtitles.count(None) / len(subtitles) == pytest.approx(0.33, abs=0.04)


def test_sessions_expire_after_they_were_created_and_sensors_are_in_order() -> None:
    sessions = some("sessions", "sessions")
    created = sessions.column("created").cast(pa.int64()).to_numpy()
    expires = sessions.column("expires").cast(pa.int64()).to_numpy()
    assert (expires - created >= 1_800_000_000).all()
    assert (np.diff(created) > 0).all()
    taken = some("sensors", "readings").column("taken").cast(pa.int64()).to_numpy()
    assert (np.diff(taken) >= 0).all()


def test_text_is_about_as_compressible_as_prose() -> None:
    fields = some("records", "records", 0, 3_000).column("field0").to_pylist()
    text = " ".join(fields).encode()
    assert 2.0 < len(text) / len(zlib.compress(text, 6)) < 3.5
    assert len(set(fields)) > 0.999 * len(fields)
    pages = bytes(pool()[: 1 << 20])
    assert 2.0 < len(pages) / len(zlib.compress(pages, 6)) < 3.5


PINNED = {
    "accounts": "8226a1379a763310",
    "tellers": "e73194bca24c001a",
    "branches": "047bddbc40fc51c0",
    "history": "ee1acf831e9cafd2",
    "books": "df9bcbe487a5e85c",
    "orders": "ecb06ef96f4dd60f",
    "editions": "a48e50459588e777",
    "records": "f9e45b60282e5930",
    "sales": "45106f5ff7b64154",
    "sbtest": "007a424221098818",
    "readings": "2cd78bbb1f250396",
    "sessions": "625db31aa1be4d1f",
}


def test_values_never_change_between_releases() -> None:
    """Fixed bits: records of different rows cannot be compared, so a change here breaks them all."""
    assert mix(1) == 0x5692161D100B05E5
    found = {table: digest(datasets.canonical(some(name, table, 7, 9))) for name, table in TABLES}
    assert {table: checksum[:16] for table, checksum in found.items()} == PINNED
