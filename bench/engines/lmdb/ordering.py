"""Keys as bytes whose order is DynamoDB's order of the values.

Each form is self-delimiting: a key of several values is their forms one after the other, and no
form is the beginning of another.

number   8 bytes, the largest integer not above it, big-endian with the sign bit turned;
         then one byte (1 + value) for each pair of decimals; then 0. An integer takes 9 bytes.
         Integers that do not fit between -2^63+1 and 2^63-2 stand after 8 bytes of 0 or 255.
text     its UTF-8 bytes, 0 written as 0 255; then 0 0
binary   the same of its bytes
"""

from __future__ import annotations

import hashlib
from decimal import ROUND_FLOOR, Context, Decimal
from typing import TYPE_CHECKING

from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

INTEGER_BYTES = 9
KEY_LIMIT_BYTES = 511  # of LMDB as py-lmdb builds it
_PARTITION_LIMIT_BYTES = 256  # longer partition keys are hashed: their order means nothing
_LOW, _HIGH = -(2**63) + 1, 2**63 - 2
_SIGN = 1 << 63
_EXACT = Context(prec=320)  # 38 digits anywhere between 1E-130 and 1E+126

KeyValue = int | float | str | bytes | Decimal


def ordered(value: KeyValue) -> bytes:
    """The self-delimiting, ordered form of one key value."""
    if isinstance(value, bool):
        raise TypeError("a Boolean cannot be a key")
    if isinstance(value, int):
        if _LOW <= value <= _HIGH:
            return (value + _SIGN).to_bytes(8, "big") + b"\0"
        return _far(value, b"")
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return value.replace(b"\0", b"\0\xff") + b"\0\0"
    return _decimal(Decimal(repr(value)) if isinstance(value, float) else value)


def partition(value: KeyValue) -> bytes:
    """The form of a partition key: a long one is replaced by its hash, as only equality counts."""
    form = ordered(value)
    if len(form) <= _PARTITION_LIMIT_BYTES:
        return form
    return b"\xff" + hashlib.blake2b(form, digest_size=16).digest()


def key(*forms: bytes) -> bytes:
    """Several forms as one key; OperationFailed when LMDB cannot hold it."""
    whole = b"".join(forms)
    if len(whole) > KEY_LIMIT_BYTES:
        raise OperationFailed(
            "key-too-long", f"a key of {len(whole)} bytes; at most {KEY_LIMIT_BYTES} fit"
        )
    return whole


def after(prefix: bytes) -> bytes:
    """The first key above all keys that begin with `prefix` (which does not end in 255)."""
    return prefix[:-1] + bytes([prefix[-1] + 1])


def integer_keys(*columns: npt.NDArray[np.int64]) -> list[bytes]:
    """Keys of one or several integers each, for many rows at once; within the 8-byte range."""
    import numpy as np

    rows = len(columns[0])
    form = np.zeros((rows, INTEGER_BYTES * len(columns)), dtype=np.uint8)
    for position, column in enumerate(columns):
        start = position * INTEGER_BYTES
        turned = (column.astype(np.int64).view(np.uint64) ^ np.uint64(_SIGN)).astype(">u8")
        form[:, start : start + 8] = turned.view(np.uint8).reshape(rows, 8)
    keys: list[bytes] = form.view(f"V{form.shape[1]}").ravel().tolist() if rows else []
    return keys


def _decimal(number: Decimal) -> bytes:
    whole = int(number.to_integral_value(rounding=ROUND_FLOOR))
    fraction = _EXACT.subtract(number, Decimal(whole))
    digits = f"{fraction:f}".partition(".")[2].rstrip("0")
    digits += "0" * (len(digits) % 2)
    pairs = bytes(1 + int(digits[i : i + 2]) for i in range(0, len(digits), 2))
    if _LOW <= whole <= _HIGH:
        return (whole + _SIGN).to_bytes(8, "big") + pairs + b"\0"
    return _far(whole, pairs)


def _far(whole: int, pairs: bytes) -> bytes:
    """Beyond 8 bytes: 8 bytes of 255 (or 0), the length, the integer; turned when negative."""
    magnitude = abs(whole)
    size = (magnitude.bit_length() + 7) // 8
    body = bytes([size]) + magnitude.to_bytes(size, "big")
    if whole < 0:
        return bytes(8) + bytes(255 - byte for byte in body) + pairs + b"\0"
    return b"\xff" * 8 + body + pairs + b"\0"
