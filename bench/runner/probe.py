"""What one probe of a search showed, read from its record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.runner.monitor import MOST_FAILED
from bench.runner.search import Seen, Share, Step
from results.answers import LateShare, Point, Verdict
from results.display import seconds
from results.distribution import VALUES_NEEDED
from results.histogram import Histogram
from results.likeness import load_text

if TYPE_CHECKING:
    from bench.driver.sequential import Reading
    from bench.runner.objectives import Objective
    from results.record import Record

# A worker that has work, or waits for a processor, for so much of its time is itself the queue (as
# the gate has it): the processor that it waits for would have been busy too.
_BUSY = 0.90
# Schedule lag below this share of the limit does not change the verdict (as the gate has it).
_LAG_SHARE = 0.10
# At so much use of its connections by the engine a request waits for its own length on average, and
# for less where there are several (M/M/1: U / (1 - U)).
_ENGINE_BUSY = 0.5
_FEWEST_ERRORS = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with its reason."""

    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A probe that was made. Objectives and readings are in the same order.

    own_time   whether the workers' time is their own, not that of an engine inside of them
    """

    record: Record
    step: Step
    objectives: tuple[Objective, ...]
    readings: tuple[Reading, ...]
    own_time: bool

    @property
    def pairs(self) -> list[tuple[Objective, Reading]]:
        """Each objective with its reading; none when the window never began."""
        return list(zip(self.objectives, self.readings, strict=False))


def seen_of(probe: Probe, judged: Judged) -> Seen:
    """What the policy learns from a probe."""
    lost = probe.record.outcome in ("unstable", "timeout")
    told = judged.verdict != "undecided" or _agrees(probe)
    return Seen(
        rate_per_s=probe.step.rate_per_s,
        shares=tuple(Share(r.share, o.allowed, r.effective) for o, r in probe.pairs)
        if told and not lost
        else (),
        failed=judged.verdict == "error" and not lost,
        client_limited=judged.verdict == "client-limited",
        long=probe.step.long,
    )


def point_of(
    record: Record, *, purpose: str, judged: Judged | None = None, probe: Probe | None = None
) -> Point:
    """The record as an answer's table shows it."""
    whole = _whole(record, range(len(record.operations)))
    p99_ns = whole.percentile_ns(99) if whole and whole.count >= VALUES_NEEDED[99.0] else None
    return Point(
        record=record.id,
        purpose=purpose,
        load=load_text(record.load),
        rate_per_s=record.load.rate_per_s,
        clients=record.load.clients,
        throughput_per_s=record.throughput_per_s,
        mean_s=mean_s(record),
        p99_s=None if p99_ns is None else p99_ns / 1e9,
        verdict=judged.verdict if judged else None,
        why=judged.why if judged else (record.error or ""),
        shares=tuple(
            LateShare(
                objective=objective.text,
                answers=reading.counted,
                late=reading.late,
                allowed=objective.allowed,
                effective=reading.effective,
            )
            for objective, reading in (probe.pairs if probe else ())
        ),
    )


def mean_s(record: Record) -> float | None:
    """Mean response time over all operations (closed load: service time)."""
    told = [(each.response or each.service) for each in record.operations]
    timed = [(each.count, each.mean_s) for each in told if each.mean_s is not None]
    count = sum(number for number, _ in timed)
    return sum(number * mean for number, mean in timed) / count if count else None


def client_limited(record: Record, *, own_time: bool) -> bool:
    """Whether the load generator had no time left, or sent so late that a gate refuses it."""
    return (own_time and _is_busy(record)) or any(
        finding.code in ("G-CLIENT", "G-LAG") and finding.level == "error"
        for finding in record.findings
    )


