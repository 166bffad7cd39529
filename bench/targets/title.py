"""Passwords on the command line, taken out of what the system shows of this process.

Every user of a machine may read every process's arguments (`ps`, /proc/PID/cmdline) for as long as
it runs. Linux shows the memory they lie in, and that memory is ours to write: like the `mysql`
client, storefit overwrites passwords there as the first thing it does. Processes forked later show
the same. For the moment before (Python's start), and elsewhere than on Linux, they can be seen:
whoever cannot have that leaves the password out of the DSN.
"""

from __future__ import annotations

import re
from pathlib import Path

# Within one argument: in an address, and after a name as libpq's parameters have it.
_PASSWORDS = (
    re.compile(rb"//[^/:@?#]*:(?P<secret>[^\0]*)@"),
    re.compile(rb"(?i:password|passwd|pwd)\s*=\s*(?P<secret>[^\0&\s]+)"),
)
_STAT_OF_START, _STAT_OF_END = 48, 49  # fields of /proc/PID/stat, counted from 1


def hide_passwords() -> None:
    """Overwrite every password among this process's arguments; nothing where that cannot be done.

    `sys.argv` is a copy and keeps them.
    """
    try:
        shown = Path("/proc/self/cmdline").read_bytes()
        fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return
    start, end = (int(fields[n - 3]) for n in (_STAT_OF_START, _STAT_OF_END))
    if start and end - start == len(shown):
        for first, last in places(shown):
            _overwrite(start + first, last - first)


def places(arguments: bytes) -> list[tuple[int, int]]:
    """Where passwords begin and end in arguments that each end with a zero byte."""
    found, start = [], 0
    for argument in arguments.split(b"\0"):
        for pattern in _PASSWORDS:
            for match in pattern.finditer(argument):
                first, last = match.span("secret")
                found.append((start + first, start + last))
        start += len(argument) + 1
    return found


def _overwrite(address: int, length: int) -> None:
    import ctypes

    ctypes.memset(address, ord("*"), length)
