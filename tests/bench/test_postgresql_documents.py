"""Documents hold every value exactly, are what PostgreSQL itself would keep, and use their index."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from postgresql_ground import RECORDS, answers, operation, plan, running, session_of

from bench.engines.documents import Fields
from bench.engines.postgresql.documents import documents
from bench.engines.postgresql.link import texts
from bench.engines.postgresql.options import options_of
from bench.engines.postgresql.statements import script
from bench.engines.postgresql.target import PostgresqlTarget, layout_of
from bench.engines.seam import Row
from workloads import datasets
from workloads.datasets.seam import Column
from workloads.spec.model import Operation

KINDS: Mapping[str, tuple[str, pa.DataType]] = {
    "whole": ("int64", pa.int64()),
    "real": ("float64", pa.float64()),
    'a "name"\\': ("string", pa.string()),
    "größe": ("timestamp_us", pa.timestamp("us", tz="UTC")),
    "flag": ("bool", pa.bool_()),
}
COLUMNS = tuple(
    Column(name=name, kind=kind, nullable=True)  # type: ignore[arg-type]
    for name, (kind, _) in KINDS.items()
)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
FIRST_US, LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999  # years 1 to 9999
ROWS = st.tuples(
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(),
    st.none() | TEXT,
    st.none() | st.integers(FIRST_US, LAST_US),
    st.none() | st.booleans(),
)

DOCUMENT = options_of({"format": "document"})


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresqlTarget]:
    """The workload says that its data are documents."""
    with running(tmp_path_factory.mktemp("documents")) as found:
        found.load(replace(plan(), format="document"))
        found.settle()
        yield found


def made(rows: list[Row]) -> list[bytes]:
    arrays = [
        pa.array([row[place] for row in rows], kind)
        for place, (_, kind) in enumerate(KINDS.values())
    ]
    found: list[bytes] = documents(arrays, COLUMNS).to_pylist()
    return found


def same(one: Row, other: Row) -> bool:
    """Equal in value and type; NaN is NaN, and zeros have signs."""
    return all(
        type(a) is type(b) and (repr(a) == repr(b) if isinstance(a, float) else a == b)
        for a, b in zip(one, other, strict=True)
    )


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROWS, min_size=1, max_size=8))
def test_a_document_and_back(target: PostgresqlTarget, rows: list[Row]) -> None:
    """By way of the server, which keeps numbers and fields in its own form."""
    connection = target._connection
    sent = made(rows)
    for data, row in zip(sent, rows, strict=True):
        assert same(Fields(COLUMNS).row(data[1:]), row)
        kept = connection.exec_params(b"SELECT $1::jsonb", [data[1:]]).get_value(0, 0)
        assert kept is not None
        assert same(Fields(COLUMNS).row(kept), row)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 1e308, 5e-324, 0.1])
def test_a_number_that_json_may_not_have(target: PostgresqlTarget, value: float) -> None:
    """A cast gives it back, as the statements on one field have it."""
    (data,) = made([(None, value, None, None, None)])
    text = f"SELECT (('{data[1:].decode()}'::jsonb ->> 'real')::float8)::text"
    assert repr(float(texts(target._connection, text)[0][0] or "")) == repr(value)


def test_the_table_is_a_key_and_a_document(target: PostgresqlTarget) -> None:
    columns = texts(
        target._connection,
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'storefit' ORDER BY 1, ordinal_position",
    )
    assert columns == [
        ("books", "key", "bigint"),
        ("books", "doc", "jsonb"),
        ("orders", "key", "bigint"),
        ("orders", "doc", "jsonb"),
    ]
    assert "jsonb" in target.describe().settings["storefit.format"]


@pytest.mark.parametrize("kind", ["scan", "join"])
def test_the_index_on_the_expression_is_used(target: PostgresqlTarget, kind: str) -> None:
    layout, _ = target._loaded()
    statement = script(layout, operation(kind)).trips[0][0].statement
    value = "'7'" if kind == "join" else "'poetry'"
    steps = texts(target._connection, "EXPLAIN " + statement.sql.replace("$1", value))
    shown = " ".join(step for (step,) in steps if step)
    assert "Seq Scan" not in shown
    assert "Index Cond: (((doc ->> " in shown


def test_an_update_changes_its_field_only(target: PostgresqlTarget) -> None:
    with session_of(target) as session:
        ((before,),) = answers(session, operation("read"), [17])
        assert answers(session, operation("update"), [17]) == [[(1,)]]
        ((after,),) = answers(session, operation("read"), [17])
    changed = [n for n, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    names = [column.name for column in plan().dataset.tables[0].columns]
    assert [names[n] for n in changed] == [plan().dataset.roles.update_column]
    assert target.row_count() == RECORDS


@pytest.mark.parametrize(
    ("option", "declared", "kept"),
    [
        (None, "document", "jsonb"),
        (None, "relational", None),
        (None, "key-value", None),
        (None, None, None),
        ("relational", "document", None),
        ("document", "relational", "jsonb"),
        ("workload", "document", "jsonb"),
    ],
)
def test_the_option_goes_before_the_workload(
    option: str | None, declared: str | None, kept: str | None
) -> None:
    wanted = options_of({} if option is None else {"format": option})
    layout = layout_of(replace(plan(), format=declared), wanted, "any")
    assert ("jsonb" if layout.document else None) == kept


def test_an_update_names_what_changes_and_nothing_else() -> None:
    """One field by `||`, a nested one by its path: the rest of the document is not sent."""
    layout = layout_of(replace(plan(), dataset=datasets.get("editions")), DOCUMENT, "any")
    one = script(layout, Operation(kind="update", weight=1)).trips[0][0].statement
    assert "SET doc = doc || jsonb_build_object('stock', $2) WHERE" in one.sql
    assert [parameter.kind for parameter in one.parameters] == ["int64", "int64"]
    several = script(layout, Operation(kind="update", weight=1, all_fields=True))
    sql = several.trips[0][0].statement.sql
    assert "jsonb_build_object('stock', $2, 'price_cents', $3)" in sql
    assert "ARRAY['details', 'pages'], coalesce(to_jsonb($4), 'null'))" in sql
    assert "ARRAY['details', 'publisher', 'name'], coalesce(to_jsonb($5), 'null'))" in sql


def test_another_workload_s_rows_are_columns_again(target: PostgresqlTarget) -> None:
    """The last of these tests: it loads anew."""
    target.load(plan(records=50))
    assert target.describe().settings["storefit.format"] == "relational"
    assert target.row_count() == 50
