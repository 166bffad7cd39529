"""The DynamoDB engine on DynamoDB Local: what it consumes, what it leaves behind, when it dies."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path

import pytest
from dynamodb_ground import RECORDS, answers, batch_of, plan, running, session_of, tables_at
from dynamodb_local import dynamodb_local, need

import bench.engines as engines
from bench.engines.seam import Place, Settings
from workloads.errors import PlaceError
from workloads.spec.model import Operation

pytestmark = pytest.mark.servers

ASKED = 25
KEY_ID, SECRET = "AKIAEXAMPLEEXAMPLE42", "a-secret-key-that-nobody-may-see"
# Where both must consume the same. A range near the end asks for one bucket more than a store in
# process, which knows where the end is. DynamoDB Local miscounts two things that the service does
# not: a TransactWriteItems is told one item's units too few, and a Query of an index that finds
# nothing is free. So transactions are compared by what they read, and joins by their answers.
COMPARED = (
    Operation(kind="read", weight=1),
    Operation(kind="range", weight=1, limit=20),
    Operation(kind="scan", weight=1),
    Operation(kind="update", weight=1),
    Operation(kind="update", weight=1, all_fields=True),
    Operation(kind="read-modify-write", weight=1),
    Operation(kind="insert", weight=1),
    Operation(kind="delete", weight=1),
)


def test_it_consumes_what_the_store_in_process_says(dynamodb_endpoint: str, tmp_path: Path) -> None:
    store = engines.get("lmdb")
    with (
        running(dynamodb_endpoint, tmp_path, empty_text="null") as target,
        store.open(Place(kind="in-process"), Settings(workdir=tmp_path)) as other,
    ):
        loaded = target.load(plan())
        assert (loaded.rows, loaded.logical_bytes) == (RECORDS, other.load(plan()).logical_bytes)
        with session_of(target) as here, closing(other.dialer().dial()) as there:
            for operation in COMPARED:
                count = 2 if operation.kind == "scan" else ASKED
                batch = batch_of(operation, count)
                if operation.kind == "range":
                    batch.key[:] %= RECORDS - operation.limit  # type: ignore[operator]
                before = here.usage(), there.usage()
                assert answers(here, operation, batch) == answers(there, operation, batch)
                after = here.usage(), there.usage()
                used = [
                    (b.read_units - a.read_units, b.write_units - a.write_units)
                    for a, b in zip(before, after, strict=True)
                    if a.read_units is not None and b.read_units is not None
                    if a.write_units is not None and b.write_units is not None
                ]
                assert len(used) == 2
                assert used[0] == used[1], operation
                assert sum(used[0]) > 0
            several = Operation(kind="update", weight=1, atomic_with=3)
            batch = batch_of(several, 5)
            assert answers(here, several, batch) == answers(there, several, batch)


def test_strong_reads_cost_twice(dynamodb_endpoint: str, tmp_path: Path) -> None:
    read = Operation(kind="read", weight=1)
    with running(dynamodb_endpoint, tmp_path, consistency="strong") as target:
        target.load(plan("accounts", records=50))
        with session_of(target) as session:
            answers(session, read, batch_of(read, 10))
            assert session.usage().read_units == 10


def test_it_is_left_as_found(dynamodb_endpoint: str, tmp_path: Path) -> None:
    before = tables_at(dynamodb_endpoint)
    with running(dynamodb_endpoint, tmp_path) as target:
        assert tables_at(dynamodb_endpoint) == before  # opening creates nothing
        target.load(plan("accounts", records=60))
        first = set(tables_at(dynamodb_endpoint)) - set(before)
        assert first
        assert all(name.startswith("storefit_") for name in first)
        target.load(plan("accounts", records=40))
        assert not first & set(tables_at(dynamodb_endpoint))
        assert target.row_count() == 40
    assert tables_at(dynamodb_endpoint) == before
    assert list(tmp_path.iterdir()) == []


def test_it_is_left_as_found_after_an_exception(dynamodb_endpoint: str, tmp_path: Path) -> None:
    before = tables_at(dynamodb_endpoint)

    def fail() -> None:
        with running(dynamodb_endpoint, tmp_path) as target:
            target.load(plan("accounts", records=30))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert tables_at(dynamodb_endpoint) == before


def test_what_it_does_not_take_is_said_with_the_remedy(
    dynamodb_endpoint: str, tmp_path: Path
) -> None:
    """This version of DynamoDB Local takes no empty text."""
    with (
        running(dynamodb_endpoint, tmp_path) as target,
        pytest.raises(PlaceError, match="empty string") as caught,
    ):
        target.load(plan())
    assert "--option dynamodb.empty_text=null" in caught.value.hint


KILLED = """
    import sys, time
    from pathlib import Path
    from bench.engines.dynamodb import ENGINE
    from bench.engines.seam import LoadPlan, Place, Settings
    from workloads import datasets

    place = Place(kind="remote", address=sys.argv[2])
    with ENGINE.open(place, Settings(workdir=Path(sys.argv[1]), allow_writes=True)) as target:
        target.load(LoadPlan(dataset=datasets.get("accounts"), records=30, seed=1))
        print("ready", flush=True)
        time.sleep(60)
"""


def test_a_killed_run_is_swept_up(dynamodb_endpoint: str, tmp_path: Path) -> None:
    before = tables_at(dynamodb_endpoint)
    script = tmp_path / "killed.py"
    script.write_text(textwrap.dedent(KILLED))
    parent = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path), dynamodb_endpoint],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    assert tables_at(dynamodb_endpoint) != before
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 60
    while tables_at(dynamodb_endpoint) != before:
        assert time.monotonic() < deadline, "the tables are still there"
        time.sleep(0.1)


def test_an_endpoint_that_dies_is_an_error_and_the_records_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing that the run leaves behind holds the credentials that were there."""
    from bench.runner.progress import Silent
    from bench.runner.request import Request
    from bench.runner.session import begin

    need()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    with dynamodb_local() as endpoint:
        pid = _listener(endpoint)

        class Killer(Silent):
            """Ends the server when the second trial begins."""

            def trial(self, number: int, of: int, title: str) -> None:
                if number == 2:
                    subprocess.run(["kill", "-9", str(pid)], check=True)

        request = Request(
            names=("ycsb-c",), engines=(f"dynamodb@{endpoint}",), load="closed:1", quick=True,
            repeat=2, duration_s=1.0, scale=0.0002, allow_writes=True,
        )  # fmt: skip
        with begin(request, tmp_path) as session:
            session.go(Killer())
            records = session.store.records
    assert records[0].outcome == "ok"
    assert {record.outcome for record in records[1:]} == {"error"}
    assert len(records) >= 2
    assert records[0].engine.name == "dynamodb"
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        found = path.read_bytes()
        assert KEY_ID.encode() not in found
        assert SECRET.encode() not in found


def _listener(endpoint: str) -> int:
    """The process that listens on a port of ours."""
    import psutil

    port = int(endpoint.rpartition(":")[2])
    for process in psutil.process_iter(["name"]):
        if process.info["name"] == "java" and f"-port {port}" in " ".join(process.cmdline()):
            return int(process.pid)
    raise AssertionError("nobody listens")
