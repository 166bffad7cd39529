"""Quantities as people write them: `5M`, `900 B`, `350/s`, `10 ms`, `3%/month`, `99.95%`.

Inside storefit a size is in bytes, a time in seconds, a rate in operations per second, a part a
fraction, money in USD. Each kind of quantity is a `UnitSystem`: it reads a text exactly (rational
arithmetic, one rounding at the end), writes the shortest text that reads back to the same number,
and gives the regular expression that the JSON Schema uses, so that all three agree.

Conventions: k, M, G, T are powers of 1000; kB, MB, … are powers of 1000 and KiB, MiB, … powers of
1024 (IEC 80000-13); a year is 365 days (8,760 h) and a month a twelfth of it (730 h), as in AWS's
price examples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from workloads.spec.faults import Refused, nearest, shown

NUMBER = r"(?:[0-9][0-9_]*(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
NUMBER_WITH_ANYTHING = re.compile(rf"\+?({NUMBER}) *([^ 0-9_.].*)?", re.DOTALL)
LONGEST_TEXT = 60

HOUR_S = 3600
DAY_S = 24 * HOUR_S
MONTH_S = 730 * HOUR_S
YEAR_S = 365 * DAY_S

PREFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSystem:
    """One kind of quantity.

    what       what it is, with an article, for messages
    base       the unit of the number inside storefit, as written in a file
    units      unit -> how many of the base it is; the empty unit is allowed only where listed
    shown      units that `format` may choose from
    named      units to name in messages; those shown if empty
    meant      unit often written -> the unit that was probably meant
    spaced     whether `format` puts a space before the unit
    examples   for messages and the schema
    """

    what: str
    base: str
    units: Mapping[str, Fraction]
    shown: tuple[str, ...]
    named: tuple[str, ...] = ()
    meant: Mapping[str, str] = field(default_factory=dict)
    spaced: bool = True
    examples: tuple[str, ...]

    def parse(self, text: str) -> float:
        """The number in base units. Raises Refused with the nearest form."""
        return to_float(self.exact(text), self.allowed)

    def exact(self, text: str) -> Fraction:
        """The number in base units, before rounding to a float."""
        match = NUMBER_WITH_ANYTHING.fullmatch(text)
        if match is None or len(text) > LONGEST_TEXT:
            raise self._no_number(text)
        number, unit = match.group(1), re.sub(" +", " ", match.group(2) or "")
        if unit not in self.units:
            raise self._wrong_unit(text, unit)
        return to_fraction(number) * self.units[unit]

    def format(self, value: float) -> str:
        """The shortest text that `parse` reads as exactly this number."""
        # A float's repr times a whole number is a decimal that reads back to the same float.
        whole = Decimal(repr(float(value))) * int(1 / self.units[self.base])
        texts = [(self._join(str(whole), self.base), False)]
        for unit in self.shown:
            number = float(Fraction(value) / self.units[unit])
            text = self._join(f"{number:.12g}", unit)
            if to_float(self.exact(text)) == value:
                texts.append((text, number < 1))
        # Of equally short ones: not a part of a unit, then the larger unit (5 min, not 300 s).
        return min(reversed(texts), key=lambda pair: (len(pair[0]), pair[1]))[0]

    def pattern(self, *, positive: bool = False) -> str:
        """A regular expression (ECMA 262) of every text that `parse` reads."""
        units = "|".join(_escaped(unit) for unit in self.units if unit)
        optional = "?" if "" in self.units else ""
        ahead = "(?=[0-9_.]*[1-9])" if positive else ""
        return rf"^\+?{ahead}{NUMBER}(?: *(?:{units})){optional}$"

    @property
    def allowed(self) -> str:
        return f"{self.what} such as {' or '.join(self.examples)}"

    def _join(self, number: str, unit: str) -> str:
        number = number.removesuffix(".0")
        return f"{number} {unit}" if self.spaced and unit else f"{number}{unit}"

    def _no_number(self, text: str) -> Refused:
        bare = text.lstrip("-+ ")
        if text.startswith("-") and NUMBER_WITH_ANYTHING.fullmatch(bare):
            return Refused(f"{shown(text)} is negative", self.allowed)
        if bare.strip(".").lower() in {"nan", "inf", "infinity"}:
            return Refused(f"{shown(text)} is not a finite number", self.allowed)
        return Refused(f"{shown(text)} is not a number with a unit", self.allowed, self._near(text))

    def _wrong_unit(self, text: str, unit: str) -> Refused:
        if not unit:
            return Refused(f"{shown(text)} has no unit", self.allowed, self._near(text))
        allowed = f"{self.allowed} (units: {', '.join(self.named or self.shown)})"
        return Refused(f"{shown(unit)} is not a unit here", allowed, self._near(text))

    def _near(self, text: str) -> str | None:
        """The text with the thousands' commas and currency signs gone and the unit mended."""
        plain = text.strip().lstrip("$€£ ").replace(",", "")
        match = NUMBER_WITH_ANYTHING.fullmatch(plain)
        if match is None or len(plain) > LONGEST_TEXT:
            return None
        number, unit = match.group(1), " ".join((match.group(2) or "").split())
        if unit in self.units:
            return plain
        if not unit:
            is_part = self.units[self.base] < 1 and to_fraction(number) <= 1
            return self.format(float(number)) if is_part else self._join(number, self.base)
        meant = self.meant.get(unit.lower()) or nearest(unit, self.units)
        return None if meant is None else self._join(number, meant)


