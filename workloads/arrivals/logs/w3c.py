"""Logs that name their columns in a line `#Fields:` (W3C extended): CloudFront's, IIS's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workloads.arrivals.logs import times
from workloads.arrivals.logs.seam import Hit, Reader

FIELDS = "#Fields:"
METHOD = "cs-method"


@dataclass(frozen=True, slots=True)
class W3cLog:
    name: str = "a W3C extended log (CloudFront, IIS)"

    def reader(self, head: Sequence[str]) -> Reader | None:
        line = next((line for line in head if line.startswith(FIELDS)), None)
        names = line.removeprefix(FIELDS).split() if line else []
        if "date" not in names or "time" not in names:
            return None
        date, time = names.index("date"), names.index("time")
        method = names.index(METHOD) if METHOD in names else None

        def read(line: str) -> Hit | None:
            cells = line.split("\t") if "\t" in line else line.split()
            if len(cells) != len(names):
                return None
            time_s = times.iso(f"{cells[date]} {cells[time]}")
            if time_s is None:
                return None
            return Hit(time_s, None if method is None else cells[method])

        return read


FORMAT = W3cLog()
