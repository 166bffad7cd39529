"""A trace: requests per second over time, read from a CSV file or an access log. Light: no numpy.

In a CSV file the first column is the time: seconds, or a date and time (ISO 8601, also with / for
-). The second is the rate in requests per second; where its heading says `Sum` (a CloudWatch
export), the values are requests in each interval. Lines before the first with a time are headings;
a line without a value is a gap, over which the last rate holds. Lines may be in any order of time.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import warnings
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import IO, cast

from workloads.errors import InputError, Remark

_MOST_QUOTED = 40
MOST_PER_S = 1e9  # as the rates of a workload file
_HEAD_BYTES = 64 << 10
_GZIPPED = b"\x1f\x8b"
_FORMS = (
    "a CSV file with two columns: time, requests per second; or an access log: common, combined, "
    "of a load balancer, W3C, JSON lines"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Rates, each from its time until the next; times start at 0, `duration_s` ends the last."""

    times_s: tuple[float, ...]
    rates_per_s: tuple[float, ...]
    duration_s: float

    @property
    def mean_per_s(self) -> float:
        ends = (*self.times_s[1:], self.duration_s)
        spans = zip(self.times_s, ends, self.rates_per_s, strict=True)
        return math.fsum((end - start) * rate for start, end, rate in spans) / self.duration_s

    def mean_until(self, end_s: float) -> float:
        """The mean rate of its first `end_s` seconds (more than 0), 0 after its end."""
        ends = (*self.times_s[1:], self.duration_s)
        spans = zip(self.times_s, ends, self.rates_per_s, strict=True)
        return math.fsum(max(0.0, min(end, end_s) - at) * rate for at, end, rate in spans) / end_s

    @property
    def peak_per_s(self) -> float:
        return max(self.rates_per_s)


def read(path: Path) -> Series:
    """The series in a CSV file, a CloudWatch export or an access log; each may be gzipped.

    InputError names the file, the line of the first fault and why. What was counted in a log, and
    what was left out, is a Remark.
    """
    return _of_log(path) or _of_csv(path)


def _of_log(path: Path) -> Series | None:
    """The series of an access log (see `logs`); None when it is none."""
    try:
        state = path.stat()
        found = _counted(path, state.st_size, state.st_mtime_ns)
    except (OSError, EOFError, zlib.error) as error:
        raise _unread(path, error) from error
    if found is None:
        return None
    series, remark = found
    warnings.warn(Remark(f"{path}: {remark}"), stacklevel=3)
    return series


@lru_cache(maxsize=8)
def _counted(path: Path, _size: int, _changed_ns: int) -> tuple[Series, str] | None:
    """Series and remark of a log, kept because every trial of a run asks for them again."""
    from workloads.arrivals import logs

    with _opened(path) as file:
        head = file.read(_HEAD_BYTES).decode("utf-8", "replace")
    found = logs.recognise(head.splitlines()[: None if len(head) < _HEAD_BYTES else -1])
    if found is None:
        return None
    form, reader = found
    with _opened(path) as file:
        lines = (line.decode("utf-8", "replace") for line in file)
        counted = logs.counted(lines, reader, name=str(path), form=form.name)
    return counted.series, counted.remark(form.name)


def _opened(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked if it is gzipped."""
    with path.open("rb") as file:
        packed = file.read(len(_GZIPPED)) == _GZIPPED
    return cast("IO[bytes]", gzip.open(path)) if packed else path.open("rb")


def _unread(path: Path, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or str(error)
    return _unreadable(f"{path}: the trace cannot be read: {reason}")


def _of_csv(path: Path) -> Series:
    try:
        with _opened(path) as file:
            data = file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise _unread(path, error) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _unreadable(
            f"{path}, line {line}: the trace cannot be read: byte 0x{data[error.start]:02x} is not"
            " UTF-8 text"
        ) from error
    return parse(io.StringIO(text, newline=""), name=str(path))


def _unreadable(message: str) -> InputError:
    return InputError(message, hint=_FORMS)


def parse(lines: Iterable[str], *, name: str) -> Series:
    """The series in lines of CSV; `name` is what errors call it."""
    points: dict[float, float] = {}
    summed = False
    for number, cells in _rows(lines, name):
        if not any(cell.strip() for cell in cells):
            continue
        where = f"{name}, line {number}"
        time = seconds(cells[0])
        if time is None:
            if points:
                raise _unreadable(f"{where}: {_quoted(cells[0])} is not a time")
            summed = summed or (len(cells) > 1 and "sum" in cells[1].casefold())
        elif len(cells) > 1 and cells[1].strip():
            if time in points:
                raise InputError(f"{where}: a second rate for one time, {_quoted(cells[0])}")
            points[time] = rate(cells[1], where=where)
        elif len(cells) < 2:
            raise _unreadable(f"{where}: there is no rate beside the time")
    return assembled(sorted(points.items()), summed=summed, name=name)


def _rows(lines: Iterable[str], name: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row with the number of its last line."""
    reader = csv.reader(lines)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise _unreadable(
            f"{name}, line {reader.line_num}: the trace cannot be read: {error}"
        ) from error


def _quoted(text: str) -> str:
    """A cell as an error shows it: in quotes, on one line, not all of a long one."""
    text = text.strip()
    return repr(text if len(text) <= _MOST_QUOTED else f"{text[:_MOST_QUOTED]}…")


def assembled(points: list[tuple[float, float]], *, summed: bool, name: str) -> Series:
    """The series of sorted (seconds, value) points."""
    if len(points) < 2:
        raise InputError(
            f"{name}: the trace has {len(points) or 'no'} value{'s' * (not points)}",
            hint="at least two lines: time, requests per second",
        )
    gaps = [after - before for (before, _), (after, _) in pairwise(points)]
    if min(gaps) <= 0.0:
        raise InputError(f"{name}: the trace gives two rates for one time")
    interval_s = median(gaps)
    first_s = points[0][0]
    return Series(
        times_s=tuple(time - first_s for time, _ in points),
        rates_per_s=tuple(value / interval_s if summed else value for _, value in points),
        duration_s=points[-1][0] - first_s + interval_s,
    )


def seconds(text: str) -> float | None:
    """A time in seconds, since 1970 for a date; None when the text is neither."""
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text.replace("/", "-"))
        except ValueError:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return number if math.isfinite(number) else None


def rate(text: str, *, where: str) -> float:
    """A rate of at least 0."""
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{where}: {_quoted(text)} is not a number") from None
    if not math.isfinite(value) or value < 0.0:
        raise InputError(f"{where}: a rate must be a number of at least 0, not {_quoted(text)}")
    if value > MOST_PER_S:
        raise InputError(f"{where}: a rate is at most {MOST_PER_S:,.0f}/s, not {_quoted(text)}")
    return value
