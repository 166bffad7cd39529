"""Tests of the advisor say what was measured themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import results.reader
from advisor import demand


@pytest.fixture(autouse=True, scope="module")
def no_shipped_records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """As if no reference records were shipped: a new set of them must not change these tests.

    Of a module, so that it is there before any other fixture of the module asks for them. (The
    scope of a package would last beyond these tests: their folder is no Python package.)
    """
    empty: Path = tmp_path_factory.mktemp("no-reference")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results.reader, "_REFERENCE", empty)
        demand.reference.cache_clear()
        yield empty
    demand.reference.cache_clear()
