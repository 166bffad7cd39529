"""Documents of MySQL and MariaDB: what the statements say. The contract suite runs them on servers."""

from __future__ import annotations

import pytest

from bench.engines.innodb.options import options_of
from bench.engines.innodb.schema import Layout
from bench.engines.innodb.statements import script
from workloads import datasets
from workloads.errors import InputError
from workloads.spec.model import Operation


def layout(*, returning: bool) -> Layout:
    return Layout(
        dataset=datasets.get("editions"),
        database="d",
        collation="c",
        document=True,
        returning=returning,
    )


@pytest.mark.parametrize("returning", [True, False])
def test_an_update_names_what_changes_and_nothing_else(returning: bool) -> None:
    plan = script(layout(returning=returning), Operation(kind="update", weight=1), records=9)
    (call,) = plan.trips
    assert call.statement.sql == (
        "UPDATE `d`.`editions` SET `doc` = JSON_SET(`doc`, '$.\"stock\"', CAST(? AS SIGNED))"
        " WHERE `key` = ?"
    )
    several = Operation(kind="update", weight=1, all_fields=True, atomic_with=2)
    sql = script(layout(returning=returning), several, records=9).trips[0].statement.sql
    assert '\'$."details"."publisher"."name"\', CAST(? AS CHAR)) WHERE `key` IN (?, ?)' in sql


@pytest.mark.parametrize(
    ("returning", "value"),
    [
        (True, "JSON_VALUE(`doc`, '$.\"price_cents\"' RETURNING SIGNED)"),
        (False, "CAST(JSON_VALUE(`doc`, '$.\"price_cents\"') AS SIGNED)"),
    ],
)
def test_a_filter_on_a_nested_field_uses_its_generated_column(returning: bool, value: str) -> None:
    found = layout(returning=returning)
    sql = script(found, Operation(kind="scan", weight=1), records=9).trips[0].statement.sql
    assert sql == (
        f"SELECT count(*), CAST(sum({value}) AS SIGNED) FROM `d`.`editions`"
        " WHERE `by details.publisher.country` = ?"
    )
    (table,) = found.dataset.tables
    made = found.create(table)
    assert "`by details.publisher.country` VARCHAR(255) AS (JSON_VALUE(`doc`," in made
    assert found.indexes(table) == (
        "ALTER TABLE `d`.`editions` ADD INDEX (`by details.publisher.country`)",
    )


def test_a_name_that_sql_or_json_would_misread() -> None:
    from bench.engines.innodb.documents import extracted
    from workloads.datasets.seam import Column

    column = Column(name="it's a \"\\", kind="string")
    told = extracted(column, "`doc`", returning=False)
    assert told == "JSON_VALUE(`doc`, '$.\"it''s a \\\\\"\\\\\\\\\"')"


def test_a_format_that_there_is_not() -> None:
    assert options_of({"format": "document"}).document is True
    assert options_of({"format": "relational"}).document is False
    assert options_of({}).document is None
    with pytest.raises(InputError, match="'format' is 'xml'"):
        options_of({"format": "xml"})
