"""Tests of the advisor say what was measured themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import results.reader
from advisor import demand


@pytest.fixture(autouse=True, scope="package")
def no_shipped_records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """As if no reference records were shipped: a new set of them must not change these tests.

    Of the whole package, so that it is there before any fixture of a module asks for them.
    """
    empty: Path = tmp_path_factory.mktemp("no-reference")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results.reader, "_REFERENCE", empty)
        demand.reference.cache_clear()
        yield empty
    demand.reference.cache_clear()
