"""pandas, and the file formats it shares with polars: every value comes back bit by bit."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

import bench.engines as engines
from bench.engines.files import FORMATS, formats
from bench.engines.files.target import Files
from bench.engines.pandas.session import PandasSession
from bench.engines.polars.session import PolarsSession
from bench.engines.seam import LoadPlan, OperationFailed, Place, Settings
from workloads import datasets
from workloads.datasets import canonical
from workloads.datasets.seam import Column, Table
from workloads.errors import InputError
from workloads.spec.model import Operation

PLACE = Place(kind="in-process")
TEXTS = (
    None, "", " ", "null", "NaN", "\\N", "\\.", "true", "1", "a,b", '"', '""', "'", "line\nbreak",
    "cr\rx", "crlf\r\n", "\t", "  edge  ", "naïve", "漢字", "👩‍👩‍👧", "\x7f", "\u200b", "{}", "#",
)  # fmt: skip
TABLE = Table(
    name="values",
    key="id",
    columns=(
        Column(name="id", kind="int64"),
        Column(name="whole", kind="int64", nullable=True),
        Column(name="Größe, m²", kind="float64", nullable=True),
        Column(name="text", kind="string", nullable=True),
        Column(name="seen", kind="timestamp_us", nullable=True),
        Column(name="flag", kind="bool", nullable=True),
    ),
)


def rows(count: int) -> pa.RecordBatch:
    """Integers over all 64 bits, floats of every bit pattern that is a number, odd texts."""
    random = np.random.default_rng(5)
    whole = random.integers(-(2**63), 2**63 - 1, count, dtype=np.int64, endpoint=True)
    whole[:4] = -(2**63), 2**63 - 1, 2**53 + 1, -1
    bits = random.integers(0, 2**64 - 1, count, dtype=np.uint64, endpoint=True)
    floats = bits.view(np.float64)
    floats[~np.isfinite(floats)] = -0.0
    floats[:4] = 5e-324, 0.1 + 0.2, 1.7976931348623157e308, 1e22
    absent = random.random((5, count)) < 0.2
    absent[:, :4] = False
    columns = [
        pa.array(np.arange(count)),
        pa.array(whole, mask=absent[0]),
        pa.array(floats, mask=absent[1]),
        pa.array([TEXTS[at % len(TEXTS)] for at in range(count)]),
        pa.array(whole // 64, mask=absent[3]).cast(pa.timestamp("us", tz="UTC")),
        pa.array(whole % 2 == 0, mask=absent[4]),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=datasets.schema(TABLE))


@pytest.mark.parametrize("form", FORMATS)
def test_every_value_comes_back_exactly(form: str, tmp_path: Path) -> None:
    batch = rows(3_000)
    with formats.FORMATS[form].open(formats.file_of(tmp_path, 0, form), TABLE) as writer:
        for start in range(0, 3_000, 1_000):
            writer.write_batch(batch.slice(start, 1_000))
    assert formats.FORMATS[form].rows(formats.file_of(tmp_path, 0, form), TABLE) == 3_000
    expected = repr(canonical(batch))  # tells -0.0 from 0.0
    files = Files(tmp_path, SimpleNamespace(tables=(TABLE,)), form)  # type: ignore[arg-type]
    frame = PandasSession(files).frames["values"]
    assert repr(canonical(pa.Table.from_pandas(frame, preserve_index=False))) == expected
    for mode in ("lazy", "streaming"):
        session = PolarsSession(files, mode)
        read = session.collect(session.frames["values"])
        assert repr(canonical(read.to_arrow())) == expected, mode
        session.close()


def test_the_parent_process_does_not_import_pandas(tmp_path: Path) -> None:
    import subprocess

    code = f"""
import sys
from pathlib import Path
import bench.engines as engines
from bench.engines.seam import LoadPlan, Place, Settings
from workloads import datasets
for form in ("parquet", "ipc", "csv", "ndjson"):
    settings = Settings(workdir=Path({str(tmp_path)!r}), options={{"format": form}})
    with engines.get("pandas").open(Place(kind="in-process"), settings) as target:
        target.load(LoadPlan(dataset=datasets.get("books"), records=50, seed=1))
        target.dialer(), target.row_count(), target.describe(), target.counters()
print(sorted({{"pandas", "polars"}} & set(sys.modules)))
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_it_says_what_it_does_not_do(tmp_path: Path) -> None:
    engine = engines.get("pandas")
    with pytest.raises(InputError, match="format"):
        engine.check({"format": "orc"})
    with pytest.raises(InputError, match="mode"):
        engine.check({"mode": "lazy"})
    with engine.open(PLACE, Settings(workdir=tmp_path)) as target:
        assert target.describe().settings["mode"] == "eager"
        target.load(LoadPlan(dataset=datasets.get("sales"), records=10, seed=1))
        session = target.dialer().dial()
        with pytest.raises(OperationFailed, match="no table to join"):
            session.bind(Operation(kind="join", weight=1))
        for kind in engine.unsupported:
            with pytest.raises(OperationFailed, match=kind):
                session.bind(Operation(kind=kind, weight=1))
        session.close()
