"""A run's directory: exclusive, resumable, and never half-written."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from samples import ENVIRONMENT, RUN, Sketch, record

from results import store
from results.lines import encode
from results.manifest import PlannedTrial, RunPlan, without_passwords
from results.record import Record
from workloads.errors import InputError, PlaceError, Remark

NOW = datetime(2026, 9, 11, 10, 15, 0, tzinfo=UTC)
WORKLOAD = record().workload


def plan(trials: int = 3, command: tuple[str, ...] = ("bench", "run", "book-store")) -> RunPlan:
    return RunPlan(
        command=command,
        workloads=(WORKLOAD,),
        trials=tuple(
            PlannedTrial(
                number=number,
                workload=WORKLOAD.digest,
                target="noop",
                phase="mix",
                load="closed:4",
                repetition=1,
                planned_duration_s=5.0,
            )
            for number in range(1, trials + 1)
        ),
        environment=ENVIRONMENT,
    )


def numbered(number: int) -> Record:
    return record(Sketch(number=number, duration_s=2.0))


def test_what_was_appended_is_read_back_equal(tmp_path: Path) -> None:
    with store.create_run(tmp_path, plan(), now=NOW) as run:
        assert run.path == tmp_path / RUN
        assert run.record_id(1) == f"{RUN}.001"
        for number in (1, 2):
            run.append(numbered(number))
    assert store.read(run.path) == [numbered(1), numbered(2)]
    assert store.read(tmp_path) == store.read(tmp_path / RUN / "records.ndjson")
    assert store.latest(tmp_path) == run.path
    assert sorted(p.name for p in run.path.iterdir()) == ["records.ndjson", "run.json"]


def test_a_run_is_resumed_where_it_stopped(tmp_path: Path) -> None:
    with store.create_run(tmp_path, plan(3), now=NOW) as run:
        run.append(numbered(2))
    (run.path / "records.ndjson.999.tmp").write_bytes(b'{"schema": 1, "id"')
    with store.open_run(run.path) as again:
        assert again.manifest == run.manifest
        assert [trial.number for trial in again.remaining()] == [1, 3]
        again.append(numbered(1))
    assert [r.id for r in store.read(run.path)] == [f"{RUN}.001", f"{RUN}.002"]
    assert not list(run.path.glob("*.tmp")), "what a crash left is removed"


@pytest.mark.parametrize("whole", [0, 1])
def test_a_run_whose_copy_broke_off_is_resumed_without_its_last_line(
    tmp_path: Path, whole: int
) -> None:
    with store.create_run(tmp_path, plan(2), now=NOW) as run:
        run.append(numbered(1))
        run.append(numbered(2))
    file = run.path / "records.ndjson"
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join([*lines[:whole], lines[1][:200]]))
    with pytest.warns(Remark, match="breaks off"):
        again = store.open_run(run.path)
    with again:
        assert len(again.records) == whole
        for trial in again.remaining():
            again.append(numbered(trial.number))
    assert [r.id for r in store.read(run.path)] == [f"{RUN}.001", f"{RUN}.002"]


def test_two_runs_never_share_a_directory(tmp_path: Path) -> None:
    with (
        store.create_run(tmp_path, plan(), now=NOW) as first,
        store.create_run(tmp_path, plan(), now=NOW) as second,
    ):
        assert first.path != second.path
        with pytest.raises(PlaceError, match=f"process {os.getpid()} is writing this run"):
            store.open_run(first.path)
    store.open_run(first.path).close()


def test_a_large_run_goes_on_in_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 3 * len(encode(numbered(1)))
    monkeypatch.setattr(store, "MOST_FILE_BYTES", most)
    with store.create_run(tmp_path, plan(), now=NOW) as run:
        for number in range(1, 7):
            run.append(numbered(number))
    with store.open_run(run.path) as run:
        for number in range(7, 26):
            run.append(numbered(number))
    files = list(run.path.glob("*.ndjson"))
    assert len(files) == 13
    assert max(file.stat().st_size for file in files) <= most
    assert store.read(tmp_path) == [numbered(number) for number in range(1, 26)]
    assert store.latest(tmp_path) == run.path


def run_and_wait(directory: Path, then: str) -> subprocess.Popen[str]:
    """Another process that creates a run and says its path; afterwards it does `then`."""
    program = f"""
        import os, sys, time
        sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parents[2])]!r}
        from test_store import NOW, plan, numbered, store
        run = store.create_run({str(directory)!r}, plan(), now=NOW)
        run.append(numbered(1))
        print(run.path, flush=True)
        {then}
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    )


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    with run_and_wait(tmp_path, "time.sleep(60)") as other:
        assert other.stdout is not None
        path = Path(other.stdout.readline().strip())
        with pytest.raises(PlaceError, match=f"process {other.pid} is writing"):
            store.open_run(path)
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert (path / store.LOCK_FILE).read_text().strip() == str(other.pid)
    with store.open_run(path) as run:
        assert [r.id for r in run.records] == [f"{RUN}.001"]
        run.append(numbered(2))
    assert not (path / store.LOCK_FILE).exists()


