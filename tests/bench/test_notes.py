"""What an engine does of its own accord in the window is seen, and noted with its time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from provoked_ground import During, laboratory, workload_file

from bench.driver.messages import Window
from bench.driver.notes import Housekeeping, Notebook, with_notes
from bench.engines.postgresql import cluster
from bench.engines.postgresql.link import Link, run
from results.record import Note

MS = 1_000_000
WINDOW = Window(1_000 * MS, 3_000 * MS)


def looked(values: Callable[[int], Mapping[str, int]]) -> tuple[Note, ...] | None:
    """The notes of a window whose engine counts so, as a function of the time in ms."""
    now_ns = WINDOW.from_ns
    notebook = Notebook(lambda: values(now_ns // MS))
    while True:
        now_ns = max(now_ns, notebook.due_ns(WINDOW))
        notebook.look(now_ns)
        if now_ns >= WINDOW.to_ns:
            return notebook.notes(WINDOW)


def test_what_grows_is_noted_with_the_looks_between_which_it_did() -> None:
    found = looked(lambda ms: {"checkpoints": 7 + (ms > 1_750), "pages": max(0, ms - 2_500)})
    assert found == (
        Note(kind="checkpoints", count=1, first_at_s=0.7, last_at_s=0.8),
        Note(kind="pages", count=500, first_at_s=1.5, last_at_s=2.0),
    )


def test_nothing_happened_is_told_from_nothing_was_seen() -> None:
    assert looked(lambda ms: {"checkpoints": 7}) == ()
    assert looked(lambda ms: {}) is None


def test_a_look_that_fails_is_a_gap() -> None:
    def values(ms: int) -> dict[str, int]:
        if 1_400 < ms < 1_900:
            raise ConnectionError("busy")
        return {"checkpoints": int(ms > 1_750)}

    assert looked(values) == (Note(kind="checkpoints", count=1, first_at_s=0.4, last_at_s=0.9),)


def test_an_engine_without_such_counts_is_no_housekeeper() -> None:
    assert not isinstance(object(), Housekeeping)


@pytest.mark.slow
def test_a_checkpoint_of_postgresql_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links, link = [], cluster._link

    def kept(*arguments: object) -> Link:
        links.append(link(*arguments))  # type: ignore[arg-type]
        return links[-1]

    def checkpoint() -> None:
        connection = links[-1].connect()
        run(connection, "CHECKPOINT")
        connection.finish()

    monkeypatch.setattr(cluster, "_link", kept)
    with laboratory(tmp_path, monkeypatch) as lab:
        (record,) = lab.run(
            workload_file(tmp_path, "update"), load="closed:2", progress=During(0.5, checkpoint)
        )
    assert record.notes is not None
    notes = {note.kind: note for note in record.notes}
    assert notes["checkpoints"].count == 1
    assert notes["pages written by checkpoints"].count > 0
    assert 0 <= notes["checkpoints"].first_at_s < notes["checkpoints"].last_at_s <= 1.2
    assert "checkpoints +1" in record.steady_reason
    assert with_notes(record, ()).notes == ()


@pytest.mark.slow
def test_growth_of_the_key_value_store_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with laboratory(tmp_path, monkeypatch) as lab:
        reads, inserts = (
            lab.run(workload_file(tmp_path, kind), load="closed:1", engines=("lmdb",))[0]
            for kind in ("read", "insert")
        )
    assert reads.notes == ()
    assert inserts.notes is not None
    (note,) = inserts.notes
    assert note.kind == "bytes of the data file"
    assert note.count > 0
