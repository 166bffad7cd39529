"""What all contests stand on: storefit's side, run as `bench run` runs it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.peers.figures import Figure, Target, compared
from bench.peers.rounds import Sample, Side, alternate
from bench.runner import plan, stand
from bench.runner.blank import Laboratory
from bench.runner.order import MIX
from bench.runner.progress import Silent
from bench.runner.request import Request
from bench.runner.trial import perform
from results.manifest import PlannedTrial
from workloads import spec
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from bench.runner.stand import Stand
    from results.record import Environment, Record
    from workloads.spec.model import Workload

# Neither side needs a long warm-up: the tables lie in memory after the first round.
_WARMUP_S = (0.3, 0.5)
_SLICE_S = 0.1
FASTER = Target(of="ratio", at="least", value=1.0)
CPU = Target(of="ratio", at="most", value=1.5)


@dataclass(slots=True, kw_only=True)
class Ground:
    """Where contests are held.

    directory   on the disk where data may lie; what is below is removed by those who make it
    rounds      pairs of each comparison
    window_s    measured seconds of each side in a round, a whole number (the peers take no other)
    quick       a look: less data, no preliminary rounds
    tell        prints progress
    """

    directory: Path
    environment: Environment
    rounds: int
    window_s: int
    quick: bool
    tell: Callable[[str], None]
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @contextmanager
    def stand(
        self, target: str, workload: Workload, *, records: int, options: Sequence[str] = ()
    ) -> Iterator[Arena]:
        """A target with the workload's data, loaded and verified."""
        declared = workload.data.records or records
        request = Request(
            names=(workload.name,),
            quick=True,
            duration_s=float(self.window_s),
            scale=records / declared,
            options=tuple(options),
        )
        found = plan.target_of(target)
        missing = found.engine.available(found.place)
        if missing is not None:
            raise PlaceError(f"{target} cannot run here", hint=missing)
        self.tell(f"{target}: starting, loading {records:,} rows")
        with stand.opened(
            found, workload, request, results=self.directory, progress=Silent()
        ) as opened:
            pace = replace(
                request.pace(),
                warmup_min_s=_WARMUP_S[0],
                warmup_max_s=_WARMUP_S[1],
                slice_s=_SLICE_S,
            )
            laboratory = Laboratory(
                run="peers",
                request=request,
                pace=pace,
                suite=None,
                environment=self.environment,
            )
            yield Arena(self, opened, laboratory)

    def next_number(self) -> int:
        """A number for each trial: another stream of keys."""
        return next(self._numbers)

    def compare(
        self,
        name: str,
        title: str,
        ours: Side,
        peer: Side,
        *,
        peer_name: str,
        unit: str = "op/s",
        target: Target | None = FASTER,
    ) -> list[Figure]:
        """Both sides in rounds: the figure and, where both know it, client CPU per operation."""
        pairs = alternate(ours, peer, self.rounds)
        found = [
            compared(
                name,
                title,
                unit=unit,
                pairs=[(a.value, b.value) for a, b in pairs],
                peer_name=peer_name,
                target=target,
            )
        ]
        cpu = [
            (a.cpu_s * 1e6, b.cpu_s * 1e6)
            for a, b in pairs
            if a.cpu_s is not None and b.cpu_s is not None
        ]
        if cpu:
            found.append(
                compared(
                    f"{name}-cpu",
                    f"{title}: client CPU",
                    unit="µs/op",
                    pairs=cpu,
                    peer_name=peer_name,
                    target=CPU,
                )
            )
        for figure in found:
            self.tell(line(figure))
        return found


@dataclass(frozen=True, slots=True)
class Arena:
    """A stand, and the trials of our side on it."""

    ground: Ground
    stand: Stand
    laboratory: Laboratory

    def trial(self, load: str, *, duration_s: float | None = None) -> Record:
        """One trial as `bench run` makes it. PlaceError when it went wrong."""
        number = self.ground.next_number()
        planned = PlannedTrial(
            number=number,
            workload=spec.digest(self.stand.workload),
            target=self.stand.target.text,
            phase=MIX,
            load=load,
            repetition=1,
            planned_duration_s=duration_s or self.laboratory.pace.duration_s,
        )
        # as when sides are compared: no process is quick or slow for a whole comparison
        self.stand.crew.renew()
        record = perform(self.stand, planned, self.laboratory, record_id=f"peers.{number:03}")
        if record.outcome != "ok":
            raise PlaceError(f"storefit on {planned.target}, {load}: {record.error}")
        return record

    def side(self, load: str) -> Side:
        """Our side of a comparison: throughput, CPU of the worker processes."""

        def run() -> Sample:
            record = self.trial(load)
            return Sample(record.throughput_per_s, record.client.cpu_s_per_operation)

        return run


def workload_of(name: str, operations: Sequence[dict[str, Any]]) -> Workload:
    """A built-in workload with other operations."""
    import json

    document = json.loads(spec.canonical_json(spec.load(name)))
    return spec.from_document(document | {"operations": list(operations)})


def line(figure: Figure) -> str:
    """A figure on one line of a terminal."""
    text = f"{figure.title}: {figure.ours:,.4g} {figure.unit}"
    if figure.peer is not None and figure.ratio is not None:
        text += f", {figure.peer_name} {figure.peer:,.4g}: {figure.ratio:.3f}"
    if figure.low is not None and figure.high is not None:
        text += f" [{figure.low:.3g}, {figure.high:.3g}]"
    verdict = {True: " – reached", False: " – MISSED", None: ""}[figure.reached]
    return f"{text}, n = {figure.n}{verdict}"
