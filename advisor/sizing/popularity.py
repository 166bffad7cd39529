"""Which pages are asked for how often, as strips: what memory holds, and what is written back."""

from __future__ import annotations

import math

from msgspec import Struct


class Strip(Struct, frozen=True, kw_only=True):
    """A fraction of the pages, equally popular, and the share of the accesses it gets (0..1)."""

    pages: float
    share: float


UNIFORM = (Strip(pages=1.0, share=1.0),)


def found_in(strips: tuple[Strip, ...], held: float) -> float:
    """Share of accesses that find their page where the most popular `held` (0..1) are kept."""
    left, found = min(max(held, 0.0), 1.0), 0.0
    for strip in sorted(strips, key=lambda s: -s.share / s.pages):
        taken = min(left, strip.pages)
        found += strip.share * taken / strip.pages
        left -= taken
    return min(found, 1.0)


def distinct_per_s(
    strips: tuple[Strip, ...], changed_per_s: float, pages: float, every_s: float
) -> float:
    """Pages written back a second: those changed between two checkpoints, each once.

    Of n pages, m changes that fall at random touch n (1 - e^(-m/n)).
    """
    written = 0.0
    for strip in strips:
        own = max(strip.pages * pages, 1.0)
        written += own * -math.expm1(-changed_per_s * strip.share * every_s / own)
    return written / every_s
