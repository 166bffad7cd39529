"""Both sides in turn: ours, theirs, theirs, ours, and so on, so that a drift of the machine hits both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """What one side did in one round: a rate (or what is compared), client CPU s per operation."""

    value: float
    cpu_s: float | None = None


Side = Callable[[], Sample]


def alternate(ours: Side, peer: Side, rounds: int) -> list[tuple[Sample, Sample]]:
    """`rounds` pairs (ours, peer's); the side that goes first changes every round."""
    pairs = []
    for number in range(rounds):
        if number % 2:
            second = peer()
            pairs.append((ours(), second))
        else:
            first = ours()
            pairs.append((first, peer()))
    return pairs
