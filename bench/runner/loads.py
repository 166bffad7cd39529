"""How requests are offered, as written on the command line.

closed:8                    8 clients, each sends its next request when the answer is there
closed:8,think=10ms         and waits so long after each answer
open:2000/s                 2,000 requests a second, independent of each other (Poisson)
open:2000/s,constant        at equal distances
open:trace                  at the rates of the workload's trace, from its beginning on
open:trace,whole            all of the trace compressed into the measured window, at its rates
open:ramp(100/s..2000/s)    rising (or falling) steadily over the measured window
open:steps(100/s,500/s)     at each rate for an equal part of the window
open:daily(100/s..2000/s)   a day compressed into the window; also open:spiky(100/s..2000/s) and
                            open:intermittent(500/s)
open:2000/s,clients=32      over so many connections (default 16)
default                     closed, with one client per processor (2 to 8)

`search`, `curve` and `open:65%` (see `quests`) are made of trials under such loads.

Open load is sent by as few worker processes as send it on time (about 10,000 requests a second
each, at most one a processor) over a fixed number of connections, like an application's pool.
Neither is a hidden limit: a request that is due while all connections are busy waits, the wait is
part of its response time, and the record says how many waited and how long (`queued_fraction`,
`queue_wait_p99_s`); requests that a free connection got late are its schedule lag, and a gate
refuses the record when that lag could matter.
"""

from __future__ import annotations

import difflib
import hashlib
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from bench.runner import shapes
from workloads.errors import InputError
from workloads.spec.units import format_rate, format_seconds, parse_rate, parse_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.driver.schedule import Schedule
    from bench.runner.shapes import Shape
    from workloads.arrivals.series import Series
    from workloads.spec.model import Operation, Workload

FORMS = (
    "closed:8, closed:8,think=10ms, open:2000/s, open:2000/s,constant, open:trace, "
    f"open:trace,whole, {shapes.FORMS}, curve, curve:closed, search, search:p99<10ms, open:65%"
)
# What a record calls the checksum of its trace.
TRACE = "trace"
KINDS = ("closed", "open", "search", "curve", "planned")
_HINT = f"write {FORMS}"
MOST_CLIENTS = 1_000
OPEN_CLIENTS = 16
# A worker of Python sends about so many requests a second on time; more need more workers.
_WORKER_RATE_PER_S = 10_000.0
# As `traffic.mean` has it: nothing that anybody runs sees more.
MOST_RATE_PER_S = 1e9
# No processor sends more. What is due beyond that waits in memory, each request some 100 bytes.
_PROCESSOR_RATE_PER_S = 100_000.0
_MOST_WAITING = 10_000_000
# More processes than this are not started for closed load whose clients can share one.
MOST_PROCESSES = 16