def judge(probe: Probe) -> Judged:
    """The verdict on a probe.

    The client is the limit only where the objectives might have been met without its own lateness.
    """
    record = probe.record
    over = [(o, r) for o, r in probe.pairs if r.share is not None and r.share > o.allowed]
    tried = record.operations_done + record.errors_count
    why = _said(over or probe.pairs)
    answered = record.outcome == "ok" and tried > 0
    if (over or not answered) and _client_could_be_why(probe, over):
        return Judged("client-limited", f"{why}; {_client_state(probe)}")
    if record.outcome != "ok":
        return Judged("error", record.error or record.outcome)
    standings = {reading.standing for reading in probe.readings}
    if "fails" in standings:
        return Judged("fails", why)
    if record.errors_count >= _FEWEST_ERRORS and record.errors_count > MOST_FAILED * tried:
        return Judged("error", f"{record.errors_count / tried:.2%} of the operations failed")
    if standings == {"holds"} and _agrees(probe):
        return Judged("holds", why)
    return Judged("undecided", why)


def _agrees(probe: Probe) -> bool:
    """Whether the whole record agrees with its monitor that nothing is missed.

    The record also counts what was due in the window and answered after it.
    """
    if any(reading.standing != "holds" for reading in probe.readings):
        return True
    values = [(_value_s(probe.record, each), each.limit_s) for each in probe.objectives]
    return all(value_s is not None and value_s <= limit_s for value_s, limit_s in values)


def _client_could_be_why(probe: Probe, over: Sequence[tuple[Objective, Reading]]) -> bool:
    """Whether the objectives that are missed might be met without the client's own lateness."""
    if probe.own_time and _is_busy(probe.record):
        return True
    lag_s = probe.record.client.schedule_lag_p99_s or 0.0
    for objective, _ in over:
        value_s, limit_s = _value_s(probe.record, objective), objective.limit_s
        late_itself = lag_s > _LAG_SHARE * limit_s
        met_without = value_s is None or value_s - lag_s <= limit_s
        # what it sends late keeps the next ones waiting too: that is in no request's own lag
        alone_enough = lag_s > limit_s and not _connections_busy(probe.record)
        if not late_itself or not (met_without or alone_enough):
            return False
    return bool(over)


def _connections_busy(record: Record) -> bool:
    """Whether the engine kept the connections so busy that requests had to wait for it."""
    service_s = sum(
        each.throughput_per_s * each.service.mean_s
        for each in record.operations
        if each.service.mean_s is not None
    )
    return service_s > _ENGINE_BUSY * record.load.clients


def _value_s(record: Record, objective: Objective) -> float | None:
    """The percentile that the objective limits."""
    whole = _whole(record, objective.positions(record.operations))
    value_ns = whole.percentile_ns(objective.percent) if whole else None
    return None if value_ns is None else value_ns / 1e9


def _is_busy(record: Record) -> bool:
    busy = record.client.cpu_utilisation
    return busy is not None and busy + (record.client.cpu_wait_fraction or 0.0) > _BUSY


def _client_state(probe: Probe) -> str:
    client = probe.record.client
    if probe.own_time and _is_busy(probe.record):
        waited = client.cpu_wait_fraction
        more = f" and waited for a processor for {waited:.0%}" if waited else ""
        return (
            f"the busiest load generator had work for {client.cpu_utilisation:.0%} of its time"
            f"{more}"
        )
    lag_s = client.schedule_lag_p99_s or 0.0
    return f"the load generator itself sent up to {seconds(lag_s)} late (p99)"


def _said(pairs: Sequence[tuple[Objective, Reading]]) -> str:
    """The share of late answers of the objective that is nearest to being missed, or beyond."""
    told = [(o, r) for o, r in pairs if r.share is not None]
    if not told:
        return "nothing was answered in the window"
    objective, reading = max(told, key=lambda pair: (pair[1].share or 0.0) / pair[0].allowed)
    return (
        f"{reading.share:.2%} of {reading.counted:,} answers missed {objective.text}; "
        f"{100 * objective.allowed:.3g}% may"
    )


def _whole(record: Record, positions: Sequence[int]) -> Histogram | None:
    """All response times (closed load: service times) of some operations of the mix."""
    told = [record.operations[at].response or record.operations[at].service for at in positions]
    if not told:
        return None
    return Histogram.merged(Histogram.from_base64(each.histogram) for each in told)
