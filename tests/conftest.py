"""Settings of all tests: a busy machine makes hypothesis slow, not wrong. A server for some."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from dynamodb_local import dynamodb_endpoint  # noqa: F401 - a fixture
from hypothesis import HealthCheck, settings

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

# MySQL as `make mysql-9` unpacks it, unless a variable names another.
MYSQLD = Path(sys.prefix) / "mysql-9" / "usr" / "sbin" / "mysqld"
if MYSQLD.exists():
    os.environ.setdefault("STOREFIT_MYSQLD", str(MYSQLD))

# Facts are those of the package: a refresh of this machine's user must not change an answer.
os.environ["STOREFIT_FACTS"] = os.path.join(os.sep, "nonexistent", "storefit-facts")

ROOT = "PYTEST_DEBUG_TEMPROOT"
_made: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    """Temporary directories below one of this session's own, open for passage.

    pytest's common root is closed to other accounts whenever a session starts, also while the
    servers of another session run in it under an account of their own.
    """
    if hasattr(config, "workerinput") or config.option.basetemp or ROOT in os.environ:
        return
    os.environ[ROOT] = tempfile.mkdtemp(prefix="storefit-tests-")
    _made.append(os.environ[ROOT])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What judges by a clock is tried again: a neighbour may have had the processor meanwhile."""
    for item in items:
        if item.get_closest_marker("timing") or item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.flaky(reruns=2))


def pytest_unconfigure() -> None:
    while _made:
        shutil.rmtree(_made.pop(), ignore_errors=True)
