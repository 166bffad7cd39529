"""A person's own file as a dataset: what is inferred, how it is scaled, what is refused."""

from __future__ import annotations

import gzip
import pickle
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads import datasets
from workloads.datasets.own import of_file, sampling
from workloads.datasets.own.dataset import OwnData
from workloads.errors import InputError, StorefitError, WorkloadFaults
from workloads.oracle import Oracle
from workloads.spec import from_document, read, to_document, to_yaml
from workloads.stream import batches

ROWS = 500
HEADING = "Order ID,customer,status,price cents,weight,created,note,zip,gone\n"


def line(n: int) -> str:
    customer = 7 if n % 3 else n % 50  # a hot customer
    status = ("paid", "new", "sent")[n % 3]
    weight = "" if n % 10 == 0 else f"{n / 8}"
    moment = f"2026-01-{1 + n % 28:02d} 10:00:{n % 60:02d}"
    note = '"häppy, ""text"""' if n % 2 else ""
    return f"{1000 + n},{customer},{status},{n % 97},{weight},{moment},{note},0{n % 9}12,\n"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(HEADING + "".join(map(line, range(ROWS))))
    return path


def rows(data: OwnData, start: int, stop: int, seed: int = 1) -> list[tuple[object, ...]]:
    return list(
        datasets.canonical(data.rows(data.name, start, stop, seed=seed, record_size_bytes=None))
    )


def column(data: OwnData, name: str, start: int, stop: int) -> list[object]:
    batch = data.rows(data.name, start, stop, seed=1, record_size_bytes=None)
    return list(batch.column(name).to_pylist())


def test_types_nulls_key_and_roles_are_inferred(orders: Path) -> None:
    data = of_file(orders)
    kinds = {c.name: (c.column.kind, c.column.nullable) for c in data.columns}
    assert kinds == {
        "order_id": ("int64", False),
        "customer": ("int64", False),
        "status": ("string", False),
        "price_cents": ("int64", False),
        "weight": ("float64", True),
        "created": ("timestamp_us", False),
        "note": ("string", True),
        "zip": ("string", False),
        "gone": ("string", True),
    }
    assert data.key == "order_id"
    roles = data.roles
    assert roles.group_column == roles.filter_column == "status"
    assert sorted(roles.filter_values) == ["new", "paid", "sent"]
    assert roles.measure == "price_cents"
    assert roles.update_column == "note"
    told = dict(data.told)
    assert told["rows in file"] == str(ROWS)
    assert len(told["sha256"]) == 64
    assert "made fresh: order_id" in told["scaled"]
    assert any("'gone' is null in every row" in text for _, text in data.told)
    assert any("called price_cents" in text for _, text in data.told)


def test_rows_are_a_pure_function_of_seed_and_number(orders: Path) -> None:
    data = of_file(orders)
    whole = rows(data, 0, 1_700)
    assert rows(data, 0, 7) + rows(data, 7, 1_700) == whole
    numbers = np.array([1_699, 3, 600, 3])
    at = data.rows_at(data.name, numbers, seed=1, record_size_bytes=None)
    assert datasets.canonical(at) == [whole[n] for n in numbers]
    other = pickle.loads(pickle.dumps(data))
    assert rows(other, 500, 520) == whole[500:520]
    assert rows(data, 0, 100, seed=2) != whole[:100]
    assert at.schema == datasets.schema(data.tables[0])
    narrow = data.projected(data.name, ("status", "order_id"))
    assert rows(narrow, 600, 610) == [(row[2], row[0]) for row in whole[600:610]]


def test_scaled_up_the_skew_is_kept_and_keys_are_fresh(orders: Path) -> None:
    data = of_file(orders)
    original = Counter(7 if n % 3 else n % 50 for n in range(ROWS))
    blocks = [Counter(column(data, "customer", b * ROWS, (b + 1) * ROWS)) for b in range(4)]
    assert all(block == original for block in blocks)
    keys = column(data, "order_id", 0, 4 * ROWS)
    assert keys == list(range(4 * ROWS))
    assert column(data, "zip", 0, ROWS) != column(data, "zip", ROWS, 2 * ROWS)


def test_scaled_down_rows_are_a_sample_of_the_whole_file(orders: Path) -> None:
    data = of_file(orders)
    few = column(data, "price_cents", 0, 100)
    assert column(data, "created", 0, 100) != sorted(column(data, "created", 0, 100))  # type: ignore[type-var]
    hot = Counter(column(data, "customer", 0, 100))[7]
    assert 50 <= hot <= 85  # 67 of 100 in the file
    assert len(set(few)) > 40
    together = set(zip(column(data, "customer", 0, 100), few, strict=True))
    assert together <= {(7 if n % 3 else n % 50, n % 97) for n in range(ROWS)}


