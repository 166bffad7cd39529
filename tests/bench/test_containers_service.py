"""Containers against a Docker API that is none: sockets, images, limits, logs, removal."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from docker_double import GIB, Docker, serving, silent_socket

import bench.engines as engines
from bench.engines.postgresql import ENGINE
from bench.engines.seam import PreparedEngine, Settings
from bench.environment import DataDisk, data_disk
from bench.targets.containers import daemon, image, usage
from bench.targets.containers.container import Container, ContainerFailed, ContainerPlan, running
from bench.targets.keeper import Keeper
from bench.targets.limits import Limits
from bench.targets.secret import Secret
from workloads.errors import InputError, PlaceError

PASSWORD = "correct-horse-battery"


def plan_of(**changes: Any) -> ContainerPlan:
    given: dict[str, Any] = {
        "title": "PostgreSQL",
        "engine": "postgresql",
        "image": "postgres:18",
        "command": ["postgres", "-c", "fsync=on"],
        "environment": {"POSTGRES_PASSWORD": Secret(PASSWORD), "POSTGRES_USER": "storefit"},
        "port": 5432,
        "answers": lambda _: None,
        "patience_s": 0.2,
    }
    return ContainerPlan(**given | changes)


@contextmanager
def started(
    folder: Path, docker: Docker, told: list[str] | None = None, **changes: Any
) -> Iterator[Container]:
    tell: Callable[[str], None] = (told if told is not None else []).append
    with (
        serving(folder, docker) as address,
        Keeper() as keeper,
        daemon.opened({"DOCKER_HOST": address}) as service,
        running(plan_of(**changes), service, keeper, tell) as container,
    ):
        yield container


def test_sockets_are_tried_in_order_and_docker_host_is_the_only_one() -> None:
    assert daemon.candidates({"XDG_RUNTIME_DIR": "/run/user/7"}, 7) == (
        "unix:///var/run/docker.sock",
        "unix:///run/podman/podman.sock",
        "unix:///run/user/7/podman/podman.sock",
        "unix:///run/user/7/docker.sock",
    )
    assert daemon.candidates({}, 7)[2] == "unix:///run/user/7/podman/podman.sock"
    assert daemon.candidates({"DOCKER_HOST": "tcp://far:2375"}, 7) == ("tcp://far:2375",)


def test_the_first_socket_that_answers_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with silent_socket(tmp_path) as dead, serving(tmp_path, Docker()) as alive:
        tried = ("unix:///nowhere/docker.sock", dead, alive)
        monkeypatch.setattr(daemon, "candidates", lambda *_: tried)
        with daemon.opened({}) as service:
            assert service.address == alive
            assert service.machine() == (4.0, 16 * GIB)


def test_a_dead_socket_is_named_with_what_the_system_says(tmp_path: Path) -> None:
    with (
        silent_socket(tmp_path) as dead,
        pytest.raises(PlaceError) as caught,
        daemon.opened({"DOCKER_HOST": dead}),
    ):
        pass
    assert "dead.sock: no answer: Connection refused" in caught.value.message
    assert caught.value.hint.startswith("DOCKER_HOST names")


@pytest.mark.parametrize(
    ("here", "uid", "systemd", "refused", "hint"),
    [
        (("podman",), 1000, True, False, "systemctl --user start podman.socket"),
        (("podman",), 0, True, False, "systemctl start podman.socket"),
        (("podman",), 0, False, False, "podman system service --time=0 unix:///run/podman"),
        (("dockerd", "docker"), 0, True, False, "systemctl start docker"),
        (("docker",), 1000, True, True, "sudo usermod -aG docker"),
        ((), 1000, True, False, "apt install podman"),
    ],
)
def test_the_hint_is_the_command_that_helps(
    here: tuple[str, ...], uid: int, systemd: bool, refused: bool, hint: str
) -> None:
    found = daemon.remedy(
        {}, uid=uid, refused=refused, which=lambda name: name in here, has_systemd=systemd
    )
    assert hint in found


@pytest.mark.parametrize("name", ["postgresql", "mysql", "mariadb"])
def test_engines_say_what_is_missing_for_containers(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, place = engines.parse_target(f"{name}@container")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert "DOCKER_HOST" in (engine.available(place) or "")
    with serving(tmp_path, Docker()) as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        assert "DOCKER_HOST" not in (engine.available(place) or "")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (None, "postgres:18"),
        ("17.2", "postgres:17.2"),
        ("localhost:5000/a/b:1.0", "localhost:5000/a/b:1.0"),
        ("a/b@sha256:" + "0" * 64, "a/b@sha256:" + "0" * 64),
    ],
)
def test_names_of_images(text: str | None, name: str) -> None:
    assert image.named(text, "postgres:18") == name


@pytest.mark.parametrize("text", ["Up/Case", "a//b", "a b", "a:", "a@sha256:12", "-v"])
def test_what_is_no_name_of_an_image(text: str) -> None:
    with pytest.raises(InputError, match="is no name of an image"):
        image.named(text, "postgres:18")


def test_an_image_that_is_here_is_not_pulled(tmp_path: Path) -> None:
    docker, told = Docker(pulled=[{"error": "the registry was asked"}]), []
    with started(tmp_path, docker, told) as container:
        assert container.image == image.Image("postgres:18", "sha256:1")
    assert told == ["starting a container of postgres:18"]


def test_an_absent_image_is_pulled_with_progress(tmp_path: Path) -> None:
    def downloading(layer: str, current: int) -> dict[str, Any]:
        detail = {"current": current * 10**6, "total": 50 * 10**6}
        return {"status": "Downloading", "id": layer, "progressDetail": detail}

    pulled = [downloading("a", n) for n in range(1, 51)] + [downloading("b", 25)]
    pulled += [{"status": "Download complete", "id": "b"}, {"status": "Extracting", "id": "b"}]
    docker, told = Docker(images=set(), pulled=pulled, pull_brings="postgres:18"), []
    with started(tmp_path, docker, told):
        pass
    assert told[0] == "pulling postgres:18"
    assert "pulling postgres:18: 25 of 50 MB" in told
    assert "pulling postgres:18: 100 of 100 MB" in told
    assert len(told) < 20, "a person is not told every megabyte"


def test_an_image_that_cannot_be_pulled_is_explained(tmp_path: Path) -> None:
    docker = Docker(images=set(), pulled=[{"error": "no route\nto the registry"}])
    with pytest.raises(PlaceError) as caught, started(tmp_path, docker):
        pass
    assert caught.value.message.endswith("cannot be pulled: no route to the registry")
    assert "docker load" in caught.value.hint
    assert docker.created == []


def test_a_container_is_made_on_loopback_with_limits_and_secrets_in_its_environment(
    tmp_path: Path,
) -> None:
    docker = Docker(port=40_001)
    limits = Limits(cpus=1.5, memory_bytes=2 * GIB)
    with started(tmp_path, docker, limits=limits) as container:
        assert container.port == 40_001
        assert container.name.startswith("storefit-postgresql-")
        assert docker.removed == []
    made, host = docker.created[0], docker.created[0]["HostConfig"]
    assert host["PortBindings"] == {"5432/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}
    assert host["NanoCpus"] == 1_500_000_000
    assert host["Memory"] == host["MemorySwap"] == 2 * GIB
    assert f"POSTGRES_PASSWORD={PASSWORD}" in made["Env"]
    assert PASSWORD not in " ".join(made["Cmd"])
    assert made["Labels"] == {"storefit": str(os.getpid())}
    assert docker.removed == [(container.name, "v=True&link=False&force=True")]
    assert PASSWORD not in repr(plan_of())


def test_without_limits_none_are_sent(tmp_path: Path) -> None:
    docker = Docker()
    with started(tmp_path, docker):
        pass
    host = docker.created[0]["HostConfig"]
    assert not host.get("NanoCpus")
    assert not host.get("Memory")


def test_a_container_too_large_for_the_machine_is_not_made(tmp_path: Path) -> None:
    docker = Docker(cpus=2)
    with (
        pytest.raises(PlaceError, match="4 vCPU"),
        started(tmp_path, docker, limits=Limits(cpus=4.0)),
    ):
        pass
    assert docker.created == []


def test_before_a_run_the_engine_refuses_what_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(ENGINE, PreparedEngine)
    _, place = engines.parse_target("postgresql@container")
    with serving(tmp_path, Docker(cpus=2)) as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        with pytest.raises(PlaceError, match="2 processors"):
            ENGINE.prepare(place, Settings(workdir=tmp_path, limits=Limits(cpus=4.0)))
        ENGINE.prepare(place, Settings(workdir=tmp_path, limits=Limits(cpus=2.0)))


def test_limits_that_the_service_drops_are_an_error(tmp_path: Path) -> None:
    docker = Docker(warnings=["Your kernel does not support memory limit capabilities"])
    with (
        pytest.raises(PlaceError, match="cannot limit what was asked for"),
        started(tmp_path, docker, limits=Limits(memory_bytes=GIB)),
    ):
        pass
    assert len(docker.removed) == 1


def test_a_container_that_ends_is_told_with_the_end_of_its_log_without_passwords(
    tmp_path: Path,
) -> None:
    ended = {"Running": False, "Status": "exited", "ExitCode": 3, "OOMKilled": True}
    docker = Docker(states=[{}, ended], log=f"first\nFATAL: '{PASSWORD}' is weak\n")
    with (
        pytest.raises(ContainerFailed) as caught,
        started(tmp_path, docker, answers=lambda _: "not yet", patience_s=5),
    ):
        pass
    assert "ended (exit code 3, killed for want of memory)" in caught.value.message
    assert caught.value.message.endswith("first | FATAL: '***' is weak")
    assert len(docker.removed) == 1


def test_a_container_that_lets_nobody_in_is_told_with_the_reason_and_the_log(
    tmp_path: Path,
) -> None:
    docker = Docker(log="still thinking")
    with (
        pytest.raises(ContainerFailed, match=r"within 0\.2 s \(no pg_hba entry\).*still thinking"),
        started(tmp_path, docker, answers=lambda _: "no pg_hba entry"),
    ):
        pass
    assert len(docker.removed) == 1


def test_it_is_removed_when_the_body_fails(tmp_path: Path) -> None:
    docker = Docker()
    with pytest.raises(KeyboardInterrupt), started(tmp_path, docker):
        raise KeyboardInterrupt
    assert len(docker.removed) == 1


def test_a_removal_that_fails_names_what_is_left(tmp_path: Path) -> None:
    docker = Docker(refuses_removal=True)
    with (
        pytest.raises(PlaceError, match="cannot be removed: driver failed") as caught,
        started(tmp_path, docker),
    ):
        pass
    assert "docker rm -f -v storefit-postgresql-" in caught.value.hint


def test_a_service_that_dies_is_told_beside_what_failed(tmp_path: Path) -> None:
    def fail_without_a_service() -> None:
        with started(tmp_path, Docker()) as container:
            (tmp_path / "docker.sock").unlink()
            container.daemon.api.close()
            raise ValueError(container.name)

    with pytest.raises(ValueError, match="storefit-postgresql-") as caught:
        fail_without_a_service()
    assert any(f"docker rm -f -v {caught.value}" in note for note in caught.value.__notes__)


def test_a_killed_parent_leaves_no_container(tmp_path: Path) -> None:
    program = """
        import os, signal, sys
        from test_containers_service import plan_of
        from bench.targets.containers import daemon
        from bench.targets.containers.container import running
        from bench.targets.keeper import Keeper
        with Keeper() as keeper, daemon.opened() as service:
            with running(plan_of(), service, keeper, lambda _: None) as container:
                print(container.name, flush=True)
                signal.pause()
    """
    docker = Docker()
    with serving(tmp_path, docker) as address:
        path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program)],
            env={**os.environ, "DOCKER_HOST": address, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        with child.stdout:
            assert select.select([child.stdout], [], [], 30)[0]
            name = child.stdout.readline().strip()
        child.send_signal(signal.SIGKILL)
        child.wait()
        deadline = time.monotonic() + 20
        while not docker.removed and time.monotonic() < deadline:
            time.sleep(0.02)
    assert [removed for removed, _ in docker.removed] == [name]


def test_use_is_the_control_groups_where_processes_are_not_ours_to_see(tmp_path: Path) -> None:
    docker = Docker(
        stats={
            "cpu_stats": {"cpu_usage": {"total_usage": 2_500_000_000}},
            "memory_stats": {"usage": 300, "stats": {"inactive_file": 100}},
            "blkio_stats": {
                "io_service_bytes_recursive": [
                    {"op": "Read", "value": 5},
                    {"op": "read", "value": 6},
                    {"op": "Write", "value": 7},
                ]
            },
        }
    )
    with started(tmp_path, docker) as container:
        assert container.pid is None
        used = container.use()
        assert (used.cpu_s, used.memory_bytes) == (2.5, 200)
        assert (used.read_bytes, used.write_bytes) == (11, 7)
        docker.stats = {}
        assert container.use().cpu_s is None


def test_an_idle_container_has_no_traffic_that_is_counted() -> None:
    found = usage.counters({"cpu_stats": {}, "blkio_stats": {"io_service_bytes_recursive": None}})
    assert (found.cpu_s, found.read_bytes, found.memory_bytes) == (None, None, None)


def test_of_a_disk_that_a_container_does_not_show_nothing_is_known(tmp_path: Path) -> None:
    assert data_disk("container", None) == DataDisk(None, None)
    assert data_disk("container", tmp_path) not in (None, DataDisk(None, None))
