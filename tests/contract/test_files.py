"""Engines that read files: every format and mode gives the answers of the contract."""

from __future__ import annotations

from pathlib import Path

import pytest
from ground import VARIANTS, ground

import bench.engines as engines
from bench.engines.files import FORMATS
from bench.engines.polars import MODES

CASES = [("polars", form, mode) for form in FORMATS for mode in MODES]
CASES += [("pandas", form, "") for form in FORMATS]


@pytest.mark.parametrize(("name", "form", "mode"), CASES)
def test_answers_are_right_whatever_the_format(
    name: str, form: str, mode: str, tmp_path: Path
) -> None:
    options = {"format": form} | ({"mode": mode} if mode else {})
    kinds = sorted(engines.get(name).kinds)
    with ground(name, "in-process", "oddities", tmp_path, options) as made:
        for kind in kinds:
            found = made.check(VARIANTS[kind], 6)
            assert found.first_difference is None
        settings = made.target.describe().settings
        assert (settings["format"], settings["mode"]) == (form, mode or "eager")
        assert made.target.row_count() == made.oracle.row_count()
        assert (made.target.counters().stored_bytes or 0) > 0


def test_formats_and_engines_have_one_digest(tmp_path: Path) -> None:
    digests = set()
    for name, form in (("polars", "csv"), ("polars", "ndjson"), ("pandas", "ipc"), ("fake", "")):
        options = {"format": form} if form else {}
        with ground(name, "in-process", "sales", tmp_path / (name + form), options) as made:
            asked = VARIANTS["top-k"] + VARIANTS["window"] + VARIANTS["range"]
            digests.add(made.check(asked, 30).digest)
    assert len(digests) == 1
