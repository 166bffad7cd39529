"""A bound on memory: where a group belongs, who keeps a limit, what happens inside, what is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from bench import page_cache
from bench.engines.atrest import NotStorable
from bench.engines.seam import LoadPlan, Place, Settings
from bench.runner import bounds, plan
from bench.runner.request import Request
from bench.targets import cleanup, memory_group
from bench.targets.account import Account
from bench.targets.keeper import Keeper
from bench.targets.server import ServerPlan, start
from workloads import datasets
from workloads.errors import InputError, PlaceError

MIB = 1 << 20


def system(tmp_path: Path, own: str, **subtrees: str) -> tuple[Path, Path]:
    """A /proc and a tree of control groups: `own` of this process, controllers handed down."""
    proc, tree = tmp_path / "proc", tmp_path / "tree"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(own)
    tree.mkdir()
    for name, controllers in subtrees.items():
        group = tree / name.replace("__", "/")
        group.mkdir(parents=True, exist_ok=True)
        (group / "cgroup.subtree_control").write_text(controllers)
    return proc, tree


def test_the_first_version_has_a_tree_for_memory(tmp_path: Path) -> None:
    proc, tree = system(tmp_path, "4:memory:/user/x\n0::/\n")
    assert memory_group._parent(proc, tree) == tree / "memory"


def test_a_group_stands_beside_the_nearest_that_hands_the_controller_down(tmp_path: Path) -> None:
    proc, tree = system(
        tmp_path, "0::/user/app/x.scope\n", user="cpu memory\n", user__app="memory pids\n"
    )
    (tree / "user" / "app" / "x.scope").mkdir()
    assert memory_group._parent(proc, tree) == tree / "user" / "app"


def test_where_nobody_hands_it_down_it_says_so(tmp_path: Path) -> None:
    proc, tree = system(tmp_path, "0::/user/x.scope\n", user="cpu\n")
    with pytest.raises(PlaceError, match="not enabled above this process") as caught:
        memory_group._parent(proc, tree)
    assert "systemd-run" in (caught.value.hint or "")


def test_limits_of_both_versions(tmp_path: Path) -> None:
    for names in (
        ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"),
        ("memory.max", "memory.swap.max"),
    ):
        group = tmp_path / names[0]
        group.mkdir()
        for name in names:
            (group / name).write_text("")
        memory_group._limit(group, 64 * MIB)
        assert (group / names[0]).read_text() == str(64 * MIB)
        assert (group / names[1]).read_text() == ("0" if "swap" in names[1] else str(64 * MIB))


def test_the_keeper_removes_a_group(tmp_path: Path) -> None:
    path = tmp_path / "storefit-x"
    with Keeper() as keeper:
        keeper.group(path)
        path.mkdir()
    assert not path.exists()


def asked(monkeypatch: pytest.MonkeyPatch, why: str | None, **words: object) -> list[str]:
    """The notes of a plan where control groups can be made, or why they cannot."""
    monkeypatch.setattr(memory_group, "why_not", lambda: why)
    request = Request(**{"names": ("size",), "quick": True} | words)  # type: ignore[arg-type]
    return list(plan.make(request, cpus=2).notes)


def test_a_suite_bounds_what_it_can_and_says_what_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any("page cache" in note for note in asked(monkeypatch, None))
    notes = asked(monkeypatch, "control groups: this system has none")
    assert sum("page cache is not bounded here (control groups" in note for note in notes) == 2


def test_who_asks_for_a_limit_gets_it_or_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"names": ("ycsb-c",), "engines": ("lmdb",), "memory_bytes": 256 * MIB}
    asked(monkeypatch, None, **words)
    with pytest.raises(PlaceError, match="lmdb cannot be held to it: none here") as caught:
        asked(monkeypatch, "none here", **words)
    assert caught.value.hint == memory_group.HINT
    with pytest.raises(InputError, match="limits of containers; lmdb runs in none"):
        asked(monkeypatch, None, **words | {"cpus": 2.0})
    remote = words | {"engines": ("postgresql://u@h/d",)}
    with pytest.raises(InputError, match="engines that storefit starts") as told:
        asked(monkeypatch, None, **remote)
    assert told.value.hint == "--engine postgresql@container"


def test_what_a_suite_bounds_goes_to_engines_that_use_the_page_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory_group, "why_not", lambda: None)
    request = Request(names=("size",), quick=True)
    held = {name: bounds.bound_bytes(request, plan.target_of(name)) for name in ("lmdb", "polars")}
    assert held == {"lmdb": 128 * MIB, "polars": None}


def test_an_item_beyond_dynamodb_s_limit_is_not_storable(tmp_path: Path) -> None:
    from bench.engines.lmdb import ENGINE

    def load(size: float) -> None:
        wanted = LoadPlan(
            dataset=datasets.get("records"), records=3, seed=1, record_size_bytes=size
        )
        with ENGINE.open(Place(kind="in-process"), Settings(workdir=tmp_path)) as target:
            loaded = target.load(wanted)
            assert loaded.rows == 3
            (table,) = loaded.parts or ()
            assert (table.table, table.index) == ("records", None)
            assert 3 * size <= table.stored_bytes <= (loaded.stored_bytes or 0)

    load(409_500)
    with pytest.raises(NotStorable, match="at most 409600 are taken, as in DynamoDB"):
        load(409_700)


HOG = "x = bytearray(200 << 20); print('all of it')"


@pytest.mark.servers
def test_more_than_the_bound_is_not_to_be_had() -> None:
    require_groups()
    with memory_group.bounded(64 * MIB) as group:
        account = Account("the current user", memory=group)
        done = account.run([sys.executable, "-S", "-c", HOG], cwd=Path("/"))
        assert done.returncode == -signal.SIGKILL
        assert "all of it" not in done.stdout
        assert group.path.exists()
    assert not group.path.exists()


@pytest.mark.servers
def test_pages_that_are_read_are_counted_and_bounded(tmp_path: Path) -> None:
    require_groups()
    file = tmp_path / "data"
    file.write_bytes(os.urandom(96 * MIB))
    with memory_group.bounded(64 * MIB) as group:
        assert page_cache.evict([file])
        group.read_through([file])
        held = page_cache.cached_share([file])
    if held is not None:
        assert held <= 0.75  # two thirds would fit, and some is the reader's own


@pytest.mark.servers
def test_a_server_starts_in_the_group_and_nothing_is_left_when_storefit_is_killed(
    tmp_path: Path,
) -> None:
    require_groups()
    script = textwrap.dedent(
        """
        import os, sys, time
        from pathlib import Path
        from bench.targets import memory_group
        from bench.targets.account import Account
        from bench.targets.keeper import Keeper
        from bench.targets.server import ServerPlan, start

        home = Path(sys.argv[1])
        with memory_group.bounded(64 << 20) as group, Keeper() as keeper:
            plan = ServerPlan(
                title="sleeper", argv=["sleep", "300"], directory=home, log=home / "log",
                ready=lambda: True, memory=group,
            )
            child = start(plan, keeper, Account("the current user"))
            time.sleep(0.3)
            print(group.path, child.pid, Path(f"/proc/{child.pid}/comm").read_text().strip(), flush=True)
            time.sleep(300)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        path, pid, program = parent.stdout.readline().split()
        assert (int(pid), program) == (cleanup.members(path)[0], "sleep")
        parent.kill()
    deadline = 15.0
    wait_gone(Path(path), deadline)
    assert not lives(int(pid))


