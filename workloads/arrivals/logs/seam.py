"""What a log format is: it recognises its lines and tells when each request came.

A format is one module in this folder that defines `FORMAT`. It is found by looking, and asked in the
order of the modules' names; another format is one more module and touches nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hit:
    """One request: seconds since 1970 (UTC), and its HTTP method where the line names one."""

    time_s: float
    method: str | None = None


Reader = Callable[[str], Hit | None]


class LogFormat(Protocol):
    """Reads the lines of one kind of log."""

    @property
    def name(self) -> str: ...

    def reader(self, head: Sequence[str]) -> Reader | None:
        """What reads a line, None for a line that is broken; None when `head` is not of the format.

        `head` are the first lines of the file that are not blank. Never raises.
        """
        ...


@dataclass(frozen=True, slots=True)
class PatternLog:
    """A format whose lines are matched whole: group 1 is the moment, group 2 the method if any.

    `moment` turns the text of a moment into seconds since 1970; None for one that is none.
    """

    name: str
    pattern: re.Pattern[str]
    moment: Callable[[str], float | None]

    def reader(self, head: Sequence[str]) -> Reader | None:
        return mostly(self.read, head)

    def read(self, line: str) -> Hit | None:
        """The request of a line, None for one that is broken."""
        match = self.pattern.match(line)
        time_s = None if match is None else self.moment(match[1])
        return None if match is None or time_s is None else Hit(time_s, match[2])


def mostly(reader: Reader, head: Sequence[str]) -> Reader | None:
    """The reader, if it can read at least half of some lines."""
    read = sum(reader(line) is not None for line in head)
    return reader if read and 2 * read >= len(head) else None
