"""A person's own file on every engine: the answers are those of the rows that were drawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from ground import ground, places

from workloads.spec.model import KINDS, WRITE_KINDS

WORDS = ("", "plain", "häppy €", '"two ""quoted"" words"', "x" * 700)
# The first of them also where there is no time for all: an engine that reads and writes.
CASES = [
    pytest.param(name, place, marks=() if name == "lmdb" else pytest.mark.slow)
    for name, place in places()
    if name != "noop"
]


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("own") / "Order Lines.csv"
    lines = (
        f"{n},{n % 7 if n % 3 else 99},{('', 'a', 'b')[n % 3]},{n * 37 % 1009 - 500},{n / 16},"
        f"2026-02-{1 + n % 28:02d}T0{n % 10}:00:00+02:00,{n % 2 == 0},{WORDS[n % 5]},U{n}\n"
        for n in range(700)
    )
    path.write_text("Id,customer,group,order,Weight (kg),select,flag,note,user\n" + "".join(lines))
    return str(path)


@pytest.mark.parametrize(("name", "place"), CASES)
def test_answers_are_right(name: str, place: str, orders: str, tmp_path: Path) -> None:
    """Twice as many records as the file has, every kind of operation that the engine serves."""
    with ground(name, place, orders, tmp_path) as loaded:
        for kind in KINDS:
            if loaded.hold(kind) and kind in WRITE_KINDS and "read" in loaded.engine.kinds:
                assert loaded.read_back().first_difference is None
        assert loaded.target.row_count() == loaded.oracle.row_count()
