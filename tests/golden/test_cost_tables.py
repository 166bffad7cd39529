"""The money, as reviewers read it: cost tables that change only in a diff."""

from __future__ import annotations

import pytest
from cost_tables import TABLES, names, table


@pytest.mark.parametrize("name", names())
def test_the_cost_table_is_the_one_that_was_reviewed(name: str) -> None:
    reviewed = (TABLES / f"{name}.txt").read_text(encoding="utf-8")
    assert table(name) == reviewed, "python tests/golden/cost_tables.py --write, then read the diff"


def test_there_is_a_table_for_every_case_and_no_other() -> None:
    assert sorted(path.stem for path in TABLES.glob("*.txt")) == names()
