"""Passwords among the arguments are overwritten where the system shows them, and nothing else is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.targets.title import places

SHOW = """
import sys
from pathlib import Path
from bench.targets.title import hide_passwords

hide_passwords()
sys.stdout.buffer.write(Path("/proc/self/cmdline").read_bytes())
assert sys.argv[2] == "postgresql://me:w0rd@host/db"
"""


def test_the_system_shows_stars() -> None:
    argv = [sys.executable, "-c", SHOW, "--engine", "postgresql://me:w0rd@host/db", "--json"]
    shown = subprocess.run(argv, capture_output=True, check=True).stdout.split(b"\0")
    assert shown[3:] == [b"--engine", b"postgresql://me:****@host/db", b"--json", b""]


@pytest.mark.parametrize(
    ("argument", "secrets"),
    [
        ("mysql://me:word@host:3306/db", ["word"]),
        ("mysql@mysql://me:p@ss/:w@host/db", ["p@ss/:w"]),
        ("postgresql://me@host/db?password=word&sslmode=require", ["word"]),
        ("postgresql://me@host:5432/db", []),
        ("dynamodb@http://localhost:8000", []),
        ("read:5,update:3", []),
        ("--password=word", ["word"]),
    ],
)
def test_where_passwords_are(argument: str, secrets: list[str]) -> None:
    shown = b"bench\0" + argument.encode() + b"\0"
    assert [shown[first:last].decode() for first, last in places(shown)] == secrets
