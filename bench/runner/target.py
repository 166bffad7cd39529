"""An engine at a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import engines
from results.manifest import without_passwords

if TYPE_CHECKING:
    from bench.engines.seam import Engine, Place


@dataclass(frozen=True, slots=True)
class Target:
    """An engine at a place; `text` as it may be shown (without a password)."""

    text: str
    engine: Engine
    place: Place


def target_of(text: str) -> Target:
    """Read a target; its shown text has no password."""
    engine, place = engines.parse_target(text)
    return Target(without_passwords((text.strip(),))[0], engine, place)
