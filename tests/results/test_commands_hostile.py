"""Hostile arguments: whatever is named, a command says what is wrong where, and never traces back.

A traceback is an exception that leaves `outcome`, so these tests need no process of their own.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from samples import Sketch, record

from bench.__main__ import group
from results.lines import encode
from workloads.command import outcome

GOOD = encode(record(Sketch(duration_s=2.0)))
ODD_NAME = "<b>ünïcode\n'run'"
# What `{…}` stands for in the arguments below, made in a directory of its own.
CONTENTS = {
    "binary": bytes(range(256)) * 40,
    "nothing": b"",
    "newer": GOOD.replace(b'"schema":1', b'"schema":99', 1),
    "huge": re.sub(rb'"cpu_s":[^,]+', b'"cpu_s":1e308', GOOD, count=1),
    "list": b"[]\n",
    "deep": b"[" * 100_000,
    "workload": b"schema: 1\nname: x\n",
}
_HUGE = "9" * 400


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hostile")
    for name, content in CONTENTS.items():
        (place / name).write_bytes(content)
    (place / "empty").mkdir()
    (place / "planned").mkdir()
    (place / "planned" / "run.json").write_bytes(b'{"schema": 1}')
    (place / "odd" / ODD_NAME).mkdir(parents=True)
    (place / "odd" / ODD_NAME / "records.ndjson").write_bytes(b"\x00\x01\n")
    (place / "answered").mkdir()
    (place / "answered" / "records.ndjson").write_bytes(GOOD)
    (place / "answered" / "answers.json").write_bytes(b"\xff")
    (place / "good").mkdir()
    (place / "good" / "records.ndjson").write_bytes(GOOD)
    return place


_READERS = (["show"], ["compare"], ["report", "--out", "{place}/page"], ["resume"])
_WRONG = (
    "{place}/missing",
    "{place}/empty",
    "{place}/planned",
    "{place}/odd",
    "/dev/null",
    "/proc",
)
_CASES = [
    *([*command, f"{{place}}/{name}"] for command in _READERS for name in CONTENTS),
    *([*command, path] for command in _READERS for path in _WRONG),
    ["show", "{place}/answered"],
    ["show", "{place}/good/records.ndjson/below"],
    ["show", "x" * 5_000],
    ["show", "\udcff\udcfe"],
    ["compare", "{place}/good", "{place}/good"],
    ["compare", "{place}/good"],
    ["compare", "{place}/good", "{place}/good", "{place}/good"],
    ["compare", "{place}/good", "{place}/empty", "--least-effect", "-1"],
    ["compare", "{place}/good", "{place}/empty", "--least-effect", _HUGE],
    ["compare", "{place}/good", "{place}/empty", "--least-effect", "nan"],
    ["report", "{place}/good", "--out", "{place}/binary"],
    ["report", "{place}/good", "--out", "{place}/binary/below"],
    ["report", "{place}/good", "--out", "/proc/nothing"],
    ["report", "{place}/good", "--out", "x" * 5_000],
    *(["run", f"{{place}}/{name}"] for name in (*CONTENTS, "missing", "empty")),
    ["run", "noop\n<b>"],
    ["run", "\udcff"],
    *(
        ["run", "session-store", "--engine", engine]
        for engine in ("nothing", "noop@moon", "noop@", "@", "", "postgresql://", "noop\n<b>")
    ),
    *(
        ["run", "session-store", "--engine", "noop", *words, "--results", "{place}/results"]
        for words in (
            ["--repeat", _HUGE],
            ["--repeat", "0"],
            ["--repeat", "-1"],
            ["--duration", "nan"],
            ["--duration", "-1"],
            ["--duration", _HUGE],
            ["--scale", "0"],
            ["--scale", "inf"],
            ["--seed", _HUGE],
            ["--load", "closed:0"],
            ["--load", f"closed:{_HUGE}"],
            ["--load", f"open:{_HUGE}/s"],
            ["--load", "open:nan/s"],
            ["--load", "search:p99<0ms"],
            ["--load", "\x00"],
            ["--option", "="],
            ["--option", "nothing.a=b"],
            ["--versus", "engine="],
            ["--versus", "\n"],
        )
    ),
    ["run", "session-store", "--engine", "noop", "--results", "{place}/binary"],
    ["run", "session-store", "--engine", "noop", "--results", "/proc/nothing"],
    ["doctor", "--results", "{place}/binary", "--nothing"],
    ["engines", "too many"],
]


@pytest.mark.parametrize("words", _CASES, ids=repr)
def test_hostile_arguments_are_one_clear_error(
    words: list[str], place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = outcome(group, [word.replace("{place}", str(place)) for word in words])
    said = capsys.readouterr().err
    assert code in (2, 3), (words, code, said)
    assert "error" in said.casefold(), said


def test_each_error_names_its_place(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, said in (
        ("binary", "binary:1: this line is not a record"),
        ("nothing", "nothing: no records yet"),
        ("newer", "newer:1: the record is of version 99"),
        ("huge", "huge:1: this line is not a record: 1e308 is beyond all measure"),
        ("missing", "missing: there is no such file or directory"),
        ("empty", "empty: no run in this directory"),
        ("answered", "answers.json: these are not the answers of a run"),
    ):
        assert outcome(group, ["show", str(place / name)]) == 2
        error = capsys.readouterr().err
        assert f"error: {place}/" in error
        assert said in error


def test_what_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As root everything may be read, so the refusal is made here."""
    (tmp_path / "records.ndjson").write_bytes(GOOD)

    def refused(self: Path, *_: object) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refused)
    for command in (["show"], ["compare"], ["report", "--out", str(tmp_path)]):
        assert outcome(group, [*command, str(tmp_path)]) == 2
        assert "records.ndjson: cannot be read: Permission denied" in capsys.readouterr().err


def test_a_full_disk_leaves_no_part_of_a_page(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: the error comes in mid-write."""
    script = (
        "import resource, sys; from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "import click; from bench.commands.report import write; import workloads.command as c\n"
        "page = Path(sys.argv[1]) / 'out' / 'index.html'\n"
        "write('whole', page)\n"
        "@click.command()\n"
        "def do():\n"
        "    write('x' * 100_000, page)\n"
        "c.run(click.Group(commands={'do': do}), ['do'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert f"error: {tmp_path}/out/index.html: cannot be written: File too large" in done.stderr
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["index.html"]
    assert (tmp_path / "out" / "index.html").read_text() == "whole"
