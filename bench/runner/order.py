"""In which order trials are made: repetitions interleave engines, pairs interleave sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.runner import interleave
from bench.runner.loads import Offer
from workloads.errors import InputError

if TYPE_CHECKING:
    from bench.runner.plan import Target
    from bench.runner.quests import Quest
    from bench.runner.request import Request

MIX = "mix"


@dataclass(frozen=True, slots=True)
class Serving:
    """A target and the kinds of operation that it serves, once each."""

    target: Target
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one trial is about. `variant` is set on the second side."""

    target: Target
    offer: Offer | Quest
    phase: str
    repetition: int
    variant: str | None = None


def one_sided(
    serving: Sequence[Serving],
    offers: Sequence[Offer | Quest],
    repetitions: int,
    *,
    alone: bool = True,
) -> Iterator[Turn]:
    """Repetitions interleave the engines, so that a slow minute of the machine hits all.

    A single repetition takes one engine after the other: none has to stay open beside others.
    Without `alone` there is only the mix.
    """
    for repetition in range(1, repetitions + 1):
        for each in serving:
            for offer, phase in _phases(each.kinds if alone else (), offers):
                yield Turn(target=each.target, offer=offer, phase=phase, repetition=repetition)


def two_sided(
    pairs: Sequence[tuple[Serving, Serving]], offers: Sequence[Offer | Quest], request: Request
) -> Iterator[Turn]:
    """Every trial of one side beside the same trial of the other, one engine after the other.

    Only what both sides serve; the mix only where they serve the same. InputError for a search or
    a curve, whose trials depend on what they find and so do not pair.
    """
    if not all(isinstance(offer, Offer) for offer in offers):
        raise InputError(
            "--versus pairs trials of one load, which a search or a curve does not have",
            hint="give a load such as --load closed:8 or --load open:2000/s",
        )
    repetitions, variant = request.pace().repetitions, interleave.variant(request)
    for a, b in pairs:
        kinds = [kind for kind in a.kinds if kind in b.kinds]
        phases = list(_phases(kinds, offers, mix=set(a.kinds) == set(b.kinds)))
        second_first = [
            tuple(interleave.turns(repetitions, seed=request.seed, slot=slot))
            for slot in range(len(phases))
        ]
        for repetition in range(1, repetitions + 1):
            for (offer, phase), is_reversed in zip(phases, second_first, strict=True):
                pair = [
                    Turn(target=t, offer=offer, phase=phase, repetition=repetition, variant=v)
                    for t, v in ((a.target, None), (b.target, variant))
                ]
                yield from reversed(pair) if is_reversed[repetition - 1] else pair


def _phases(
    kinds: Sequence[str], offers: Sequence[Offer | Quest], *, mix: bool = True
) -> Iterator[tuple[Offer | Quest, str]]:
    """The mix under every load, and each kind alone under the first, if that is one trial."""
    for position, offer in enumerate(offers):
        if mix:
            yield offer, MIX
        if position == 0 and isinstance(offer, Offer):
            yield from ((offer, kind) for kind in kinds)
