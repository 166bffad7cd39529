"""Carries the planned utilisation out: one client alone, then a share of the largest rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.runner.probe import client_limited
from bench.runner.search import Found
from bench.runner.way import NOTHING, Ask, NoAnswer
from results.display import rate, seconds, share
from results.latencies import ONE_CLIENT, PLANNED

if TYPE_CHECKING:
    from bench.runner.quests import PlannedLoad
    from bench.runner.way import Way
    from results.answers import Answer
    from results.record import Record


def measure_planned(way: Way, quest: PlannedLoad) -> Answer:
    """The answer: the rate that is the planned share, with its distributions in the records."""
    ground = way.ground
    try:
        alone = _made(way, Ask(offer=quest.alone, purpose=ONE_CLIENT, window_s=ground.window_s))
        largest_per_s = way.capacity_per_s(quest.first(ground.cpus))
        offer = quest.planned(largest_per_s)
        planned = _made(way, Ask(offer=offer, purpose=PLANNED, window_s=ground.window_s))
    except NoAnswer as why:
        return way.answer(NOTHING, f"no answer: {why}", kind="planned")
    rate_per_s = offer.rate_per_s or 0.0
    by_client = client_limited(planned, own_time=ground.own_time)
    found = Found(
        low_per_s=None,
        expected_per_s=rate_per_s,
        high_per_s=None,
        limited_by="client" if by_client else "nothing",
        confirmed=planned.outcome == "ok" and not by_client,
    )
    said = (
        f"{rate(rate_per_s)} is {share(quest.share)} of {rate(largest_per_s)}, the largest seen in "
        f"closed load; {_told(alone, 'one client')}; {_told(planned, 'there')}"
    )
    if by_client:
        said += "; the client was the limit there"
    return way.answer(found, said, kind="planned")


def _made(way: Way, ask: Ask) -> Record:
    record = way.make(ask)
    way.note(record, ask.purpose)
    if record.outcome != "ok":
        raise NoAnswer(record.error or "nothing was answered")
    return record


def _told(record: Record, where: str) -> str:
    """Median and p99 of each kind."""
    kinds = []
    for operation in record.operations:
        told = operation.response or operation.service
        p99 = "" if told.p99_s is None else f", p99 {seconds(told.p99_s)}"
        kinds.append(f"{operation.kind} p50 {seconds(told.p50_s)}{p99}")
    return f"{where}: {'; '.join(kinds)}"
