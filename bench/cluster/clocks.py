"""Moments on one machine's clock as moments on another's.

The offset is measured as NTP does (RFC 5905, sections 8 and 10): a question leaves at `asked`, is
answered with the other's clock `told`, and is back at `heard`. Half way, the other's clock shows

    offset = told - (asked + heard) / 2      wrong by at most (heard - asked) / 2,

whatever way the delay is split between there and back. Of several questions the one with the
shortest delay counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from bench.driver.messages import Begin, Failures, Report, Window

QUESTIONS = 8
# Fields with these names are moments; other numbers of nanoseconds are lengths of time.
_MOMENTS = tuple(field.name for field in fields(Failures) if field.name.endswith("_at_ns"))


@dataclass(frozen=True, slots=True)
class Offset:
    """The other clock shows `ns` more than ours, give or take `error_ns`."""

    ns: int
    error_ns: int


SAME_CLOCK = Offset(0, 0)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question: `asked` and `heard` by our clock, `told` by the other; nanoseconds."""

    asked: int
    told: int
    heard: int

    @property
    def offset(self) -> Offset:
        """What it says of the other clock."""
        return Offset(
            self.told - (self.asked + self.heard) // 2, (self.heard - self.asked + 1) // 2
        )


def best(exchanges: Iterable[Exchange]) -> Offset:
    """The offset of the exchange with the shortest delay.

    >>> best([Exchange(0, 1_050, 100), Exchange(200, 1_210, 220)])
    Offset(ns=1000, error_ns=10)
    """
    return min((exchange.offset for exchange in exchanges), key=lambda found: found.error_ns)


def over(before: Offset, after: Offset) -> Offset:
    """The offset that was in force between two measurements: the first, which the worker was told.

    Its error grows by what the clocks drifted apart, and by the doubt of that.
    """
    drift_ns = max(0, abs(after.ns - before.ns) - before.error_ns - after.error_ns)
    return Offset(before.ns, max(before.error_ns, after.error_ns) + drift_ns)


def to_theirs(message: object, offset: Offset) -> object:
    """A message of ours with its moments by the other clock."""
    if isinstance(message, Begin):
        return Begin(message.at_ns + offset.ns, message.end_ns + offset.ns)
    if isinstance(message, Window):
        return Window(message.from_ns + offset.ns, message.to_ns + offset.ns)
    return message


def to_ours(message: object, offset: Offset) -> object:
    """A message of theirs with its moments by our clock, and how far these may be wrong."""
    if not isinstance(message, Report):
        return message
    for failures in message.failures:
        for name in _MOMENTS:
            setattr(failures, name, getattr(failures, name) - offset.ns)
    started_ns = message.started_ns
    return replace(
        message,
        started_ns=None if started_ns is None else started_ns - offset.ns,
        clock_error_ns=offset.error_ns,
    )