def test_a_child_that_outlives_its_parent_is_named_as_the_reason(tmp_path: Path) -> None:
    orphan = "pid = os.fork() or (time.sleep(60), os._exit(0)); print(pid, flush=True)"
    with run_and_wait(tmp_path, f"{orphan}; os._exit(0)") as parent:
        assert parent.stdout is not None
        path = Path(parent.stdout.readline().strip())
        child = int(parent.stdout.readline())
        parent.wait()
    try:
        with pytest.raises(PlaceError, match="a child of it still runs"):
            store.open_run(path)
    finally:
        os.kill(child, signal.SIGKILL)


@contextmanager
def full_disk(file_bytes: int) -> Iterator[None]:
    """Files can grow to `file_bytes` and no further: writing then fails as on a full disk."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_earlier_records(tmp_path: Path) -> None:
    with store.create_run(tmp_path, plan(), now=NOW) as run:
        run.append(numbered(1))
        before = (run.path / "records.ndjson").read_bytes()
        with full_disk(len(before) + 100), pytest.raises(PlaceError, match="cannot be written"):
            run.append(numbered(2))
        assert (run.path / "records.ndjson").read_bytes() == before
        assert not list(run.path.glob("*.tmp"))
        assert len(run.records) == 1
        run.append(numbered(2))
    assert len(store.read(run.path)) == 2


def test_a_run_that_cannot_start_leaves_nothing(tmp_path: Path) -> None:
    with full_disk(50), pytest.raises(PlaceError):
        store.create_run(tmp_path / "new", plan(), now=NOW)
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(PlaceError, match="a file is where"):
        store.create_run(tmp_path / "file", plan(), now=NOW)
    with pytest.raises(PlaceError):
        store.create_run(tmp_path / "file" / "below", plan(), now=NOW)


@pytest.mark.parametrize("stage", ["write", "fsync", "rename"])
def test_an_input_output_error_is_a_place_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with store.create_run(tmp_path, plan(), now=NOW) as run:
        run.append(numbered(1))
        with monkeypatch.context() as patch:
            if stage == "fsync":
                patch.setattr(os, "fsync", broken)
            else:
                patch.setattr(Path, {"write": "open", "rename": "replace"}[stage], broken)
            with pytest.raises(PlaceError, match="Input/output error"):
                run.append(numbered(2))
        assert store.read(run.path) == [numbered(1)]


def test_a_record_that_breaks_its_types_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    with store.create_run(tmp_path, plan(), now=NOW) as run:
        with pytest.raises(ValueError, match="duration_s"):
            run.append(replace(numbered(1), duration_s="5 s"))  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="throughput_per_s"):
            run.append(replace(numbered(1), throughput_per_s=float("nan")))
        run.append(numbered(1))
        with pytest.raises(ValueError, match="exists already"):
            run.append(numbered(1))
    with pytest.raises(ValueError, match="closed"):
        run.append(numbered(2))


def test_passwords_of_the_command_line_stay_out_of_the_manifest(tmp_path: Path) -> None:
    words = ("bench", "postgresql://me:s3cr3t@host/db", "host=h password=s3cr3t dbname=d")
    with store.create_run(tmp_path, plan(command=words), now=NOW) as run:
        text = (run.path / "run.json").read_text()
    assert "s3cr3t" not in text
    assert without_passwords(words)[1] == "postgresql://me:***@host/db"
    assert without_passwords(("a:b@c", "x://h:5432/db")) == ("a:b@c", "x://h:5432/db")
    odd = ("x://me:my p@ss/w@host/db", "password='a b' host=h", "x://h/db?password=a&port=1")
    assert without_passwords(odd) == (
        "x://me:***@host/db",
        "password=*** host=h",
        "x://h/db?password=***&port=1",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"{", "not the manifest"),
        (b"\xff", "not the manifest"),
        (b'{"schema": 1}', "not the manifest"),
    ],
)
def test_what_is_no_run_cannot_be_opened(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(InputError, match=said):
        store.open_run(tmp_path)


def test_a_manifest_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with store.create_run(tmp_path, plan(), now=NOW) as run:
        file = run.path / "run.json"
        file.write_text(file.read_text().replace('"schema": 1', '"schema": 7', 1))
    with pytest.raises(InputError, match="version 7"):
        store.open_run(run.path)


@pytest.mark.parametrize(("number", "frees"), [(errno.ENOSPC, True), (errno.EROFS, False)])
def test_the_hint_frees_space_only_where_space_is_what_is_missing(number: int, frees: bool) -> None:
    hint = store.place_hint(OSError(number, "refused"), "--out")
    assert ("free some space" in hint) is frees
    assert "--out" in hint