def test_a_file_larger_than_the_sample(orders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MOST_ROWS", 90)
    data = of_file(orders, key="Order ID")
    assert data.sample.num_rows == 90
    assert "a random sample of 90 rows" in dict(data.told)["scaled"]
    assert data.rows_in_file == ROWS
    hot = Counter(column(data, "customer", 0, 90))[7]
    assert 45 <= hot <= 75  # 60 of 90


def test_a_key_of_text_is_kept_and_rows_are_numbered_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    path.write_text("isbn,title\n" + "".join(f"978-{n:09d}-x,title {n % 3}\n" for n in range(40)))
    data = of_file(path)
    assert data.key == "row_id"
    (isbn,) = [c for c in data.columns if c.name == "isbn"]
    assert isbn.fresh
    values = column(data, "isbn", 0, 1_000)
    assert len(set(values)) == 1_000
    assert {len(str(value)) for value in values} == {15}
    assert data.roles.measure == "row_id"


def test_the_oracle_answers_over_a_file(orders: Path, tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(
        "name: w\ndata: {file: orders.csv}\noperations: [{kind: read, weight: 1}, {kind: update, "
        "weight: 1, all_fields: true}, {kind: insert, weight: 1}, {kind: aggregate, weight: 1}, "
        "{kind: transaction, weight: 1, steps: [{kind: update, column: price_cents, add: true}]}]\n"
    )
    reading = read(str(file))
    workload = reading.workload
    assert workload.data.records == ROWS
    assert workload.data.record_size_bytes == pytest.approx(60, rel=0.2)
    assert any("data.records: 500, as in orders.csv" in note for note in reading.notes)
    oracle = Oracle(datasets.of(workload), 800, 3)
    batch = next(batches(workload, seed=3, records=800, size=200))
    answers = [
        oracle.answer(workload.operations[kind], batch, place)
        for place, kind in enumerate(batch.operation.tolist())
    ]
    assert all(answers)
    assert orders.exists()


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_gzip_and_no_heading(tmp_path: Path, delimiter: str) -> None:
    text = "".join(f"{n}{delimiter}a, b{delimiter}{n % 5}\n" for n in range(30))
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    data = of_file(path)
    assert [c.name for c in data.columns] == ["column_1", "column_2", "column_3"]
    assert data.rows_in_file == 30
    assert any("no heading" in text for _, text in data.told)


def test_a_parquet_file_of_many_types(tmp_path: Path) -> None:
    import datetime
    import decimal

    n = range(60)
    moment = datetime.datetime(2026, 1, 1)
    table = pa.table(
        {
            "id": pa.array(n, pa.uint32()),
            "kind": pa.array([["a", "b"][i % 2] for i in n]).dictionary_encode(),
            "amount": pa.array([decimal.Decimal(i) / 4 for i in n], pa.decimal128(12, 2)),
            "day": pa.array([datetime.date(2026, 1, 1 + i % 28) for i in n]),
            "at": pa.array([moment] * 60, pa.timestamp("ns", tz="Europe/Berlin")),
            "ok": pa.array([None if i % 7 == 0 else i % 2 == 0 for i in n]),
            "score": pa.array([float("nan") if i == 3 else i / 3 for i in n]),
            "tags": pa.array([["x"]] * 60),
        }
    )
    path = tmp_path / "facts.parquet"
    pq.write_table(table, path)
    data = of_file(path)
    kinds = {c.name: (c.column.kind, c.column.nullable) for c in data.columns}
    assert kinds == {
        "id": ("int64", False),
        "kind": ("string", False),
        "amount": ("float64", False),
        "day": ("timestamp_us", False),
        "at": ("timestamp_us", False),
        "ok": ("bool", True),
        "score": ("float64", True),
    }
    assert any("'tags' is left out: it holds list<" in text for _, text in data.told)
    assert len(rows(data, 0, 200)) == 200


def test_mixed_columns_stay_text_and_codes_keep_their_zeros(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("k,v,code,big\n" + "".join(f"{n},{n if n != 9 else 'x'},0{n},{10**19 + n}\n" for n in range(20)))  # fmt: skip
    data = of_file(path)
    assert {c.column.kind for c in data.columns if c.name != "k"} == {"string"}
    assert any("'v' is kept as text: 95.0% are numbers" in text for _, text in data.told)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.csv", b"", "is empty"),
        ("x.csv", b"\n\n \n", "nothing but blank lines"),
        ("x.csv", b"a,b\n", "holds no rows"),
        ("x.csv", b"a,b\n1,x\n", "holds one row"),
        ("x.csv", b"a,b\n1,x\n2\n", "line 3: 1 values where there are 2 columns: '2'"),
        ("x.csv", b"a,b\n1,\xe4\n2,\xff\n", "is not text in UTF-8"),
        ("x.csv", b"a,b\0\n1,x\n", "is not text"),
        ("x.csv", b"\x1f\x8b\x08\x00abc", "cannot be read"),
        ("x.csv", b"a,b\n1.5,1.5\n1.5,2.5\n", "no column of whole numbers or text beside its key"),
        ("x.parquet", b"a,b\n1,x\n", "no Parquet file, in spite of its name"),
        ("x.parquet", b"PAR1 and no more", "cannot be read as Parquet"),
        ("x.xlsx", b"PK\x03\x04", "its ending tells no known form"),
    ],
)
def test_bad_files_are_one_clear_error(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        of_file(path)
    assert caught.value.hint


def test_files_that_are_none(tmp_path: Path, orders: Path) -> None:
    with pytest.raises(InputError, match="there is no data file"):
        of_file(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a directory"):
        of_file(tmp_path)
    with pytest.raises(InputError, match="no column 'order'") as caught:
        of_file(orders, key="order")
    assert "Order ID" in caught.value.hint
    with pytest.raises(InputError, match="'customer' is the same in several rows"):
        of_file(orders, key="customer")
    with pytest.raises(InputError, match="'weight' is null in some rows"):
        of_file(orders, key="weight")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("{file: orders.csv, dataset: books}", "data.dataset: a dataset beside a file"),
        ("{key: id}", "data.key: a key without a file"),
    ],
)
def test_keys_that_contradict_each_other(tmp_path: Path, data: str, words: str) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(f"name: w\ndata: {data}\n")
    with pytest.raises(WorkloadFaults, match=words):
        read(str(file))


def test_steps_are_held_against_the_columns_of_the_file(orders: Path) -> None:
    file = orders.parent / "w.yaml"
    step = "{kind: update, column: pric_cents, add: true}"
    file.write_text(
        "data: {file: orders.csv}\noperations: [{kind: transaction, weight: 1, "
        f"steps: [{step}]}}]\n"
    )
    with pytest.raises(WorkloadFaults, match=r"no column 'pric_cents'.*did you mean 'price_cents'"):
        read(str(file))


def test_a_workload_with_a_file_survives_its_forms(orders: Path) -> None:
    file = orders.parent / "w.yaml"
    file.write_text("data: {file: orders.csv, key: Order ID, records: 2k, record_size: 60 B}\n")
    workload = read(str(file)).workload
    assert workload.data.records == 2_000
    assert from_document(to_document(workload)).data == workload.data
    assert "file: orders.csv" in to_yaml(workload)


CELLS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(str),
    st.sampled_from(
        ["", "NULL", "true", "2026-01-31", "2026-01-31T10:00:00Z", "007", '"a,b"', "é"]
    ),
    st.text(max_size=6),
)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=8), st.sampled_from(",;\t|"))
@settings(max_examples=25, deadline=None)
def test_any_text_gives_rows_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]], delimiter: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_text("\n".join(delimiter.join(cells) for cells in lines), errors="replace")
    try:
        data = of_file(path)
    except StorefitError as error:
        data, hint = None, error.hint
    else:
        hint = ""
    assert (data is None) == bool(hint)
    if data is None:
        return
    assert len(rows(data, 0, 30)) == 30
    kinds = {c.name: c.column.kind for c in data.columns}
    assert kinds[data.roles.update_column] in ("int64", "string")
    assert len(data.new_values(data.roles.update_column, [1, 2], record_size_bytes=None)) == 2


