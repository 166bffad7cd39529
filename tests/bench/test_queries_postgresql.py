"""Query sets on PostgreSQL: values sent in binary are those of the files; answers as polars'."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from psycopg.types.numeric import NumericBinaryLoader

from bench import engines
from bench.asking import agreed
from bench.asking.inquirer import Inquirer
from bench.engines.postgresql.encoding import EPOCH_DAYS, binary_rows
from bench.engines.seam import OperationFailed, Place, Questioned, Settings
from workloads import queries
from workloads.queries.answers import difference
from workloads.queries.seam import Query

AMOUNTS = ("0.00", "0.01", "-0.01", "1.00", "9999.99", "10000.00", "-9999999999999.99", "123456.70")


def test_decimals_dates_and_small_numbers_are_sent_as_the_server_reads_them() -> None:
    amounts = pa.array([Decimal(text) for text in AMOUNTS], pa.decimal128(15, 2))
    days = pa.array([date(1992, 1, 1), date(2000, 1, 1)] * 4, pa.date32())
    numbers = pa.array([-7, 2**31 - 1] * 4, pa.int32())
    for offset in (0, 3):  # a slice shares its buffers with the whole
        part = [each.slice(offset) for each in (amounts, days, numbers)]
        rows = binary_rows(part, ["decimal", "date", "int32"]).to_pylist()
        for row, text, day, number in zip(rows, AMOUNTS[offset:], *part[1:], strict=True):
            assert row[:2] == b"\0\3"
            assert row[2:6] == (18).to_bytes(4)
            assert NumericBinaryLoader(1700).load(row[6:24]) == Decimal(text)
            assert int.from_bytes(row[28:32], signed=True) == (
                (day.as_py() - date(1970, 1, 1)).days - EPOCH_DAYS
            )
            assert int.from_bytes(row[36:40], signed=True) == number.as_py()


@pytest.mark.slow
@pytest.mark.parametrize("name", queries.names())
def test_two_engines_agree_in_every_answer(name: str, tmp_path: Path) -> None:
    chosen = queries.get(name)
    tables = chosen.write(tmp_path, scale=chosen.least_scale, seed=1, tell=lambda *_: None)
    first, second = (
        agreed.answers(witness, chosen, tables, tmp_path) for witness in agreed.WITNESSES
    )
    for query in chosen.queries(tables.scale):
        assert difference(query, first[query.id], second[query.id]) is None, query.id


@pytest.mark.slow
def test_a_query_that_explodes_is_ended_by_the_server(tmp_path: Path) -> None:
    tables = queries.get("events").write(tmp_path, scale=0.001, seed=1, tell=lambda *_: None)
    explosion = Query(
        id="q99", title="", sql="SELECT count(*) FROM events a, events b, events c WHERE a.trace < c.trace"
    )  # fmt: skip
    engine = engines.get("postgresql")
    with engine.open(Place(kind="embedded"), Settings(workdir=tmp_path)) as target:
        assert isinstance(target, Questioned)
        target.take(tables)
        with Inquirer(target.questioner(tables, limit_s=0.5), 0.5) as asked:
            with pytest.raises(OperationFailed) as caught:
                asked.ask(explosion, answer=True)
            assert caught.value.kind == "timeout"
            assert asked.ask(queries.get("events").queries(1)[0], answer=False).rows == 1
