"""Cold start: how much longer the first requests take, and until when.

connection   a client that has just come: connecting, and its first request
restart      the engine was stopped and started, or its file opened again: its own cache is empty
cache        likewise, and the system holds nothing of its files in memory: everything comes from disk

The first requests are compared with those of a client that has been there for a while: the median
of reads from the warm store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import page_cache
from bench.engines.seam import Restarted
from bench.procedures.seam import Impossible, Performed
from results.record import Step
from workloads.spec.model import Operation

if TYPE_CHECKING:
    from bench.engines.seam import Session
    from bench.procedures.context import Context
    from bench.runner.plan import Target
    from bench.runner.stand import Stand
    from workloads.spec.model import Workload

CONNECTION, RESTART, CACHE = "connection", "restart", "cache"
_CONNECTIONS = 15
# Reads for the median of the warm store, after so many that are not timed.
_STEADY, _UNTIMED = 200, 200
# The curve: medians of the requests up to each of these, for so long at most.
_UP_TO = (1, 10, 100, 1_000, 10_000)
_LONGEST_S = 30.0
# Steady again: the median of so many requests in a row is within this of the warm one.
_ROW, _STEADY_WITHIN = 20, 1.25


@dataclass(frozen=True, slots=True)
class ColdStart:
    """The first requests after a time in which there were none."""

    name: str = "cold-start"
    title: str = "the first requests after idling"
    axis: str = "latency"

    def ways(
        self,
        target: Target,
        workload: Workload,
        options: Mapping[str, str],  # noqa: ARG002
    ) -> Mapping[str, str | None]:
        """A new connection; the engine started again; and with nothing of its files in memory."""
        if _reads(target, workload) is None:
            none = "it serves no operation of the workload that only reads"
            return dict.fromkeys((CONNECTION, RESTART, CACHE), none)
        ours = target.place.kind not in ("remote", "container")
        why_not = (
            None if ours else "storefit starts and stops servers of its own on this machine only"
        )
        return {CONNECTION: None, RESTART: why_not, CACHE: why_not}

    def perform(self, stand: Stand, way: str, context: Context) -> Performed:
        """Warm up, go cold, ask. Nothing of the data is changed."""
        operation = _reads(stand.target, stand.workload)
        if operation is None:
            raise Impossible("nothing of the workload only reads")
        asker = _Asker(stand, operation, context)
        steady = asker.steady()
        if way == CONNECTION:
            return Performed((steady, *asker.connections(steady)))
        if not isinstance(stand.running, Restarted):
            raise Impossible("it cannot be stopped and started again")
        why_not = stand.running.why_not_restarted()
        if why_not is not None:
            raise Impossible(why_not)
        return Performed((steady, *asker.restarted(stand.running, steady, evicts=way == CACHE)))


def _reads(target: Target, workload: Workload) -> Operation | None:
    """A request that changes nothing: a read by key, else the workload's own first."""
    if "read" in target.engine.kinds:
        return Operation(kind="read", weight=1.0)
    own = [o for o in workload.operations if o.kind in target.engine.kinds and not o.is_write]
    return own[0] if own else None


