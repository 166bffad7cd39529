"""Records in the form in which they are shipped: smaller, and otherwise what was measured."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from results import store
from results.reader import read


def test_nothing_but_the_series_gets_shorter(tmp_path: Path) -> None:
    of_one = [r for r in store.reference() if r.workload.name == "ycsb-b"]
    names = ",".join(sorted({r.workload.name for r in of_one}))
    source = next(Path(store.__file__).parent.glob(f"reference/{names}.ndjson"))
    command = [sys.executable, "-m", "results.shipping", str(source), "--to", str(tmp_path)]
    made = subprocess.run([*command, "--points", "2"], capture_output=True, text=True, check=True)
    assert f"{len(of_one)} records" in made.stdout
    found = read(tmp_path)
    assert [replace(r, series=()) for r in found] == [replace(r, series=()) for r in of_one]
    for small, whole in zip(found, of_one, strict=True):
        assert len(small.series) <= 2
        done = (sum(second.operations for second in r.series) for r in (small, whole))
        assert len(set(done)) == 1


def test_a_wrong_path_is_said(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "results.shipping",
        str(tmp_path / "no"),
        "--to",
        str(tmp_path),
    ]
    made = subprocess.run(command, capture_output=True, text=True)
    assert made.returncode == 2
    assert "Traceback" not in made.stderr
