"""Every wrong file is one clear error; an older record is upgraded; three libraries read all."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.json
import pytest
from samples import LMDB, Sketch, record, run_of_engines

from results import runs, store
from results.lines import MOST_FILE_BYTES, document, encode
from results.record import (
    ErrorCount,
    Finding,
    NameValue,
    ProcedureResult,
    Record,
    Step,
    WorkloadRef,
)
from workloads.errors import InputError, Remark

RECORD = record(Sketch(duration_s=2.0))
GOOD = encode(RECORD)


def written(tmp_path: Path, *lines: bytes) -> Path:
    path = tmp_path / "records.ndjson"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def changed(**values: object) -> bytes:
    return json.dumps(json.loads(GOOD) | values).encode()


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (b"\xff\xfe", "not a record"),
        (b"[]", "not a record"),
        (b"null", "not a record"),
        (b'{"schema": "1"}', "not a record"),
        (changed(duration_s=None), "duration_s"),
        (changed(outcome="fine"), "outcome"),
        (changed(schema=2), "version 2; this storefit reads up to 1"),
        (b'{"schema": 2, "all": "different"}', "version 2"),
        (changed(schema=-1), "unknown version"),
        (b'{"schema": 0}', "not a record"),
        (b'{"schema": 0, "engine": null, "warm_up_s": 1}', "not a record"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, second: bytes, said: str) -> None:
    path = written(tmp_path, GOOD, second)
    with pytest.raises(InputError, match=said) as caught:
        store.read(path)
    assert f"{path}:2:" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("torn", [b'{"schema": 1, "id": "half', b'{"id": "\xc3', b'{"a": -', b"{"])
def test_a_last_line_that_breaks_off_is_left_out_and_said(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "records.ndjson"
    path.write_bytes(GOOD + b"\n" + torn)
    said = f"{path}:2: the last line breaks off after {len(torn)} bytes"
    with pytest.warns(Remark, match=re.escape(said)):
        assert [r.id for r in store.read(path)] == [msgspec.json.decode(GOOD, type=Record).id]
    # elsewhere, and where it is whole but no record, it is an error
    path.write_bytes(torn + b"\n" + GOOD + b"\n")
    with pytest.raises(InputError, match=re.escape(f"{path}:1: this line is not a record")):
        store.read(path)
    path.write_bytes(GOOD + b"\n" + b'{"id": "whole"}')
    with pytest.raises(InputError, match=re.escape(f"{path}:2: this line is not a record")):
        store.read(path)


def test_every_cut_of_a_last_line_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "records.ndjson"
    other = encode(record(Sketch(number=2, duration_s=2.0)))
    for length in range(1, len(other), len(other) // 40):
        path.write_bytes(GOOD + b"\n" + other[:length])
        with pytest.warns(Remark, match="left out; the 1 records before it are used"):
            assert len(store.read(path)) == 1
    path.write_bytes(GOOD + b"\n" + other)
    assert len(store.read(path)) == 2


def of(name: str, operations: str = "[]", *, needs: str = "{}") -> WorkloadRef:
    document = f'{{"operations": {operations}, "needs": {needs}}}'
    return WorkloadRef(name=name, digest=f"{name}{document}", document=document)


def kept(
    run: Path,
    workload: WorkloadRef | None,
    *,
    created_at: str | None = None,
    engine: str = RECORD.engine.name,
    procedure: ProcedureResult | None = None,
) -> Path:
    run.mkdir()
    info = replace(RECORD.engine, name=engine)
    made = replace(RECORD, engine=info, procedure=procedure)
    lines = b"" if workload is None else encode(replace(made, workload=workload)) + b"\n"
    (run / "records.ndjson").write_bytes(lines)
    if created_at is not None:
        (run / "run.json").write_text(json.dumps({"created_at": created_at}))
    return run


def test_the_newest_run_of_a_workload_is_found(tmp_path: Path) -> None:
    shop, asked = of("shop"), of("shop", needs='{"sql": true}')
    first = kept(tmp_path / "20260911T101500Z", shop)
    second = kept(tmp_path / "20260911T101500Z-2", shop)
    tenth = kept(tmp_path / "20260911T101500Z-10", of("shop", '["changed"]'))
    meters = kept(tmp_path / "20260912T101500Z", of("meters"))
    kept(tmp_path / "20260913T101500Z", None)

    def chosen(workload: WorkloadRef) -> tuple[Path, str | None, str]:
        choice = runs.latest_of(tmp_path, workload)
        assert choice.runs == 4
        return choice.run, choice.likeness, choice.workload

    assert chosen(shop) == chosen(asked) == (second, "same", "shop")
    assert chosen(of("shop", '["new"]')) == (tenth, "changed", "shop")
    assert chosen(of("chat")) == (meters, None, "meters")
    assert store.latest(tmp_path) == meters
    assert runs.latest_of(first, shop).run == first
    # a directory that was renamed keeps its age
    renamed = kept(tmp_path / "before", shop, created_at="2026-09-11T10:14:00Z")
    newer = kept(tmp_path / "after", of("chat"), created_at="2026-09-13T10:14:00Z")
    assert runs.latest_of(tmp_path, shop).run == second
    assert store.latest(tmp_path) == newer
    assert runs.latest_of(renamed, of("chat")).likeness is None


def test_older_runs_of_other_engines_stand_beside_the_newest(tmp_path: Path) -> None:
    shop = of("shop")
    first = kept(tmp_path / "20260911T101500Z", shop, engine="lmdb")
    kept(tmp_path / "20260912T101500Z", shop, engine="postgresql")
    kept(tmp_path / "20260913T101500Z", of("shop", '["changed"]'), engine="polars")
    newest = kept(tmp_path / "20260914T101500Z", shop, engine="postgresql")
    backup = ProcedureResult(name="backup", way="copy", steps=())
    kept(tmp_path / "20260915T101500Z", shop, engine="mysql", procedure=backup)
    choice = runs.latest_of(tmp_path, shop)
    assert (choice.run, choice.likeness) == (newest, "same")
    assert choice.beside == ((first, ("lmdb",)),)


def test_wrong_paths_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no such file or directory"):
        store.read(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no run in this directory"):
        store.read(tmp_path / "empty")
    with pytest.raises(InputError, match="no run in this directory"):
        store.latest(tmp_path / "empty")
    (tmp_path / "blank.ndjson").write_bytes(b"\n")
    with pytest.raises(InputError, match="no records yet"):
        store.read(tmp_path / "blank.ndjson")
    (tmp_path / "planned").mkdir()
    (tmp_path / "planned" / "run.json").write_text("{}")
    for path in (tmp_path / "planned", tmp_path):
        if path == tmp_path:
            (tmp_path / "blank.ndjson").unlink()
        with pytest.raises(InputError, match="no records yet"):
            store.read(path)
    odd = tmp_path / "odd"
    (odd / "records.ndjson").mkdir(parents=True)
    (odd / "run.json").write_text("{}")
    with pytest.raises(InputError, match="cannot be read"):
        store.read(odd)


@pytest.mark.parametrize("call", ["read_bytes", "is_file"])
def test_missing_permission_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = written(tmp_path, GOOD)

    def forbidden(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, call, forbidden)
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        store.read(path)


def test_a_file_named_twice_counts_once_and_records_come_in_order(tmp_path: Path) -> None:
    lines = [encode(record(Sketch(number=n, duration_s=2.0))) for n in (2, 1000, 1, 999)]
    path = written(tmp_path, *lines)
    found = store.read(path, str(path), tmp_path)
    assert [r.id.split(".")[1] for r in found] == ["001", "002", "999", "1000"]


def test_a_record_of_version_0_is_upgraded(tmp_path: Path) -> None:
    raw = json.loads(GOOD)
    raw["schema"] = 0
    raw["warm_up_s"] = raw.pop("warmup_s")
    raw["engine"]["settings"] = {pair["name"]: pair["value"] for pair in raw["engine"]["settings"]}
    old = json.dumps(raw).encode()
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(old, type=Record)
    assert store.read(written(tmp_path, old, GOOD)) == [msgspec.json.decode(GOOD, type=Record)] * 2


def mixed(count: int) -> list[Record]:
    """Records whose nullable columns and lists are empty first and filled at the very end."""
    bare = replace(
        record(Sketch(duration_s=2.0)), storage=None, unsupported=(), findings=(), errors=()
    )
    last = replace(
        record(Sketch(engine=LMDB, duration_s=2.0, rate_per_s=100.0)),
        trial=replace(
            bare.trial,
            variant="same",
            axis="size",
            varied=(NameValue(name="data.records", value="1k"),),
        ),
        procedure=ProcedureResult(
            name="load", way="bulk", steps=(Step(name="load", seconds=1.0, rows=1, cpu_s=2.0),)
        ),
        outcome="error",
        error="the engine went away",
        errors=(ErrorCount(kind="timeout", count=3, first_at_s=1.0, example="5 s"),),
        findings=(Finding(code="G-X", level="error", message="x", value=None, limit=2.0),),
    )
    sketches = [replace(bare, id=f"{bare.run}.{n:03d}") for n in range(1, count)]
    return [*sketches, replace(last, id=f"{bare.run}.{count:03d}", duration_s=2)]


@pytest.mark.parametrize("count", [2, 120, 155])
def test_three_libraries_read_a_file_in_one_call(tmp_path: Path, count: int) -> None:
    path = tmp_path / "records.ndjson"
    path.write_bytes(document([encode(r) for r in mixed(count)]))
    assert path.stat().st_size < MOST_FILE_BYTES, "larger files are never written"
    last = f"{record().run}.{count:03d}"

    row = pl.read_ndjson(path).filter(pl.col("id") == last).to_dicts()[0]
    frame = pd.read_json(path, lines=True)
    arrow = pa.json.read_json(path)
    assert (len(frame), arrow.num_rows) == (count, count)
    other = frame[frame["id"] == last].to_dict("records")[0]
    third = next(r for r in arrow.to_pylist() if r["id"] == last)
    for found in (row, other, third):
        assert found["error"] == "the engine went away"
        assert found["errors"][0]["kind"] == "timeout"
        assert found["findings"][0]["limit"] == 2.0
        assert found["resources"]["read_units"] == 0.9
        assert found["storage"]["rows"] == 200_000
        assert found["operations"][0]["response"]["p50_s"] > 0
    everything = json.loads(msgspec.json.encode(store.read(path)))
    assert pl.read_ndjson(path).sort("id").to_dicts() == everything
    assert sorted(frame["id"]) == [r["id"] for r in everything]
    assert pl.read_ndjson(path)["duration_s"].dtype == pl.Float64
    assert arrow.schema.field("duration_s").type == pa.float64()


def test_floats_are_written_as_floats() -> None:
    whole = replace(record(Sketch(duration_s=2.0)), duration_s=2, warmup_s=0)
    assert b'"duration_s":2.0,"warmup_s":0.0' in encode(whole)


def test_a_long_series_is_thinned_without_losing_operations() -> None:
    import itertools

    from results.record import Second

    series = tuple(
        Second(t_s=float(t), operations=t % 7, errors=t % 2, mean_s=None, max_s=float(t))
        for t in range(7_001)
    )
    kept = msgspec.json.decode(encode(replace(record(), series=series)), type=Record).series
    assert len(kept) <= 2_000
    assert sum(s.operations for s in kept) == sum(s.operations for s in series)
    assert sum(s.errors for s in kept) == sum(s.errors for s in series)
    assert kept[-1].max_s == 7_000.0
    assert all(b.t_s > a.t_s for a, b in itertools.pairwise(kept))
    joined = replace(
        record(),
        series=(
            Second(t_s=0.0, operations=1, errors=0, mean_s=0.1, max_s=0.1),
            Second(t_s=1.0, operations=3, errors=0, mean_s=0.5, max_s=0.9),
        ),
    )
    from results.series import thinned

    (both,) = thinned(joined.series, most=1)
    assert both.mean_s == pytest.approx(0.4)


def test_the_table_has_declared_types_whatever_is_empty(tmp_path: Path) -> None:
    records = [replace(r, error=None, storage=None) for r in run_of_engines()[:3]]
    path = written(tmp_path, *(encode(r) for r in records))
    table = store.table(path)
    assert table.schema.field("error").type == pa.string()
    assert table.schema.field("storage").type.field("load_s").type == pa.float64()
    assert table["operations"][0][0]["service"]["p50_s"].as_py() == pytest.approx(
        records[0].operations[0].service.p50_s
    )
    assert table["id"].to_pylist() == [r.id for r in records]


def test_reading_needs_no_heavy_library(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    program = (
        "import sys; from results import store; store.read(sys.argv[1]); store.reference();"
        "print([m for m in ('numpy','pyarrow','polars','pandas','plotly','hdrh') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "[]"
