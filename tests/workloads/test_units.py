from __future__ import annotations

import math
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads.spec import units
from workloads.spec.faults import Refused
from workloads.spec.units import UnitSystem

SYSTEMS = [
    units.BYTES,
    units.RATE,
    units.SECONDS,
    units.FRACTION,
    units.GROWTH,
    units.USD_PER_MONTH,
    units.HOURS_PER_WEEK,
    units.COUNT,
]
NAMES = [system.what for system in SYSTEMS]


@pytest.mark.parametrize(
    ("parse", "text", "expected"),
    [
        (units.parse_count, "5M", 5_000_000),
        (units.parse_count, "5_000", 5000),
        (units.parse_count, "1e6", 1_000_000),
        (units.parse_count, "1.5k", 1500),
        (units.parse_count, "999999999999999", 999_999_999_999_999),
        (units.parse_bytes, "900 B", 900),
        (units.parse_bytes, "900B", 900),
        (units.parse_bytes, "200 GiB", 200 * 2**30),
        (units.parse_bytes, "1.5 kB", 1500),
        (units.parse_bytes, "400 KB", 400_000),
        (units.parse_rate, "350/s", 350),
        (units.parse_rate, "2k/s", 2000),
        (units.parse_rate, "60/min", 1),
        (units.parse_rate, "1M/day", 1e6 / 86400),
        (units.parse_rate, "2628000/month", 1),
        (units.parse_seconds, "10 ms", 0.01),
        (units.parse_seconds, "5 min", 300),
        (units.parse_seconds, "90 d", 7_776_000),
        (units.parse_seconds, "90 days", 7_776_000),
        (units.parse_seconds, "7 y", 7 * 365 * 86400),
        (units.parse_seconds, "12 months", 365 * 86400),
        (units.parse_seconds, "10 µs", 1e-5),
        (units.parse_growth, "3%/month", 0.03),
        (units.parse_fraction, "99.95%", 0.9995),
        (units.parse_fraction, "99.999999999%", 0.99999999999),
        (units.parse_hours_per_week, "60 h/week", 60),
        (units.parse_hours_per_week, "8 h/day", 56),
        (units.parse_usd_per_month, "500 USD/month", 500),
        (units.parse_usd_per_month, "6000 USD/year", 500),
    ],
)
def test_reads_what_people_write(parse, text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("parse", "text", "near"),
    [
        (units.parse_bytes, "900", "900 B"),
        (units.parse_bytes, "5 gb", "5 GB"),
        (units.parse_bytes, "5 Gb", "5 GB"),
        (units.parse_bytes, "5 mib", "5 MiB"),
        (units.parse_bytes, "1,000 B", "1000 B"),
        (units.parse_bytes, " 5 B ", "5 B"),
        (units.parse_rate, "350", "350/s"),
        (units.parse_rate, "2000 rps", "2000/s"),
        (units.parse_rate, "2000 requests/s", "2000/s"),
        (units.parse_rate, "5/m", "5/min"),
        (units.parse_seconds, "10", "10 s"),
        (units.parse_seconds, "5 m", "5 min"),
        (units.parse_seconds, "10 MS", "10 ms"),
        (units.parse_growth, "3%", "3%/month"),
        (units.parse_growth, "0.03", "3%/month"),
        (units.parse_fraction, "0.9995", "99.95%"),
        (units.parse_fraction, "99.95", "99.95%"),
        (units.parse_usd_per_month, "$500", "500 USD/month"),
        (units.parse_usd_per_month, "500 EUR/month", "500 USD/month"),
        (units.parse_hours_per_week, "60", "60 h/week"),
        (units.parse_count, "5m", "5M"),
        (units.parse_count, "5 million", "5M"),
        (units.parse_count, "5,000,000", "5000000"),
    ],
)
def test_a_wrong_or_missing_unit_names_the_right_form(parse, text, near):
    with pytest.raises(Refused) as caught:
        parse(text)
    assert caught.value.near == near
    parse(near)


@pytest.mark.parametrize("system", SYSTEMS, ids=NAMES)
@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("-5", "negative"),
        ("nan", "finite"),
        (".inf", "finite"),
        ("", "not a number"),
        ("abc", "not a number"),
        ("9" * 100, "not a number"),
        ("1e999", "large"),
        ("1e9999", "not a unit"),
        ("٣", "not a number"),
    ],
)
def test_refuses_what_is_no_quantity(system: UnitSystem, number, word):
    with pytest.raises(Refused, match=word):
        system.parse(f"{number} {system.base}" if number[:1].isdigit() else number)


@pytest.mark.parametrize("system", SYSTEMS, ids=NAMES)
@given(value=st.floats(0, 1e15))
def test_writes_what_reads_back_exactly(system: UnitSystem, value):
    text = system.format(value)
    assert system.parse(text) == value
    assert re.match(system.pattern(), text)


@pytest.mark.parametrize("system", SYSTEMS, ids=NAMES)
@given(
    number=st.sampled_from(["7", "7.25", "1_000", "2e3", ".5", "007"]),
    data=st.data(),
    gap=st.sampled_from(["", " "]),
)
def test_schema_pattern_and_reading_agree_on_every_unit(system: UnitSystem, number, data, gap):
    unit = data.draw(st.sampled_from(list(system.units)))
    text = f"{number}{gap}{unit}".rstrip()
    exact = system.exact(text)
    assert exact == Fraction(number.replace("_", "")) * system.units[unit]
    assert re.match(system.pattern(), text)
    assert re.match(system.pattern(positive=True), text)
    assert not re.match(
        system.pattern(positive=True), text.translate({ord(c): "0" for c in "123456789"})
    )


@given(st.integers(0, 10**15))
def test_counts_read_back(value):
    assert units.parse_count(units.format_count(value)) == value


def test_writes_short_and_natural_texts():
    assert units.format_count(5_000_000) == "5M"
    assert units.format_bytes(900) == "900 B"
    assert units.format_bytes(200 * 2**30) == "200 GiB"
    assert units.format_rate(350) == "350/s"
    assert units.format_rate(0.05) == "180/h"
    assert units.format_seconds(0.01) == "10 ms"
    assert units.format_seconds(300) == "5 min"
    assert units.format_seconds(7_776_000) == "90 d"
    assert units.format_growth(0.03) == "3%/month"
    assert units.format_fraction(0.9995) == "99.95%"
    assert units.format_usd_per_month(500) == "500 USD/month"
    assert units.format_hours_per_week(60) == "60 h/week"


def test_a_part_of_a_record_is_refused():
    with pytest.raises(Refused, match="whole number"):
        units.parse_count("1.5")


def test_reading_rounds_once():
    # 0.1 + 0.2 style errors would show here: the text's exact value is rounded to a float once.
    assert units.parse_bytes("0.3 kB") == 300.0
    assert units.parse_seconds("1.1 h") == 3960.0
    assert math.isclose(units.parse_rate("1/d"), 1 / 86400, rel_tol=0)
