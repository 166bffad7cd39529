"""The records in results/reference: readable, named, and mostly evidence."""

from __future__ import annotations

from pathlib import Path

import results
from results import store
from results.reader import read

MOST_REFUSED = 0.2


def test_shipped_records_are_of_one_machine_and_mostly_evidence() -> None:
    found = store.reference()
    assert {record.engine.name for record in found} >= {"postgresql", "lmdb", "polars"}
    assert {record.workload.name for record in found} >= {"book-store", "session-store"}
    assert len({record.environment.cpu_model for record in found}) == 1
    refused = [r for r in found if any(f.level == "error" for f in r.findings)]
    assert len(refused) <= MOST_REFUSED * len(found)


def test_shipped_records_pass_every_look_that_other_records_get() -> None:
    assert read(Path(results.__file__).parent / "reference") == store.reference()
