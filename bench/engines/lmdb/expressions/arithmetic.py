"""DynamoDB's arithmetic: decimal, exact to 38 digits, an error beyond."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact

from bench.engines.lmdb.expressions.errors import ValidationFailed
from bench.engines.lmdb.expressions.values import exact

# Amazon DynamoDB Developer Guide, "Supported data types and naming rules" (read 2026-11): up to 38
# digits; magnitudes from 1E-130 to 9.9999999999999999999999999999999999999E+125.
DIGITS = 38
LARGEST_EXPONENT = 125
SMALLEST_EXPONENT = -130

_Number = int | float | Decimal
_WHOLE_LIMIT = 10**DIGITS
_EXACT = Context(prec=DIGITS, traps=[Inexact])


def added(left: _Number, right: _Number) -> int | Decimal:
    """The sum of two numbers, `normal`. Raises ValidationFailed when it has too many digits.

    >>> added(0.1, 0.2), added(3, 4), added(10**37, 9 * 10**37)
    (Decimal('0.3'), 7, Decimal('1E+38'))
    """
    if type(left) is int and type(right) is int:
        total = left + right
        if -_WHOLE_LIMIT < total < _WHOLE_LIMIT:
            return total
    try:
        return normal(_EXACT.add(Decimal(exact(left)), Decimal(exact(right))))
    except Inexact:
        raise ValidationFailed(f"DynamoDB only supports precision up to {DIGITS} digits") from None


def subtracted(left: _Number, right: _Number) -> int | Decimal:
    """The difference of two numbers; as `added`."""
    return added(left, -right if type(right) is int else Decimal(exact(right)).copy_negate())


def normal(number: Decimal) -> int | Decimal:
    """A number as DynamoDB keeps it: no zeros at its ends; whole ones of up to 38 digits are int.

    Raises ValidationFailed when its magnitude is out of range.

    >>> normal(Decimal("1.50")), normal(Decimal("100")), normal(Decimal("-0.0"))
    (Decimal('1.5'), 100, 0)
    """
    if not number:
        return 0
    exponent = number.adjusted()
    if exponent > LARGEST_EXPONENT:
        raise ValidationFailed(
            "Number overflow. Attempting to store a number with magnitude larger than supported "
            "range"
        )
    if exponent < SMALLEST_EXPONENT:
        raise ValidationFailed(
            "Number underflow. Attempting to store a number with magnitude smaller than supported "
            "range"
        )
    if exponent < DIGITS and number == number.to_integral_value():
        return int(number)
    return number.normalize(_EXACT)