Process = Literal["constant", "poisson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A load. `rate_per_s` None in closed load, and where a trace or shape has rates of its own.

    whole  of a trace: all of it within the window
    """

    kind: Literal["closed", "open"]
    clients: int
    rate_per_s: float | None = None
    process: Process | None = None
    trace: bool = False
    whole: bool = False
    shape: Shape | None = None
    think_s: float = 0.0

    @property
    def text(self) -> str:
        """The form that `parse` reads as this load."""
        if self.kind == "closed":
            think = f",think={format_seconds(self.think_s)}" if self.think_s else ""
            return f"closed:{self.clients}{think}"
        rate = self._trace
        if self.shape is not None:
            rate = self.shape.text
        elif self.rate_per_s is not None:
            rate = format_rate(self.rate_per_s)
        process = ",constant" if self.process == "constant" else ""
        clients = f",clients={self.clients}" if self.clients != OPEN_CLIENTS else ""
        return f"open:{rate}{process}{clients}"

    @property
    def _trace(self) -> str:
        return "trace,whole" if self.whole else "trace"

    @property
    def mean_per_s(self) -> float | None:
        """Mean rate of open load over the window; None where only a trace knows it."""
        return self.shape.mean_per_s if self.shape else self.rate_per_s

    @property
    def arrivals(self) -> str | None:
        """The arrival process as records name it, with the shape of the rate; None: closed load."""
        if self.kind == "closed":
            return None
        process = self.process or "poisson"
        if self.trace:
            return f"{process}, {self._trace}" if self.whole else "trace"
        return f"{process}, {self.shape.text}" if self.shape else process

    def workers(
        self, *, cpus: int, pipelined: bool, in_process: bool, workload: Workload | None = None
    ) -> int:
        """Worker processes: one per client where it can only wait or think, else as few as do.

        Clients of closed load share a process beyond one a processor: a process that takes all
        answers that have come is switched to less often than one process a client. An in-process
        engine works on the worker's own processor, so in open load there are as many workers as
        processors.
        """
        if not pipelined or self.think_s:
            waiting = self.kind == "open" and in_process
            return min(self.clients, max(1, cpus)) if waiting else self.clients
        if self.kind == "closed":
            return min(self.clients, max(1, cpus), MOST_PROCESSES)
        peak_per_s = self.shape.peak_per_s if self.shape else self.rate_per_s
        if self.trace and workload is not None:
            peak_per_s = _trace_of(workload).peak_per_s
        if peak_per_s is None:
            return 1
        needed = math.ceil(peak_per_s / _WORKER_RATE_PER_S)
        return max(1, min(needed, cpus, self.clients))

    def shares(self, workers: int) -> tuple[int, ...]:
        """Clients of each worker."""
        return tuple(
            self.clients // workers + (worker < self.clients % workers) for worker in range(workers)
        )

    def require(self, workload: Workload) -> None:
        """InputError when the workload lacks what this load needs: its trace."""
        self.schedule(workload)

    def concerns(self, workload: Workload, operations: Sequence[Operation]) -> bool:  # noqa: ARG002
        """Whether it can be offered to these of the workload's operations."""
        return bool(operations)

    @property
    def changes(self) -> bool:
        """Whether its rate changes by plan: a shape or a trace."""
        return self.trace or self.shape is not None

    def schedule(
        self, workload: Workload, *, window_s: float = 1.0, lead_s: float = 0.0
    ) -> Schedule | None:
        """The intended times; None in closed load. InputError when the trace is missing.

        A shape or a trace begins with a window of `window_s`, after `lead_s`; a shape, or a whole
        trace, fills it.
        """
        if self.kind == "closed":
            return None
        from workloads.arrivals import Arrivals
        from workloads.arrivals.profile import of_series, steady

        process: Process = self.process or "poisson"
        if self.shape is not None:
            profile = self.shape.profile(window_s=window_s, lead_s=lead_s)
            return Arrivals(load=profile, process=process)
        if not self.trace and self.rate_per_s is not None:
            return Arrivals(load=steady(self.rate_per_s), process=process)
        series = _trace_of(workload)
        within_s = window_s if self.whole else None
        return Arrivals(load=of_series(series, within_s=within_s, lead_s=lead_s), process=process)

    def told(self, workload: Workload, window_s: float) -> tuple[float | None, float | None]:
        """Mean rate over the window, and how many seconds of the load pass in one of it.

        None for what has no such figure; nor has a trace that can no longer be read.
        """
        if not self.trace:
            return self.mean_per_s, self.shape.compression(window_s) if self.shape else None
        try:
            series = _trace_of(workload)
        except InputError:
            return None, None
        if window_s <= 0:
            return series.mean_per_s, None
        if not self.whole:
            return series.mean_until(window_s), None
        return series.mean_per_s, series.duration_s / window_s


def trace_sum(workload: Workload) -> str | None:
    """The checksum of the workload's trace; None without one, or where it cannot be read."""
    from workloads.spec import trace_path

    path = trace_path(workload)
    try:
        return None if path is None else _checksum(path, path.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=8)
def _checksum(path: Path, changed_ns: int) -> str:  # noqa: ARG001 - made again when it has changed
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"


def _trace_of(workload: Workload) -> Series:
    from workloads.spec import trace_path

    path = trace_path(workload)
    if path is None:
        raise InputError(
            f"workload '{workload.name}' names no trace",
            hint="add `traffic: {trace: FILE.csv}`, or give a rate: open:2000/s",
        )
    return _read(path, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=8)
def _read(path: Path, changed_ns: int) -> Series:  # noqa: ARG001 - read again when it has changed
    from workloads.arrivals.series import read

    return read(path)


def parse(text: str, *, cpus: int) -> Offer:
    """Read a load; InputError says what is wrong and which forms there are.

    >>> parse("closed:8,think=10ms", cpus=2).text
    'closed:8,think=10 ms'
    >>> parse("open:2k/s", cpus=2).rate_per_s
    2000.0
    """
    if text == "default":
        return Offer(kind="closed", clients=min(8, max(2, cpus)))
    kind, colon, rest = text.partition(":")
    if kind not in ("closed", "open"):
        near = difflib.get_close_matches(kind, KINDS, n=1)
        guess = f"did you mean '{near[0]}{colon}{rest}'? " if near and near[0] != kind else ""
        raise InputError(f"there is no load '{text}'", hint=guess + _HINT)
    first, *options = re.split(r",(?![^(]*\))", rest)  # not at the commas of a shape
    if not first:
        raise InputError(f"load '{text}': nothing follows '{kind}:'", hint=_HINT)
    return _closed(text, first, options) if kind == "closed" else _open(text, first, options)


def _closed(text: str, clients: str, options: list[str]) -> Offer:
    think_s = 0.0
    for option in options:
        key, _, value = option.strip().partition("=")
        if key != "think":
            raise _unknown(text, option, "think=10ms")
        think_s = _quantity(text, value, parse_seconds)
    return Offer(kind="closed", clients=read_clients(text, clients), think_s=think_s)


def _open(text: str, rate: str, options: list[str]) -> Offer:
    process: Process = "poisson"
    clients, whole = OPEN_CLIENTS, False
    for option in options:
        key, _, value = option.strip().partition("=")
        if key == "clients":
            clients = read_clients(text, value)
        elif key == "constant":
            process = "constant"
        elif key == "poisson":
            process = "poisson"
        elif key == "whole" and rate == "trace":
            whole = True
        else:
            raise _unknown(text, option, "constant, poisson, clients=32")
    if rate == "trace":
        return Offer(kind="open", clients=clients, process=process, trace=True, whole=whole)
    if shapes.is_shape(rate):
        shape = shapes.parse(text, rate)
        if shape.peak_per_s > MOST_RATE_PER_S:
            raise _too_much(text)
        return Offer(kind="open", clients=clients, process=process, shape=shape)
    per_s = _quantity(text, rate, parse_rate)
    if per_s <= 0:
        raise InputError(f"load '{text}': the rate must be more than 0", hint=_HINT)
    if per_s > MOST_RATE_PER_S:
        raise _too_much(text)
    return Offer(kind="open", clients=clients, process=process, rate_per_s=per_s)


def read_clients(text: str, value: str) -> int:
    """A number of clients in the load `text`."""
    number = int(value) if value.strip().isdecimal() else 0
    if not 1 <= number <= MOST_CLIENTS:
        raise InputError(
            f"load '{text}': '{value}' is not a number of clients (1 to {MOST_CLIENTS})",
            hint=_HINT,
        )
    return number


def _quantity(text: str, value: str, parse: Callable[[str], float]) -> float:
    try:
        return parse(value.strip())
    except ValueError as error:
        raise InputError(f"load '{text}': {error}", hint=_HINT) from error


def require_possible(offer: Offer, *, seconds: float, cpus: int) -> None:
    """InputError for a rate of which so much could only wait that no memory would hold it."""
    waiting = ((offer.mean_per_s or 0.0) - cpus * _PROCESSOR_RATE_PER_S) * seconds
    if waiting > _MOST_WAITING:
        most_per_s = cpus * _PROCESSOR_RATE_PER_S + _MOST_WAITING / seconds
        raise InputError(
            f"load '{offer.text}': {cpus} processors cannot offer this for {format_seconds(seconds)}",
            hint=f"at most {most_per_s:,.0f}/s, or a shorter --duration",
        )


def _too_much(text: str) -> InputError:
    return InputError(
        f"load '{text}': a rate is at most {format_rate(MOST_RATE_PER_S)}",
        hint="what an engine can do at most is found by: --load search, --load curve",
    )


def _unknown(text: str, option: str, known: str) -> InputError:
    return InputError(f"load '{text}': there is no option '{option}'", hint=f"options: {known}")
