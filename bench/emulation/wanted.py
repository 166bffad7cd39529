"""What a person writes after `--emulate`, and what it stands for.

gp3                          one zone: its flush, and the network within a zone
gp3,zones=2                  the client in another zone, and each flush also waits for a copy there
io2,network=0.3ms            with a round trip of one's own; network=0 leaves the network as it is
gp3,flush=1.2ms              with a flush of one's own

A copy in another zone costs each flush one round trip between zones and one more flush there, as
the advisor assumes of synchronous copies.
"""

from __future__ import annotations

import csv
import difflib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workloads.errors import InputError
from workloads.spec.units import format_seconds, parse_seconds

FORMS = "gp3, io2, nvme, gp3,zones=2, gp3,network=0.3ms, gp3,flush=1.2ms"
_FILE = Path(__file__).with_name("figures.csv")
_MILLI = 1e-3
# PostgreSQL's own bound on commit_delay, the lowest of the engines'.
_LONGEST_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table, in seconds."""

    name: str
    quantity: str
    value_s: float
    low_s: float
    high_s: float
    source: str
    date: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Storage and network to emulate.

    text          the canonical form of what was asked for
    flush_s       what one flush of a commit is to take, with its copy where there is one
    round_trip_s  what is added to each exchange with the store
    sources       where the figures are from, one sentence each
    """

    text: str
    flush_s: float
    round_trip_s: float
    sources: tuple[str, ...]


@cache
def figures() -> tuple[Figure, ...]:
    """The table, in its order."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Figure(
                name=row["name"],
                quantity=row["quantity"],
                value_s=float(row["value"]) * _MILLI,
                low_s=float(row["low"]) * _MILLI,
                high_s=float(row["high"]) * _MILLI,
                source=row["source"],
                date=row["date"],
                note=row["note"],
            )
            for row in csv.DictReader(file)
        )


def storages() -> tuple[str, ...]:
    """Names of the kinds of storage."""
    return tuple(figure.name for figure in figures() if figure.quantity == "flush")


def parse(text: str) -> Wanted:
    """Read what is to be emulated. InputError says what is wrong and what there is.

    >>> wanted = parse("gp3")
    >>> round(wanted.flush_s * 1e3, 2), round(wanted.round_trip_s * 1e3, 2)
    (0.88, 0.45)
    >>> parse(" io2 , zones=2").text
    'io2,zones=2'
    """
    name, *settings = (part.strip() for part in text.split(","))
    if name not in storages():
        near = difflib.get_close_matches(name, storages(), n=1)
        guess = f"did you mean '{near[0]}'? " if near else ""
        raise InputError(f"--emulate {text}: there is no storage '{name}'", hint=_hint(guess))
    zones, own = 1, {}
    for setting in settings:
        key, equals, value = (part.strip() for part in setting.partition("="))
        if key == "zones" and value in ("1", "2"):
            zones = int(value)
        elif key in ("flush", "network") and equals:
            own[key] = _seconds(text, key, value)
        else:
            raise InputError(
                f"--emulate {text}: '{setting}' cannot be meant",
                hint=_hint("after the storage: zones=1 or 2, network=TIME, flush=TIME; "),
            )
    flush = _figure(name)
    between = _figure("between-zones")
    network = between if zones == 2 else _figure("within-zone")
    flush_s = own.get("flush", flush.value_s)
    used = [figure for key, figure in (("flush", flush), ("network", network)) if key not in own]
    if zones == 2:
        flush_s += between.value_s + flush_s
        used.append(between)
    words = [name, *(["zones=2"] if zones == 2 else [])]
    words += [f"{key}={_text(own[key])}" for key in ("network", "flush") if key in own]
    return Wanted(
        text=",".join(words),
        flush_s=flush_s,
        round_trip_s=own.get("network", network.value_s),
        sources=tuple(dict.fromkeys(_source(figure) for figure in used)),
    )


def canonical(text: str | None) -> str | None:
    """The form that is the same for all ways to write the same; None: nothing was asked for."""
    return None if text is None else parse(text).text


def _figure(name: str) -> Figure:
    return next(figure for figure in figures() if figure.name == name)


def _source(figure: Figure) -> str:
    return (
        f"{figure.name} {figure.quantity.replace('_', ' ')} {figure.value_s * 1e3:g} ms "
        f"({figure.low_s * 1e3:g} to {figure.high_s * 1e3:g}): {figure.source}, {figure.date}"
    )


def _seconds(text: str, key: str, value: str) -> float:
    try:
        seconds = 0.0 if value == "0" else parse_seconds(value)
    except ValueError as error:
        raise InputError(f"--emulate {text}: {key}: {error}", hint=_hint()) from error
    if not 0 <= seconds <= _LONGEST_S:
        raise InputError(
            f"--emulate {text}: {key} may be 0 to {format_seconds(_LONGEST_S)}", hint=_hint()
        )
    return seconds


def _text(seconds: float) -> str:
    return format_seconds(seconds).replace(" ", "") if seconds else "0"


def _hint(before: str = "") -> str:
    return f"{before}write {FORMS}"
