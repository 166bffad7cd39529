"""How far off a prediction is that goes from one number of vCPUs to another.

Median errors of scaling within a family of machines, by the ratio of their sizes: 1.9 % at twice
the size, 4.9 % at four times, 7.5 % at eight, 11 % at sixteen, 14.5 % beyond. From public runs of
virtual machines (SpareCores), computed by us; smaller is taken as larger.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

# binary logarithm of the ratio, error
_STEPS = ((0.0, 0.0), (1.0, 0.019), (2.0, 0.049), (3.0, 0.075), (4.0, 0.11), (5.0, 0.145))


@lru_cache(maxsize=512)
def size_error(vcpus: float, measured_on: float) -> float:
    """The error, as a fraction, of carrying a figure from `measured_on` vCPUs to `vcpus`."""
    if vcpus <= 0 or measured_on <= 0:
        raise ValueError("a machine has vCPUs")
    doublings = abs(math.log2(vcpus / measured_on))
    for (low, at_low), (high, at_high) in pairwise(_STEPS):
        if doublings <= high:
            return at_low + (at_high - at_low) * (doublings - low) / (high - low)
    return _STEPS[-1][1]
