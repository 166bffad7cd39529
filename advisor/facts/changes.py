"""What a reading of the price list changes in the facts."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from advisor import facts
from advisor.facts.model import Fact
from workloads.errors import InputError

SAME = 1e-9  # relative difference below which two prices are equal


class Change(Struct, frozen=True, kw_only=True):
    """A price that is another one now; `before` None: there was none."""

    id: str
    unit: str
    before: float | None
    after: float
    before_date: str = ""
    was_verified: bool = True

    @property
    def relative(self) -> float | None:
        """The change as a fraction of the old price; None where there was none, or it was 0."""
        return (self.after - self.before) / self.before if self.before else None


class Changes(Struct, frozen=True, kw_only=True):
    """Prices that differ, that are new, and how many were confirmed.

    `verified_now`: confirmed prices that had no dated source before.
    """

    changed: tuple[Change, ...]
    new: tuple[Change, ...]
    confirmed: int
    verified_now: int


def between(found: Mapping[str, Fact]) -> Changes:
    """The facts that were read against those of today's tables."""
    changed: list[Change] = []
    new: list[Change] = []
    confirmed = verified_now = 0
    for ident, fact in sorted(found.items()):
        before = _known(ident)
        after = fact.number
        if before is None:
            new.append(Change(id=ident, unit=fact.unit, before=None, after=after))
        elif abs(after - before.number) <= SAME * max(after, before.number):
            confirmed += 1
            verified_now += not before.verified
        else:
            changed.append(
                Change(
                    id=ident,
                    unit=fact.unit,
                    before=before.number,
                    after=after,
                    before_date=before.date,
                    was_verified=before.verified,
                )
            )
    return Changes(
        changed=tuple(changed), new=tuple(new), confirmed=confirmed, verified_now=verified_now
    )


def _known(ident: str) -> Fact | None:
    try:
        return facts.fact(ident)
    except InputError:
        return None
