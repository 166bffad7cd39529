"""How a fake behaves: its clock, its service times, its failures and its wrong answers.

Everything is a pure function of the request's number, so a run with a virtual clock repeats
itself exactly.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from workloads.errors import InputError


class Clock(Protocol):
    """Time as the fake sees it."""

    def now_ns(self) -> int: ...

    def sleep(self, seconds: float) -> None: ...


class RealClock:
    """The machine's monotonic clock."""

    def now_ns(self) -> int:
        return time.perf_counter_ns()

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)


class VirtualClock:
    """A clock that stands still until someone sleeps. Starts at `start_ns`."""

    def __init__(self, start_ns: int = 0) -> None:
        self._now_ns = start_ns

    def now_ns(self) -> int:
        return self._now_ns

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._now_ns += round(seconds * 1e9)


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its kind, its number in the session (from 0), and when it was sent."""

    kind: str
    number: int
    at_ns: int


ServiceTime = Callable[[Request], float]
Failure = Callable[[Request], str | None]
Fault = Callable[[Request], bool]


@dataclass(frozen=True, slots=True)
class Constant:
    """Every request takes `seconds`."""

    seconds: float

    def __call__(self, request: Request) -> float:  # noqa: ARG002 - one of the shapes
        return self.seconds


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Service times with a median and a spread (standard deviation of the logarithm)."""

    median_s: float
    sigma: float
    seed: int = 1

    def __call__(self, request: Request) -> float:
        draw = random.Random(self.seed * 1_000_003 + request.number)
        return self.median_s * math.exp(self.sigma * draw.gauss(0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Stall:
    """Requests sent while the server stands still (from `from_s` for `for_s`) wait for its end."""

    service: ServiceTime
    from_s: float
    for_s: float

    def __call__(self, request: Request) -> float:
        at_s = request.at_ns / 1e9
        end_s = self.from_s + self.for_s
        waited_s = end_s - at_s if self.from_s <= at_s < end_s else 0.0
        return waited_s + self.service(request)


@dataclass(frozen=True, slots=True)
class Every:
    """Each nth request, and no other; `kinds` limits it to some operation kinds."""

    nth: int
    kinds: frozenset[str] | None = None

    def __call__(self, request: Request) -> bool:
        concerned = self.kinds is None or request.kind in self.kinds
        return concerned and (request.number + 1) % self.nth == 0


@dataclass(frozen=True, slots=True)
class Fails:
    """Requests that `when` picks fail with this kind of failure."""

    when: Fault
    kind: str = "refused"

    def __call__(self, request: Request) -> str | None:
        return self.kind if self.when(request) else None


def never(request: Request) -> bool:  # noqa: ARG001 - one of the shapes of Fault
    """No request."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Service times, failures and wrong answers of a fake."""

    service_time: ServiceTime = Constant(0.0)
    failure: Failure = Fails(never)
    wrong: Fault = never

    @classmethod
    def from_options(cls, options: Mapping[str, str], default: Behaviour) -> Behaviour:
        """Options `service_us`, `fail_every`, `wrong_every` over a default."""
        service, failure, wrong = default.service_time, default.failure, default.wrong
        if "service_us" in options:
            service = Constant(_number(options, "service_us") / 1e6)
        if "fail_every" in options:
            failure = Fails(Every(int(_number(options, "fail_every"))))
        if "wrong_every" in options:
            wrong = Every(int(_number(options, "wrong_every")))
        return cls(service_time=service, failure=failure, wrong=wrong)


def _number(options: Mapping[str, str], name: str) -> float:
    try:
        number = float(options[name])
    except ValueError as error:
        raise InputError(f"option {name}: '{options[name]}' is not a number") from error
    if not number > 0:
        raise InputError(f"option {name}: {options[name]} is not above 0")
    return number
