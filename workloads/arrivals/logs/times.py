"""Times as logs write them, in seconds since 1970; without a zone they are taken as UTC."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
COMMON = re.compile(
    r"(\d{1,2})/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?: ([+-])(\d\d):?(\d\d))?"
)
# A number of seconds, milliseconds, microseconds or nanoseconds since 1970: which, its size tells.
LARGEST_SECONDS = 1e11


@lru_cache(maxsize=4096)
def of_web_server(text: str) -> float | None:
    """`10/Oct/2000:13:55:36 -0700`, as Apache and nginx write it."""
    match = COMMON.fullmatch(text)
    if match is None or match[2] not in MONTHS:
        return None
    zone = UTC
    if match[7]:
        offset = timedelta(hours=int(match[8]), minutes=int(match[9]))
        if offset >= timedelta(hours=24):
            return None
        zone = timezone(offset if match[7] == "+" else -offset)
    try:
        day = datetime(int(match[3]), MONTHS[match[2]], int(match[1]), tzinfo=zone)
        moment = day.replace(hour=int(match[4]), minute=int(match[5]), second=int(match[6]))
    except ValueError:
        return None
    return moment.timestamp()


def iso(text: str) -> float | None:
    """ISO 8601, `2026-01-31T10:00:00.123Z` or with a blank for T."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def number(value: float) -> float | None:
    """Since 1970, in a unit that its size tells."""
    if not math.isfinite(value) or value <= 0:
        return None
    while value >= LARGEST_SECONDS:
        value /= 1000.0
    return float(value)


def any_of(value: object) -> float | None:
    """A time in any of the forms, from text or a number."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return number(float(value)) if abs(value) < 1e30 else None
    if not isinstance(value, str) or len(value) > 64:
        return None
    found = iso(value.strip())
    if found is None:
        found = of_web_server(value.strip().strip("[]"))
    if found is None:
        try:
            found = number(float(value))
        except ValueError:
            return None
    return found
