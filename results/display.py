"""Numbers as people read them: three significant digits at most, the unit that keeps them short.

Every function takes a value in storefit's own units and gives `–` for None, not measured.
"""

from __future__ import annotations

import math

MISSING = "–"

_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SIZES = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


def number(value: float | None, *, digits: int = 3) -> str:
    """`1234567` as `1,230,000`, `0.012345` as `0.0123`; whole numbers below 10,000 in full."""
    if value is None:
        return MISSING
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    if value == int(value) and abs(value) < 10_000:
        return f"{int(value):,}"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    if abs(rounded) < 1e-6:
        return f"{rounded:.{digits - 1}e}"
    if rounded == int(rounded):
        return f"{int(rounded):,}"
    return f"{rounded:,.{places}f}".rstrip("0")


def seconds(value: float | None) -> str:
    """`0.000123` as `123 µs`; from two minutes on in minutes, hours or days."""
    if value is None:
        return MISSING
    if value == 0:
        return "0 s"
    for step, unit in ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min")):
        if abs(value) >= 2 * step:
            return f"{number(value / step)} {unit}"
    # 0.9995 ms is 1.00 ms: the unit is chosen after rounding
    for step, unit in _TIMES:
        if abs(value) >= step * 0.9995:
            return f"{number(value / step)} {unit}"
    return f"{number(value / 1e-9)} ns"


def size(value: float | None) -> str:
    """`1536` as `1.5 KiB`; below 1 KiB in bytes."""
    if value is None:
        return MISSING
    for step, unit in _SIZES:
        if abs(value) >= step * 0.9995:
            return f"{number(value / step)} {unit}"
    return f"{number(value)} B"


def rate(value: float | None) -> str:
    """`12345.6` as `12,300/s`."""
    return MISSING if value is None else f"{number(value)}/s"


def months(value: float | None) -> str:
    """`2.957` as `3`, `0.33` as `0.3`: a month is 28 to 31 days, so that more digits say nothing."""
    return MISSING if value is None else f"{value:.1f}".removesuffix(".0")


def share(value: float | None) -> str:
    """`0.934` as `93 %`; below 10 % with one decimal."""
    if value is None:
        return MISSING
    percent = value * 100
    if percent and abs(percent) < 0.05:
        return "< 0.1 %" if percent > 0 else "> -0.1 %"
    return f"{percent:.1f} %" if 0 < abs(percent) < 9.95 else f"{percent:.0f} %"


def certainty(value: float | None) -> str:
    """A share of draws: whole per cents, never 0 or 100 of them, as nothing is certain."""
    if value is None:
        return MISSING
    if value > 0.99:
        return "over 99 %"
    return "under 1 %" if value < 0.01 else f"{100 * value:.0f} %"


def usd(value: float | None) -> str:
    """`1234.5` as `$1,235`, `42.1` as `$42.10`; None is `unknown`, never nothing."""
    if value is None:
        return "unknown"
    sign = "-" if value < 0 else ""
    amount = abs(value)
    if amount >= 99.995:
        return f"{sign}${amount:,.0f}"
    if amount >= 0.005 or not amount:
        return f"{sign}${amount:,.2f}"
    return "less than $0.01"
