"""Answers of searches and curves: a sentence, and the trials that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from results.display import rate, seconds, share

if TYPE_CHECKING:
    from rich.console import RenderableType

    from results.answers import Answer, Point
    from results.record import Record

_STYLES = {"holds": "green", "fails": "red", "error": "red"}


def apart(records: Sequence[Record], answers: Iterable[Answer]) -> list[Record]:
    """Records that are no part of an answer."""
    parts = {point.record for answer in answers for point in answer.points}
    return [record for record in records if record.id not in parts]


def document(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """The answers as plain JSON values."""
    return [asdict(answer) for answer in answers]


def view(answer: Answer, *, names: dict[str, str]) -> RenderableType:
    """An answer for a terminal. `names`: workloads by digest."""
    from rich.console import Group
    from rich.text import Text

    from bench.commands.columns import Column, Columns

    side = f" · {answer.variant}" if answer.variant else ""
    again = f", repetition {answer.repetition}" if answer.repetition > 1 else ""
    workload = names.get(answer.workload, answer.workload[:12])
    head = f"{answer.target}{side} · {workload} · {_subject(answer)}{again}"
    searched = answer.kind == "search"
    shown = Columns(
        columns=(
            Column(title="trial", role="name"),
            Column(title="load"),
            Column(title="done", drop=2),
            Column(title="mean", drop=1),
            Column(title="p99", drop=3),
            *([Column(title="late", drop=4), Column(title="verdict", role="remark")] * searched),
        )
    )
    for point in _ordered(answer.points):
        cells = [point.purpose, point.load, rate(point.throughput_per_s)]
        cells += [seconds(point.mean_s), seconds(point.p99_s)]
        if searched:
            verdict = point.verdict or ""
            shown.add(*cells, _late(point), Text(verdict, style=_STYLES.get(verdict, "")))
        else:
            shown.add(*cells)
    return Group(
        Text(head, style="bold"),
        Text(answer.text, style="" if answer.confirmed else "yellow"),
        shown,
        Text(
            f"{len(answer.points)} trials in {answer.seconds:.0f} s; {answer.method}", style="dim"
        ),
    )


def _subject(answer: Answer) -> str:
    if answer.kind == "search":
        wanted = " and ".join(answer.objectives)
        return f"largest rate with {wanted}" if wanted else "largest rate"
    if answer.kind == "planned":
        return "one client, and the planned utilisation"
    return "load curve"


def _ordered(points: Sequence[Point]) -> list[Point]:
    """The estimate first, then by load."""
    return sorted(
        points, key=lambda each: (each.purpose != "capacity", each.rate_per_s or each.clients)
    )


def _late(point: Point) -> str:
    """The share of late answers of the objective that is nearest to being missed."""
    told = [each for each in point.shares if each.answers]
    if not told:
        return "–"
    worst = max(told, key=lambda each: each.late / each.answers / each.allowed)
    return f"{share(worst.late / worst.answers)} of {share(worst.allowed)}"
