"""Servers in real containers: right answers, limits that hold, telemetry, and nothing left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from containers_ground import IMAGE, Podman, need, need_mysql, podman

import bench.engines as engines
from bench.engines.seam import LoadPlan, Settings
from bench.targets.containers import cgroup
from bench.targets.limits import Limits
from bench.verify import verify
from workloads import datasets
from workloads.errors import PlaceError
from workloads.oracle import Oracle
from workloads.spec.model import Data, Operation, Workload
from workloads.stream import batches

pytestmark = pytest.mark.servers

NAMES = ("postgresql", "mariadb", "mysql")
RECORDS, SEED = 1_500, 7
LIMITS = Limits(cpus=1.5, memory_bytes=1 << 30)
BUFFERS = {
    "postgresql": ("shared_buffers", "256MB"),
    "mariadb": ("innodb_buffer_pool_size", str(768 << 20)),
    "mysql": ("innodb_buffer_pool_size", str(768 << 20)),
}
OPERATIONS = (
    Operation(kind="read", weight=1),
    Operation(kind="insert", weight=1),
    Operation(kind="update", weight=1, atomic_with=2),
    Operation(kind="read-modify-write", weight=1),
    Operation(kind="delete", weight=1),
    Operation(kind="range", weight=1, limit=20),
    Operation(kind="scan", weight=0.1),
    Operation(kind="join", weight=1),
    Operation(kind="aggregate", weight=0.1),
)
WORKLOAD = """
schema: 1
name: small
description: reads and updates
data: {format: relational, dataset: books, records: 1000}
operations: [{kind: read, weight: 9}, {kind: update, weight: 1}]
"""
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def service() -> Iterator[Podman]:
    need()
    with podman() as service, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", service.address)
        yield service


@pytest.fixture(autouse=True)
def _nothing_is_left(service: Podman) -> Iterator[None]:
    assert service.left() == []
    yield
    assert service.left() == []


@pytest.mark.parametrize("name", NAMES)
def test_a_server_in_a_container_answers_right_within_its_limits(
    name: str, service: Podman, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    need_mysql(name)
    engine, place = engines.parse_target(f"{name}@container:{IMAGE}")
    assert engine.available(place) is None
    begin = time.monotonic()
    with engine.open(place, Settings(workdir=tmp_path, limits=LIMITS)) as target:
        record_property("ready_s", round(time.monotonic() - begin, 2))
        (container,) = service.containers()
        found = service.inspect(container)
        said = target.describe()
        assert said.durability == "full"
        assert said.settings["storefit.memory"] == "1 GiB"
        assert BUFFERS[name] in said.settings.items()
        hosts = {
            b["HostIp"] for ports in found["HostConfig"]["PortBindings"].values() for b in ports
        }
        assert hosts == {"127.0.0.1"}
        _require_secret(found)
        in_force = cgroup.applied(found["State"]["Pid"])
        assert (in_force.cpus, in_force.memory_bytes) == (LIMITS.cpus, LIMITS.memory_bytes)
        before = target.counters()
        _require_right_answers(target)
        after = target.counters()
        assert before.cpu_s is not None
        assert after.cpu_s is not None
        assert after.cpu_s > before.cpu_s
        assert (after.write_bytes or 0) > (before.write_bytes or 0)
        assert after.memory_bytes


def _require_secret(found: dict[str, Any]) -> None:
    """The password is a variable of the container, and no process's argument."""
    (password,) = (
        value
        for name, _, value in (text.partition("=") for text in found["Config"]["Env"])
        if name.endswith("_PASSWORD")
    )
    assert len(password) > 20
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            assert password.encode() not in arguments


def _require_right_answers(target: Any) -> None:
    dataset = datasets.get("books")
    target.load(LoadPlan(dataset=dataset, records=RECORDS, seed=SEED))
    target.settle()
    workload = Workload(
        name="all", data=Data(dataset="books", records=RECORDS), operations=OPERATIONS
    )
    batch = next(batches(workload, seed=SEED, records=RECORDS, size=400))
    assert len(np.unique(batch.operation)) == len(OPERATIONS)
    oracle = Oracle(dataset, RECORDS, SEED, None)
    with closing(target.dialer().dial()) as session:
        assert session.server_pids() == ()  # those it knows are of another name space
        found = verify(session, dataset, oracle, OPERATIONS, [batch])
    assert found.first_difference is None
    assert target.row_count() == oracle.row_count()


def test_a_container_without_room_for_its_buffers_is_told_with_its_log(tmp_path: Path) -> None:
    engine, place = engines.parse_target(f"mariadb@container:{IMAGE}")
    options = {"set.innodb_buffer_pool_size": "nonsense"}
    settings = replace(Settings(workdir=tmp_path, options=options), limits=LIMITS)
    with (
        pytest.raises(PlaceError, match=r"ended \(exit code \d+\); the end of its log:.*nonsense"),
        engine.open(place, settings),
    ):
        pass


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_leaves_nothing(
    how: signal.Signals, service: Podman, tmp_path: Path
) -> None:
    child = _run(tmp_path, service.address)
    _until(lambda: bool(service.containers()))
    child.send_signal(how)
    child.communicate(timeout=PATIENCE_S)
    assert child.returncode != 0
    _until(lambda: service.left() == [])


def test_a_service_that_dies_ends_the_run_with_its_records_kept(tmp_path: Path) -> None:
    with podman() as mortal:
        child = _run(tmp_path, mortal.address, "--repeat", "2")
        _until(lambda: _records(tmp_path) > 0)
        mortal.stop(signal.SIGKILL)
        _, said = child.communicate(timeout=PATIENCE_S)
        kept = _records(tmp_path)
        assert kept > 0
        assert "did not end cleanly: the container storefit-postgresql-" in said
        mortal.start()
        (name,) = mortal.containers()
        assert name in said
        mortal.run("rm", "--force", "--volumes", name)


def _run(folder: Path, address: str, *more: str) -> subprocess.Popen[str]:
    file = folder / "small.yaml"
    file.write_text(WORKLOAD)
    words = [
        "run",
        str(file),
        "--quick",
        "--engine",
        f"postgresql@container:{IMAGE}",
        "--cpus",
        "1",
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "bench", *words, "--results", str(folder / "results"), *more],
        env={**os.environ, "DOCKER_HOST": address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # a shell that runs the tests in its background has SIGINT ignored, and hands that down
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def _records(folder: Path) -> int:
    files = (folder / "results").rglob("records.ndjson")
    return sum(1 for file in files for line in file.read_text().splitlines() if json.loads(line))


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