@pytest.mark.slow
def test_memory_stays_small_whatever_the_size_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    part = "".join(f"{{n}}{n:05d},{n % 977},{'text ' * 30}{n},{n / 7}\n" for n in range(20_000))
    with path.open("w") as file:
        file.write("id,customer,note,weight\n")
        for number in range(1, 41):
            file.write(part.format(n=number))
    code = (
        "import sys; from pathlib import Path; from workloads.datasets import chunks;"
        "from workloads.datasets.own import of_file; d = of_file(Path(sys.argv[1]));"
        "n = sum(b.num_rows for b in chunks(d, d.name, 1_000_000, seed=1)); print(n, d.rows_in_file,"
        # not ru_maxrss, in which a process that was started has what its parent held before
        "next(l.split()[1] for l in open('/proc/self/status') if l.startswith('VmHWM')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    made, in_file, kilobytes = map(int, done.stdout.split())
    assert (made, in_file) == (1_000_000, 800_000)
    assert kilobytes < 300_000


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        ("id,id,", "line 1: column 2 of the heading is called 'id', as another is"),
        ("id,,name", "line 1: column 2 of the heading has no name"),
        ("id, id,x", "line 1: column 2 of the heading is called 'id', as another is"),
    ],
)
def test_a_heading_with_missing_or_double_names_is_a_fault(
    tmp_path: Path, heading: str, said: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"{heading}\n1,2,a\n3,4,b\n")
    with pytest.raises(InputError, match=re.escape(said)):
        of_file(path)
