"""Sides of a comparison: repetitions whose times scatter around a factor of the usual ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from samples import Sketch, record

from results.comparison import Comparison
from results.record import Record

MEDIANS_S = (("read", 0.00012), ("update", 0.0016))


def side(
    factor: float, n: int, seed: int, spread: float = 0.01, sketch: Sketch | None = None
) -> list[Record]:
    """`n` repetitions that take `factor` times as long, scattered by `spread`, CPU as well."""
    random = np.random.default_rng(seed)
    asked = sketch or Sketch(duration_s=2.0)
    found = []
    for number in range(1, n + 1):
        scale = factor * float(np.exp(random.normal(0.0, spread)))
        made = record(
            replace(
                asked,
                medians_s=tuple((kind, median * scale) for kind, median in asked.medians_s),
                cpu_s=None if asked.cpu_s is None else asked.cpu_s * scale,
                repetition=number,
                number=number,
            )
        )
        found.append(made)
    return found


def rated(base: Record, rates: Sequence[float], variant: str | None = None) -> list[Record]:
    """Repetitions with these throughputs and nothing else that differs."""
    return [
        replace(
            base,
            id=f"{base.run}.{2 * number - (variant is None):03d}",
            throughput_per_s=float(rate),
            trial=replace(base.trial, repetition=number, variant=variant),
        )
        for number, rate in enumerate(rates, 1)
    ]


def pick(compared: Sequence[Comparison], metric: str, operation: str = "all") -> Comparison:
    """The one comparison of this metric and operation."""
    (found,) = [c for c in compared if (c.metric, c.operation) == (metric, operation)]
    return found
