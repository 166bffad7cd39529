"""What a comparison gives: figures with their target, and how they are written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from workloads.errors import InputError

FIGURES_SCHEMA = 1
_DRAWS = 10_000
_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a figure should be. `of`: the ratio ours / peer's, or our own figure."""

    of: Literal["ratio", "ours"]
    at: Literal["least", "most"]
    value: float

    def reached(self, figure: float) -> bool:
        """Whether a figure is on the right side."""
        return figure >= self.value if self.at == "least" else figure <= self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. `ours` and `peer` are medians over `n` rounds, in `unit`.

    ratio       median of the rounds' ratios, ours / peer's, with `low` and `high` (95 %); None
                where there is no peer
    target      None: told beside another figure only
    peer_name   the other program and its version; for a figure of our own alone, what it is held
                to
    """

    name: str
    title: str
    unit: str
    ours: float
    peer: float | None
    ratio: float | None
    low: float | None
    high: float | None
    n: int
    peer_name: str
    target: Target | None

    @property
    def reached(self) -> bool | None:
        """Whether the target was reached; None without one."""
        if self.target is None:
            return None
        value = self.ratio if self.target.of == "ratio" else self.ours
        return None if value is None else self.target.reached(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where and when. `load_average`: of the last minute before the first comparison."""

    date: str
    cpu_model: str
    cpus: int
    memory_bytes: int
    kernel: str
    virtualisation: str | None
    disk: str | None
    fsync_p50_s: float | None
    python: str
    storefit: str
    commit: str | None
    load_average: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A whole run. `missing`: comparisons that could not be made, and why."""

    schema: int
    machine: Machine
    rounds: int
    window_s: float
    quick: bool
    figures: tuple[Figure, ...]
    missing: tuple[str, ...]


def compared(
    name: str,
    title: str,
    *,
    unit: str,
    pairs: Sequence[tuple[float, float]],
    peer_name: str,
    target: Target | None,
) -> Figure:
    """The figure of (ours, peer's) of each round."""
    ratios = np.array([ours / peer for ours, peer in pairs])
    low, high = median_interval(ratios.tolist())
    return Figure(
        name=name,
        title=title,
        unit=unit,
        ours=float(np.median([ours for ours, _ in pairs])),
        peer=float(np.median([peer for _, peer in pairs])),
        ratio=float(np.median(ratios)),
        low=low,
        high=high,
        n=len(pairs),
        peer_name=peer_name,
        target=target,
    )


def alone(
    name: str,
    title: str,
    *,
    unit: str,
    values: Sequence[float],
    held_to: str,
    target: Target | None,
) -> Figure:
    """A figure of ours that has no counterpart; the interval is that of its median."""
    low, high = median_interval(values)
    return Figure(
        name=name,
        title=title,
        unit=unit,
        ours=float(np.median(values)),
        peer=None,
        ratio=None,
        low=low,
        high=high,
        n=len(values),
        peer_name=held_to,
        target=target,
    )


def median_interval(values: Sequence[float], *, seed: int = 1) -> tuple[float | None, float | None]:
    """Bootstrap 95 % percentile interval of the median; None, None of a single value."""
    data = np.asarray(values, dtype=np.float64)
    if len(data) < 2:
        return None, None
    picks = np.random.default_rng(seed).integers(0, len(data), size=(_DRAWS, len(data)))
    tail = (1 - _LEVEL) / 2
    low, high = np.quantile(np.median(data[picks], axis=1), [tail, 1 - tail])
    return float(low), float(high)


def save(found: Found, path: Path) -> None:
    """Write a run as JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


def load(path: Path) -> Found:
    """Read a run again. InputError when it is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Found)
    except (OSError, msgspec.MsgspecError) as error:
        raise InputError(f"{path.name}: no figures can be read: {error}") from error
