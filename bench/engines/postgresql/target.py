"""A running PostgreSQL with (after `load`) the logical rows in it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench import telemetry
from bench.engines.postgresql import (
    backups,
    description,
    growing,
    loading,
    partitions,
    relations,
    slowness,
)
from bench.engines.postgresql.contents import contents
from bench.engines.postgresql.counters import ServerCounters
from bench.engines.postgresql.link import Link, run, texts
from bench.engines.postgresql.options import Options
from bench.engines.postgresql.questions import PostgresqlQuestioner
from bench.engines.postgresql.schema import Layout, quoted
from bench.engines.postgresql.session import PostgresqlDialer
from bench.engines.retention import (
    Backup,
    Contents,
    Grown,
    Restored,
    Space,
    bounds,
    noted,
)
from bench.engines.seam import (
    Counters,
    Description,
    Expired,
    Loaded,
    LoadPlan,
    OperationFailed,
    Settings,
)
from bench.targets.server import files_below
from workloads.errors import InputError, PlaceError

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

    from bench.engines.postgresql.cluster import Cluster
    from workloads.queries.seam import Tables

# Beyond the server's own limit, for a client to notice that it will get no answer.
_PATIENCE_BEYOND_S = 10.0
_DROP_PATIENCE_S = 15
# Dropping takes time where there are many files; a server that stands still takes for ever.
_DROP_SCHEMA_PATIENCE_S = 60.0
_ONE_TRIP = {"storefit.transactions": "all statements of a transaction are sent at once"}
_MOVED = {"storefit.data": "in the system's temporary directory, not in the work directory"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that answers. `pid`: of its first process, where that is ours to watch.

    `schema` exists and is storefit's own. `moved`: the data lies in the system's temporary
    directory, because the server's account cannot enter the work directory. Of a container, `used`
    tells what its processes have used, `data` where on this machine its data lies if that can be
    seen, and `told` what the record says of it. `cluster`: a server on this machine that is ours.
    """

    link: Link
    place: str
    schema: str
    pid: int | None = None
    moved: bool = False
    used: Callable[[], telemetry.ProcessUse] | None = None
    data: Path | None = None
    told: Mapping[str, str] = field(default_factory=dict)
    cluster: Cluster | None = None

    def use(self) -> telemetry.ProcessUse:
        """What the server's processes have used so far, as far as that is ours to see."""
        if self.used is not None:
            return self.used()
        return telemetry.ProcessUse() if self.pid is None else telemetry.processes(self.pid)


