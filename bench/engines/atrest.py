"""What engines and targets may tell of their records at rest; each is an optional ability."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from workloads.errors import InputError


class NotStorable(InputError):
    """Records that the engine cannot hold: its trials are `unsupported`, nothing has failed."""


@runtime_checkable
class Cached(Protocol):
    """An engine that leaves it to the system to keep what it reads in memory."""

    @property
    def reads_through_page_cache(self) -> bool: ...


@runtime_checkable
class Filed(Protocol):
    """A target that knows the files which it reads records from."""

    def data_files(self) -> Sequence[Path]: ...
