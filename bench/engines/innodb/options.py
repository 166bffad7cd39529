"""What a person may set for these engines (`Settings.options`), read and checked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bench.engines.innodb import drivers
from workloads.errors import InputError

_SERVER_PREFIX = "set."
_KNOWN = (
    "connection",
    "driver",
    "format",
    "partitions",
    "port",
    "protocol",
    "statement_timeout_s",
)
_FORMATS = ("workload", "relational", "document")
_WHOLE = frozenset({"partitions", "port"})
_MOST_PARTITIONS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Choices for a target.

    tcp                  own servers listen on loopback TCP with a password, not on a Unix socket
    port                 that TCP port; None: a free one
    driver               the client library; None: the first that is installed
    through_driver       send requests as text through the library even where its socket could
                         be used
    document             each row is a JSON document in a column, or (`format=relational`) is columns;
                         None, or `format=workload`: as the workload's data.format says
    partitions           cut the main table by key into so many partitions, to expire what is old by
                         dropping one; 0: one table
    statement_timeout_s  longest time one statement may take, by the server's own clock; None: no
                         limit, as the server's clock costs every statement some microseconds
    server               further server options of own servers (`set.NAME`)
    """

    tcp: bool = False
    port: int | None = None
    driver: str | None = None
    through_driver: bool = False
    document: bool | None = None
    partitions: int = 0
    statement_timeout_s: float | None = None
    server: Mapping[str, str]


def options_of(given: Mapping[str, str]) -> Options:
    """Read the options. InputError names the first that is wrong."""
    for name in given:
        if name not in _KNOWN and not name.startswith(_SERVER_PREFIX):
            near = difflib.get_close_matches(name, _KNOWN, n=1)
            raise InputError(
                f"this engine has no option '{name}'",
                hint=(f"did you mean '{near[0]}'? " if near else "")
                + f"options: {', '.join(_KNOWN)}, {_SERVER_PREFIX}NAME for a server option",
            )
    port = given.get("port")
    limit = given.get("statement_timeout_s")
    stored = _choice(given, "format", *_FORMATS)
    partitions = given.get("partitions", "0")
    return Options(
        tcp=_choice(given, "connection", "socket", "tcp") == "tcp" or port is not None,
        port=None if port is None else int(_number("port", port, most=65_535)),
        driver=_choice(given, "driver", *drivers.KNOWN) if "driver" in given else None,
        through_driver=_choice(given, "protocol", "prepared", "text") == "text",
        document=None if stored == "workload" else stored == "document",
        partitions=0
        if partitions == "0"
        else int(_number("partitions", partitions, most=_MOST_PARTITIONS)),
        statement_timeout_s=(
            None if limit is None else _number("statement_timeout_s", limit, most=86_400)
        ),
        server=dict(_server_options(given)),
    )


def _choice(given: Mapping[str, str], name: str, *allowed: str) -> str:
    value = given.get(name, allowed[0])
    if value not in allowed:
        raise InputError(
            f"option '{name}' is '{value}'", hint=f"{name} is one of: {', '.join(allowed)}"
        )
    return value


def _number(name: str, text: str, *, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= most or (name in _WHOLE and value != int(value)):
        raise InputError(f"option '{name}' is '{text}'", hint=f"{name} is a number up to {most:g}")
    return value


def _server_options(given: Mapping[str, str]) -> list[tuple[str, str]]:
    found = []
    for key, value in given.items():
        name = key.removeprefix(_SERVER_PREFIX)
        if key == name:
            continue
        if not re.fullmatch(r"[a-z_][a-z0-9_.-]*", name) or not value.isprintable():
            raise InputError(
                f"'{key}' is no server option", hint=f"write {_SERVER_PREFIX}sort_buffer_size=1M"
            )
        found.append((name.replace("-", "_"), value))
    return found
