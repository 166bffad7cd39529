"""One JSON object a line: the time, and the method if there is one, under any of the usual names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workloads.arrivals.logs import times
from workloads.arrivals.logs.seam import Hit, Reader, mostly

TIMES = (
    "time", "timestamp", "@timestamp", "ts", "time_iso8601", "time_local", "datetime", "date",
    "msec", "start_time", "startTime", "eventTime", "requestTime", "requestTimeEpoch",
)  # fmt: skip
METHODS = ("method", "request_method", "http_method", "httpMethod", "verb", "requestMethod")
REQUESTS = ("request", "httpRequest", "http", "req")


@dataclass(frozen=True, slots=True)
class JsonLines:
    name: str = "a log of JSON lines"

    def reader(self, head: Sequence[str]) -> Reader | None:
        return mostly(read, head)


def read(line: str) -> Hit | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    for name in TIMES:
        time_s = times.any_of(found.get(name))
        if time_s is not None:
            return Hit(time_s, _method(found))
    return None


def _method(found: Mapping[str, Any]) -> str | None:
    """`method`, or that of a request: a mapping, or its first line."""
    for name in METHODS:
        if isinstance(found.get(name), str):
            return str(found[name])
    for name in REQUESTS:
        inner = found.get(name)
        if isinstance(inner, Mapping):
            return next((str(inner[m]) for m in METHODS if isinstance(inner.get(m), str)), None)
        if isinstance(inner, str):
            return inner.partition(" ")[0]
    return None


FORMAT = JsonLines()
