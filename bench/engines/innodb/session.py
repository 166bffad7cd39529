"""One client's session: statements prepared once, requests built ahead, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.emulation.distance import far
from bench.engines.innodb.arguments import Arguments
from bench.engines.innodb.channel import Channel, SocketChannel
from bench.engines.innodb.failures import LOST
from bench.engines.innodb.library_channel import LibraryChannel
from bench.engines.innodb.link import Link
from bench.engines.innodb.schema import Layout
from bench.engines.innodb.statements import ROLLBACK, Call, Script, script
from bench.engines.innodb.transactions import PartArguments, transaction
from bench.engines.seam import OperationFailed, Row, Usage
from workloads.transactions import Transactions

if TYPE_CHECKING:
    from bench.engines.innodb.drivers import Connection
    from bench.engines.seam import Bound
    from workloads.spec.model import Operation
    from workloads.stream import Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class InnodbDialer:
    """Opens sessions; everything a worker process needs to know.

    `patience_s`: how long a client waits for an answer before it gives the connection up.
    `through_driver`: leave the requests to the client library even when nothing is encrypted.
    `round_trip_s`: what each exchange is to take longer.
    """

    link: Link
    layout: Layout
    records: int
    seed: int
    record_size_bytes: float | None
    patience_s: float
    through_driver: bool = False
    round_trip_s: float = 0.0

    def dial(self) -> InnodbSession:
        """Connect. Raises OperationFailed (`refused`)."""
        return InnodbSession(self.link.connect(patience_s=self.patience_s), self)


class InnodbSession:
    """A connection. Used by one thread; one request is under way at a time."""

    def __init__(self, connection: Connection, dialer: InnodbDialer) -> None:
        near: Channel = (
            LibraryChannel(connection)
            if connection.encrypted or dialer.through_driver
            else SocketChannel(connection, patience_s=dialer.patience_s)
        )
        self.channel = far(near, dialer.round_trip_s)
        self._dialer = dialer
        self._trips: tuple[Any, ...] = ()
        self._taken: list[Any] = []
        self._alone = False
        self._failure: OperationFailed | None = None

    def bind(self, operation: Operation) -> Bound:
        """Prepare an operation. Raises OperationFailed or, if it makes no sense, InputError."""
        plan, arguments = self._planned(operation)
        for call in plan.trips:
            self.channel.prepare(call.statement)
        kind = InnodbBound if len(plan.trips) == 1 else TransactionBound
        return kind(self, plan, arguments)

    def _planned(self, operation: Operation) -> tuple[Script, Arguments | PartArguments]:
        dialer = self._dialer
        if operation.kind == "transaction":
            meant = Transactions(
                operation=operation,
                dataset=dialer.layout.dataset,
                records=dialer.records,
                seed=dialer.seed,
                record_size_bytes=dialer.record_size_bytes,
            )
            return transaction(dialer.layout, meant), PartArguments(meant)
        arguments = Arguments(
            dataset=dialer.layout.dataset,
            operation=operation,
            records=dialer.records,
            seed=dialer.seed,
            record_size_bytes=dialer.record_size_bytes,
        )
        return script(dialer.layout, operation, records=dialer.records), arguments

    def usage(self) -> Usage:
        return Usage()

    def server_pids(self) -> tuple[int, ...]:
        """None of its own: the server's threads share one process."""
        return ()

    def close(self) -> None:
        self.channel.close()

    def fileno(self) -> int:
        return self.channel.fileno()

    def receive(self) -> Any | None:
        """The answer to what was sent, once it is complete; further trips are sent by themselves."""
        if self._alone:
            return self.channel.collect()
        if self._failure is not None:
            # The failed transaction is being rolled back; then its failure is told.
            if self.channel.collect() is None:
                return None
            failure, self._failure = self._failure, None
            raise failure
        try:
            raw = self.channel.collect()
        except OperationFailed as failure:
            if len(self._trips) == 1 or not self.can_go_on(failure):
                raise
            self._failure = failure
            self.channel.post(self.rollback)
            return None
        if raw is None:
            return None
        self._taken.append(raw)
        if len(self._taken) == len(self._trips):
            return raw if len(self._trips) == 1 else self._taken
        self.channel.post(self._trips[len(self._taken)])
        return None

    def post(self, trips: Sequence[Any]) -> None:
        """Send the first of several round trips; `receive` goes on with the others.

        The raw answer is that of the trip, or of several the list of theirs.
        """
        self._trips, self._taken, self._alone = tuple(trips), [], False
        self.channel.post(trips[0])

    def post_alone(self, request: Any) -> None:
        """Send a request that is the whole operation."""
        self._alone = True
        self.channel.post(request)

    def can_go_on(self, failure: OperationFailed) -> bool:
        """Whether the connection is of use after a failure."""
        return self.channel.is_open and failure.kind != LOST

    @property
    def rollback(self) -> Any:
        """A request that ends a failed transaction."""
        return self.channel.requests(ROLLBACK, [], 1)[0]


class InnodbBound:
    """An operation of one round trip."""

    def __init__(
        self, session: InnodbSession, plan: Script, arguments: Arguments | PartArguments
    ) -> None:
        self._session = session
        self._plan = plan
        self._arguments = arguments

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        return self._requests(self._plan.trips[0], batch, rows)

    @property
    def call(self) -> Callable[[Any], Any]:
        return self._session.channel.trip

    @property
    def send(self) -> Callable[[Any], None]:
        return self._session.post_alone

    def answer(self, raw: Any) -> list[Row]:
        return self._answer([raw])

    def _answer(self, raws: Sequence[Any]) -> list[Row]:
        channel = self._session.channel
        found: list[Row] = []
        for given in self._plan.answers:
            raw = raws[given.trip]
            found += channel.rows(raw, given.result) if given.result else [(channel.count(raw),)]
        return found

    def _requests(self, call: Call, batch: Batch, rows: Sequence[int]) -> list[Any]:
        import numpy as np

        which = np.asarray(rows, dtype=np.intp)
        if not len(which):
            return []
        columns = self._arguments.columns(call, batch, which)
        return self._session.channel.requests(call.statement, columns, len(which))


class TransactionBound(InnodbBound):
    """An operation of several round trips in one transaction."""

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        trips = [self._requests(call, batch, rows) for call in self._plan.trips]
        return list(zip(*trips, strict=True))

    @property
    def call(self) -> Callable[[Any], Any]:
        session = self._session
        trip = session.channel.trip

        def call(argument: tuple[Any, ...]) -> list[Any]:
            try:
                return [trip(request) for request in argument]
            except OperationFailed as failure:
                if session.can_go_on(failure):
                    with suppress(OperationFailed):
                        trip(session.rollback)
                raise

        return call

    @property
    def send(self) -> Callable[[Any], None]:
        return self._session.post

    def answer(self, raw: Any) -> list[Row]:
        return self._answer(raw)
