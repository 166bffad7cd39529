"""Documents are held against the code: reference pages, commands, links."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path

import click
import pytest

import advisor.__main__
import bench.__main__

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
GROUPS = {"bench": bench.__main__.group, "advisor": advisor.__main__.group}


def test_reference_pages_say_what_the_code_says() -> None:
    pages = runpy.run_path(str(ROOT / "docs/generate.py"))["pages"]()
    stale = [n for n, text in pages.items() if (ROOT / "docs/reference" / n).read_text() != text]
    assert not stale, "run make docs"


def command_lines() -> list[tuple[str, str]]:
    """(page, line) of every storefit command in a code block or in backticks."""
    found = []
    for page in PAGES:
        if page.parent.name == "reference":
            continue
        text = page.read_text()
        blocks = re.findall(r"```(?:sh|console|bash)\n(.*?)```", text, re.DOTALL)
        lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
        lines += re.findall(r"`((?:bench|advisor) [^`]+)`", text)
        for line in lines:
            line = line.split("#")[0].split(">")[0].strip().removeprefix(".venv/bin/")
            if line.split(" ")[0] in GROUPS:
                found.append((page.name, line))
    return found


@pytest.mark.parametrize(("page", "line"), command_lines())
def test_commands_in_documents_parse(page: str, line: str) -> None:
    program, *arguments = shlex.split(line.replace("…", "").replace("[", "").replace("]", ""))
    group = GROUPS[program]
    context = click.Context(group, info_name=program)
    if arguments[0].startswith("--"):
        return
    assert arguments[0] in group.list_commands(context), f"{page}: {line}"
    command = group.get_command(context, arguments[0])
    assert command is not None
    known = {opt for p in command.params for opt in (*p.opts, *p.secondary_opts)} | {"--help"}
    used = {a.split("=")[0] for a in arguments[1:] if a.startswith("--")}
    assert used <= known, f"{page}: {line}: {used - known}"


def test_links_to_files_lead_somewhere() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken


def test_make_targets_in_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {t for p in PAGES for t in re.findall(r"`make ([a-z0-9-]+)", p.read_text())}
    assert named <= targets