class PostgresqlTarget:
    """One schema on one server; `connection` is for looking after it."""

    def __init__(
        self, running: Running, options: Options, connection: PGconn, settings: Settings
    ) -> None:
        self._running = running
        self._settings = settings
        self._options = options
        self._connection = connection
        self._counters = ServerCounters(connection)
        self._layout: Layout | None = None
        self._plan: LoadPlan | None = None
        self._round_trip_s = 0.0

    def describe(self) -> Description:
        settings = description.server_settings(self._connection)
        return Description(
            engine="postgresql",
            version=description.version(self._connection),
            place=self._running.place,
            durability=description.durability(settings),
            settings=settings
            | dict(self._running.told)
            | (_MOVED if self._running.moved else {})
            | (_ONE_TRIP if self._options.in_one_trip else {})
            | (_said_of(self._layout) if self._layout else {}),
            elsewhere=Path(tempfile.gettempdir()) if self._running.moved else self._running.data,
        )

    def load(self, plan: LoadPlan) -> Loaded:
        """Replace what was loaded before. Raises PlaceError with the server's reason."""
        layout = layout_of(plan, self._options, self._running.schema)
        self._layout = self._plan = None
        with _as_place_error("loading failed"):
            # Whatever an earlier load, perhaps an unfinished one, has made.
            drop_schema(self._connection, self._running.schema)
            make_schema(self._connection, self._running.schema)
            copied = loading.load(self._running.link, layout, plan)
        self._layout, self._plan = layout, plan
        return Loaded(
            rows=plan.dataset.row_count(layout.main.name, plan.records),
            logical_bytes=copied.logical_bytes,
            stored_bytes=self._counters.stored_bytes(layout),
            seconds=copied.seconds,
            parts=self._counters.stored_parts(layout),
        )

    def settle(self) -> None:
        layout, _ = self._loaded()
        with _as_place_error("settling after the load failed"):
            for table in layout.dataset.tables:
                run(self._connection, f"VACUUM (ANALYZE) {layout.name(table)}")
        with contextlib.suppress(OperationFailed):
            # Needs a right that a guest on somebody's server rarely has.
            run(self._connection, "CHECKPOINT")

    def dialer(self) -> PostgresqlDialer:
        layout, plan = self._loaded()
        return PostgresqlDialer(
            link=self._running.link,
            layout=layout,
            records=plan.records,
            seed=plan.seed,
            record_size_bytes=plan.record_size_bytes,
            patience_s=self._options.statement_timeout_s + _PATIENCE_BEYOND_S,
            through_libpq=self._options.through_libpq,
            in_one_trip=self._options.in_one_trip,
            round_trip_s=self._round_trip_s,
        )

    def counters(self) -> Counters:
        """Use so far. Raises OperationFailed when the server is gone."""
        return self._counters.read(self._running.use(), self._layout)

    def checkpoints(self) -> int | None:
        """Checkpoints since the server started: two looks tell whether one fell in between."""
        return self._counters.checkpoints()

    def use(self) -> telemetry.ProcessUse:
        """What the server's processes have used so far."""
        return self._running.use()

    def housekeeping(self) -> dict[str, int]:
        """Checkpoints, the pages they have written, and autovacuum's runs so far."""
        return self._counters.housekeeping()

    def row_count(self) -> int:
        layout, _ = self._loaded()
        return int(
            texts(self._connection, f"SELECT count(*) FROM {layout.name(layout.main)}")[0][0] or 0
        )

    def take(self, tables: Tables) -> Loaded:
        """Have the tables of a query set in place of what was loaded; PlaceError as for `load`."""
        self._layout = self._plan = None
        schema = self._running.schema
        with _as_place_error("loading failed"):
            drop_schema(self._connection, schema)
            make_schema(self._connection, schema)
            copied = relations.load(self._running.link, schema, tables)
            stored = relations.settle(self._connection, schema, tables)
        return Loaded(
            rows=copied.rows,
            logical_bytes=copied.logical_bytes,
            stored_bytes=stored,
            seconds=copied.seconds,
        )

    def questioner(self, tables: Tables, *, limit_s: float) -> PostgresqlQuestioner:  # noqa: ARG002
        return PostgresqlQuestioner(self._running.link, self._running.schema, limit_s)

    def question_settings(self) -> Mapping[str, str]:
        return {"keys": "primary keys and an index on each foreign key", "text": "collation C"}

    @property
    def flushes_per_commit(self) -> int:
        """One, of the log."""
        return 1

    def delay_commits(self, seconds: float) -> str:
        """Let who flushes the log wait before, as commit_delay does, even when nobody else is busy.

        Who commits meanwhile is flushed with it, as on storage that takes so long.
        """
        return slowness.delay_commits(self._connection, seconds)

    def ended(self) -> str | None:
        ours = self._running.cluster
        return ours.service.ended() if ours else None

    def why_not_restarted(self) -> str | None:
        return None if self._running.cluster else "storefit did not start its process"

    def restart(self, between: Callable[[Sequence[Path]], None]) -> float:
        """After a checkpoint, so that nothing is to be recovered. PlaceError when it does not start."""
        if self._running.cluster is None:
            raise InputError("storefit restarts servers of its own only")
        service = self._running.cluster.service
        seconds = service.restart(lambda: between(files_below(service.plan.directory)))
        self._connection.reset()
        with _as_place_error("it cannot be reached after it was started again"):
            for command in self._running.link.setup:
                run(self._connection, command)
        self._running = replace(self._running, pid=service.child.pid)
        return seconds

    def data_files(self) -> Sequence[Path]:
        """Of tables and indexes; of a server on this machine that is ours, else none."""
        found = self._running.cluster
        return files_below(found.service.plan.directory / "base") if found else []

    def delay_exchanges(self, seconds: float) -> None:
        self._round_trip_s = seconds

    def commit_times_s(self, count: int) -> list[float]:
        return slowness.commit_times_s(self._connection, count)

    def expiry_ways(self) -> tuple[str, ...]:
        """`delete`, and `drop` where the main table has partitions (option `partitions`)."""
        layout, _ = self._loaded()
        return ("delete", "drop") if layout.bounds else ("delete",)

    def grow(self, *, first_key: int, rows: int) -> Grown:
        """Copy the next records in; where the main table has partitions they get their own."""
        layout, plan = self._loaded()
        if layout.bounds:
            new = partitions.close_last(self._connection, layout, first_key + rows)
            layout = self._layout = replace(layout, bounds=new)
        with noted(self) as found:
            seconds = growing.copy_next(
                self._running.link, layout, plan, first_key=first_key, rows=rows
            )
        return Grown(
            rows=rows,
            seconds=seconds,
            log_bytes=found.log_bytes,
            stored_bytes_after=found.stored_bytes_after,
        )

    def compact(self) -> str:
        """VACUUM FULL of every table, which nobody can use meanwhile."""
        return growing.compact(self._connection, self._loaded()[0])

    def contents(self) -> Mapping[str, Contents]:
        """Counted and hashed by the server."""
        with connected(self._running.link) as connection:
            return contents(connection, self._loaded()[0])

    def backup(self, way: str, space: Space) -> Backup:
        """By `pg_basebackup` (the whole server) or `pg_dump` (storefit's own schema)."""
        return backups.backup(self._running, self._loaded()[0], way, space)

    def restore(self, backup: Backup, space: Space) -> Restored:
        """Into a server of our own, made for it and removed."""
        return backups.restore(self._running, self._settings, self._loaded()[0], backup, space)

    def expire(self, way: str, *, below_key: int) -> Expired:
        """Remove the rows of the main table with lower keys, which are the oldest.

        `delete`: one DELETE; the space can be used again after VACUUM (`settle`), but files do not
        shrink. `drop`: DROP TABLE of each partition that lies below the key as a whole.
        Raises InputError, or OperationFailed when it waits too long for running operations.
        """
        layout, _ = self._loaded()
        if way not in self.expiry_ways():
            raise InputError(
                f"PostgreSQL cannot expire records by '{way}' as it is loaded",
                hint=f"ways: {', '.join(self.expiry_ways())}; drop needs the option partitions=N",
            )
        remove = partitions.delete_below if way == "delete" else partitions.drop_below
        before = self.counters()
        rows, seconds = remove(self._connection, layout, below_key)
        after = self.counters()
        logged = None
        if before.log_bytes is not None and after.log_bytes is not None:
            logged = after.log_bytes - before.log_bytes
        return Expired(
            rows=rows,
            seconds=seconds,
            log_bytes=logged,
            stored_bytes_before=before.stored_bytes,
            stored_bytes_after=after.stored_bytes,
        )

    def _loaded(self) -> tuple[Layout, LoadPlan]:
        if self._layout is None or self._plan is None:
            raise InputError("nothing is loaded yet", hint="call load first")
        return self._layout, self._plan


