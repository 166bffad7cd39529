"""Tables at any width: numbers are whole, what is left out is named, blocks carry their workload."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from types import SimpleNamespace
from typing import cast

import pytest
from rich.console import Console
from samples import LMDB, POSTGRESQL, Sketch, record

from bench.commands.columns import LEAST_WIDTH, WIDTH, Column, Columns, console
from bench.commands.measured import table
from bench.commands.run import next_command, show_results
from bench.runner.session import Session
from results.record import Record

FIGURES = ("237k ±12%", "85.1 µs ±7%", "1.25 ms ±90%", "3.97 kB", "0.0992 B")


def sample() -> Columns:
    shown = Columns(
        columns=(
            Column(title="engine", role="head"),
            Column(title="operation", role="name"),
            *(Column(title=f"f{at}", drop=at or None) for at in range(len(FIGURES))),
            Column(title="findings", role="remark"),
        )
    )
    shown.add(
        "postgresql (partitioning=by-month)", "read-modify-write", *FIGURES, "REFUSED (short)"
    )
    shown.add()
    shown.add("", "read", *FIGURES, "")
    return shown


def printed(shown: object, width: int) -> str:
    out = StringIO()
    Console(width=width, file=out, highlight=False).print(shown)
    return out.getvalue()


@pytest.mark.parametrize("width", [40, 53, 60, 80, 100, 120, 200])
def test_numbers_are_whole_or_left_out_by_name_at_every_width(width: int) -> None:
    text = printed(sample(), width)
    lines = text.splitlines()
    assert all(len(line) <= width for line in lines)
    said = " ".join(lines)
    for at, figure in enumerate(FIGURES):
        assert said.count(figure) == 2 or f"f{at}" in said.partition("no room for: ")[2]
    assert said.count(FIGURES[0]) == 2, "the first figure always has room"
    assert "postgresql (partitioning=by-month)" in said
    assert "REFUSED (short)" in said


def test_columns_are_left_out_in_the_order_that_is_stated() -> None:
    left_out = [printed(sample(), width).partition("no room for: ")[2] for width in (40, 60, 200)]
    assert left_out[0].startswith("f1, f2")
    assert left_out[1].startswith("f1")
    assert "f3" not in left_out[1]
    assert left_out[2] == ""


def test_names_are_shortened_only_when_nothing_else_helps() -> None:
    assert "read-modify-write" in printed(sample(), 60)
    shown = Columns(columns=(Column(title="step", role="name"), Column(title="took")))
    shown.add("a name that is longer than the terminal is wide", "12.3 ms")
    (_, row) = printed(shown, 40).splitlines()
    assert "…" in row
    assert row.endswith("12.3 ms")


def test_the_width_is_that_which_columns_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert console().width == WIDTH
    for told, width in (("72", 72), ("12", LEAST_WIDTH), ("wide", WIDTH)):
        monkeypatch.setenv("COLUMNS", told)
        assert console().width == width


def two_workloads() -> list[Record]:
    made = [record(Sketch(engine=engine)) for engine in (LMDB, POSTGRESQL)]
    other = [replace(r, workload=replace(r.workload, name="tpcb", digest="other")) for r in made]
    return [*made, *other]


def test_every_block_has_its_workload_above_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    show_results(two_workloads())
    lines = capsys.readouterr().out.splitlines()
    heads = [at for at, line in enumerate(lines) if " records (scale " in line]
    assert [lines[at].partition(":")[0] for at in heads] == ["book-store", "tpcb"]
    assert all(lines[at + 1].startswith("engine") for at in heads)


def test_the_measured_table_keeps_its_throughput_on_a_narrow_terminal() -> None:
    wide, narrow = (printed(table(two_workloads()[:2]), width) for width in (160, 40))
    rates = [line.split()[2] for line in wide.splitlines() if line.startswith(("lmdb", "postgre"))]
    assert len(rates) == 2
    assert all(f" {rate} " in narrow for rate in rates)
    assert "no room for: read/op, written/op" in " ".join(narrow.split())


def test_the_next_command_names_every_workload() -> None:
    def of(*pairs: tuple[str, str]) -> str:
        workloads = {n: SimpleNamespace(name=n, origin=origin) for n, origin in pairs}
        made = SimpleNamespace(
            laboratory=SimpleNamespace(request=SimpleNamespace(versus=())),
            plan=SimpleNamespace(workloads=workloads),
            path=SimpleNamespace(parent="there"),
            store=SimpleNamespace(records=[record()]),
        )
        return str(next_command(cast(Session, made)))

    assert of(("tpcb", "built-in")) == "advisor recommend tpcb --results there"
    assert of(("own", "files/own.yaml")) == "advisor recommend files/own.yaml --results there"
    both = of(("tpcb", "built-in"), ("own", "own.yaml"))
    assert both == "advisor recommend WORKLOAD --results there (WORKLOAD: tpcb, own.yaml)"
