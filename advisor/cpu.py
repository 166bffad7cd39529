"""From this machine's CPU seconds to the reference core (m5 = 1).

A CPU second is worth the speed of the core it was spent on, less where its sibling hyper-thread
was busy. Speeds come from published scores of the EC2 family with the same processor design; a
processor that is like none of them gets a wide range and is marked as assumed.
"""

from __future__ import annotations

import re

from msgspec import Struct

from advisor import facts
from advisor.facts.assumptions import assumption, like_family
from advisor.facts.model import HYPER_THREAD_FACTOR
from advisor.model import EvidenceKind
from results.record import Environment

# Another model of the same design: other clock rate and cache.
_SAME_DESIGN = 0.15
# A processor like none in the table: its score by the kernel of the records, which sees no memory
# and no kernel work, and which a busy machine pushes down.
_SCORE_LOW, _SCORE_HIGH = 0.6, 1.8
# Without a score: servers and desktops since about 2017, in cores of m5.
_UNKNOWN_LOW, _UNKNOWN, _UNKNOWN_HIGH = 0.7, 1.5, 3.5


class CoreSpeed(Struct, frozen=True, kw_only=True):
    """Speed of one core with nothing on its sibling, in reference cores: low, expected, high."""

    low: float
    value: float
    high: float
    kind: EvidenceKind
    id: str
    label: str
    source: str
    date: str


def local_core(environment: Environment) -> CoreSpeed:
    """How fast a core of the machine of a record is."""
    described = f"{environment.cpu_model} {environment.cpu_family}"
    like = like_family(described)
    if like is None:
        return _unknown(described, environment.cpu_score_single)
    family, design = like
    score = facts.cpu_families()[family]
    return CoreSpeed(
        low=score.single_low * (1 - _SAME_DESIGN),
        value=score.single,
        high=score.single_high * (1 + _SAME_DESIGN),
        kind="documented",
        id=f"cpu/{family}",
        label=f"{described.strip()}: {design}, as the EC2 family {family}",
        source=score.source,
        date=score.date,
    )


def _unknown(described: str, score: float | None) -> CoreSpeed:
    """A processor that is like none in the table: by its own score, else any."""
    label = f"{described.strip()}: like no processor in the table of scores"
    if score is None or score <= 0:
        low, value, high = _UNKNOWN_LOW, _UNKNOWN, _UNKNOWN_HIGH
        source = "assumption: processors since 2017"
    else:
        value = score / assumption("cpu.deflate_reference").value
        low, high = value * _SCORE_LOW, value * _SCORE_HIGH
        source = f"assumption: {score:.3g} MB/s deflated, against a reference core"
    return CoreSpeed(
        low=low,
        value=value,
        high=high,
        kind="assumed",
        id=f"cpu/{_slug(described)}",
        label=label,
        source=source,
        date="",
    )


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "unknown"


def worth(busy: float, hyper_threads: bool | None) -> tuple[float, float, float]:
    """What a CPU second is worth when a fraction `busy` (0..1) of the CPUs works: low, mid, high.

    With hyper-threads the sibling is busy with that probability, and a pair gives only twice the
    hyper-thread factor of a core (advisor/facts/model.py). Unknown: anything between.
    """
    share = min(max(busy, 0.0), 1.0)
    low, mid, high = (1.0 - (1.0 - factor) * share for factor in HYPER_THREAD_FACTOR)
    if hyper_threads is None:
        return low, (mid + 1.0) / 2, 1.0
    return (low, mid, high) if hyper_threads else (1.0, 1.0, 1.0)
