"""Numbers as people read them."""

from __future__ import annotations

import pytest

from results.display import certainty, months, number, rate, seconds, share, size, usd


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (number(None), "–"),
        (months(2.957), "3"),
        (months(0.333), "0.3"),
        (number(0), "0"),
        (number(1_234_567), "1,230,000"),
        (number(1_234), "1,234"),
        (number(0.0123456), "0.0123"),
        (number(99.96), "100"),
        (number(12.5), "12.5"),
        (number(-3.14159), "-3.14"),
        (number(2.5e-9), "2.50e-09"),
        (number(float("inf")), "inf"),
        (seconds(None), "–"),
        (seconds(0.0), "0 s"),
        (seconds(0.000123), "123 µs"),
        (seconds(0.0009999), "1 ms"),
        (seconds(0.0123456), "12.3 ms"),
        (seconds(1.5e-9), "1.5 ns"),
        (seconds(3e-10), "0.3 ns"),
        (seconds(59.0), "59 s"),
        (seconds(119.0), "119 s"),
        (seconds(300.0), "5 min"),
        (seconds(14 * 86_400.0), "14 d"),
        (size(None), "–"),
        (size(900), "900 B"),
        (size(1_536), "1.5 KiB"),
        (size(6 * 2**30), "6 GiB"),
        (size(2**30 - 1), "1 GiB"),
        (rate(12_345.6), "12,300/s"),
        (rate(None), "–"),
        (share(0.934), "93 %"),
        (share(0.0123), "1.2 %"),
        (share(0.0001), "< 0.1 %"),
        (share(0.0), "0 %"),
        (share(1.0), "100 %"),
        (usd(None), "unknown"),
        (usd(0.0), "$0.00"),
        (usd(0.001), "less than $0.01"),
        (usd(42.1), "$42.10"),
        (usd(99.999), "$100"),
        (usd(1_234.5), "$1,234"),
        (usd(-12.0), "-$12.00"),
    ],
)
def test_numbers_are_short_and_have_their_unit(found: str, expected: str) -> None:
    assert found == expected


def test_nothing_is_certain() -> None:
    assert [certainty(s) for s in (None, 1.0, 0.995, 0.99, 0.5, 0.0)] == [
        "–",
        "over 99 %",
        "over 99 %",
        "99 %",
        "50 %",
        "under 1 %",
    ]
