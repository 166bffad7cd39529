"""Published figures of real managed databases, with their sources: what forecasts are held to.

The data are lines of JSON in `results/published/`, one point each.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from workloads.errors import InputError

_FOLDER = Path(__file__).parent / "published"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedResult:
    """One measured point of a public benchmark of a managed database.

    `throughput_per_s` counts the benchmark's own transactions. `records` are the rows of its main
    tables together. `cpu_utilisation` is 0..1 of the instance. `bottleneck` is what the author found
    to limit the case at its knee. `clients`, percentiles and others are None where the source does
    not say. Dates are ISO 8601: `measured` by the author (None: not said), `read` by us.
    """

    case: str
    service: str
    engine: str
    version: str
    instance_class: str
    region: str | None
    storage: str
    storage_iops: int | None
    benchmark: str
    scale: str
    records: int | None = None
    clients: int | None
    throughput_per_s: float
    p95_s: float | None
    cpu_utilisation: float | None
    bottleneck: str | None = None
    source: str
    licence: str
    measured: str | None
    read: str


def published() -> list[PublishedResult]:
    """All shipped points, by case and in the order of their file."""
    points = []
    for file in sorted(_FOLDER.glob("*.ndjson")):
        for number, line in enumerate(file.read_bytes().splitlines(), 1):
            try:
                points.append(msgspec.json.decode(line, type=PublishedResult))
            except msgspec.DecodeError as error:
                raise InputError(f"{file}:{number}: not a published result: {error}") from error
    return points
