"""Windows that go on until their throughput is precise enough.

A fixed-width sequential interval (Chow and Robbins, 1965; for a width relative to the mean, Nádas,
1969; for correlated series, Glynn and Whitt, 1992): the window ends as soon as the 95 % interval of
its mean throughput, long-run variance included, is narrow enough. The rule looks at the width of
the interval and never at whether the mean is high or low, so that stopping biases the mean by far
less than that width. What makes such rules stop too early is a variance that happens to look small
at first; hence the planned window is the least, looks are a tenth of the window apart, and the aim
is below what the gate asks of the record (`results.gates.too_short`), which judges it afterwards
like any other. Simulated with correlated slices, the mean is off by 0.3 % and the interval holds
the true one in 85 % of cases (tests/bench/test_run_extend.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.gates.too_short import REFUSED
from results.statistics import relative_half_width

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from bench.driver.messages import Slice

# A record is no evidence above the gate's limit; the interval of the record differs a little from
# the one that was seen while it was measured.
_USABLE = 0.9 * REFUSED
# The next look comes when the window is longer by this.
_STEP = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How long a window may be, seconds, none below the planned length.

    fair_s      while it is evidence already, but less precise than wished
    longest_s   while it would be refused
    """

    fair_s: float
    longest_s: float


class Extension:
    """Ends one window: precise enough, or as long as it may be. Asked slice by slice.

    precision   half width of the 95 % interval of throughput that is wished, as a fraction of it
    planned_s   shortest window
    """

    def __init__(
        self, *, precision: float, planned_s: float, allowance: Allowance, slice_s: float
    ) -> None:
        self._next = math.ceil(planned_s / slice_s)
        self._fair = round(max(planned_s, allowance.fair_s) / slice_s)
        self.precision = precision
        self.longest_s = max(planned_s, allowance.fair_s, allowance.longest_s)

    def enough(self, slices: Sequence[Slice], _lates: npt.NDArray[np.int64]) -> bool:
        """Whether the window may end after these complete slices."""
        if len(slices) < self._next:
            return False
        self._next = math.ceil(len(slices) * _STEP)
        half = relative_half_width([part.operations for part in slices])
        if half is not None and half <= self.precision:
            return True
        return half is not None and half <= _USABLE and len(slices) >= self._fair
