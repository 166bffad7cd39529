"""Python's own lock, where one thread makes what another one sends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

# A thread that wants the interpreter's lock asks for it after so long. With Python's 5 ms a sender
# whose data have gone stands still behind the thread that makes the next ones, and the server with
# it: on a busy machine loading took half as long again.
_HAND_OVER_S = 1e-4


@contextmanager
def handed_over_quickly() -> Iterator[None]:
    """While this lasts, threads of this process get the interpreter's lock soon."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _HAND_OVER_S))
    try:
        yield
    finally:
        sys.setswitchinterval(before)
