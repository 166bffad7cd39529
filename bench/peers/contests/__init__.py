"""The contests: each module here that defines `CONTEST` is one, found by its name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bench.peers.figures import Figure
    from bench.peers.ground import Ground


class Contest(Protocol):
    """Comparisons with one peer."""

    @property
    def title(self) -> str: ...

    def missing(self) -> str | None:
        """What must be installed before it can be held here; None: nothing."""
        ...

    def hold(self, ground: Ground) -> Iterator[Figure]:
        """Hold it, figure by figure. Raises PlaceError when a side fails."""
        ...


def names() -> tuple[str, ...]:
    """Every contest, in alphabetical order."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__)))


def get(name: str) -> Contest:
    """The contest of this name, one of `names()`."""
    contest: Contest = importlib.import_module(f"{__name__}.{name}").CONTEST
    return contest
