"""Limits of containers, and the memory settings that a managed class would have."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bench.engines as engines
from bench.engines.innodb import parameter_group as innodb_group
from bench.engines.innodb.flavour import Flavour
from bench.engines.mariadb.flavour import FLAVOUR as MARIADB
from bench.engines.mysql.flavour import FLAVOUR as MYSQL
from bench.engines.postgresql import parameter_group as postgresql_group
from bench.engines.postgresql.cluster import server_settings
from bench.engines.postgresql.options import options_of
from bench.engines.seam import Settings
from bench.runner import plan
from bench.runner.request import Request, check
from bench.targets.containers import cgroup
from bench.targets.limits import Limits, limits_of
from workloads.errors import InputError, PlaceError

GIB = 1 << 30
AGENT = 0.95  # of 8 GiB, what DBInstanceClassMemory is by published max_connections


def test_a_shape_gives_what_the_class_has() -> None:
    limits = limits_of("db.m7g.large", None, None)
    assert limits == Limits(cpus=2, memory_bytes=8 * GIB, shape="db.m7g.large")
    assert limits.told() == {
        "storefit.shape": "db.m7g.large",
        "storefit.cpus": "2",
        "storefit.memory": "8 GiB",
    }


def test_nothing_asked_for_is_no_limit() -> None:
    assert limits_of(None, None, None) is None
    assert limits_of(None, 1.5, None) == Limits(cpus=1.5)


@pytest.mark.parametrize(
    ("shape", "cpus", "memory", "words"),
    [
        ("db.m7g.large", 2.0, None, "either --shape"),
        (None, 0.01, None, "--cpus 2"),
        (None, None, 1 << 20, "--memory 8GiB"),
        ("db.m7g.lrage", None, None, "db.m7g.large"),
    ],
)
def test_limits_that_cannot_be_meant(
    shape: str | None, cpus: float | None, memory: int | None, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        limits_of(shape, cpus, memory)
    assert words in caught.value.hint


def test_a_shape_larger_than_the_machine_is_refused_with_the_largest_that_fits() -> None:
    limits = limits_of("db.m7g.4xlarge", None, None)
    assert limits is not None
    with pytest.raises(PlaceError, match=r"16 vCPU, 64 GiB.*4 processors and 15\.99 GiB") as caught:
        limits.require(cpus=4, memory_bytes=16 * GIB - 1)
    assert "--shape db.m7g.large (2 vCPU, 8 GiB)" in caught.value.hint


@settings(max_examples=20)
@given(cpus=st.integers(1, 256), gib=st.integers(1, 2048))
def test_what_is_named_as_the_largest_fits(cpus: int, gib: int) -> None:
    limits = Limits(cpus=cpus + 1, memory_bytes=gib * GIB, shape="db.r6i.large")
    with pytest.raises(PlaceError) as caught:
        limits.require(cpus=cpus, memory_bytes=gib * GIB)
    _, found, rest = caught.value.hint.partition("--shape ")
    if found:
        named = limits_of(rest.split()[0], None, None)
        assert named is not None
        named.require(cpus=cpus, memory_bytes=gib * GIB)


def innodb_settings(flavour: Flavour, memory_bytes: int) -> dict[str, str]:
    each, most = flavour.connections
    return innodb_group.settings(memory_bytes, connection_bytes=each, most_connections=most)


def test_postgresql_settings_are_the_default_parameter_groups() -> None:
    found = postgresql_group.settings(8 * GIB)
    assert found == {
        "shared_buffers": f"{2 * GIB // 1024}kB",  # a quarter
        "effective_cache_size": f"{4 * GIB // 1024}kB",  # a half
        "max_connections": "901",
        "maintenance_work_mem": "137518kB",
        "autovacuum_max_workers": "3",
        "autovacuum_vacuum_cost_limit": "200",
        "autovacuum_work_mem": "262144kB",
    }
    # read off a running db.m4.large: 856
    assert abs(int(postgresql_group.settings(int(8 * GIB * AGENT))["max_connections"]) - 856) < 3


def test_large_and_small_classes_reach_the_bounds() -> None:
    large = postgresql_group.settings(512 * GIB)
    assert large["max_connections"] == "5000"
    assert large["autovacuum_max_workers"] == "8"
    assert large["autovacuum_vacuum_cost_limit"] == "844"
    assert postgresql_group.settings(GIB)["maintenance_work_mem"] == "65536kB"
    assert "autovacuum_work_mem" not in postgresql_group.settings(GIB, major=14)
    assert innodb_settings(MARIADB, 512 * GIB)["max_connections"] == "12000"


def test_innodb_settings_are_the_default_parameter_groups() -> None:
    pool = {"innodb_buffer_pool_size": "6144M"}
    assert innodb_settings(MYSQL, 8 * GIB) == pool | {"max_connections": "682"}
    assert innodb_settings(MARIADB, 8 * GIB) == pool | {"max_connections": "341"}


@settings(max_examples=20)
@given(gib=st.integers(1, 1024))
def test_more_memory_never_gives_less(gib: int) -> None:
    for group_of in (
        postgresql_group.settings,
        partial(innodb_settings, MYSQL),
        partial(innodb_settings, MARIADB),
    ):
        smaller, larger = group_of(gib * GIB), group_of((gib + 1) * GIB)
        for name in smaller:
            assert int(smaller[name].strip("kBM")) <= int(larger[name].strip("kBM"))


def test_a_persons_own_setting_comes_last(tmp_path: Path) -> None:
    options = options_of({"set.shared_buffers": "1GB"})
    limits = limits_of("db.m7g.large", None, None)
    found = server_settings(Settings(workdir=tmp_path, limits=limits), options)
    assert found["shared_buffers"] == "1GB"
    assert found["max_connections"] == "901"
    assert found["fsync"] == "on"
    unlimited = server_settings(Settings(workdir=tmp_path), options_of({}))
    assert unlimited["max_connections"] == "200"


def test_the_divisors_are_those_the_advisor_has() -> None:
    from advisor import facts

    postgres = facts.number("rds.max_connections_postgres")
    for flavour in (MYSQL, MARIADB):
        each = facts.number(f"rds.max_connections_{flavour.name}")
        assert int(innodb_settings(flavour, 64 * GIB)["max_connections"]) == 64 * GIB // each
    assert facts.number("rds.max_connections_mariadb_cap") == MARIADB.connections[1]
    assert int(postgresql_group.settings(16 * GIB)["max_connections"]) == 16 * GIB // postgres


def test_limits_are_of_containers_only() -> None:
    request = Request(names=("book-store",), engines=("lmdb",), cpus=2.0)
    check(request)
    with pytest.raises(InputError, match="limits of containers; lmdb runs in none"):
        plan.make(request, cpus=2)


def test_the_command_line_of_a_run_keeps_its_limits() -> None:
    from bench.commands.run import read_words

    request = Request(
        names=("book-store",), engines=("postgresql@container",), cpus=1.5, memory_bytes=3 << 29
    )
    assert read_words(request.words()[1:]) == request
    shaped = Request(names=("book-store",), shape="db.m7g.large")
    assert read_words(shaped.words()[1:]) == shaped


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("postgresql@container", None),
        ("postgresql@container:postgres:17", "postgres:17"),
        ("mysql@container:8.4", "8.4"),
        (
            "mariadb@container:registry.example.com:5000/team/mariadb:11@sha256:" + "a" * 64,
            "registry.example.com:5000/team/mariadb:11@sha256:" + "a" * 64,
        ),
    ],
)
def test_targets_in_containers_are_read(text: str, address: str | None) -> None:
    _, place = engines.parse_target(text)
    assert (place.kind, place.address, place.version) == ("container", address, None)
    assert plan.target_of(text).text == text


def group(folder: Path, lines: str) -> dict[str, Path]:
    (folder / "proc/7").mkdir(parents=True)
    (folder / "proc/7/cgroup").write_text(lines)
    return {"proc": folder / "proc", "tree": folder / "tree"}


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_limits_in_force_are_read_from_control_groups_of_version_2(tmp_path: Path) -> None:
    where = group(tmp_path, "0::/machine.slice/libpod-abc.scope\n")
    write(where["tree"] / "machine.slice/libpod-abc.scope/cpu.max", "150000 100000\n")
    write(where["tree"] / "machine.slice/libpod-abc.scope/memory.max", "1073741824\n")
    assert cgroup.applied(7, **where) == cgroup.Applied(1.5, GIB)
    assert cgroup.holds(7, "abc", proc=where["proc"])
    assert not cgroup.holds(7, "xyz", proc=where["proc"])


def test_limits_in_force_are_read_from_control_groups_of_version_1(tmp_path: Path) -> None:
    where = group(tmp_path, "4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n0::/\n")
    write(where["tree"] / "cpu/docker/abc/cpu.cfs_quota_us", "-1\n")
    write(where["tree"] / "cpu/docker/abc/cpu.cfs_period_us", "100000\n")
    write(where["tree"] / "memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n")
    assert cgroup.applied(7, **where) == cgroup.Applied(float("inf"), float("inf"))


def test_limits_that_nobody_shows_are_not_known(tmp_path: Path) -> None:
    assert cgroup.applied(7, **group(tmp_path, "0::/a\n")) == cgroup.Applied(None, None)
