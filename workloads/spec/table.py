"""The whole table of keys, and ways to look into it."""

from __future__ import annotations

from collections.abc import Iterator

from workloads.spec.fields import (
    DATA,
    LATENCY,
    OPERATIONS,
    RETENTION,
    TOP,
    TRAFFIC,
)
from workloads.spec.needs import NEEDS
from workloads.spec.section import Field, Section

MAPPINGS = (DATA, TRAFFIC, LATENCY, RETENTION, NEEDS)
SECTIONS = (DATA, OPERATIONS, TRAFFIC, LATENCY, RETENTION, NEEDS)


def top_keys() -> tuple[str, ...]:
    """Every key that may stand at the top of a file."""
    return (*(field.key for field in TOP.fields), *(section.key for section in SECTIONS))


def every_field() -> Iterator[tuple[Section, Field]]:
    """All keys in the order of the format."""
    for section in (TOP, *SECTIONS):
        for field in section.fields:
            yield section, field


def find(path: str) -> tuple[Section, Field] | None:
    """The key with this path as in a file (`traffic.peak`) or model (`traffic.peak_per_s`)."""
    for section, field in every_field():
        if path in (section.file_path(field), section.model_path(field)):
            return section, field
    return None


def elsewhere(key: str) -> str | None:
    """The path of a key that stands in another section, to suggest it."""
    for section, field in every_field():
        if section.key and key in (field.key, field.model_key):
            return section.file_path(field)
    return None
