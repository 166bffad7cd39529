"""Latency histograms with the semantics of HdrHistogram, recorded in bulk with numpy.

A value keeps three significant digits; merging adds counts and is therefore exact. Values are
integer nanoseconds. Everything a histogram tells (percentiles, mean, smallest, largest) is a
function of its counts alone, so it is the same before and after a merge or an export.

Layout (HdrHistogram, G. Tene): bucket b covers [2^(b+m), 2^(b+m+1)) units in 2^m equal steps,
where m is `half_magnitude` and a unit is the largest power of two not above `lowest_ns`; below
2^m units the steps are one unit wide.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from workloads.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

HOUR_NS = 3_600_000_000_000
SERVER_LOWEST_NS = 1_000
IN_PROCESS_LOWEST_NS = 100
UNIT_S = 1e-9  # of every value in a histogram: what a record calls `histogram_unit_s`

# Temporaries of this many values stay in a core's second-level cache.
_CHUNK = 32_768
# Below this many values, adding them one by one beats adding a whole array of counts.
_FEW = 4_096
# A float64 holds every integer up to here; the index is read off its exponent and mantissa.
_EXACT_FLOAT = 2**53
_MANTISSA_BITS = 52
_EXPONENT_BIAS = 1_023


class Histogram:
    """Counts of latencies between 0 and `highest_ns`, told apart to `digits` digits.

    lowest_ns   smallest difference that matters, ns, at least 1
    highest_ns  largest value that can be recorded, ns, at most 2^53
    digits      significant digits, 1 to 5
    """

    __slots__ = (
        "_largest_ns",
        "counts",
        "digits",
        "half_magnitude",
        "highest_ns",
        "lowest_ns",
        "unit_magnitude",
    )

    def __init__(
        self, *, lowest_ns: int = SERVER_LOWEST_NS, highest_ns: int = HOUR_NS, digits: int = 3
    ) -> None:
        if not 1 <= digits <= 5:
            raise ValueError(f"significant digits must be 1 to 5, not {digits}")
        if lowest_ns < 1 or not 2 * lowest_ns <= highest_ns <= _EXACT_FLOAT:
            raise ValueError(f"range {lowest_ns}..{highest_ns} ns cannot be recorded")
        self.lowest_ns = lowest_ns
        self.highest_ns = highest_ns
        self.digits = digits
        self.unit_magnitude = lowest_ns.bit_length() - 1
        self.half_magnitude = math.ceil(math.log2(2 * 10**digits)) - 1
        buckets, covered = 1, 2 << self.half_magnitude + self.unit_magnitude
        while covered <= highest_ns:
            covered <<= 1
            buckets += 1
        self._largest_ns = covered - 1
        self.counts: npt.NDArray[np.int64] = np.zeros(
            (buckets + 1) << self.half_magnitude, dtype=np.int64
        )

    def record_many(self, values_ns: npt.NDArray[np.int64]) -> None:
        """Add every value; ValueError, and nothing added, when one is outside the range."""
        values = np.ascontiguousarray(values_ns, dtype=np.int64).ravel()
        if not values.size:
            return
        if values.min() < 0 or values.max() > self._largest_ns:
            outside = values[(values < 0) | (values > self._largest_ns)][0]
            raise ValueError(f"{outside} ns is outside 0..{self._largest_ns} ns")
        if values.size <= _FEW:
            np.add.at(self.counts, self._index(values), 1)
            return
        for start in range(0, values.size, _CHUNK):
            index = self._index(values[start : start + _CHUNK])
            found = np.bincount(index)
            self.counts[: found.size] += found

    def record(self, value_ns: int, count: int = 1) -> None:
        """Add one value `count` times."""
        if not 0 <= value_ns <= self._largest_ns:
            raise ValueError(f"{value_ns} ns is outside 0..{self._largest_ns} ns")
        self.counts[self._index(np.array([value_ns], dtype=np.int64))[0]] += count

    def _index(self, values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Position of each value in `counts`.

        From 2^m units on, the top m bits of a float's mantissa are the step and its exponent is
        the bucket, so the shifted bits of the float are the position up to a constant. Below,
        the position is the value in units, which is the larger of the two there.
        """
        m, u = self.half_magnitude, self.unit_magnitude
        logarithmic = values.astype(np.float64).view(np.int64)
        logarithmic >>= _MANTISSA_BITS - m
        logarithmic -= (_EXPONENT_BIAS - 1 + m + u) << m
        linear = np.minimum(values, 1 << (m + u))
        linear >>= u
        return np.maximum(logarithmic, linear, out=linear)

    def merge(self, other: Histogram) -> None:
        """Add the counts of `other`; ValueError when it was not recorded with the same layout."""
        if self._layout() != other._layout():
            raise ValueError(f"cannot merge histograms of {self._layout()} and {other._layout()}")
        self.counts += other.counts

    def _layout(self) -> tuple[int, int, int]:
        return self.lowest_ns, self.highest_ns, self.digits

    @classmethod
    def merged(cls, histograms: Iterable[Histogram]) -> Histogram:
        """A new histogram with the counts of all; ValueError when there are none."""
        parts = list(histograms)
        if not parts:
            raise ValueError("no histograms to merge")
        first = parts[0]
        whole = cls(lowest_ns=first.lowest_ns, highest_ns=first.highest_ns, digits=first.digits)
        for part in parts:
            whole.merge(part)
        return whole

    @property
    def count(self) -> int:
        """How many values were recorded."""
        return int(self.counts.sum())

    def percentile_ns(self, percent: float) -> int | None:
        """The largest value equivalent to the one at `percent` (0..100); None when empty.

        HdrHistogram's definition: the value at which the running count first reaches
        percent / 100 x count, rounded to the nearest whole number and at least 1.
        """
        return self.percentiles_ns((percent,))[0]

    def percentiles_ns(self, percents: Iterable[float]) -> tuple[int | None, ...]:
        """`percentile_ns` of each, in one pass over the counts."""
        wanted = [min(percent, 100.0) for percent in percents]
        running = np.cumsum(self.counts)
        total = int(running[-1])
        if not total:
            return (None,) * len(wanted)
        targets = [max(int(percent * total / 100 + 0.5), 1) for percent in wanted]
        positions = np.searchsorted(running, targets)
        lowest, width = self._bounds(positions)
        # percentile 0 is the smallest value, so it is told by its lower bound
        tops = [
            int(low) if percent == 0 else int(low + size - 1)
            for percent, low, size in zip(wanted, lowest, width, strict=True)
        ]
        return tuple(tops)

    def interpolated_ns(self, percent: float) -> float | None:
        """The value at `percent` (0..100), its step's values taken as spread evenly over it.

        Unlike `percentile_ns` it moves when the values move by less than a step, which a
        comparison needs: below 100 µs a step may be several percent. None when empty.
        """
        running = np.cumsum(self.counts)
        if not running[-1]:
            return None
        target = percent / 100 * int(running[-1])
        position = int(np.searchsorted(running, max(target, 1e-9)))
        within = 1 - (int(running[position]) - target) / int(self.counts[position])
        lowest, width = self._bounds(np.array([position]))
        return float(lowest[0] + within * width[0])

    @property
    def mean_ns(self) -> float | None:
        """Mean, each value taken at the middle of its step; None when empty."""
        positions, counts = self._filled()
        if not positions.size:
            return None
        lowest, width = self._bounds(positions)
        # exact integers: a sum of products may exceed 2^63
        middles = (lowest + (width >> 1)).tolist()
        total: int = sum(m * n for m, n in zip(middles, counts.tolist(), strict=True))
        return total / self.count

    @property
    def min_ns(self) -> int | None:
        """Lower bound of the smallest value; None when empty."""
        positions, _ = self._filled()
        return int(self._bounds(positions[:1])[0][0]) if positions.size else None

    @property
    def max_ns(self) -> int | None:
        """Upper bound of the largest value; None when empty."""
        positions, _ = self._filled()
        if not positions.size:
            return None
        lowest, width = self._bounds(positions[-1:])
        return int(lowest[0] + width[0] - 1)

    def steps(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Upper bound of each step that holds something, ns, and how many values it holds."""
        positions, counts = self._filled()
        lowest, width = self._bounds(positions)
        return lowest + width - 1, counts

    def _filled(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
        positions = np.flatnonzero(self.counts)
        return positions, self.counts[positions]

    def _bounds(
        self, positions: npt.NDArray[np.intp]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Lowest value of each position and how many integers share it."""
        m, u = self.half_magnitude, self.unit_magnitude
        bucket = np.maximum((positions >> m) - 1, 0)
        step = positions - (bucket << m)
        return step << (bucket + u), np.left_shift(1, bucket + u)

    def to_base64(self) -> str:
        """HdrHistogram V2, zlib-compressed, base64: what HdrHistogram's own tools read."""
        peer = _peer(self)
        np.frombuffer(peer.counts, dtype=np.uint64)[:] = self.counts.view(np.uint64)
        positions, counts = self._filled()
        if positions.size:
            peer.set_internal_tacking_values(
                int(positions[0]), int(positions[-1]), int(counts.sum())
            )
        encoded: bytes = peer.encode()
        return encoded.decode("ascii")

    @classmethod
    def from_base64(cls, text: str) -> Histogram:
        """Read `to_base64` or any tool's V2 compressed export; InputError when it is not one."""
        import zlib

        from hdrh.codec import HdrCookieException, HdrLengthException
        from hdrh.histogram import HdrHistogram

        try:
            peer = HdrHistogram.decode(text.encode("ascii"))
            histogram = cls(
                lowest_ns=peer.lowest_trackable_value,
                highest_ns=peer.highest_trackable_value,
                digits=peer.significant_figures,
            )
        except (
            ValueError,
            TypeError,
            IndexError,
            OverflowError,
            zlib.error,
            HdrCookieException,
            HdrLengthException,
        ) as error:
            raise InputError(
                f"not a compressed HdrHistogram V2: {error or type(error).__name__}",
                hint="export it with the encoder of an HdrHistogram library, base64, V2",
            ) from error
        found = np.frombuffer(peer.counts, dtype=np.uint64)[: peer.counts_len]
        kept = min(found.size, histogram.counts.size)
        histogram.counts[:kept] = found[:kept].view(np.int64)
        if found[kept:].any() or histogram.counts.min() < 0:
            raise InputError("the HdrHistogram holds counts outside its own range")
        return histogram


def _peer(histogram: Histogram) -> Any:
    """An empty histogram of the `hdrhistogram` package with the same layout."""
    from hdrh.histogram import HdrHistogram

    return HdrHistogram(histogram.lowest_ns, histogram.highest_ns, histogram.digits)
