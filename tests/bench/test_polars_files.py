"""polars over files: where its threads, files, formats and row groups matter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import bench.engines as engines
from bench.engines.files import FORMATS, formats, writing
from bench.engines.polars.session import THREADS_VARIABLE
from bench.engines.seam import LoadPlan, Place, Settings
from bench.verify import verify
from workloads import datasets
from workloads.errors import InputError, PlaceError
from workloads.oracle import Oracle
from workloads.spec.model import Operation
from workloads.stream import Batch

PLACE = Place(kind="in-process")


def test_a_worker_has_the_threads_it_was_given(tmp_path: Path) -> None:
    """In a process of its own, as polars reads the variable when it is first imported."""
    code = f"""
from pathlib import Path
import sys
import bench.engines as engines
from bench.engines.seam import LoadPlan, Place, Settings
from workloads import datasets
if __name__ == "__main__":
    settings = Settings(workdir=Path({str(tmp_path)!r}), options={{"threads": sys.argv[1]}})
    with engines.get("polars").open(Place(kind="in-process"), settings) as target:
        target.load(LoadPlan(dataset=datasets.get("accounts"), records=10, seed=1))
        assert "polars" not in sys.modules
        session = target.dialer().dial()
        import polars
        print(polars.thread_pool_size(), target.describe().settings["{THREADS_VARIABLE}"])
"""
    for threads in ("1", "2"):
        out = subprocess.run(
            [sys.executable, "-c", code, threads],
            capture_output=True,
            text=True,
            check=True,
            env={k: v for k, v in os.environ.items() if k != THREADS_VARIABLE},
        )
        assert out.stdout.split() == [threads, threads]


def test_answers_hold_across_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "ROW_GROUP_ROWS", 1_000)
    dataset, records = datasets.get("sensors"), 4_500
    with engines.get("polars").open(PLACE, Settings(workdir=tmp_path)) as target:
        steps: list[tuple[int, int]] = []
        plan = LoadPlan(
            dataset=dataset, records=records, seed=1, progress=lambda *at: steps.append(at)
        )
        assert target.describe().settings["mode"] == "streaming"
        loaded = target.load(plan)
        assert loaded.stored_bytes == target.counters().stored_bytes
        assert steps[-1] == (records, records)
        metadata = pq.read_metadata(formats.file_of(tmp_path / "parquet", 0, "parquet"))
        assert metadata.num_row_groups == 5
        assert metadata.row_group(1).column(0).statistics.min == 1_000
        keys = [0, 995, 999, 3_990, 4_490, 4_499, 4_500, -5]
        batch = Batch(
            operation=np.zeros(len(keys), dtype=np.uint8),
            key=np.array(keys, dtype=np.int64),
            limit=np.full(len(keys), 30, dtype=np.int32),
            token=np.zeros(len(keys), dtype=np.uint64),
        )
        session = target.dialer().dial()
        found = verify(
            session,
            dataset,
            Oracle(dataset, records, 1),
            (Operation(kind="range", weight=1),),
            [batch],
        )
        assert found.first_difference is None
        session.close()


@pytest.mark.parametrize("form", FORMATS)
def test_loading_again_replaces_the_files(form: str, tmp_path: Path) -> None:
    settings = Settings(workdir=tmp_path, options={"format": form})
    suffix = formats.FORMATS[form].suffix
    with engines.get("polars").open(PLACE, settings) as target:
        with pytest.raises(PlaceError, match=f"no {form} files"):
            target.row_count()
        for records in (20, 10):
            target.load(LoadPlan(dataset=datasets.get("records"), records=records, seed=1))
            assert target.row_count() == records
    assert [path.name for path in (tmp_path / form).iterdir()] == [f"table-0{suffix}"]


@pytest.mark.parametrize("form", FORMATS)
def test_an_interrupted_loading_leaves_no_file_that_looks_whole(form: str, tmp_path: Path) -> None:
    settings = Settings(workdir=tmp_path, options={"format": form})
    dataset = datasets.get("books")  # two tables: one is written, the other is not

    def interrupt(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with engines.get("polars").open(PLACE, settings) as target:
        plan = LoadPlan(dataset=dataset, records=30, seed=1)
        target.load(plan)
        with pytest.raises(KeyboardInterrupt):
            target.load(LoadPlan(dataset=dataset, records=30, seed=1, progress=interrupt))
        names = {path.name for path in (tmp_path / form).iterdir()}
        whole = f"table-0{formats.FORMATS[form].suffix}"
        assert names == {whole, "table-1.part"}
        with pytest.raises(PlaceError, match="files were written"):
            target.dialer()
        assert target.load(plan).rows == 30
        assert not list((tmp_path / form).glob("*.part"))


def test_files_that_cannot_be_written_are_one_clear_error(tmp_path: Path) -> None:
    with engines.get("polars").open(PLACE, Settings(workdir=tmp_path)) as target:
        (tmp_path / "parquet" / "table-0.part").mkdir()
        with pytest.raises(PlaceError, match="cannot be written"):
            target.load(LoadPlan(dataset=datasets.get("records"), records=10, seed=1))


def test_formats_differ_in_bytes_at_rest_and_in_nothing_else(tmp_path: Path) -> None:
    loaded = {}
    for form in FORMATS:
        settings = Settings(workdir=tmp_path, options={"format": form})
        with engines.get("polars").open(PLACE, settings) as target:
            loaded[form] = target.load(
                LoadPlan(dataset=datasets.get("sales"), records=2_000, seed=1)
            )
    assert len({each.logical_bytes for each in loaded.values()}) == 1
    stored = {form: each.stored_bytes or 0 for form, each in loaded.items()}
    assert stored["parquet"] < stored["ipc"] < stored["csv"] < stored["ndjson"]


@pytest.mark.parametrize(
    "wrong", [{"format": "orc"}, {"mode": "fast"}, {"threads": "x"}, {"forma": "csv"}]
)
def test_a_wrong_option_is_refused_before_anything_is_opened(wrong: dict[str, str]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))) as caught:
        engines.get("polars").check(wrong)
    assert caught.value.hint


@pytest.mark.parametrize("threads", ["0", "many", "-1", ""])
def test_a_number_of_threads_that_is_none_is_refused(tmp_path: Path, threads: str) -> None:
    settings = Settings(workdir=tmp_path, options={"threads": threads})
    with pytest.raises(InputError, match="threads"), engines.get("polars").open(PLACE, settings):
        pass
