"""From this machine's CPU seconds to the reference core (m5 = 1).

A CPU second is worth the speed of the core it was spent on, less where its sibling hyper-thread
was busy. Speeds come from published scores of the EC2 family with the same processor design; a
processor that is like none of them gets a wide range and is marked as assumed. Where the machine
was calibrated (`bench calibrate`), its own kernels stand beside the published scores, and what all
processors give together is measured.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from advisor import facts
from advisor.facts.assumptions import assumption, like_family
from advisor.facts.model import HYPER_THREAD_FACTOR
from advisor.model import EvidenceKind
from results.record import Environment

if TYPE_CHECKING:
    from results.calibration import Calibration

# Another model of the same design: other clock rate and cache.
_SAME_DESIGN = 0.15
# A processor like none in the table: its score by the kernel of the records, which sees no memory
# and no kernel work, and which a busy machine pushes down.
_SCORE_LOW, _SCORE_HIGH = 0.6, 1.8
# Without a score: servers and desktops since about 2017, in cores of m5.
KERNELS = ("deflate", "lookups")
_TOGETHER = 0.1  # other work shares a core otherwise than the kernels do
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


def local_core(environment: Environment, calibration: Calibration | None = None) -> CoreSpeed:
    """How fast a core of the machine of a record is; `calibration` is one of that machine."""
    published = _published(environment)
    return published if calibration is None else _calibrated(published, calibration)


def _calibrated(published: CoreSpeed, calibration: Calibration) -> CoreSpeed:
    """The published speed and the kernels of the machine: their mean, and all of their range.

    A processor that no score is published for has its kernels alone.
    """
    kernels = {
        name: figure.best / assumption(f"cpu.{name}_reference").value
        for name in KERNELS
        if (figure := calibration.figure(f"{name}.single")) is not None
    }
    if not kernels:
        return published
    known = published.kind == "documented"
    speeds = [*kernels.values(), *([published.value] if known else [])]
    ends = [*speeds, *([published.low, published.high] if known else [])]
    spread = 0.0 if known else _SAME_DESIGN
    said = ", ".join(f"{name} {speed:.2f}" for name, speed in kernels.items())
    return structs.replace(
        published,
        low=min(ends) * (1 - spread),
        value=math.exp(math.fsum(map(math.log, speeds)) / len(speeds)),
        high=max(ends) * (1 + spread),
        kind="measured",
        id=f"{published.id}/calibrated",
        label=f"{published.label}; its own kernels: {said} reference cores",
        source=f"bench calibrate, {calibration.made_at[:10]}"
        + (f"; {published.source}" if known else ""),
        date=calibration.made_at[:10],
    )


def _published(environment: Environment) -> CoreSpeed:
    """By the score of the processor's design, else by the score in its records, else any."""
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


def worth(
    busy: float, hyper_threads: bool | None, together: float | None = None
) -> tuple[float, float, float]:
    """What a CPU second is worth when a fraction `busy` (0..1) of the CPUs works: low, mid, high.

    `together` is what a CPU gives while all are busy, as a share of one alone, where a calibration
    measured it: hidden hyper-threads of a virtual machine show in it.
    With hyper-threads the sibling is busy with that probability, and a pair gives only twice the
    hyper-thread factor of a core (advisor/facts/model.py). Unknown: anything between.
    """
    share = min(max(busy, 0.0), 1.0)
    if together is not None:
        mid = 1.0 - (1.0 - together) * share
        return mid * (1 - _TOGETHER), mid, min(mid * (1 + _TOGETHER), 1.0)
    low, mid, high = (1.0 - (1.0 - factor) * share for factor in HYPER_THREAD_FACTOR)
    if hyper_threads is None:
        return low, (mid + 1.0) / 2, 1.0
    return (low, mid, high) if hyper_threads else (1.0, 1.0, 1.0)