class _Asker:
    """Sends requests one after the other and times each."""

    def __init__(self, stand: Stand, operation: Operation, context: Context) -> None:
        self.stand = stand
        self.operation = operation
        self.context = context
        self.clock = context.clock
        self.seed = context.seed

    def steady(self) -> Step:
        """The median of the warm store."""
        self.context.progress.stage(self.context.planned.target, "warming up")
        session = self.stand.dialer.dial()
        try:
            request = self.requests(session)
            request(_UNTIMED)
            times = request(_STEADY)
        finally:
            session.close()
        if not times:
            raise Impossible("not one request was answered in time")
        return Step(name="steady", seconds=median(times), rows=len(times))

    def connections(self, steady: Step) -> list[Step]:
        """New clients, one after the other: connecting, the first request, the second."""
        parts: tuple[list[float], ...] = ([], [], [])
        for number in range(_CONNECTIONS):
            begin_s = self.clock()
            session = self.stand.dialer.dial()
            try:
                connected_s = self.clock()
                request = self.requests(session, number)
                first = request(1)
                bound_s = self.bound_s
                second = request(1)
            finally:
                session.close()
            parts[0].append(connected_s - begin_s)
            parts[1].append(bound_s + first[0])
            parts[2].append(second[0])
        names = ("connect", "first request", "second request")
        return [
            Step(
                name=name,
                seconds=median(times),
                rows=len(times),
                note=_against(median(times), steady)
                + ("; with preparing it" if name == "first request" else ""),
            )
            for name, times in zip(names, parts, strict=True)
        ]

    def restarted(self, target: Restarted, steady: Step, *, evicts: bool) -> list[Step]:
        """Stop, perhaps let the files go, start, connect, and ask until it is as before."""
        self.context.progress.stage(self.context.planned.target, "starting again")
        left: list[str] = []

        def between(files: Sequence[Path]) -> None:
            if not evicts:
                return
            if not page_cache.evict(files):
                raise Impossible("this system cannot be told to let go of files in memory")
            share = page_cache.cached_share(files)
            told = "unknown" if share is None else f"{share:.0%}"
            left.append(f"held in memory of its files when it started: {told}")

        started_s = target.restart(between)
        begin_s = self.clock()
        session = self.stand.dialer.dial()
        try:
            connected_s = self.clock() - begin_s
            steps = [
                Step(name="start", seconds=started_s, note="; ".join(left) or None),
                Step(name="connect", seconds=connected_s, at_s=started_s),
            ]
            request = self.requests(session)
            return steps + self.curve(request, steady, began_s=begin_s - started_s)
        finally:
            session.close()

    def curve(
        self, request: Callable[[int], list[float]], steady: Step, *, began_s: float
    ) -> list[Step]:
        """Medians of the first request, the next ones, … until it is steady or the time is up."""
        steps: list[Step] = []
        times: list[float] = []
        usual_s = steady.seconds or 0.0
        steady_at: tuple[int, float] | None = None
        until_s = self.clock() + _LONGEST_S
        for up_to in _UP_TO:
            first = len(times)
            while len(times) < up_to and self.clock() < until_s:
                made = request(1)
                times += [made[0] + (self.bound_s if not times else 0.0)]
                if steady_at is None and len(times) >= _ROW:
                    row_s = median(times[-_ROW:])
                    if row_s <= _STEADY_WITHIN * usual_s:
                        steady_at = (len(times), self.clock() - began_s)
            part = times[first:]
            if not part:
                break
            name = "first request" if up_to == 1 else f"requests {first + 1:,} to {len(times):,}"
            at_s = self.clock() - began_s
            note = _against(median(part), steady)
            steps.append(
                Step(name=name, seconds=median(part), rows=len(part), at_s=at_s, note=note)
            )
            if steady_at is not None and up_to >= 100:
                break
        if steady_at is None:
            told = f"not within {_LONGEST_S:g} s or {_UP_TO[-1]:,} requests"
            return [*steps, Step(name="steady again", seconds=None, note=told)]
        count, at_s = steady_at
        note = f"{_ROW} requests in a row within {_STEADY_WITHIN - 1:.0%} of the warm median"
        return [*steps, Step(name="steady again", seconds=at_s, rows=count, at_s=at_s, note=note)]

    def requests(self, session: Session, number: int = 0) -> Callable[[int], list[float]]:
        """Times so many further requests. What preparing the operation took is in `bound_s`."""
        from dataclasses import replace

        from workloads.stream import batches

        clock, stand = self.clock, self.stand
        begin_s = clock()
        bound = session.bind(self.operation)
        self.bound_s = clock() - begin_s
        workload = replace(stand.workload, operations=(self.operation,))
        stream = batches(
            workload, seed=self.seed + number, records=stand.data.records, size=_STEADY
        )
        ahead: list[Any] = []

        def request(count: int) -> list[float]:
            times = []
            for _ in range(count):
                if not ahead:
                    batch = next(stream)
                    ahead.extend(bound.encode(batch, range(len(batch))))
                argument = ahead.pop()
                start_s = clock()
                bound.call(argument)
                times.append(clock() - start_s)
            return times

        return request


def _against(seconds: float, steady: Step) -> str:
    return f"{seconds / steady.seconds:.3g} x steady" if steady.seconds else ""


PROCEDURE = ColdStart()
