"""Two sides of one run, measured one beside the other: `bench run … --versus WHAT`.

The first side is what the command line asks for; the second differs in what follows `--versus`:

engine=TARGET        another engine, version or place
durability=relaxed   another durability
KEY=VALUE            another setting of the engine, as `--option` gives it
same                 nothing: what is then shown as a difference is the method's own error

Both sides are started, loaded and kept open. Every trial of one side is followed by the same
trial of the other, with the same stream of operations; which goes first is drawn for every second
repetition and reversed in the next (A B B A or B A A B), so that neither a drift of the machine
nor a rhythm of it favours a side.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from results.manifest import without_passwords
from workloads.errors import InputError

if TYPE_CHECKING:
    from bench.engines.seam import Durability
    from bench.runner.request import Request
    from results.manifest import PlannedTrial

SAME = "same"
# Pairs that are made when nobody says how many: differences of 10 % are found in eight on a quiet
# machine, and in about two of three cases on one with noisy neighbours (results.significance).
PAIRS = 8

_FORMS = "engine=TARGET, durability=relaxed, KEY=VALUE (a setting of the engine), or same"
_DURABILITIES: tuple[Durability, ...] = ("full", "relaxed")


def variant(request: Request) -> str | None:
    """What the second side's records are marked with; None when there is no second side."""
    return ", ".join(without_passwords(request.versus)) or None


def second(request: Request) -> Request:
    """The request of the second side. InputError when `--versus` cannot be meant."""
    side = replace(request, versus=())
    for text in request.versus:
        key, equals, value = (part.strip() for part in text.partition("="))
        if text == SAME and len(request.versus) == 1:
            continue
        if not (key and equals and value):
            raise InputError(f"--versus {text}: this is no difference", hint=f"write {_FORMS}")
        if key == "engine":
            side = replace(side, engines=(value,))
        elif key == "durability":
            side = replace(side, durability=_durability(value))
        else:
            side = replace(side, options=(*side.options, text))
    return side


def check(request: Request) -> None:
    """InputError for two sides that cannot be meant."""
    if not request.versus:
        return
    side = second(request)
    if request.versus != (SAME,) and side == replace(request, versus=()):
        raise InputError(
            f"--versus {request.versus[0]}: both sides are the same",
            hint="if that is meant, to see the method's own error, write --versus same",
        )
    if side.engines != request.engines and len(request.engines) != 1:
        raise InputError(
            "--versus engine=…: name the one engine that it is compared with",
            hint="for instance --engine postgresql@embedded:18 --versus engine=postgresql@embedded:16",
        )
    if request.repeat is not None and request.repeat < 2:
        raise InputError(
            "--versus needs at least 2 repetitions, better 8 or more",
            hint=f"without --repeat there are {PAIRS}",
        )


def request_of(request: Request, planned: PlannedTrial) -> Request:
    """What was asked of the side that a trial belongs to."""
    return request if planned.variant is None else second(request)


def stream_number(request: Request, planned: PlannedTrial) -> int:
    """The number that a trial's stream of operations follows from: that of its pair."""
    return (planned.number + 1) // 2 if request.versus else planned.number


def turns(repetitions: int, *, seed: int, slot: int) -> Iterator[bool]:
    """For each repetition, whether the second side goes first.

    >>> list(turns(4, seed=1, slot=0))
    [False, True, True, False]
    """
    drawn = random.Random(f"{seed}:{slot}")  # a text, so that no two slots have related streams
    second_first = False
    for repetition in range(repetitions):
        second_first = not second_first if repetition % 2 else drawn.random() < 0.5
        yield second_first


def _durability(value: str) -> Durability:
    for known in _DURABILITIES:
        if value == known:
            return known
    raise InputError(
        f"--versus durability={value}: there is no such durability",
        hint=f"one of {', '.join(_DURABILITIES)}",
    )