def lives(pid: int) -> bool:
    """Whether a process lives; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_gone(path: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while path.exists():
        assert time.monotonic() < until, "the group is still there"
        time.sleep(0.02)


def require_groups() -> None:
    """Skip where no group can be made; a failure where STOREFIT_STRICT asks for everything."""
    why = memory_group.why_not()
    if why is None:
        return
    if os.environ.get("STOREFIT_STRICT"):
        pytest.fail(f"{why}, and STOREFIT_STRICT is set")
    pytest.skip(why)


def test_a_program_waits_until_it_is_where_it_belongs(tmp_path: Path) -> None:
    """Without a kernel's groups: it is let go with the very process that was admitted."""
    group = memory_group.MemoryGroup(tmp_path, 64 * MIB)
    (tmp_path / "cgroup.procs").write_text("")
    plan_ = ServerPlan(
        title="teller",
        argv=["sh", "-c", "echo $$ > own; exec sleep 300"],
        directory=tmp_path,
        log=tmp_path / "log",
        ready=lambda: (tmp_path / "own").exists() and (tmp_path / "own").read_text() != "",
        memory=group,
    )
    with Keeper() as keeper:
        child = start(plan_, keeper, Account("the current user"))
        assert (tmp_path / "cgroup.procs").read_text() == str(child.pid)
        assert (tmp_path / "own").read_text().strip() == str(child.pid)
