"""The interpreter's lock is handed over sooner while data are loaded, and as before afterwards."""

from __future__ import annotations

import sys

import pytest

from bench.engines.interpreter import handed_over_quickly


def fails(before: float) -> None:
    with handed_over_quickly():
        with handed_over_quickly():
            pass
        assert sys.getswitchinterval() < before
        raise RuntimeError("full")


def test_it_is_as_before_afterwards_also_when_loading_fails() -> None:
    before = sys.getswitchinterval()
    with pytest.raises(RuntimeError, match="full"):
        fails(before)
    assert sys.getswitchinterval() == pytest.approx(before)
