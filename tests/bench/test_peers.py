"""`make peers`: rounds, figures, other programs' output, and the page; no server is started."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.peers import __main__ as peers
from bench.peers import contests, page, programs
from bench.peers.figures import (
    FIGURES_SCHEMA,
    Figure,
    Found,
    Machine,
    Target,
    alone,
    compared,
    load,
    median_interval,
    save,
)
from bench.peers.ground import line, workload_of
from bench.peers.rounds import Sample, alternate
from workloads.errors import InputError, PlaceError

DOCS = Path(__file__).parents[2] / "docs" / "explanation"
MACHINE = Machine(
    date="2026-01-01", cpu_model="A", cpus=2, memory_bytes=8 << 30, kernel="Linux 6",
    virtualisation=None, disk=None, fsync_p50_s=0.001, python="CPython 3.11", storefit="0.1.0",
    commit="0123456789abcdef", load_average=0.5,
)  # fmt: skip
FASTER = Target(of="ratio", at="least", value=1.0)


def figure(**more: object) -> Figure:
    made = compared(
        "read", "point reads", unit="op/s", pairs=[(110.0, 100.0), (90.0, 100.0), (120.0, 100.0)],
        peer_name="pgbench 18", target=FASTER,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def found(*figures: Figure) -> Found:
    return Found(
        schema=FIGURES_SCHEMA, machine=MACHINE, rounds=3, window_s=2, quick=False,
        figures=figures, missing=("sysbench (apt install sysbench)",),
    )  # fmt: skip


# --- rounds


def test_the_side_that_goes_first_changes() -> None:
    order: list[str] = []
    values = iter(range(100))

    def side(name: str) -> Sample:
        order.append(name)
        return Sample(float(next(values)))

    pairs = alternate(lambda: side("a"), lambda: side("b"), 4)
    assert "".join(order) == "abbaabba"
    assert [(a.value, b.value) for a, b in pairs] == [(0, 1), (3, 2), (4, 5), (7, 6)]


# --- figures


def test_a_ratio_is_taken_in_each_round() -> None:
    """A machine that is half as fast in one round changes no ratio."""
    made = compared(
        "x", "x", unit="op/s", pairs=[(110, 100), (55, 50), (220, 200)], peer_name="p",
        target=FASTER,
    )  # fmt: skip
    assert made.ratio == pytest.approx(1.1)
    assert (made.low, made.high) == (pytest.approx(1.1), pytest.approx(1.1))
    assert (made.ours, made.peer, made.n) == (110, 100, 3)
    assert made.reached


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        (Target(of="ratio", at="least", value=1.2), False),
        (Target(of="ratio", at="most", value=1.2), True),
        (Target(of="ours", at="least", value=100), True),
        (Target(of="ours", at="most", value=100), False),
        (None, None),
    ],
)
def test_a_target_is_of_the_ratio_or_of_our_own_figure(
    target: Target | None, reached: bool | None
) -> None:
    assert figure(target=target).reached is reached


def test_the_interval_of_a_median() -> None:
    assert median_interval([1.0]) == (None, None)
    assert median_interval([2.0, 2.0, 2.0]) == (2.0, 2.0)
    low, high = median_interval([1.0, 1.1, 0.9, 1.05, 0.95, 1.0, 1.02, 5.0])
    assert low is not None
    assert high is not None
    assert 0.9 <= low <= 1.0 <= high < 5.0  # one wild round does not move it


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    own = alone("m", "memory", unit="MB", values=[70.0], held_to="200 MB", target=None)
    whole = found(figure(), own)
    save(whole, tmp_path / "f.json")
    assert load(tmp_path / "f.json") == whole
    (tmp_path / "f.json").write_text("{}")
    with pytest.raises(InputError, match=r"f\.json"):
        load(tmp_path / "f.json")


# --- the page


def test_the_table_says_what_was_reached_and_what_is_missing() -> None:
    missed = figure(target=Target(of="ratio", at="least", value=1.2))
    text = page.block(found(figure(), missed))
    assert "| 1.100 | 0.900 – 1.200 | 3 | ≥ 1 | reached |" in text
    assert "| ≥ 1.2 | **missed** |" in text
    assert "Not measured: sysbench (apt install sysbench)." in text
    assert "2026-01-01" in text
    assert "Load average before the run: 0.5" in text


def test_only_the_block_between_the_marks_changes() -> None:
    before = f"a\n{page.BEGIN}\nold\n{page.END}\nb\n"
    once = page.written(before, found(figure()))
    assert once.startswith("a\n")
    assert once.endswith("\nb\n")
    assert "old" not in once
    assert page.written(once, found(figure())) == once
    with pytest.raises(InputError, match="marks"):
        page.written("no marks", found(figure()))


def test_the_page_shows_the_saved_figures() -> None:
    text = (DOCS / peers.PAGE).read_text(encoding="utf-8")
    assert page.BEGIN in text
    if (DOCS / peers.FIGURES).exists():
        assert page.written(text, load(DOCS / peers.FIGURES)) == text


def test_a_figure_on_a_line() -> None:
    assert line(figure()) == (
        "point reads: 110 op/s, pgbench 18 100: 1.100 [0.9, 1.2], n = 3 – reached"
    )


# --- other programs


def test_a_programs_output_and_processor_time() -> None:
    burn = "import time; t = time.process_time()\nwhile time.process_time() < t + 0.1: pass\nprint('tps = 12.5')"
    done = programs.ran([sys.executable, "-S", "-c", burn], timeout_s=20)
    assert programs.number(r"tps = ([\d.]+)", done.output, of="x") == 12.5
    assert done.cpu_s >= 0.1
    with pytest.raises(PlaceError, match="printed no line"):
        programs.number(r"(\d+) per sec", done.output, of="x")


def test_a_program_that_fails_says_why() -> None:
    argv = [sys.executable, "-S", "-c", "import sys; print('no table'); sys.exit(3)"]
    with pytest.raises(PlaceError, match="ended with 3: no table"):
        programs.ran(argv, timeout_s=20)
    with pytest.raises(PlaceError, match="cannot be run"):
        programs.ran(["/nowhere/pgbench"], timeout_s=1)


def test_a_program_that_hangs_is_ended() -> None:
    start = time.monotonic()
    with pytest.raises(PlaceError, match="ended with -9"):
        programs.ran(
            [sys.executable, "-S", "-c", "input; import time; time.sleep(60)"], timeout_s=0.3
        )
    assert time.monotonic() - start < 20


# --- contests


def test_contests_are_discovered() -> None:
    assert {"driver", "lmdb", "mariadb", "postgresql"} <= set(contests.names())
    for name in contests.names():
        assert contests.get(name).title


def test_a_missing_peer_is_named_or_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    contest = contests.get("mariadb")
    monkeypatch.setattr(type(contest), "missing", lambda self: "sysbench: apt install sysbench")
    held, missing = peers._present(("driver", "mariadb"), strict=False)
    assert [each.title for each in held] == [contests.get("driver").title]
    assert missing == [f"{contest.title} (sysbench: apt install sysbench)"]
    with pytest.raises(PlaceError, match="sysbench"):
        peers._present(("driver", "mariadb"), strict=True)


@pytest.mark.parametrize("arguments", [["--only", "nothing"], ["--rounds", "0"], ["--docs", "x"]])
def test_wrong_options_are_refused(arguments: list[str]) -> None:
    assert CliRunner().invoke(peers.command, arguments).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "writes"), [([], True), (["--quick"], False), (["--only", "driver"], False)]
)
def test_only_a_whole_run_writes_the_page(
    arguments: list[str], writes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # whatever peers this machine has
    monkeypatch.setattr(peers, "_present", lambda *_, **__: ([contests.get("driver")], []))
    monkeypatch.setattr(peers, "_hold", lambda *_, **__: (MACHINE, [figure()]))
    before = f"{page.BEGIN}\n{page.END}\n"
    (tmp_path / peers.PAGE).write_text(before)
    done = CliRunner().invoke(peers.command, [*arguments, "--docs", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "point reads" in done.output
    assert (tmp_path / peers.FIGURES).exists() == writes
    assert ("point reads" in (tmp_path / peers.PAGE).read_text()) == writes


def test_a_workload_with_other_operations() -> None:
    made = workload_of("tpcb", [{"kind": "read", "weight": 1}])
    assert [operation.kind for operation in made.operations] == ["read"]
    assert made.data.dataset == "accounts"
