"""Arrivals: when requests are due in open load, as int64 nanoseconds from the start, in chunks.

The n-th request of a process with rate 1 comes at n (constant) or after n exponential waits
(Poisson); a load profile stretches that time by the inverse of its cumulative rate. Each is a
pure function of its arguments.

Among several workers the requests of the one process are dealt out, so that together they make the
same process whatever the number of workers: constant arrivals in turn, Poisson arrivals by lot
(thinning), which leaves each worker a Poisson process of its share.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workloads.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from workloads.arrivals.profile import Profile
    from workloads.arrivals.series import Series

    Times = Iterator[npt.NDArray[np.int64]]

Process = Literal["constant", "poisson"]

BLOCK = 8_192  # requests of the whole process made at a time
LOT_STREAM = 0x6C6F74
SEED_MASK = (1 << 64) - 1
NANOSECONDS = 1e9


def constant(
    rate_per_s: float, *, duration_s: float | None = None, worker: int = 0, workers: int = 1
) -> Times:
    """One request every 1/rate seconds, the first at 0; without end unless `duration_s` is given."""
    from workloads.arrivals.profile import steady

    load = steady(rate_per_s, duration_s=duration_s)
    return along(load, process="constant", seed=0, worker=worker, workers=workers)


def poisson(
    rate_per_s: float,
    *,
    seed: int,
    duration_s: float | None = None,
    worker: int = 0,
    workers: int = 1,
) -> Times:
    """Requests independent of each other at a mean rate; without end unless `duration_s` is given."""
    from workloads.arrivals.profile import steady

    load = steady(rate_per_s, duration_s=duration_s)
    return along(load, process="poisson", seed=seed, worker=worker, workers=workers)


def trace(
    series: Series, *, seed: int, process: Process = "poisson", worker: int = 0, workers: int = 1
) -> Times:
    """Requests at the changing rate of a trace, from its beginning to its end."""
    from workloads.arrivals.profile import of_series

    return along(of_series(series), process=process, seed=seed, worker=worker, workers=workers)


def along(
    load: Profile, *, process: Process, seed: int, worker: int = 0, workers: int = 1
) -> Times:
    """The requests of a load profile (see `profile`: steady, steps, ramp, of_series).

    Chunks are in order and never empty; their length varies.
    """
    return Arrivals(load=load, process=process).moments(worker=worker, workers=workers, seed=seed)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrivals:
    """A load profile with the process that fills it: what an open load offers. Picklable."""

    load: Profile
    process: Process

    @property
    def rate_per_s(self) -> float:
        """The mean rate over the whole."""
        return self.load.mean_per_s

    def moments(self, *, worker: int, workers: int, seed: int) -> Times:
        """The requests of one of `workers` workers."""
        if not 0 <= worker < workers:
            raise InputError(f"worker {worker} is not one of {workers} workers (0..{workers - 1})")
        return self._dealt(worker, workers, seed)

    def _dealt(self, worker: int, workers: int, seed: int) -> Times:
        import numpy as np

        number, waited = 0, 0.0
        rng = np.random.Generator(np.random.SFC64([seed & SEED_MASK, LOT_STREAM]))
        while waited < self.load.requests:
            numbers = np.arange(number, number + BLOCK, dtype=np.int64)
            number += BLOCK
            if self.process == "poisson":
                counts = waited + np.cumsum(-np.log1p(-rng.random(BLOCK)))
                waited = float(counts[-1])
                mine = lots(numbers, seed, workers) == worker
            else:
                counts = numbers.astype(np.float64)
                waited = float(number)
                mine = numbers % workers == worker
            kept = counts[mine & (counts < self.load.requests)]
            if len(kept):
                yield np.rint(self.load.due_s(kept) * NANOSECONDS).astype(np.int64)


def lots(numbers: npt.NDArray[np.int64], seed: int, workers: int) -> npt.NDArray[np.int64]:
    """Which worker each request of a Poisson process falls to."""
    import numpy as np

    from workloads.datasets.recipes.hashing import Rows, below

    rows = Rows(seed=seed, table="arrivals", column="lot", numbers=numbers.astype(np.uint64))
    return below(rows.words(), workers)
