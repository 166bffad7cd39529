"""Recording latencies: what happens to a burst outside the timed path."""

from __future__ import annotations

import numpy as np

from results.histogram import Histogram

VALUES = 1_000_000


class Recording:
    """A million log-normal latencies around 100 µs."""

    def setup(self) -> None:
        rng = np.random.default_rng(1)
        self.values = (rng.lognormal(11.5, 0.6, VALUES)).astype(np.int64)
        self.filled = Histogram(lowest_ns=1_000)
        self.filled.record_many(self.values)

    def time_record_a_million(self) -> None:
        Histogram(lowest_ns=1_000).record_many(self.values)

    def time_merge_eight(self) -> None:
        Histogram.merged([self.filled] * 8)

    def time_to_and_from_base64(self) -> None:
        Histogram.from_base64(self.filled.to_base64())
