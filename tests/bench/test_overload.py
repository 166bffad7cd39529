"""More than the server can take, on a real PostgreSQL: measured, counted, and never fatal."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from provoked_ground import SERVERS, During, Lab, laboratory, workload_file
from psycopg.pq.abc import PGconn

from bench.engines.postgresql import cluster
from bench.engines.postgresql.link import Link, run
from bench.runner import plan as plans
from bench.runner.request import Request
from results.record import ErrorCount, Record
from results.store import read

# Neighbours may leave the machine alone between two measurements: then once more.
ATTEMPTS = 3

pytestmark = pytest.mark.slow


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with laboratory(tmp_path, monkeypatch) as found:
        yield found


def only_error(record: Record, kind: str) -> ErrorCount:
    assert [error.kind for error in record.errors] == [kind], record.errors
    return record.errors[0]


def test_clients_beyond_max_connections_are_refused_and_counted(lab: Lab) -> None:
    # one of eight is storefit's own, for looking after the server
    (record,) = lab.run(
        workload_file(lab.directory), load="closed:12", options=("set.max_connections=8",)
    )
    assert record.outcome == "ok", record.error
    error = only_error(record, "refused")
    assert "too many clients" in error.example
    # from before the window on, the five that were left out asked again and again
    assert error.first_at_s < 0
    assert error.last_at_s is not None
    assert error.last_at_s > 0
    assert error.count == record.errors_count >= 1
    assert sum(second.errors for second in record.series) == pytest.approx(error.count, abs=5)
    # the seven that were let in worked on
    assert record.operations_done > 100
    assert record.operations[0].errors == 0
    # throughput of twelve clients it is not
    assert any(f.code == "G-LITTLE" and f.level == "error" for f in record.findings)
    assert not record.is_evidence


def test_open_load_goes_on_with_the_connections_that_it_got(lab: Lab) -> None:
    (record,) = lab.run(
        workload_file(lab.directory),
        load="open:300/s,constant,clients=12",
        options=("set.max_connections=8",),
    )
    assert record.outcome == "ok", record.error
    error = only_error(record, "refused")
    assert error.count == record.errors_count >= 1
    # every request was due, sent and answered on the others
    assert record.operations_done == pytest.approx(300 * record.duration_s, abs=2)


def test_statements_that_take_too_long_are_timeouts_and_the_trial_goes_on(lab: Lab) -> None:
    links, link = [], cluster._link
    # clients give up after 50 ms; somebody holds the table for 400 ms
    patience_s, held_s = 0.05, 0.4

    def kept(*arguments: object) -> Link:
        links.append(link(*arguments))  # type: ignore[arg-type]
        return links[-1]

    def hold() -> None:
        with closing_connection(links[-1]) as connection:
            run(connection, "BEGIN; LOCK TABLE storefit.records IN ACCESS EXCLUSIVE MODE")
            time.sleep(held_s)
            run(connection, "COMMIT")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster, "_link", kept)
        (record,) = lab.run(
            workload_file(lab.directory),
            load="closed:2",
            options=(f"statement_timeout_s={patience_s}",),
            progress=During(0.6, hold),
        )
    assert record.outcome == "ok", record.error
    error = only_error(record, "timeout")
    assert "statement timeout" in error.example
    assert 2 <= error.count <= 2 * held_s / patience_s
    assert error.count == record.errors_count == record.operations[0].errors
    assert error.last_at_s is not None
    assert 0 < error.first_at_s <= error.last_at_s < record.duration_s
    # counted when they happened
    hit = [second.t_s for second in record.series if second.errors]
    assert error.first_at_s - 0.1 < hit[0] <= hit[-1] < error.last_at_s + 0.1
    assert record.goodput_per_s == pytest.approx(record.throughput_per_s)


@contextmanager
def closing_connection(link: Link) -> Iterator[PGconn]:
    connection = link.connect()
    try:
        yield connection
    finally:
        connection.finish()


@pytest.mark.parametrize("factor", [3, 20])
def test_a_rate_beyond_the_knee_is_measured(lab: Lab, factor: float) -> None:
    objective = "latency: {write_p99: 20 ms}"
    workload = workload_file(lab.directory, "update", more=objective)
    for _ in range(ATTEMPTS):
        (closed,) = lab.run(workload, load="closed:2")
        rate_per_s = factor * closed.throughput_per_s
        (record,) = lab.run(workload, load=f"open:{rate_per_s:.0f}/s,clients=2")
        assert record.outcome == "ok", record.error
        if record.throughput_per_s < 0.7 * rate_per_s:
            break
    assert record.load.rate_per_s is not None
    # what the engine does in a second, not what it is asked for, nor what it still does afterwards
    assert record.throughput_per_s < 0.7 * record.load.rate_per_s
    ended = sum(second.operations for second in record.series)
    assert record.throughput_per_s == pytest.approx(ended / record.duration_s)
    # most of it came too late for anybody
    assert record.goodput_per_s is None or record.goodput_per_s < 0.2 * record.throughput_per_s
    unsent = sum(error.count for error in record.errors if error.kind == "unsent")
    assert record.operations_done + record.errors_count == pytest.approx(
        record.load.rate_per_s * record.duration_s, rel=0.1
    )
    assert factor < 5 or unsent > 0


def test_the_death_of_the_server_ends_the_trial_and_keeps_what_was_measured(lab: Lab) -> None:
    make = plans.make

    def twice(request: Request, *, cpus: int) -> plans.Plan:
        whole = make(request, cpus=cpus)
        (trial,) = whole.trials
        again = replace(trial, number=2, repetition=2)
        return replace(whole, trials=(trial, again))

    def kill() -> None:
        for child in psutil.Process().children():
            if child.name() in SERVERS:
                os.kill(child.pid, signal.SIGKILL)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "make", twice)
        made = lab.run(
            workload_file(lab.directory, "read"), load="closed:2", progress=During(0.6, kill)
        )
    dead, alive = made
    assert dead.outcome == "error"
    assert dead.operations_done > 100
    assert dead.operations[0].service.count == dead.operations_done
    assert {error.kind for error in dead.errors} <= {"connection-lost", "refused"}
    assert dead.errors_count > 0
    assert any(f.code == "G-ERRORS" and f.level == "error" for f in dead.findings)
    # the run went on with a fresh server
    assert alive.outcome == "ok", alive.error
    assert alive.errors_count == 0
    assert read(lab.directory / "out") == made
