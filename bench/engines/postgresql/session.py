"""One client's session: statements prepared once, frames built ahead, one request at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.emulation.distance import far
from bench.engines.postgresql import wire
from bench.engines.postgresql.arguments import Arguments
from bench.engines.postgresql.channel import Channel, LibpqChannel, SocketChannel
from bench.engines.postgresql.encoding import decoded
from bench.engines.postgresql.link import Link, is_encrypted
from bench.engines.postgresql.schema import Layout
from bench.engines.postgresql.statements import ROLLBACK, Call, Script, Statement, script
from bench.engines.postgresql.transactions import PartArguments, transaction
from bench.engines.seam import OperationFailed, Row, Usage
from bench.engines.selection import index
from workloads.transactions import Transactions

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

    from bench.engines.seam import Bound
    from workloads.spec.model import Operation
    from workloads.stream import Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlDialer:
    """Opens sessions; everything a worker process needs to know.

    `patience_s`: how long a client waits for an answer before it gives the connection up.
    `through_libpq`: leave the requests to libpq even when nothing is encrypted.
    `in_one_trip`: send all statements of a transaction at once.
    `round_trip_s`: what each exchange is to take longer.
    """

    link: Link
    layout: Layout
    records: int
    seed: int
    record_size_bytes: float | None
    patience_s: float
    through_libpq: bool = False
    in_one_trip: bool = False
    round_trip_s: float = 0.0

    def dial(self) -> PostgresqlSession:
        """Connect. Raises OperationFailed (`refused`)."""
        return PostgresqlSession(self.link.connect(), self)


class PostgresqlSession:
    """A connection. Used by one thread; one request is under way at a time."""

    def __init__(self, connection: PGconn, dialer: PostgresqlDialer) -> None:
        through_libpq = dialer.through_libpq or is_encrypted(connection)
        kind = LibpqChannel if through_libpq else SocketChannel
        near: Channel = kind(connection, patience_s=dialer.patience_s)
        self.channel = far(near, dialer.round_trip_s)
        self._dialer = dialer
        self._backend = connection.backend_pid
        self._names: dict[Statement, str] = {}
        self._waiting: list[Any] = []
        self._taken: list[Any] = []
        self._several = False
        self._alone = False
        self._failure: OperationFailed | None = None

    def bind(self, operation: Operation) -> Bound:
        """Prepare an operation. Raises OperationFailed or, if it makes no sense, InputError."""
        plan, arguments = self._planned(operation)
        self._prepare(ROLLBACK)
        for trip in plan.trips:
            for call in trip:
                self._prepare(call.statement)
        if len(plan.trips) > 1:
            return TripsBound(self, plan, arguments)
        kind = TogetherBound if len(plan.trips[0]) > 1 else PostgresqlBound
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
            plan = transaction(dialer.layout, meant, in_one_trip=dialer.in_one_trip)
            return plan, PartArguments(meant)
        arguments = Arguments(
            dataset=dialer.layout.dataset,
            operation=operation,
            records=dialer.records,
            seed=dialer.seed,
            record_size_bytes=dialer.record_size_bytes,
        )
        return script(dialer.layout, operation), arguments

    def usage(self) -> Usage:
        return Usage()

    def server_pids(self) -> tuple[int, ...]:
        """The backend, where the server runs on this machine as a process of our own."""
        link = self._dialer.link
        return (self._backend,) if link.own_server and not link.contained else ()

    def close(self) -> None:
        self.channel.close()

    def fileno(self) -> int:
        return self.channel.fileno()

    def receive(self) -> Any | None:
        """The answer to what was sent, once it is complete; the next trip is sent by itself."""
        if self._alone:
            return self.channel.collect()
        if self._failure is None:
            return self._next_reply()
        # The failed transaction is being rolled back; then its failure is told.
        if self.channel.collect() is None:
            return None
        failure, self._failure = self._failure, None
        raise failure

    def post(self, trips: Sequence[Any]) -> None:
        """Send the first of several round trips; `receive` goes on with the others.

        The raw answer is that of the trip, or of several the list of theirs.
        """
        first, *self._waiting = trips
        self._taken, self._several, self._alone = [], bool(self._waiting), False
        self.channel.post(first)

    def post_alone(self, request: Any) -> None:
        """Send a request that is the whole operation, and no transaction that could stay open."""
        self._alone = True
        self.channel.post(request)

    def name(self, statement: Statement) -> str:
        """The name a statement was prepared under."""
        return self._names[statement]

    def undo(self) -> None:
        """End a transaction that failed, where one is open."""
        if self.channel.aborted:
            self.channel.trip(self.rollback)

    @property
    def rollback(self) -> Any:
        """A request that ends a failed transaction."""
        frame = wire.frames([(self.name(ROLLBACK), None)], 1)
        return self.channel.requests(frame)[0]

    def _next_reply(self) -> Any | None:
        try:
            raw = self.channel.collect()
        except OperationFailed as failure:
            if not self.channel.aborted:
                raise
            self._failure = failure
            self.channel.post(self.rollback)
            return None
        if raw is None:
            return None
        self._taken.append(raw)
        if not self._waiting:
            return self._taken if self._several else raw
        self.channel.post(self._waiting.pop(0))
        return None

    def _prepare(self, statement: Statement) -> None:
        if statement not in self._names:
            name = f"s{len(self._names)}"
            self.channel.prepare(name, statement.sql, statement.oids)
            self._names[statement] = name


class PostgresqlBound:
    """An operation of one round trip."""

    def __init__(
        self, session: PostgresqlSession, plan: Script, arguments: Arguments | PartArguments
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
        replies = [self._session.channel.replies(raw) for raw in raws]
        found: list[Row] = []
        for given in self._plan.answers:
            reply = replies[given.trip][given.place]
            found += decoded(reply.rows, given.result) if given.result else [(reply.count,)]
        return found

    def _requests(self, calls: Sequence[Call], batch: Batch, rows: Sequence[int]) -> list[Any]:
        if not len(rows):
            return []
        which = index(rows)
        named = [
            (
                self._session.name(call.statement),
                self._arguments.rows(call, batch, which) if call.statement.parameters else None,
            )
            for call in calls
        ]
        return self._session.channel.requests(wire.frames(named, len(rows)))


class TogetherBound(PostgresqlBound):
    """A transaction whose statements are sent all at once."""

    @property
    def send(self) -> Callable[[Any], None]:
        return lambda argument: self._session.post((argument,))

    @property
    def call(self) -> Callable[[Any], Any]:
        session = self._session
        trip = session.channel.trip

        def call(request: Any) -> Any:
            try:
                return trip(request)
            except OperationFailed:
                session.undo()
                raise

        return call


class TripsBound(PostgresqlBound):
    """An operation whose next request may only be sent after the answer to the one before."""

    def encode(self, batch: Batch, rows: Sequence[int]) -> list[Any]:
        trips = [self._requests(trip, batch, rows) for trip in self._plan.trips]
        return list(zip(*trips, strict=True))

    @property
    def call(self) -> Callable[[Any], Any]:
        session = self._session
        trip = session.channel.trip

        def call(argument: tuple[Any, ...]) -> list[Any]:
            try:
                return [trip(request) for request in argument]
            except OperationFailed:
                session.undo()
                raise

        return call

    @property
    def send(self) -> Callable[[Any], None]:
        return self._session.post

    def answer(self, raw: Any) -> list[Row]:
        return self._answer(raw)