def to_fraction(number: str) -> Fraction:
    return Fraction(number.replace("_", ""))


def to_float(exact: Fraction, allowed: str = "") -> float:
    try:
        return float(exact)
    except OverflowError as cause:
        raise Refused("the number is too large", allowed) from cause


def _escaped(unit: str) -> str:
    return "".join(f"\\{c}" if c in "$.+*?()[]{}|^\\/" else c for c in unit).replace(" ", " +")


def _scaled(units: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Every unit with every prefix before it: `2k/s`, `1M/d`."""
    return {p + u: factor * size for u, size in units.items() for p, factor in PREFIXES.items()}


_PER = {"/s": Fraction(1), "/min": Fraction(1, 60), "/h": Fraction(1, HOUR_S)}
_PER |= {"/d": Fraction(1, DAY_S), "/day": Fraction(1, DAY_S), "/month": Fraction(1, MONTH_S)}
_SHOWN_PER = tuple(_scaled({u: _PER[u] for u in ("/s", "/min", "/h", "/d")}))
_RATE_WORDS: tuple[str, ...] = (
    " requests/s",
    " request/s",
    " req/s",
    " ops/s",
    " operations/s",
    " queries/s",
)
_RATE_WORDS += ("rps", "qps", "tps", "ops", "/sec", "/second", " per second", " req/sec")

_SECONDS = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "μs": Fraction(1, 10**6),
}
_SECONDS |= {"ms": Fraction(1, 1000), "s": Fraction(1), "min": Fraction(60)}
_SECONDS |= {"h": Fraction(HOUR_S), "d": Fraction(DAY_S), "w": Fraction(7 * DAY_S)}
_SECONDS |= {"month": Fraction(MONTH_S), "y": Fraction(YEAR_S)}
_LONG: dict[str, tuple[str, ...]] = {
    "s": ("second", "seconds"),
    "min": ("minute", "minutes"),
    "h": ("hour", "hours"),
}
_LONG |= {"d": ("day", "days"), "w": ("week", "weeks"), "month": ("months",)}
_LONG |= {"y": ("year", "years")}
_SECONDS |= {word: _SECONDS[unit] for unit, words in _LONG.items() for word in words}

COUNT = UnitSystem(
    what="a number",
    base="",
    units={p: Fraction(size) for p, size in PREFIXES.items()},
    shown=tuple(PREFIXES),
    named=("k", "M", "G", "T"),
    meant={"m": "M", "b": "G", "bn": "G", "mn": "M", "mio": "M", "million": "M"}
    | {"billion": "G", "thousand": "k", "mrd": "G"},
    spaced=False,
    examples=("5000000", "5M"),
)
BYTES = UnitSystem(
    what="a size",
    base="B",
    units={"B": Fraction(1)}
    | {f"{p}B": Fraction(1000**n) for n, p in enumerate(("k", "M", "G", "T", "P"), 1)}
    | {"KB": Fraction(1000)}
    | {f"{p}iB": Fraction(1024**n) for n, p in enumerate(("K", "M", "G", "T", "P"), 1)},
    shown=("B", "kB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB", "PiB"),
    meant={"byte": "B", "bytes": "B", "k": "kB", "m": "MB", "g": "GB", "t": "TB"}
    | {"kbyte": "kB", "ki": "KiB", "mi": "MiB", "gi": "GiB", "ti": "TiB"}
    | {f"{p}b": f"{p.upper()}B" for p in "mgtp"},
    examples=("900 B", "200 GiB"),
)
RATE = UnitSystem(
    what="a rate",
    base="/s",
    units=_scaled(_PER),
    shown=_SHOWN_PER,
    named=("/s", "/min", "/h", "/day", "/month"),
    meant={word.strip(): "/s" for word in _RATE_WORDS}
    | {"rpm": "/min", "/m": "/min", "/minute": "/min", "/hour": "/h", "per day": "/day"}
    | {"k": "k/s", "m": "M/s"},
    spaced=False,
    examples=("350/s", "2M/day"),
)
SECONDS = UnitSystem(
    what="a time",
    base="s",
    units=_SECONDS,
    shown=("us", "ms", "s", "min", "h", "d", "y"),
    named=("us", "ms", "s", "min", "h", "d", "w", "month", "y"),
    meant={"sec": "s", "secs": "s", "msec": "ms", "millis": "ms", "milliseconds": "ms"}
    | {"m": "min", "mins": "min", "hr": "h", "hrs": "h", "yr": "y", "yrs": "y", "mo": "month"},
    examples=("10 ms", "90 d"),
)
FRACTION = UnitSystem(
    what="a percentage",
    base="%",
    units={"%": Fraction(1, 100)},
    shown=("%",),
    meant={"percent": "%", "pct": "%"},
    spaced=False,
    examples=("99.95%",),
)
GROWTH = UnitSystem(
    what="a percentage a month",
    base="%/month",
    units={"%/month": Fraction(1, 100)},
    shown=("%/month",),
    meant={"%": "%/month", "%/mo": "%/month", "% per month": "%/month", "percent": "%/month"},
    spaced=False,
    examples=("3%/month",),
)
USD_PER_MONTH = UnitSystem(
    what="money a month",
    base="USD/month",
    units={"USD/month": Fraction(1), "k USD/month": Fraction(1000)}
    | {"USD/year": Fraction(1, 12), "k USD/year": Fraction(1000, 12)},
    shown=("USD/month",),
    meant={"usd": "USD/month", "$": "USD/month", "$/month": "USD/month", "/month": "USD/month"}
    | {"dollars": "USD/month", "usd per month": "USD/month", "usd/mo": "USD/month"},
    examples=("500 USD/month",),
)
HOURS_PER_WEEK = UnitSystem(
    what="hours a week",
    base="h/week",
    units={"h/week": Fraction(1), "h/day": Fraction(7), "h/d": Fraction(7)},
    shown=("h/week",),
    named=("h/week", "h/day"),
    meant={"h": "h/week", "hours": "h/week", "hours/week": "h/week", "h per week": "h/week"},
    examples=("60 h/week",),
)


def parse_count(text: str) -> int:
    """A whole number: `5M` is 5000000. Raises Refused for a part of one."""
    exact = COUNT.exact(text)
    if exact.denominator != 1:
        raise Refused(f"{shown(text)} is not a whole number", COUNT.allowed)
    return exact.numerator


def format_count(value: int) -> str:
    """The shortest text of a whole number: 5000000 is `5M`."""
    best = str(value)
    for prefix, size in PREFIXES.items():
        if value % size == 0 and len(str(value // size) + prefix) < len(best):
            best = str(value // size) + prefix
    return best


parse_bytes, format_bytes = BYTES.parse, BYTES.format
parse_rate, format_rate = RATE.parse, RATE.format
parse_seconds, format_seconds = SECONDS.parse, SECONDS.format
parse_fraction, format_fraction = FRACTION.parse, FRACTION.format
parse_growth, format_growth = GROWTH.parse, GROWTH.format
parse_usd_per_month, format_usd_per_month = USD_PER_MONTH.parse, USD_PER_MONTH.format
parse_hours_per_week, format_hours_per_week = HOURS_PER_WEEK.parse, HOURS_PER_WEEK.format
