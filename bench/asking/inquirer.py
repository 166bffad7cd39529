"""The parent's side of asking: one process, a limit of time for each query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from bench.asking import process
from bench.asking.messages import Ask, Open, Ready, Refused, Told
from bench.driver.crew import Crew, Lost
from bench.engines.seam import TIMEOUT, OperationFailed

if TYPE_CHECKING:
    from bench.engines.seam import Questioner
    from workloads.queries.seam import Query

# Importing an engine's library, or connecting.
_READY_S = 60.0
# An engine that keeps the limit itself is given so long to say so.
_BEYOND_S = 5.0


@dataclass(slots=True)
class Inquirer:
    """Asks the queries of one target; a context manager that leaves no process behind.

    `admit` is told the asking process before it has anything to do.
    `own_memory_bytes`: of the asking process before it asked anything.
    """

    questioner: Questioner
    limit_s: float
    admit: Callable[[int], None] = lambda _: None
    own_memory_bytes: int | None = None
    _crew: Crew | None = None

    def __enter__(self) -> Self:
        self._crew = Crew(1, main=process.main, admit=self.admit)
        self._crew.__enter__()
        try:
            self._open()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._crew is not None:
            self._crew.__exit__(kind, error, trace)

    def ask(self, query: Query, *, answer: bool) -> Told:
        """Ask a query. OperationFailed, of kind `timeout` past the limit, where there is no answer.

        A process that did not come back is replaced by another.
        """
        assert self._crew is not None
        self._crew.send(0, Ask(query=query, answer=answer))
        found = self._crew.receive([0], self.limit_s + _BEYOND_S)
        if not found or isinstance(found[0][1], Lost):
            self._crew.replace(0)
            self._open()
        if not found:
            raise OperationFailed(TIMEOUT, f"no answer within {self.limit_s:g} s")
        return _told(found[0][1])

    def _open(self) -> None:
        assert self._crew is not None
        self._crew.send(0, Open(questioner=self.questioner))
        found = self._crew.receive([0], _READY_S)
        if not found:
            raise OperationFailed(TIMEOUT, f"nobody was ready to ask within {_READY_S:g} s")
        ready = found[0][1]
        if not isinstance(ready, Ready):
            _told(ready)
            raise OperationFailed("lost", "the asking process is not ready")
        self.own_memory_bytes = ready.memory_bytes


def _told(message: object) -> Told:
    """The message, where it tells an answer; else OperationFailed."""
    if isinstance(message, Refused):
        raise OperationFailed(message.kind, message.message)
    if isinstance(message, Lost):
        raise OperationFailed("lost", f"the asking process ended: {message.how}")
    if not isinstance(message, Told):
        raise OperationFailed("lost", f"an unexpected message: {type(message).__name__}")
    return message
