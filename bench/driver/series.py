"""The series of a trial as its parent sees it: the slices of all workers, added up."""

from __future__ import annotations

from collections.abc import Sequence

from bench.driver.messages import Progress, Slice


class Series:
    """The slices of all workers, added up."""

    def __init__(self, workers: int) -> None:
        self._slices: list[dict[int, Slice]] = [{} for _ in range(workers)]
        self._complete = [0] * workers
        self._left: set[int] = set()

    def add(self, worker: int, progress: Progress) -> None:
        self._slices[worker].update((s.position, s) for s in progress.slices)
        self._complete[worker] = progress.complete

    def replace(self, worker: int, slices: Sequence[Slice]) -> None:
        """The final slices of a worker."""
        self._slices[worker] = {s.position: s for s in slices}

    def leave(self, worker: int) -> None:
        """A worker that sends no more does not hold up the others."""
        self._left.add(worker)

    @property
    def complete(self) -> int:
        """How many slices every working worker has completed."""
        counts = [c for w, c in enumerate(self._complete) if w not in self._left]
        return min(counts, default=0)

    def last(self, span: int) -> list[Slice]:
        """The last `span` complete slices (fewer when there are not so many)."""
        upto = self.complete
        return [self._at(position) for position in range(max(0, upto - span), upto)]

    def merged(self) -> tuple[Slice, ...]:
        """All slices that hold something, by position."""
        whole: dict[int, Slice] = {}
        for slices in self._slices:
            for position, part in slices.items():
                known = whole.get(position)
                whole[position] = part if known is None else _sum(known, part)
        return tuple(whole[position] for position in sorted(whole))

    def rate_per_s(self, slice_ns: int) -> float:
        """Operations per second in the last complete slice."""
        last = self.last(1)
        return last[0].operations * 1e9 / slice_ns if last else 0.0

    def _at(self, position: int) -> Slice:
        whole = Slice(position, 0, 0, 0, 0)
        for slices in self._slices:
            if position in slices:
                whole = _sum(whole, slices[position])
        return whole


def _sum(a: Slice, b: Slice) -> Slice:
    return Slice(
        a.position,
        a.operations + b.operations,
        a.errors + b.errors,
        a.sum_ns + b.sum_ns,
        max(a.max_ns, b.max_ns),
    )
