"""Tests of the advisor say what was measured themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import results.reader


@pytest.fixture(autouse=True)
def no_shipped_records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """As if no reference records were shipped: a new set of them must not change these tests."""
    empty: Path = tmp_path_factory.getbasetemp() / "no-reference"
    empty.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results.reader, "_REFERENCE", empty)
        yield empty
