"""Queues whose true answer is known, served in virtual time."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.driver import sequential

Floats = npt.NDArray[np.float64]

SLICE_S = 0.05
WARMUP_S = 0.75


@dataclass(frozen=True)
class Queue:
    """M/M/c: Poisson arrivals, exponential service of mean `1/mu_per_s` at `servers` servers."""

    servers: int
    mu_per_s: float

    def late_share(self, rate_per_s: float, limit_s: float) -> float:
        """P(response time > limit), by Erlang's C formula; 1 at and above the capacity."""
        mu, c = self.mu_per_s, self.servers
        load = rate_per_s / mu
        if load >= c:
            return 1.0
        top = load**c / math.factorial(c) / (1 - load / c)
        waits = top / (sum(load**k / math.factorial(k) for k in range(c)) + top)
        rest = c * mu - rate_per_s
        rest *= 1 + 1e-9 if rest == mu else 1
        served, queued = math.exp(-mu * limit_s), math.exp(-rest * limit_s)
        return (1 - waits) * served + waits * (rest * served - mu * queued) / (rest - mu)

    def largest_rate(self, limit_s: float, allowed: float) -> float:
        """Where the late share reaches what is allowed."""
        low, high = 0.0, self.servers * self.mu_per_s
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (
                (middle, high) if self.late_share(middle, limit_s) < allowed else (low, middle)
            )
        return low

    def mean_s(self, rate_per_s: float) -> float:
        """Mean response time below the capacity."""
        mu, c = self.mu_per_s, self.servers
        load = rate_per_s / mu
        top = load**c / math.factorial(c) / (1 - load / c)
        waits = top / (sum(load**k / math.factorial(k) for k in range(c)) + top)
        return 1 / mu + waits / (c * mu - rate_per_s)

    def serve(self, rate_per_s: float, span_s: float, seed: int) -> tuple[Floats, Floats]:
        """Ends and response times of what arrives within `span_s`, in order of arrival."""
        rng = np.random.default_rng(seed)
        arrivals = np.cumsum(rng.exponential(1 / rate_per_s, int(rate_per_s * span_s * 1.3 + 100)))
        arrivals = arrivals[arrivals < span_s]
        services = rng.exponential(1 / self.mu_per_s, arrivals.size)
        if self.servers == 1:  # Lindley's recursion without a loop
            done = np.cumsum(services)
            ends = done + np.maximum.accumulate(arrivals - np.concatenate([[0.0], done[:-1]]))
            return ends, ends - arrivals
        free, ends = [0.0] * self.servers, np.empty(arrivals.size)
        pairs = zip(arrivals.tolist(), services.tolist(), strict=True)
        for at, (arrival, service) in enumerate(pairs):
            ends[at] = end = max(heapq.heappop(free), arrival) + service
            heapq.heappush(free, end)
        return ends, ends - arrivals


@dataclass(frozen=True)
class Window:
    """Answers of a window in slices: how many, and how many late for each fraction of the limit."""

    counted: list[int]
    late: list[list[int]]

    def first(self, slices: int) -> Window:
        return Window(self.counted[:slices], [part[:slices] for part in self.late])

    def read(self, allowed: float) -> sequential.Reading:
        return sequential.read(self.counted, self.late, allowed=allowed)


def window(queue: Queue, rate_per_s: float, *, limit_s: float, span_s: float, seed: int) -> Window:
    """A window of `span_s` after a warm-up."""
    ends, took = queue.serve(rate_per_s, WARMUP_S + span_s, seed)
    slices = round(span_s / SLICE_S)
    slots = ((ends - WARMUP_S) / SLICE_S).astype(int)
    inside = (ends >= WARMUP_S) & (slots < slices)
    slots, took = slots[inside], took[inside]
    late = [
        np.bincount(slots[took > limit_s / part], minlength=slices).tolist()
        for part in sequential.FRACTIONS
    ]
    return Window(np.bincount(slots, minlength=slices).tolist(), late)


def watched(whole: Window, allowed: float, *, patience: int) -> tuple[sequential.Reading, float]:
    """The reading at which a monitor would stop, and after how many seconds."""
    slices = len(whole.counted)
    for count in range(patience, slices + 1, 4):
        reading = whole.first(count).read(allowed)
        if reading.standing != "undecided":
            return reading, count * SLICE_S
    return whole.read(allowed), slices * SLICE_S
