"""Loads as written on the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.runner.loads import MOST_PROCESSES, Offer, parse, require_possible
from workloads import spec
from workloads.arrivals import Arrivals
from workloads.errors import InputError


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("closed:8", Offer(kind="closed", clients=8)),
        ("closed:8,think=10ms", Offer(kind="closed", clients=8, think_s=0.01)),
        ("open:2000/s", Offer(kind="open", clients=16, rate_per_s=2_000, process="poisson")),
        (
            "open:2k/s,constant,clients=32",
            Offer(kind="open", clients=32, rate_per_s=2_000, process="constant"),
        ),
        ("open:trace", Offer(kind="open", clients=16, process="poisson", trace=True)),
        (
            "open:trace,whole,constant",
            Offer(kind="open", clients=16, process="constant", trace=True, whole=True),
        ),
    ],
)
def test_a_load_is_read_and_its_text_reads_back(text: str, offer: Offer) -> None:
    assert parse(text, cpus=2) == offer
    assert parse(offer.text, cpus=2) == offer


@pytest.mark.parametrize(("cpus", "clients"), [(1, 2), (2, 2), (4, 4), (64, 8)])
def test_the_default_is_a_client_per_processor(cpus: int, clients: int) -> None:
    assert parse("default", cpus=cpus) == Offer(kind="closed", clients=clients)


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("closd:8", "no load 'closd:8'", "did you mean 'closed:8'?"),
        ("8", "no load '8'", "closed:8"),
        ("", "no load ''", "closed:8"),
        ("closed", "nothing follows", "closed:8"),
        ("closed:", "nothing follows", "closed:8"),
        ("closed:0", "'0' is not a number of clients", "closed:8"),
        ("closed:-1", "'-1' is not a number of clients", "closed:8"),
        ("closed:1e3", "'1e3' is not a number of clients", "closed:8"),
        ("closed:1001", "1 to 1000", "closed:8"),
        ("closed:8,think=10", "no unit", "closed:8"),
        ("closed:8,sleep=10ms", "no option 'sleep=10ms'", "think=10ms"),
        ("open:2000", "no unit", "open:2000/s"),
        ("open:-5/s", "negative", "open:2000/s"),
        ("open:0/s", "more than 0", "open:2000/s"),
        ("open:fast", "not a number", "open:2000/s"),
        ("open:9/s,whole", "no option 'whole'", "constant, poisson"),
        ("open:9/s,uniform", "no option 'uniform'", "constant, poisson"),
    ],
)
def test_a_wrong_load_is_one_clear_error(text: str, says: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, cpus=2)
    assert says in caught.value.message
    assert hint in caught.value.hint


def test_workers_are_processes_where_sessions_can_only_wait() -> None:
    closed, opened = parse("closed:6", cpus=2), parse("open:2000/s", cpus=2)
    assert closed.workers(cpus=2, pipelined=False, in_process=True) == 6
    assert closed.workers(cpus=2, pipelined=True, in_process=False) == 2
    assert closed.workers(cpus=8, pipelined=True, in_process=False) == 6
    assert opened.workers(cpus=2, pipelined=True, in_process=False) == 1
    assert opened.workers(cpus=2, pipelined=False, in_process=False) == 16
    assert opened.workers(cpus=2, pipelined=False, in_process=True) == 2


def test_many_clients_share_processes() -> None:
    many = parse("closed:100", cpus=64)
    workers = many.workers(cpus=64, pipelined=True, in_process=False)
    assert workers == MOST_PROCESSES
    assert sum(many.shares(workers)) == 100
    assert set(many.shares(workers)) == {6, 7}


def test_a_high_rate_gets_more_workers() -> None:
    fast = parse("open:35k/s", cpus=8)
    assert fast.workers(cpus=8, pipelined=True, in_process=False) == 4


def test_a_schedule_offers_the_rate(tmp_path: Path) -> None:
    workload = spec.load("book-store")
    schedule = parse("open:2000/s,constant", cpus=2).schedule(workload)
    assert schedule is not None
    first = next(schedule.moments(worker=0, workers=1, seed=1))
    assert first[:3].tolist() == [0, 500_000, 1_000_000]
    assert parse("closed:8", cpus=2).schedule(workload) is None


def test_a_trace_is_found_beside_the_workload(tmp_path: Path) -> None:
    workload = spec.load("book-store")
    with pytest.raises(InputError, match="names no trace"):
        parse("open:trace", cpus=2).schedule(workload)
    (tmp_path / "visits.csv").write_text("time,rate\n0,100\n1,300\n")
    traced = replace(
        workload,
        origin=str(tmp_path / "shop.yaml"),
        traffic=replace(workload.traffic, trace="visits.csv"),
    )
    schedule = parse("open:trace,constant", cpus=2).schedule(traced)
    assert schedule is not None
    assert schedule.rate_per_s == pytest.approx(200)
    # two seconds within one: as many requests a second, and half of them in all, after a lead
    offer = parse("open:trace,whole,constant", cpus=2)
    whole = offer.schedule(traced, window_s=1.0, lead_s=0.5)
    assert isinstance(whole, Arrivals)
    moments = whole.moments(worker=0, workers=1, seed=1)
    due_s = [at / 1e9 for chunk in moments for at in chunk.tolist()]
    assert sum(at < 0.5 for at in due_s) == pytest.approx(50, abs=1)
    assert sum(0.5 <= at < 1.0 for at in due_s) == pytest.approx(50, abs=1)
    assert sum(at >= 1.0 for at in due_s) == pytest.approx(150, abs=1)
    assert offer.told(traced, 1.0) == pytest.approx((200.0, 2.0))
    part = parse("open:trace", cpus=2)
    assert part.told(traced, 1.0) == (100.0, None)
    assert part.told(traced, 4.0) == (100.0, None)  # its two seconds hold all that there is
    assert part.told(traced, 0.0) == (200.0, None)
    assert offer.told(workload, 1.0) == (None, None)
    (tmp_path / "visits.csv").write_text("time,rate\n0,100\n1,30000\n")
    assert offer.workers(cpus=8, pipelined=True, in_process=False, workload=traced) == 3
    (tmp_path / "visits.csv").unlink()
    assert offer.told(traced, 1.0) == (None, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("open:1e30/s", "a rate is at most 1G/s"),
        ("open:ramp(1/s..2G/s)", "a rate is at most 1G/s"),
        ("open:1G/s", "2 processors cannot offer this for 10 s"),
        ("open:20M/s,constant", "2 processors cannot offer this for 10 s"),
    ],
)
def test_a_rate_that_cannot_be_scheduled_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        require_possible(parse(text, cpus=2), seconds=10.0, cpus=2)
    require_possible(parse("open:1M/s", cpus=2), seconds=10.0, cpus=2)
