"""How fast each engine answers, alone and at the planned utilisation, and what it can hold.

A pure function of the records and answers of runs: for each workload on each target the
distribution of every operation kind with one client and at the planned share of the largest rate,
and for each objective whether it was held, and up to which rate a search showed it to hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.gates.seam import declared
from results.summary import merged
from workloads.spec.model import WRITE_KINDS

if TYPE_CHECKING:
    from results.answers import Answer, LimitedBy
    from results.record import Distribution, Record

# Purposes of the trials of a planned utilisation.
ONE_CLIENT, CAPACITY, PLANNED = "one client", "capacity", "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindLatency:
    """Times of one operation kind in one trial; None: the sample does not support it.

    Response time at the planned utilisation, service time with one client, which are the same there.
    """

    kind: str
    count: int
    p50_s: float | None
    p90_s: float | None
    p99_s: float | None
    p999_s: float | None
    max_s: float | None
    histogram: str
    histogram_unit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One objective on one target.

    at_one_client, at_planned   whether the 99th percentile was within the limit; None: not measured
    low_per_s, high_per_s       of a search: the largest rate shown to hold, the smallest shown to
                                fail; None: not shown
    limited_by                  what made higher rates fail; `client`: nothing is known above
    """

    objective: str
    limit_s: float | None
    at_one_client: bool | None
    at_planned: bool | None
    low_per_s: float | None
    expected_per_s: float | None
    high_per_s: float | None
    limited_by: LimitedBy | None
    confirmed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLatency:
    """One workload on one target. `share`: the planned rate as one of the largest of closed load."""

    workload: str
    target: str
    emulate: str | None
    largest_per_s: float | None
    planned_per_s: float | None
    share: float | None
    one_client: tuple[KindLatency, ...]
    planned: tuple[KindLatency, ...]
    held: tuple[Held, ...]


def latencies(records: Sequence[Record], answers: Iterable[Answer]) -> tuple[EngineLatency, ...]:
    """One entry for each workload on each target that has a planned utilisation or a search.

    Of several repetitions the last counts.
    """
    by_id = {record.id: record for record in records}
    groups: dict[tuple[str, str, str | None], list[Answer]] = {}
    for answer in answers:
        if answer.kind in ("planned", "search"):
            key = (answer.workload, answer.target, answer.variant)
            groups.setdefault(key, []).append(answer)
    return tuple(entry for group in groups.values() if (entry := _entry(group, by_id)) is not None)


def _entry(group: Sequence[Answer], by_id: dict[str, Record]) -> EngineLatency | None:
    planned = next((a for a in reversed(group) if a.kind == "planned"), None)
    trials = {
        point.purpose: by_id[point.record]
        for point in (planned.points if planned else ())
        if point.record in by_id
    }
    any_point = next((p.record for a in group for p in a.points if p.record in by_id), None)
    if any_point is None:
        return None
    first = by_id[any_point]
    one, at = trials.get(ONE_CLIENT), trials.get(PLANNED)
    largest = trials[CAPACITY].throughput_per_s if CAPACITY in trials else None
    planned_per_s = planned.expected_per_s if planned else None
    return EngineLatency(
        workload=first.workload.name,
        target=group[0].target,
        emulate=first.trial.emulate,
        largest_per_s=largest,
        planned_per_s=planned_per_s,
        share=planned_per_s / largest if planned_per_s and largest else None,
        one_client=_kinds(one),
        planned=_kinds(at),
        held=_held(group, first, one, at),
    )


def _kinds(record: Record | None) -> tuple[KindLatency, ...]:
    """Every kind of the trial, operations of one kind together."""
    if record is None:
        return ()
    by_kind: dict[str, list[Distribution]] = {}
    for operation in record.operations:
        if operation.count:
            told = operation.response or operation.service
            by_kind.setdefault(operation.kind, []).append(told)
    found = [(kind, told[0] if len(told) == 1 else merged(told)) for kind, told in by_kind.items()]
    return tuple(
        KindLatency(
            kind=kind,
            count=told.count,
            p50_s=told.p50_s,
            p90_s=told.p90_s,
            p99_s=told.p99_s,
            p999_s=told.p999_s,
            max_s=told.max_s,
            histogram=told.histogram,
            histogram_unit_s=told.histogram_unit_s,
        )
        for kind, told in found
    )


def _held(
    group: Sequence[Answer], first: Record, one: Record | None, at: Record | None
) -> tuple[Held, ...]:
    """The workload's own objectives, each apart, and what searches found."""
    found = [
        _declared(name, limit_s, one, at, writes=writes)
        for name, limit_s, writes in _objectives(first)
        if one is not None or at is not None
    ]
    searches = {answer.objectives: answer for answer in group if answer.kind == "search"}
    for objectives, answer in searches.items():
        found.append(
            Held(
                objective=" and ".join(objectives) or answer.load,
                limit_s=None,
                at_one_client=None,
                at_planned=None,
                low_per_s=answer.low_per_s,
                expected_per_s=answer.expected_per_s,
                high_per_s=answer.high_per_s,
                limited_by=answer.limited_by,
                confirmed=answer.confirmed,
            )
        )
    return tuple(found)


def _objectives(record: Record) -> list[tuple[str, float, bool]]:
    workload = declared(record)
    if workload is None or workload.latency is None:
        return []
    wanted = workload.latency
    sides = (("read_p99", wanted.read_p99_s, False), ("write_p99", wanted.write_p99_s, True))
    return [
        (f"{name}<{limit_s * 1e3:g}ms", limit_s, writes)
        for name, limit_s, writes in sides
        if limit_s is not None
    ]


def _declared(
    name: str, limit_s: float, one: Record | None, at: Record | None, *, writes: bool
) -> Held:
    def kept(record: Record | None) -> bool | None:
        if record is None:
            return None
        of_side = [o for o in record.operations if (o.kind in WRITE_KINDS) == writes and o.count]
        told = [(o.response or o.service).p99_s for o in of_side]
        known = [p99_s for p99_s in told if p99_s is not None]
        if any(p99_s > limit_s for p99_s in known):
            return False
        return True if known and len(known) == len(told) else None

    return Held(
        objective=name,
        limit_s=limit_s,
        at_one_client=kept(one),
        at_planned=kept(at),
        low_per_s=None,
        expected_per_s=None,
        high_per_s=None,
        limited_by=None,
        confirmed=None,
    )