def layout_of(plan: LoadPlan, options: Options, schema: str) -> Layout:
    """How rows are kept: as the options say, and where they are silent as the workload does."""
    document = options.document
    return Layout(
        dataset=plan.dataset,
        schema=schema,
        document=plan.format == "document" if document is None else document,
        bounds=bounds(plan.records, options.partitions),
    )


def _said_of(layout: Layout) -> dict[str, str]:
    """What the record says of how the rows are kept."""
    said = {"storefit.format": "relational"}
    if layout.document:
        said["storefit.format"] = "document: jsonb, b-tree index on the filtered field's expression"
    if layout.bounds:
        said["storefit.partitions"] = f"{len(layout.bounds)} by key, and one for new records"
    return said


@contextmanager
def connected(link: Link) -> Iterator[PGconn]:
    """A connection for looking after a server. Raises PlaceError when there is none."""
    with _as_place_error("the server cannot be reached"):
        connection = link.connect()
        # Vacuum, counting and dropping may take long.
        run(connection, "SET statement_timeout = 0")
    try:
        yield connection
    finally:
        connection.finish()


def make_schema(connection: PGconn, schema: str) -> None:
    """Raises PlaceError when the user may not."""
    with _as_place_error("no schema of our own can be made"):
        run(connection, f"CREATE SCHEMA {quoted(schema)}")


def drop_schema(connection: PGconn, schema: str) -> None:
    """Drop a schema of ours with all in it. Raises OperationFailed.

    A session that still uses it may be about to end; it is waited for, but not for ever.
    """
    for command in (
        f"SET lock_timeout = '{_DROP_PATIENCE_S}s'",
        f"DROP SCHEMA IF EXISTS {quoted(schema)} CASCADE",
        "RESET lock_timeout",
    ):
        run(connection, command, patience_s=_DROP_SCHEMA_PATIENCE_S)


@contextmanager
def _as_place_error(what: str) -> Iterator[None]:
    try:
        yield
    except OperationFailed as failure:
        raise PlaceError(
            f"PostgreSQL: {what}: {failure}",
            hint="look at the server's log, at free disk space and at the user's rights",
        ) from failure
