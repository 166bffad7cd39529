"""Engines that read files: every format and mode gives the answers of the contract."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
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


@pytest.mark.parametrize("form", FORMATS)
def test_nested_values_are_structs_where_the_format_knows_any(form: str, tmp_path: Path) -> None:
    with ground("polars", "in-process", "editions", tmp_path, {"format": form}) as made:
        path = made.target.dialer().files.paths(0)[0]  # type: ignore[attr-defined]
        if form == "csv":
            head = path.open(encoding="utf-8").readline()
            assert '"details.publisher.country"' in head
        elif form == "ndjson":
            first = json.loads(path.open(encoding="utf-8").readline())
            assert first["details"]["publisher"].keys() == {"name", "country", "since"}
        else:
            read = pq.read_schema if form == "parquet" else ipc_schema
            fields = [field.name for field in read(path).field("details").type]
            assert fields == ["language", "pages", "publisher"]
        for kind in ("read", "scan"):
            assert made.check(VARIANTS[kind], 6).first_difference is None


def ipc_schema(path: Path) -> pa.Schema:
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).schema


def test_a_key_still_reaches_the_reader_through_structs(tmp_path: Path) -> None:
    """Else each read of a row would read the whole file."""
    import polars as pl

    with ground("polars", "in-process", "editions", tmp_path) as made:
        frame = made.session.frames["editions"]  # type: ignore[attr-defined]
        scan = frame.filter(pl.col("id") == 3).explain().split("Parquet SCAN")[1]
        assert 'SELECTION: col("id") == 3' in scan
