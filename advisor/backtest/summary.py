"""The error that a recommendation quotes: kept in a small file, as the back-test last found it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from advisor.backtest.prediction import Backtest

FILE = Path(__file__).parent / "summary.json"


class Summary(Struct, frozen=True, kw_only=True):
    """Points, median of their absolute errors, median error, and bottlenecks named right."""

    points: int
    cases: int
    median_error: float
    bias: float
    named_right: int
    named_of: int


def summary() -> Summary | None:
    """What the back-test last found; None when it was never run."""
    if not FILE.exists():
        return None
    return msgspec.json.decode(FILE.read_bytes(), type=Summary)


def quoted() -> str:
    """One sentence for a recommendation; empty without a back-test."""
    found = summary()
    if found is None:
        return ""
    side = "too high" if found.bias > 0 else "too low"
    return (
        f"back-test: throughput of {found.points} published points of RDS ({found.cases} cases) "
        f"predicted with a median error of {100 * found.median_error:.0f} % "
        f"({side} by {100 * abs(found.bias):.0f} % in the middle); bottleneck named right in "
        f"{found.named_right} of {found.named_of} (`advisor backtest`)"
    )


def text(found: Backtest) -> str:
    """What is kept of a back-test."""
    right, of = found.bottlenecks
    kept = Summary(
        points=len(found.points),
        cases=len(found.cases),
        median_error=round(found.median_error, 4),
        bias=round(found.bias, 4),
        named_right=right,
        named_of=of,
    )
    return msgspec.json.format(msgspec.json.encode(kept), indent=1).decode() + "\n"
