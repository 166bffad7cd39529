"""Options of the engine: `--option dynamodb.KEY=VALUE`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workloads.errors import InputError

if TYPE_CHECKING:
    from bench.engines.lmdb.capacity import Consistency

DEFAULT_TIMEOUT_S = 10.0
_KNOWN = ("consistency", "region", "read_capacity", "write_capacity", "timeout_s", "empty_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What can be decided about the engine.

    consistency     of reads by key, of ranges and of scans
    region          of the endpoint; None: that of the place, or of the user's configuration
    read_capacity   provisioned units per second of each table and index; None: on demand
    write_capacity  likewise
    timeout_s       how long an answer is waited for
    empty_text      how an empty text is kept: as it is, or as null where a server takes none (the
                    service and its stand-ins took none before May 2020)
    """

    consistency: Consistency = "eventual"
    region: str | None = None
    read_capacity: int | None = None
    write_capacity: int | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S
    empty_text: Literal["text", "null"] = "text"

    @property
    def provisioned(self) -> bool:
        return self.read_capacity is not None


def options_of(given: Mapping[str, str]) -> Options:
    """Read the options. InputError names the first that is wrong."""
    from bench.engines import require_options

    require_options("dynamodb", given, *_KNOWN)
    if ("read_capacity" in given) != ("write_capacity" in given):
        raise InputError(
            "provisioned capacity is given for reads or for writes only",
            hint="give both, --option dynamodb.read_capacity=100"
            " --option dynamodb.write_capacity=50, or none: on demand",
        )
    return Options(
        consistency="strong"
        if _choice(given, "consistency", "eventual", "strong") == "strong"
        else "eventual",
        region=None if "region" not in given else region_of(given["region"]),
        read_capacity=_units(given, "read_capacity"),
        write_capacity=_units(given, "write_capacity"),
        timeout_s=_seconds(given.get("timeout_s")),
        empty_text="null" if _choice(given, "empty_text", "text", "null") == "null" else "text",
    )


def region_of(text: str) -> str:
    """The name of a region. InputError when it is none: it becomes part of a host's name."""
    parts = text.split("-")
    if len(parts) < 3 or not parts[-1].isdigit() or not all(p.isalpha() for p in parts[:-1]):
        raise InputError(f"'{text}' is no AWS region", hint="write dynamodb@aws:us-east-1")
    return text


def _choice(given: Mapping[str, str], name: str, *allowed: str) -> str:
    value = given.get(name, allowed[0])
    if value not in allowed:
        raise InputError(
            f"option '{name}' is '{value}'", hint=f"{name} is one of: {', '.join(allowed)}"
        )
    return value


def _units(given: Mapping[str, str], name: str) -> int | None:
    if name not in given:
        return None
    text = given[name]
    if not text.isdecimal() or not 1 <= int(text) <= 40_000:
        raise InputError(
            f"option '{name}' is '{text}'", hint=f"{name} is units per second, 1 to 40000"
        )
    return int(text)


def _seconds(text: str | None) -> float:
    if text is None:
        return DEFAULT_TIMEOUT_S
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 3_600:
        raise InputError(
            f"option 'timeout_s' is '{text}'", hint="timeout_s is seconds, more than 0 up to 3600"
        )
    return value
