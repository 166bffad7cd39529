"""Engines are found, named, and asked for by text; nothing secret comes back in an error."""

from __future__ import annotations

import subprocess
import sys

import pytest

import bench.engines as engines
from bench.engines.seam import Place
from workloads.errors import InputError
from workloads.spec.model import KINDS

HEAVY = ("numpy", "pyarrow", "polars", "pandas", "lmdb", "psycopg", "boto3", "MySQLdb", "docker")


def test_every_engine_has_a_word_on_every_kind() -> None:
    for name in engines.names(hidden=True):
        engine = engines.get(name)
        assert engine.name == name
        assert engine.title
        assert engine.places
        assert engine.kinds | set(engine.unsupported) == set(KINDS)
        assert not engine.kinds & set(engine.unsupported)
        assert all(len(reason) > 20 for reason in engine.unsupported.values())


def test_hidden_engines_are_found_by_name_only() -> None:
    assert "noop" in engines.names()
    assert set(engines.names()) <= set(engines.names(hidden=True))


def test_listing_imports_no_driver_and_no_array_library() -> None:
    code = (
        "import sys, bench.engines as e; e.names(); "
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_a_name_alone_is_the_default_place() -> None:
    engine, place = engines.parse_target("noop")
    assert (engine.name, place) == ("noop", Place(kind="in-process"))
    assert engines.parse_target("  noop@in-process ")[1] == place
    assert engines.parse_target("noop@in-process:2")[1].version == "2"
    assert engines.parse_target("noop@in-process:/a/b")[1].address == "/a/b"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("nop", "no engine 'nop'", "did you mean 'noop'?"),
        ("zzz", "no engine 'zzz'", "engines:"),
        ("", "no engine ''", "engines:"),
        ("noop@in-proces", "does not run at 'in-proces'", "did you mean 'in-process'?"),
        ("noop@in-process:", "nothing follows", "noop@in-process"),
        ("noop://host/db", "at a DSN", "places of noop"),
        ("noop@http://host", "at a DSN", "places of noop"),
    ],
)
def test_a_wrong_target_is_one_clear_error(text: str, message: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        engines.parse_target(text)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "text",
    ["nop://me:secret@h/d", "noop://me:secret@h/d", "me:secret@h/d", "noop@http://me:secret@h"],
)
def test_a_password_is_not_repeated(text: str) -> None:
    with pytest.raises(InputError) as caught:
        engines.parse_target(text)
    assert "secret" not in caught.value.message + caught.value.hint
