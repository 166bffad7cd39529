"""The planned utilisation: one client alone, then a share of the largest rate; and what it tells."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from quest_doubles import WORKLOAD, Bench
from queue_doubles import Queue

from bench.commands.latencies import document, view
from bench.runner.loads import Offer
from bench.runner.planned import measure_planned
from bench.runner.quests import PlannedLoad, SearchLoad, is_quest, read
from bench.runner.seek import seek
from results.answers import Answer
from results.latencies import EngineLatency, latencies
from results.record import Record
from workloads.errors import InputError

MU_PER_S, SERVERS = 100.0, 2


def quest(text: str) -> PlannedLoad:
    found = read(text, cpus=2)
    assert isinstance(found, PlannedLoad)
    return found


def measured(text: str = "planned") -> tuple[Answer, list[Record]]:
    records: list[Record] = []

    def keep(record: Record) -> Record:
        records.append(replace(record, workload=replace(record.workload, digest="digest")))
        return record

    bench = Bench(Queue(mu_per_s=MU_PER_S, servers=SERVERS), change=keep)
    return measure_planned(bench.way(text, window_s=30.0), quest(text)), records


@pytest.mark.parametrize(
    ("text", "share", "clients"),
    [
        ("planned", 0.65, 16),
        ("open:65%", 0.65, 16),
        ("planned:80%,clients=32", 0.8, 32),
        ("open:12.5%", 0.125, 16),
    ],
)
def test_a_share_of_the_largest_rate_is_a_load(text: str, share: float, clients: int) -> None:
    found = quest(text)
    assert (found.share, found.clients) == (pytest.approx(share), clients)
    assert is_quest(text)
    assert found.alone == Offer(kind="closed", clients=1)


@pytest.mark.parametrize("text", ["planned:", "open:%", "open:0%", "planned:200%", "open:65%,x=1"])
def test_what_cannot_be_meant_is_said(text: str) -> None:
    with pytest.raises(InputError) as raised:
        read(text, cpus=2)
    assert "open:65%" in (raised.value.hint or "")


def test_one_client_then_the_share_of_what_closed_load_reached() -> None:
    answer, records = measured()
    assert [point.purpose for point in answer.points] == ["one client", "capacity", "planned"]
    assert answer.kind == "planned"
    assert answer.expected_per_s == pytest.approx(0.65 * MU_PER_S * SERVERS, rel=0.02)
    (found,) = latencies(records, [answer])
    assert found.largest_per_s == pytest.approx(MU_PER_S * SERVERS, rel=0.02)
    assert found.share == pytest.approx(0.65)
    (alone,), (planned,) = found.one_client, found.planned
    assert alone.p50_s == pytest.approx(1 / MU_PER_S, rel=0.02)
    # requests wait for each other at the planned rate
    assert alone.p99_s is not None
    assert planned.p99_s is not None
    assert planned.p99_s > 2 * alone.p99_s
    assert planned.histogram


def test_objectives_are_judged_alone_and_at_the_planned_rate_and_searched_for() -> None:
    answer, records = measured()
    (held,) = latencies(records, [answer])[0].held
    assert held.objective == "read_p99<10ms"
    assert held.at_planned is False
    assert held.low_per_s is None

    bench = Bench(Queue(mu_per_s=1_000.0, servers=2))
    kept: list[Record] = []
    bench.change = lambda record: kept.append(record) or record  # type: ignore[func-returns-value]
    load = read("search:p99<10ms", cpus=2)
    assert isinstance(load, SearchLoad)
    searched = seek(bench.way("search:p99<10ms"), load)
    (found,) = latencies(kept, [searched])
    assert found.planned == ()
    (held,) = found.held
    assert held.low_per_s == searched.low_per_s
    assert held.high_per_s == searched.high_per_s
    assert WORKLOAD.latency is not None


def test_an_engine_that_fails_gives_no_answer() -> None:
    bench = Bench(
        Queue(mu_per_s=MU_PER_S, servers=1),
        change=lambda record: replace(record, outcome="error", error="gone"),
    )
    answer = measure_planned(bench.way("planned"), quest("planned"))
    assert answer.expected_per_s is None
    assert "gone" in answer.text


def test_people_and_programs_read_the_same() -> None:
    from rich.console import Console

    answer, records = measured()
    found = latencies(records, [answer])
    console = Console(file=StringIO(), width=140)
    console.print(view(found))
    assert isinstance(console.file, StringIO)
    shown = console.file.getvalue()
    assert "read_p99<10ms" in shown
    assert "65 % of the largest" in shown
    assert document(records, [answer])[0]["planned"][0]["kind"] == "read"
    assert isinstance(found[0], EngineLatency)
