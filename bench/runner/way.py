"""The way to an answer that takes several trials: what is asked for, made and noted.

Knows neither engines nor stores: `measure` makes a trial and gives its record. Time is an argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bench.driver.sequential import ERROR
from bench.runner.probe import point_of
from bench.runner.search import Found
from results.answers import Answer
from results.display import rate, seconds

if TYPE_CHECKING:
    from bench.runner.loads import Offer
    from bench.runner.monitor import Monitor
    from bench.runner.probe import Judged, Probe
    from results.answers import Point
    from results.manifest import PlannedTrial
    from results.record import Record
    from workloads.spec.model import Operation, Workload

METHODS = {
    "planned": (
        "one client in closed load, service time; the largest rate from a short closed load with two "
        "clients a processor; then a share of it in open load, response time from due times"
    ),
    "search": (
        "open load, response times from due times; bracketing, then halving in log-rate; each "
        f"probe judged by two one-sided sequential likelihood-ratio tests (error {ERROR:.0%} each) "
        "on the share of late answers, corrected for bursts; both ends probed twice"
    ),
    "curve": (
        "levels from idle to past the knee; the knee is where throughput over mean time is "
        "largest (Kleinrock's power, 1979), between the levels beside the best one; response time "
        "from due times, in closed load service time"
    ),
}
# Window of the trial that estimates the capacity, to begin near the answer.
CAPACITY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One trial to make on the way."""

    offer: Offer
    purpose: str
    window_s: float
    monitor: Monitor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where it happens.

    operations   of the workload that the engine serves
    window_s     longest window of an ordinary probe, and the window of a level
    slice_s      length of the slices that a test looks at
    own_time     whether the workers' time is their own, not that of an engine inside of them
    search_s     so long a search asks for further probes; None: as long as by default
    """

    workload: Workload
    operations: tuple[Operation, ...]
    cpus: int
    window_s: float
    slice_s: float
    own_time: bool
    search_s: float | None = None


Measure = Callable[[Ask], "Record"]

NOTHING = Found(
    low_per_s=None, expected_per_s=None, high_per_s=None, limited_by="nothing", confirmed=False
)


class NoAnswer(Exception):
    """A trial ended in a way that makes further ones pointless."""


@dataclass(slots=True, kw_only=True)
class Way:
    """One planned search or curve under way. `tell` takes a line of text, `clock` gives seconds."""

    planned: PlannedTrial
    ground: Ground
    measure: Measure
    tell: Callable[[str], None]
    clock: Callable[[], float]
    began_s: float = 0.0
    points: list[Point] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began_s = self.clock()

    @property
    def spent_s(self) -> float:
        """Since the beginning."""
        return self.clock() - self.began_s

    def make(self, ask: Ask) -> Record:
        """The record of a trial. NoAnswer when the engine gave wrong answers."""
        record = self.measure(ask)
        if record.outcome == "incorrect":
            self.note(record, ask.purpose)
            raise NoAnswer(f"incorrect: {record.error}")
        return record

    def capacity_per_s(self, offer: Offer) -> float:
        """Throughput of a short trial under this load. NoAnswer when nothing was done."""
        record = self.make(Ask(offer=offer, purpose="capacity", window_s=CAPACITY_S))
        self.note(record, "capacity")
        if record.outcome != "ok" or not record.throughput_per_s:
            raise NoAnswer(record.error or "nothing was answered")
        return record.throughput_per_s

    def note(
        self,
        record: Record,
        purpose: str,
        *,
        judged: Judged | None = None,
        probe: Probe | None = None,
    ) -> None:
        """Keep a point and say what it showed."""
        point = point_of(record, purpose=purpose, judged=judged, probe=probe)
        self.points.append(point)
        result = f"{point.verdict}: {point.why}" if point.verdict else point.why
        if not result:
            mean = "" if point.mean_s is None else f", mean {seconds(point.mean_s)}"
            result = f"{rate(point.throughput_per_s)} done{mean}"
        self.tell(f"{purpose} {len(self.points)}: {point.load}: {result}")

    def answer(
        self, found: Found, text: str, *, kind: Literal["search", "curve", "planned"]
    ) -> Answer:
        """The answer, from the interval that was found."""
        return Answer(
            trial=self.planned.number,
            kind=kind,
            load=self.planned.load,
            workload=self.planned.workload,
            target=self.planned.target,
            repetition=self.planned.repetition,
            objectives=(),
            low_per_s=found.low_per_s,
            expected_per_s=found.expected_per_s,
            high_per_s=found.high_per_s,
            knee_clients=None,
            limited_by=found.limited_by,
            confirmed=found.confirmed,
            seconds=self.spent_s,
            text=text,
            method=METHODS[kind],
            points=tuple(self.points),
            variant=self.planned.variant,
        )
