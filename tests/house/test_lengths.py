"""Modules and functions stay short enough to read at one sitting."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("workloads", "results", "bench", "advisor", "tests")
MODULES = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def test_modules_are_at_most_500_lines() -> None:
    long = {str(p.relative_to(ROOT)): n for p in MODULES if (n := p.read_text().count("\n")) > 500}
    assert not long


def test_functions_are_at_most_70_lines() -> None:
    long = []
    for path in MODULES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, FUNCTION) and (node.end_lineno or 0) - node.lineno + 1 > 70:
                long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert not long


def test_product_functions_take_at_most_five_positional_parameters() -> None:
    wide = []
    for path in MODULES:
        if "tests" in path.relative_to(ROOT).parts:
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, FUNCTION):
                decorated = any("option" in ast.dump(d) for d in node.decorator_list)
                count = len(node.args.posonlyargs) + len(node.args.args)
                if count > 6 and not decorated:
                    wide.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {count}")
    assert not wide


def test_no_catch_all_module_names() -> None:
    banned = {"utils", "helpers", "common", "manager", "misc"}
    assert not [p for p in MODULES if p.stem in banned]


def test_modules_and_public_things_say_what_they_are() -> None:
    silent = []
    for path in MODULES:
        tree = parsed(path)
        where = path.relative_to(ROOT)
        if tree.body and not ast.get_docstring(tree) and where.parts[0] != "tests":
            silent.append(str(where))
    assert not silent


def test_nothing_is_left_undone() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error")
    left = [
        f"{p.relative_to(ROOT)}: {word}" for p in MODULES for word in words if word in p.read_text()
    ]
    assert not left
