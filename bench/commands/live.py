"""What is seen while a run goes on: a progress line on a terminal, else one line a stage."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from bench.commands.measured import duration, number
from results.answers import Answer
from results.record import Record

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

# A terminal is redrawn at most so often, so that drawing costs the measurement nothing.
_REDRAW_S = 0.2


class Live:
    """Progress on stderr; a context manager that leaves the terminal clean."""

    def __init__(self) -> None:
        self._tty = sys.stderr.isatty()
        self._title = self._trial = self._left = ""
        self._drawn_at_s = 0.0
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clear()

    def note(self, text: str) -> None:
        self._line(f"note: {text}")

    def stage(self, target: str, doing: str) -> None:
        self._title = f"{target}: {doing}"
        if self._tty:
            self._draw(self._title, now=True)
        else:
            self._line(self._title)

    def share(self, done: float, detail: str) -> None:
        if self._tty and self._title:
            filled = round(20 * min(max(done, 0.0), 1.0))
            self._draw(f"{self._title} {'━' * filled}{'╌' * (20 - filled)} {detail}")

    def remaining(self, seconds: float) -> None:
        from bench.runner.forecast import rough

        self._left = f", {rough(seconds)} left"

    def trial(self, position: int, count: int, title: str) -> None:
        self._title = self._trial = f"[{position}/{count}{self._left}] {title}"
        if self._tty:
            self._draw(self._title, now=True)

    def finished(self, record: Record) -> None:
        if record.outcome == "ok" and record.procedure is not None:
            result = f"{len(record.procedure.steps)} steps, {duration(record.duration_s)}"
        elif record.outcome == "ok":
            told = [o.response or o.service for o in record.operations]
            p50 = told[0].p50_s if len(told) == 1 else None
            half = f", p50 {duration(p50)}" if p50 is not None else ""
            result = f"{number(record.throughput_per_s)} op/s{half}"
        else:
            result = f"{record.outcome}: {record.error}"
        self._line(f"{self._trial}: {result}")

    def step(self, text: str) -> None:
        self._line(f"  {text}")

    def answered(self, answer: Answer) -> None:
        self._line(f"{self._trial}: {answer.text}")

    def _draw(self, text: str, *, now: bool = False) -> None:
        at_s = time.monotonic()
        if not now and at_s - self._drawn_at_s < _REDRAW_S:
            return
        self._drawn_at_s = at_s
        width = max(20, _columns() - 1)
        shown = text[:width]
        click.echo("\r" + shown.ljust(min(self._width, width)), err=True, nl=False)
        self._width = len(shown)

    def _line(self, text: str) -> None:
        self._clear()
        click.echo(text, err=True)

    def _clear(self) -> None:
        if self._tty and self._width:
            click.echo("\r" + " " * self._width + "\r", err=True, nl=False)
            self._width = 0


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size((96, 24)).columns
