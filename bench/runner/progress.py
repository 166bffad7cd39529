"""What a run tells while it goes on. The run loop knows only this; the screen is elsewhere."""

from __future__ import annotations

from typing import Protocol

from results.answers import Answer
from results.record import Record


class Progress(Protocol):
    """Called by the run loop, in the parent process; must return at once."""

    def note(self, text: str) -> None:
        """Something the person should know: a sentence."""
        ...

    def stage(self, target: str, doing: str) -> None:
        """An engine is being started, loaded, checked, …"""
        ...

    def share(self, done: float, detail: str) -> None:
        """How much of the present stage or trial is over, 0..1, and a word on it."""
        ...

    def trial(self, position: int, count: int, title: str) -> None:
        """Trial `position` of `count` begins."""
        ...

    def remaining(self, seconds: float) -> None:
        """So long the run will go on, from the trial that begins next, as far as one can tell."""
        ...

    def finished(self, record: Record) -> None:
        """A record is on the disk."""
        ...

    def step(self, text: str) -> None:
        """One trial of a search or curve was made: a line."""
        ...

    def answered(self, answer: Answer) -> None:
        """The answer to a search or curve is on the disk."""
        ...


class Silent:
    """Tells nothing."""

    def note(self, text: str) -> None: ...

    def stage(self, target: str, doing: str) -> None: ...

    def share(self, done: float, detail: str) -> None: ...

    def trial(self, position: int, count: int, title: str) -> None: ...

    def remaining(self, seconds: float) -> None: ...

    def finished(self, record: Record) -> None: ...

    def step(self, text: str) -> None: ...

    def answered(self, answer: Answer) -> None: ...
