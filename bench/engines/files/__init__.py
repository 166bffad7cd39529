"""The records as files, for engines that read files: one file a table, in the order of the key.

The files are immutable, so every kind that writes is unsupported there.
"""

from __future__ import annotations

from collections.abc import Mapping

from workloads.errors import InputError
from workloads.spec.model import KINDS

FORMATS = ("parquet", "ipc", "csv", "ndjson")  # the first is the default

_IMMUTABLE = "the files are immutable: one {} would rewrite the file that holds the row"
UNSUPPORTED = {
    "insert": _IMMUTABLE.format("inserted row"),
    "update": _IMMUTABLE.format("changed row"),
    "read-modify-write": _IMMUTABLE.format("changed row"),
    "delete": _IMMUTABLE.format("deleted row"),
    "transaction": "files know no transactions: "
    "a step that writes would rewrite the file that holds the row",
}

KINDS_OF_FILES = frozenset(KINDS).difference(UNSUPPORTED)


ONE_FILE = "the option partitions=N cuts the main table into files that can be dropped"
_MOST_PARTITIONS = 1_000


def expiry_ways(options: Mapping[str, str]) -> Mapping[str, str | None]:
    """How every engine over files can expire rows with these options."""
    return {"rewrite": None, "drop": None if partitions(options) else ONE_FILE}


def partitions(options: Mapping[str, str]) -> int:
    """Into how many files the main table is cut, by key; 0: it is one."""
    text = options.get("partitions", "0")
    if not text.isdecimal() or int(text) > _MOST_PARTITIONS:
        raise InputError(
            f"option partitions: '{text}' is not a number of files",
            hint=f"0 to {_MOST_PARTITIONS}",
        )
    return int(text)


def chosen(options: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """An option that is one of a few words, the first where it is not given; else InputError."""
    word = options.get(name, allowed[0])
    if word not in allowed:
        raise InputError(
            f"option {name}: there is no '{word}'", hint=f"one of {', '.join(allowed)}"
        )
    return word
