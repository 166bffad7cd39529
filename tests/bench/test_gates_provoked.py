"""The gates on real faults: each is brought about on a real PostgreSQL and must be recognised."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest
from delay_proxy import delayed
from provoked_ground import SHORT, During, Lab, laboratory, servers, workload_file

from bench.engines.postgresql import ENGINE, cluster
from bench.engines.postgresql.link import Link, run
from bench.engines.postgresql.target import PostgresqlTarget
from bench.engines.seam import Loaded, LoadPlan, Place, Settings
from bench.runner import plan as plans
from bench.runner.plan import Target
from bench.runner.progress import Silent
from bench.runner.request import Request
from results.record import Finding, Record

# Half of a round trip: longer than an answer takes, whatever else this machine does.
DELAY_S = 0.020
# Where neighbours took the processor from the load generator, it is measured once more.
ATTEMPTS = 3
# Programs that want the processor that a starved load generator has.
HOGS = 6

pytestmark = pytest.mark.slow


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with laboratory(tmp_path, monkeypatch) as found:
        yield found


def found_in(record: Record, code: str) -> list[Finding]:
    return [finding for finding in record.findings if finding.code == code]


def test_a_slow_network_is_recognised_as_what_was_measured(lab: Lab) -> None:
    make, link = plans.make, cluster._link

    def ladder(request: Request, *, cpus: int) -> plans.Plan:
        whole = make(request, cpus=cpus)
        (trial,) = (t for t in whole.trials if t.phase == plans.MIX)
        loads = ("closed:1", f"closed:{cpus}", f"closed:{4 * cpus}")
        return replace(
            whole,
            trials=tuple(
                replace(trial, number=number, load=load) for number, load in enumerate(loads, 1)
            ),
        )

    # long enough that what a server does after loading is little for each of few operations
    pace = replace(SHORT, duration_s=3.0)
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Request, "pace", lambda self: pace)

        def slow_link(sockets: Path | None, port: int, password: object) -> Link:
            further = stack.enter_context(delayed(port, delay_s=DELAY_S))
            return link(sockets, further, password)  # type: ignore[arg-type]

        patch.setattr(plans, "make", ladder)
        patch.setattr(cluster, "_link", slow_link)
        for _ in range(ATTEMPTS):
            made = lab.run(
                workload_file(lab.directory), load="closed:1", options=("connection=tcp",)
            )
            assert [record.outcome for record in made] == ["ok"] * 3
            assert all(record.operations[0].service.min_s >= 2 * DELAY_S for record in made)
            if not any(found_in(record, "G-CLIENT") for record in made):
                break
    *few, many = made
    for record in few:
        found = found_in(record, "G-NETWORK")
        assert found, (record.resources, record.client, record.operations[0].service)
        assert "most likely the network" in found[0].message
    (finding,) = found_in(many, "G-NETWORK")
    assert finding.level == "error", [record.operations[0].service.mean_s for record in made]
    assert "the network or the client was measured, not the engine" in finding.message
    assert not many.is_evidence


def test_a_pinned_and_starved_client_is_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = max(os.sched_getaffinity(0))
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(HOGS)]

    def starve() -> None:
        # not the server: while it waits, its clients wait for it and not for a processor
        spared = {*servers(), *(hog.pid for hog in hogs)}
        for child in psutil.Process().children(recursive=True):
            if child.pid not in spared:
                os.sched_setaffinity(child.pid, {core})

    try:
        for hog in hogs:
            os.sched_setaffinity(hog.pid, {core})
        with laboratory(tmp_path, monkeypatch, replace(SHORT, duration_s=3.0)) as lab:
            during = During(0.0, starve)
            (record,) = lab.run(workload_file(tmp_path), load="closed:2", progress=during)
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
    (finding,) = found_in(record, "G-CLIENT")
    assert finding.level == "error", record.client
    assert "client-limited" in finding.message
    assert not record.is_evidence


def test_a_run_of_one_second_is_too_short(lab: Lab) -> None:
    (record,) = lab.run(workload_file(lab.directory, "read", "update"), load="closed:2")
    assert record.duration_s == pytest.approx(1.0, rel=0.05)
    (finding,) = found_in(record, "G-SHORT")
    assert finding.level in ("warning", "error")


@pytest.mark.parametrize("setting", ["set.fsync=off", "set.full_page_writes=off"])
def test_an_engine_that_does_not_flush_is_weak_whatever_was_asked(lab: Lab, setting: str) -> None:
    (record,) = lab.run(workload_file(lab.directory, "update"), load="closed:2", options=(setting,))
    assert record.trial.durability == "full"
    assert record.engine.durability == "relaxed"
    (finding,) = found_in(record, "G-DURABILITY")
    assert finding.level == "error"
    assert "although full was asked" in finding.message
    assert not record.is_evidence


@dataclass
class Tampered:
    """A PostgreSQL with something done to its data behind its back, after loading."""

    sql: str

    def __getattr__(self, name: str) -> object:
        return getattr(ENGINE, name)

    @contextmanager
    def open(self, place: Place, settings: Settings) -> Iterator[PostgresqlTarget]:
        with ENGINE.open(place, settings) as target:
            honest = target.load

            def load(plan: LoadPlan) -> Loaded:
                loaded = honest(plan)
                run(target._connection, self.sql)
                return loaded

            target.load = load  # type: ignore[method-assign]
            yield target


@pytest.mark.parametrize(
    ("operation", "sql", "says"),
    [
        pytest.param(
            "read",
            "UPDATE storefit.records SET field0 = upper(field0) || '!'",
            "expected",
            id="other values",
        ),
        pytest.param(
            "insert",
            "CREATE FUNCTION storefit.forget() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN IF NEW.id > 2060 AND NEW.id % 3 = 0 THEN DELETE FROM storefit.records"
            " WHERE id = NEW.id; END IF; RETURN NULL; END';"
            "CREATE TRIGGER forget AFTER INSERT ON storefit.records FOR EACH ROW"
            " EXECUTE FUNCTION storefit.forget()",
            "were acknowledged",
            id="acknowledged and lost",
        ),
    ],
)
def test_a_wrong_engine_is_incorrect_and_not_fast(
    lab: Lab, operation: str, sql: str, says: str
) -> None:
    with lab.session(workload_file(lab.directory, operation), load="closed:2") as session:
        session.plan.targets["postgresql"] = Target(
            "postgresql",
            Tampered(sql),  # type: ignore[arg-type]
            Place(kind="embedded"),
        )
        (record,) = session.go(Silent())
    assert record.outcome == "incorrect"
    assert says in (record.error or "")
    (finding,) = found_in(record, "G-ANSWERS")
    assert finding.level == "error"
    assert not record.is_evidence


def test_data_that_fits_in_memory_although_the_declared_data_would_not(lab: Lab) -> None:
    (record,) = lab.run(workload_file(lab.directory, records="5G"), load="closed:2")
    assert record.outcome == "ok"
    assert record.trial.records < 5e9
    (finding,) = found_in(record, "G-MEMORY")
    assert "would not" in finding.message
