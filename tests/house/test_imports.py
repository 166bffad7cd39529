"""Imports go one way: workloads <- results <- bench, and workloads <- results <- advisor."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = {
    "workloads": {"workloads"},
    "results": {"workloads", "results"},
    "bench": {"workloads", "results", "bench"},
    "advisor": {"workloads", "results", "advisor"},
}
MODULES = sorted(p for room in ALLOWED for p in (ROOT / room).rglob("*.py"))


def imported_rooms(source: str) -> set[str]:
    """Rooms that a module imports from, wherever in it the import stands."""
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            rooms |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            rooms.add((node.module or "").split(".")[0])
    return rooms & set(ALLOWED)


def test_there_is_something_to_check() -> None:
    assert len(MODULES) > 50


@pytest.mark.parametrize("room", ALLOWED)
def test_rooms_import_one_way(room: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {other}"
        for path in (ROOT / room).rglob("*.py")
        for other in imported_rooms(path.read_text()) - ALLOWED[room]
    }
    assert not wrong


def test_a_forbidden_import_is_seen() -> None:
    assert imported_rooms("def f():\n    from bench.engines import get\n") == {"bench"}


def test_generic_modules_name_no_engine_and_no_service() -> None:
    """Only an engine's own folder, its target, data tables and the advisor's services name one."""
    names = {"postgresql", "lmdb", "polars", "mysql", "mariadb"}
    generic = [ROOT / "bench/driver", ROOT / "bench/runner", ROOT / "results", ROOT / "workloads"]
    wrong = []
    for folder in generic:
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Compare) and any(
                    isinstance(c, ast.Constant) and c.value in names
                    for c in [node.left, *node.comparators]
                ):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not wrong
