"""What an engine does of its own accord while it is measured: checkpoints, flushing, growth.

Its own counters are looked at a few times a second during the window, by the parent; a note says
which of them grew, by how much, and between which looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from results.record import Note, Record

if TYPE_CHECKING:
    from bench.driver.messages import Window
    from bench.telemetry import ProcessUse
    from workloads.spec.model import Workload

# A look costs a server some 100 µs; so many in a window are enough to say when.
_LOOKS = 20
_SHORTEST_NS, _LONGEST_NS = 100_000_000, 1_000_000_000
_USE_NS = 950_000_000  # looks are not on time to the millisecond


@runtime_checkable
class Housekeeping(Protocol):
    """A target that counts what its engine does by itself."""

    def housekeeping(self) -> Mapping[str, int]:
        """What was done so far, by what it is called: `checkpoints`, `pages flushed`.

        Must be cheap: it is asked while the engine is measured. Raises OperationFailed.
        """
        ...


@runtime_checkable
class Foretelling(Protocol):
    """A target that can say what another system would have made of the load."""

    def foretell(
        self, workload: Workload, *, operations_per_s: float, seconds: float
    ) -> tuple[Note, ...]:
        """Notes on the load of a window, from the workload's stream; after the window."""
        ...


@runtime_checkable
class Observed(Protocol):
    """A target whose processes can be looked at without asking its engine anything."""

    def use(self) -> ProcessUse:
        """What they have used so far."""
        ...


class Notebook:
    """Looks at the counters of one trial's window, and about once a second at the processes.

    count   `Housekeeping.housekeeping`
    use     `Observed.use`
    """

    def __init__(
        self,
        count: Callable[[], Mapping[str, int]] = dict,
        use: Callable[[], ProcessUse] | None = None,
    ) -> None:
        self._count, self._use = count, use
        self._looks: list[tuple[int, Mapping[str, int]]] = []
        self._used: list[tuple[int, ProcessUse]] = []

    def due_ns(self, window: Window) -> int:
        """When the next look is due; the last one is at the end of the window."""
        if not self._looks:
            return window.from_ns
        pause_ns = (window.to_ns - window.from_ns) // _LOOKS
        next_ns = self._looks[-1][0] + min(max(pause_ns, _SHORTEST_NS), _LONGEST_NS)
        return min(next_ns, window.to_ns)

    def look(self, now_ns: int) -> None:
        """Look now. A failed look leaves a gap: whether the engine lives is told by others."""
        try:
            self._looks.append((now_ns, self._count()))
        except Exception:  # noqa: BLE001 - a note is missing then, nothing else
            self._looks.append((now_ns, {}))
        if self._use is None or (self._used and now_ns - self._used[-1][0] < _USE_NS):
            return
        with suppress(Exception):  # a gap, as above
            self._used.append((now_ns, self._use()))

    def used(self, window: Window | None) -> tuple[tuple[float, ProcessUse], ...]:
        """What the processes had used at moments of the window, seconds since it began."""
        if window is None:
            return ()
        return tuple(((at_ns - window.from_ns) / 1e9, use) for at_ns, use in self._used)

    def notes(self, window: Window | None) -> tuple[Note, ...] | None:
        """What grew, in the order in which it began to; None: it could not be looked at."""
        if window is None:
            return None
        looks = [(at_ns, values) for at_ns, values in self._looks if values]
        if len(looks) < 2:
            return None
        found = []
        for kind, first in looks[0][1].items():
            grown = [
                (at_ns, before_ns)
                for (before_ns, before), (at_ns, values) in pairwise(looks)
                if values.get(kind, 0) > before.get(kind, 0)
            ]
            if grown:
                found.append(
                    Note(
                        kind=kind,
                        count=looks[-1][1].get(kind, first) - first,
                        first_at_s=max(0.0, (grown[0][1] - window.from_ns) / 1e9),
                        last_at_s=(grown[-1][0] - window.from_ns) / 1e9,
                    )
                )
        return tuple(sorted(found, key=lambda note: note.first_at_s))


def with_notes(record: Record, notes: tuple[Note, ...] | None) -> Record:
    """The record with the notes; what was seen is told with the verdict on its steadiness too."""
    if not notes:
        return replace(record, notes=notes)
    seen = ", ".join(note.text for note in notes)
    return replace(record, notes=notes, steady_reason=f"{record.steady_reason}; seen: {seen}")


def with_forecast(record: Record, target: object, workload: Workload) -> Record:
    """The record of a trial that ended well, with what its target foretells at the peak.

    That is the workload's, or else the rate that was offered: as fast as it went is nobody's need.
    """
    rate_per_s = workload.traffic.peak_per_s or record.load.rate_per_s
    if record.outcome != "ok" or rate_per_s is None or not isinstance(target, Foretelling):
        return record
    told = target.foretell(workload, operations_per_s=rate_per_s, seconds=record.duration_s)
    return replace(record, notes=(*(record.notes or ()), *told)) if told else record
