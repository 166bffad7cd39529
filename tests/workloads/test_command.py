"""The end of a command line: where its output cannot go, nobody gets a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import click
import pytest

from workloads.command import outcome
from workloads.errors import InputError, Remark

# A buffer's worth fails when it is written, a line when it is flushed at the end.
_COMMANDS = (["bench", "--help"], ["bench", "suites"], ["advisor", "facts"])


def _left(words: list[str], *, stdout: int, stderr: int = subprocess.PIPE) -> tuple[int, str]:
    """Exit code and stderr of a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr or ""


@pytest.mark.parametrize("words", _COMMANDS, ids=" ".join)
def test_a_full_disk_behind_stdout_is_one_line(words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        code, said = _left(words, stdout=full.fileno())
    assert code == 3
    assert said == "error: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize("words", _COMMANDS, ids=" ".join)
def test_a_reader_that_goes_away_ends_a_command_quietly(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert _left(words, stdout=writing) == (0, "")
    finally:
        os.close(writing)


def test_nothing_can_be_said_at_all() -> None:
    with open("/dev/full", "w") as full:
        assert _left(["bench", "suites"], stdout=full.fileno(), stderr=full.fileno())[0] == 3
        assert _left(["bench", "nothing"], stdout=full.fileno(), stderr=full.fileno())[0] == 2


def test_a_closed_stdout_is_not_given_to_the_next_file(tmp_path: Path) -> None:
    script = (
        "import os, sys; os.close(1); sys.stdout = None\n"
        "import click, workloads.command as c\n"
        "@click.command()\n"
        "def command():\n"
        f"    file = open({str(tmp_path / 'kept')!r}, 'w'); os.write(1, b'into nothing')\n"
        "    click.echo('said'); file.write('whole'); file.close()\n"
        "group = click.Group(commands={'do': command}); c.run(group, ['do'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "kept").read_text() == "whole"


@click.group()
def group() -> None:
    pass


@group.command()
def remark() -> None:
    for _ in range(2):
        warnings.warn("one line was left out", Remark, stacklevel=1)


@group.command()
def forbidden() -> None:
    raise PermissionError(13, "Permission denied", "some/file")


@group.command()
def escape() -> None:
    raise InputError("a\x1b[2Jb: wrong\nµ")


@group.command()
def pipe_of_rich() -> None:
    try:
        raise BrokenPipeError
    finally:
        raise SystemExit(1)


@group.command()
def leaving() -> None:
    raise SystemExit(4)


def test_a_remark_is_printed_once_and_fails_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(group, ["remark"]) == 0
    assert capsys.readouterr().err == "warning: one line was left out\n"


def test_what_the_system_refuses_names_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(group, ["forbidden"]) == 3
    assert capsys.readouterr().err == "error: some/file: Permission denied\n"


def test_a_name_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(group, ["escape"]) == 2
    assert capsys.readouterr().err == "error: a?[2Jb: wrong\nµ\n"


def test_libraries_that_leave_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(group, ["pipe-of-rich"]) == 0
    assert capsys.readouterr().err == ""
    with pytest.raises(SystemExit, match="4"):
        outcome(group, ["leaving"])
