"""The hot paths of bench/hot_paths under pytest-benchmark: `make bench`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import bench.hot_paths

pytestmark = pytest.mark.perf


def methods() -> Iterator[Any]:
    for found in pkgutil.iter_modules(bench.hot_paths.__path__):
        module = importlib.import_module(f"bench.hot_paths.{found.name}")
        for _, suite in inspect.getmembers(module, inspect.isclass):
            if suite.__module__ != module.__name__:
                continue
            for name in dir(suite):
                if name.startswith("time_"):
                    yield pytest.param(suite, name, id=f"{suite.__name__}.{name[5:]}")


@pytest.mark.parametrize(("suite", "name"), list(methods()))
def test_hot_path(suite: type, name: str, benchmark: Callable[[Callable[[], None]], None]) -> None:
    case = suite()
    case.setup()
    try:
        benchmark(getattr(case, name))
    finally:
        getattr(case, "teardown", lambda: None)()
