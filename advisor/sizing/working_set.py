"""How much of the data must be in memory for a given share of requests to find it there.

From the key distribution: the most popular records that together get a share h of the requests,
and the pages they lie on. Hot records of zipfian, ycsb-zipfian and hotspot keys are scattered over
all pages; those of latest and exponential keys are the newest ones and neighbours.
"""

from __future__ import annotations

import math
from functools import lru_cache

from workloads.spec.model import KeyDistribution

ZIPFIAN_THETA = 0.99
HOTSPOT = (0.2, 0.8)
EXPONENTIAL = (0.95, 6.0 / 7.0)
# YCSB draws from so many items and hashes them onto the records.
YCSB_ITEMS = 1e10
_NEIGHBOURS = frozenset({"latest", "exponential"})


@lru_cache(maxsize=4096)
def _harmonic(count: float, theta: float) -> float:
    """Sum of k^-theta for k = 1..count, by Euler and Maclaurin's formula; count may be large."""
    exact = int(min(count, 16))
    total = float(sum(k**-theta for k in range(1, exact + 1)))
    if count <= exact:
        return total
    return total + _integral(exact + 0.5, count + 0.5, theta)


def _integral(low: float, high: float, theta: float) -> float:
    if abs(theta - 1.0) < 1e-9:
        return math.log(high / low)
    return float((high ** (1 - theta) - low ** (1 - theta)) / (1 - theta))


def hottest_share(keys: KeyDistribution, records: float) -> float:
    """Share of requests that the single most popular record gets."""
    if keys.kind in ("zipfian", "latest"):
        return 1.0 / _harmonic(records, _theta(keys))
    if keys.kind == "ycsb-zipfian":
        return 1.0 / _harmonic(YCSB_ITEMS, ZIPFIAN_THETA)
    if keys.kind == "hotspot":
        data, operations = keys.parameters if len(keys.parameters) == 2 else HOTSPOT
        return min(1.0, operations / max(data * records, 1.0))
    if keys.kind == "exponential":
        return min(1.0, _decay(keys) / max(records, 1.0))
    return 1.0 / max(records, 1.0)


def _theta(keys: KeyDistribution) -> float:
    return keys.parameters[0] if keys.parameters else ZIPFIAN_THETA


def _decay(keys: KeyDistribution) -> float:
    """Decay of an exponential distribution over all records taken as 1."""
    share, data = keys.parameters if len(keys.parameters) == 2 else EXPONENTIAL
    return -math.log1p(-share) / data


def hot_records(keys: KeyDistribution, records: float, hit: float) -> float:
    """Fraction of records that get the share `hit` (0..1) of the requests, the hottest first."""
    if hit <= 0.0:
        return 0.0
    if hit >= 1.0 or records <= 1:
        return 1.0
    if keys.kind in ("zipfian", "latest"):
        return _zipf_fraction(records, _theta(keys), hit)
    if keys.kind == "ycsb-zipfian":
        return _hashed_fraction(records, hit)
    if keys.kind == "hotspot":
        data, operations = keys.parameters if len(keys.parameters) == 2 else HOTSPOT
        if data >= 1.0 or hit <= operations:
            return min(1.0, data * hit / max(operations, 1e-12))
        return data + (1.0 - data) * (hit - operations) / (1.0 - operations)
    if keys.kind == "exponential":
        decay = _decay(keys)
        return min(1.0, -math.log1p(hit * math.expm1(-decay)) / decay)
    return hit


def _hashed_fraction(records: float, hit: float) -> float:
    """Fraction of records with the share `hit` when YCSB's many items are hashed onto them.

    Each record has one item of the head, ranked, and an even part of all the others.
    """
    whole = _harmonic(YCSB_ITEMS, ZIPFIAN_THETA)
    others = 1.0 - _harmonic(records, ZIPFIAN_THETA) / whole
    low, high = 0.0, math.log(records)
    for _ in range(40):
        middle = (low + high) / 2
        count = math.exp(middle)
        share = _harmonic(count, ZIPFIAN_THETA) / whole + others * count / records
        low, high = (middle, high) if share < hit else (low, middle)
    return min(1.0, math.exp(high) / records)


def _zipf_fraction(records: float, theta: float, hit: float) -> float:
    """Fraction of ranks whose harmonic sum is `hit` of the whole."""
    target = hit * _harmonic(records, theta)
    exact, total, whole = 0, 0.0, int(min(records, 16))
    while exact < whole:
        exact += 1
        total += exact**-theta
        if total >= target:
            return exact / records
    rest = target - total
    low = exact + 0.5
    if abs(theta - 1.0) < 1e-9:
        end = low * math.exp(rest)
    else:
        base = low ** (1 - theta) + rest * (1 - theta)
        end = base ** (1 / (1 - theta)) if base > 0 else records + 0.5
    # the integral that stands for ranks exact + 1..n ends at n + 1/2
    return min(1.0, (float(end) - 0.5) / records)


@lru_cache(maxsize=4096)
def hot_pages(
    keys: KeyDistribution, records: float, hit: float, *, records_per_page: float
) -> float:
    """Fraction of pages to keep in memory for a share `hit` of requests to find their page there.

    A page is hot if any record on it is; never more than `hit`, which pages taken at random give.
    """
    fraction = hot_records(keys, records, hit)
    if keys.kind in _NEIGHBOURS:
        return fraction
    if fraction >= 1.0:
        return hit
    return min(hit, -math.expm1(max(records_per_page, 1.0) * math.log1p(-fraction)))


def found_share(keys: KeyDistribution, records: float, fraction: float) -> float:
    """Share of the requests that the hottest `fraction` (0..1) of the records get.

    The inverse of `hot_records`: the largest share for which that many records are enough.
    """
    if fraction <= 0.0:
        return 0.0
    if fraction >= 1.0 or records <= 1:
        return 1.0 if fraction >= 1.0 else 0.0
    count = fraction * records
    if keys.kind in ("zipfian", "latest"):
        theta = _theta(keys)
        whole = int(min(records, 16))
        ranks = count if count >= whole else math.floor(count + 1e-9)
        return min(1.0, _harmonic(ranks, theta) / _harmonic(records, theta))
    if keys.kind == "ycsb-zipfian":
        if count < 1.0:
            return 0.0
        whole_mass = _harmonic(YCSB_ITEMS, ZIPFIAN_THETA)
        head = _harmonic(count, ZIPFIAN_THETA) / whole_mass
        return min(1.0, head + (1.0 - _harmonic(records, ZIPFIAN_THETA) / whole_mass) * fraction)
    if keys.kind == "hotspot":
        data, operations = keys.parameters if len(keys.parameters) == 2 else HOTSPOT
        if fraction <= data:
            return operations * fraction / data
        return operations + (1.0 - operations) * (fraction - data) / (1.0 - data)
    if keys.kind == "exponential":
        decay = _decay(keys)
        return min(1.0, math.expm1(-decay * fraction) / math.expm1(-decay))
    return fraction


@lru_cache(maxsize=4096)
def hit_of_pages(
    keys: KeyDistribution, records: float, pages: float, *, records_per_page: float
) -> float:
    """The largest share of requests that find their page among a fraction `pages` of all pages.

    The inverse of `hot_pages`.
    """
    if pages <= 0.0 or pages >= 1.0:
        return 1.0 if pages > 0.0 else 0.0
    if keys.kind in _NEIGHBOURS:
        return found_share(keys, records, pages)
    fraction = -math.expm1(math.log1p(-pages) / max(records_per_page, 1.0))
    return max(pages, found_share(keys, records, fraction))
