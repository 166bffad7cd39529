"""A running server with (after `load`) the logical rows in it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench import telemetry
from bench.engines.innodb import ageing, backups, description, loading, slowness
from bench.engines.innodb.contents import contents
from bench.engines.innodb.counters import ServerCounters
from bench.engines.innodb.flavour import Flavour
from bench.engines.innodb.link import Link
from bench.engines.innodb.options import Options
from bench.engines.innodb.schema import Layout, long_text, quoted
from bench.engines.innodb.session import InnodbDialer
from bench.engines.retention import (
    Backup,
    Contents,
    Grown,
    Restored,
    Space,
    bounds,
    noted,
    require_way,
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
    from bench.engines.innodb.drivers import Connection
    from bench.engines.innodb.instance import Instance

# How long a client waits for an answer; where the server has a limit of its own, longer than that.
_PATIENCE_S, _PATIENCE_BEYOND_S = 60.0, 10.0
# The same for looking after the server: less than the runner's own limits, as a library written in
# C that waits cannot be interrupted. What looks at all rows gets in addition so many times what
# loading them took.
CARE_PATIENCE_S, _COUNT_PATIENCE_S, _LOADS = 20.0, 50.0, 10.0
# How long to wait until changed pages are written, and how often to look.
_FLUSH_PATIENCE_S, _FLUSH_LOOK_S = 30.0, 0.05
_CLEAN_PAGES = 50  # there are always a few
_DOCUMENT = "document: JSON, index on a generated column of the filtered field"
_MOVED = {"storefit.data": "in the system's temporary directory, not in the work directory"}


@dataclass(frozen=True, slots=True)
class Home:
    """A database that is storefit's own or, with a `prefix`, its tables in somebody's."""

    database: str
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that answers. `pid`: of its process, where that is ours to watch.

    `moved`: the data lies in the system's temporary directory, because the server's account
    cannot enter the work directory. Of a container, `used` tells what its processes have used,
    `data` where on this machine its data lies if that can be seen, and `told` what the record says.
    `instance`: a server on this machine that is ours.
    """

    flavour: Flavour
    link: Link
    place: str
    home: Home
    pid: int | None = None
    moved: bool = False
    used: Callable[[], telemetry.ProcessUse] | None = None
    data: Path | None = None
    told: Mapping[str, str] = field(default_factory=dict)
    instance: Instance | None = None

    @property
    def is_ours(self) -> bool:
        """Whether storefit started the server, and nobody else uses it."""
        return self.pid is not None or self.used is not None

    def use(self) -> telemetry.ProcessUse:
        """What the server's processes have used so far, as far as that is ours to see."""
        if self.used is not None:
            return self.used()
        return telemetry.ProcessUse() if self.pid is None else telemetry.processes(self.pid)


class InnodbTarget:
    """One database on one server; `connection` is for looking after it."""

    def __init__(
        self, running: Running, options: Options, connection: Connection, settings: Settings
    ) -> None:
        self._running = running
        self._settings = settings
        self._options = options
        self._connection = connection
        self._counters = ServerCounters(connection, running.flavour)
        self._layout: Layout | None = None
        self._plan: LoadPlan | None = None
        self._method: str | None = None
        self._load_s = 0.0
        self._round_trip_s = self._commit_delay_s = 0.0

    def describe(self) -> Description:
        settings = description.server_settings(self._connection, self._running.flavour)
        requests = "text" if self._as_text() else "prepared statements"
        own = {"storefit.requests": requests}
        if self._method is not None:
            own["storefit.loading"] = self._method
        if self._layout is not None:
            own["storefit.format"] = _DOCUMENT if self._layout.document else "relational"
        if self._layout is not None and self._layout.bounds:
            count = len(self._layout.bounds)
            own["storefit.partitions"] = f"{count} by key, and one for new records"
        return Description(
            engine=self._running.flavour.name,
            version=description.version(self._connection.version),
            place=self._running.place,
            durability=description.durability(settings),
            settings=settings
            | own
            | dict(self._running.told)
            | (_MOVED if self._running.moved else {}),
            elsewhere=Path(tempfile.gettempdir()) if self._running.moved else self._running.data,
        )

    def load(self, plan: LoadPlan) -> Loaded:
        """Replace what was loaded before. Raises PlaceError with the server's reason."""
        running, document = self._running, self._options.document
        layout = Layout(
            dataset=plan.dataset,
            database=running.home.database,
            prefix=running.home.prefix,
            collation=running.flavour.collation,
            long_text=long_text(plan),
            document=plan.format == "document" if document is None else document,
            returning=not running.flavour.is_mariadb,
            bounds=bounds(plan.records, self._options.partitions),
        )
        if self._layout is not None and self._layout.dataset is not plan.dataset:
            self._drop(self._layout)
        self._layout = self._plan = None
        with as_place_error(running.flavour, "loading failed"):
            copied = loading.load(running.link, layout, plan, unlogged=running.is_ours)
        self._layout, self._plan, self._method = layout, plan, copied.method
        self._load_s = copied.seconds
        return Loaded(
            rows=plan.dataset.row_count(layout.main.name, plan.records),
            logical_bytes=copied.logical_bytes,
            stored_bytes=self._counters.stored_bytes(layout),
            seconds=copied.seconds,
            parts=self._counters.stored_parts(layout),
        )

    def settle(self) -> None:
        """On a server of our own, write all changed pages now. Statistics came with the load."""
        self._loaded()
        if not self._running.is_ours:
            return
        with as_place_error(self._running.flavour, "settling after the load failed"):
            limit = self._connection.query(b"SELECT @@GLOBAL.innodb_max_dirty_pages_pct")
            self._connection.query(b"SET GLOBAL innodb_max_dirty_pages_pct = 0")
            deadline_s = time.monotonic() + _FLUSH_PATIENCE_S
            while (self._counters.dirty_pages() or 0) > _CLEAN_PAGES:
                if time.monotonic() > deadline_s:
                    break
                time.sleep(_FLUSH_LOOK_S)
            before = limit.rows[0][0] or b"90"
            self._connection.query(b"SET GLOBAL innodb_max_dirty_pages_pct = " + before)

    def dialer(self) -> InnodbDialer:
        layout, plan = self._loaded()
        limit_s = self._options.statement_timeout_s
        return InnodbDialer(
            link=self._running.link,
            layout=layout,
            records=plan.records,
            seed=plan.seed,
            record_size_bytes=plan.record_size_bytes,
            patience_s=_PATIENCE_S if limit_s is None else limit_s + _PATIENCE_BEYOND_S,
            through_driver=self._options.through_driver,
            round_trip_s=self._round_trip_s,
        )

    def counters(self) -> Counters:
        """Use so far. Raises OperationFailed when the server is gone."""
        return self._counters.read(self._running.use(), self._layout)

    def flushed_pages(self) -> int | None:
        """Pages written since the server started: two looks tell how much was between them."""
        return self._counters.flushed_pages()

    def use(self) -> telemetry.ProcessUse:
        """What the server's processes have used so far."""
        return self._running.use()

    def housekeeping(self) -> dict[str, int]:
        """Pages of the buffer pool flushed so far; empty where the server does not tell."""
        flushed = self._counters.flushed_pages()
        return {} if flushed is None else {"pages flushed": flushed}

    @property
    def flushes_per_commit(self) -> int:
        """Two: of the redo log when the transaction is prepared, and of the binary log."""
        return 2

    def delay_commits(self, seconds: float) -> str:
        """Let commits wait before the binary log is flushed, in one go for both flushes."""
        self._commit_delay_s = seconds
        return slowness.delay_commits(self._connection, self._running.flavour, seconds)

    def ended(self) -> str | None:
        ours = self._running.instance
        return ours.service.ended() if ours else None

    def why_not_restarted(self) -> str | None:
        return None if self._running.instance else "storefit did not start its process"

    def restart(self, between: Callable[[Sequence[Path]], None]) -> float:
        """In order, so that nothing is to be recovered. PlaceError when it does not start.

        By default these servers note which pages they hold in memory when they stop, and read them
        again, in the background, when they start.
        """
        running = self._running
        if running.instance is None:
            raise InputError("storefit restarts servers of its own only")
        service = running.instance.service
        seconds = service.restart(lambda: between(files_below(service.plan.directory)))
        with as_place_error(running.flavour, "it cannot be reached after it was started again"):
            self._connection = running.link.connect(patience_s=CARE_PATIENCE_S)
            _without_limit(running.flavour, self._connection)
            self._counters = ServerCounters(self._connection, running.flavour)
            if self._commit_delay_s:
                slowness.delay_commits(self._connection, running.flavour, self._commit_delay_s)
        self._running = replace(running, pid=service.child.pid)
        return seconds

    def delay_exchanges(self, seconds: float) -> None:
        self._round_trip_s = seconds

    def commit_times_s(self, count: int) -> list[float]:
        return slowness.commit_times_s(self._connection, self._running.home, count)

    def row_count(self) -> int:
        layout, _ = self._loaded()
        with self._patient() as connection:
            sql = f"SELECT count(*) FROM {layout.name(layout.main)}"
            return int(connection.query(sql.encode()).rows[0][0] or 0)

    def expiry_ways(self) -> tuple[str, ...]:
        """`delete`, and `drop` where the main table has partitions (option `partitions`)."""
        layout, _ = self._loaded()
        return ("delete", "drop") if layout.bounds else ("delete",)

    def expire(self, way: str, *, below_key: int) -> Expired:
        """Remove the rows of the main table with lower keys, which are the oldest.

        `delete`: one DELETE; its pages can be used again when the purge has been there. `drop`:
        ALTER TABLE … DROP PARTITION of each that lies below the key as a whole.
        """
        layout, _ = self._loaded()
        none = "the option partitions=N cuts the table into what can be dropped"
        known = {"delete": None, "drop": None if layout.bounds else none}
        require_way(way, known, doing="expiring records")
        remove = ageing.delete_below if way == "delete" else ageing.drop_below
        with self._patient() as connection, noted(self) as found:
            rows, seconds = remove(connection, layout, below_key)
        return Expired(
            rows=rows,
            seconds=seconds,
            log_bytes=found.log_bytes,
            stored_bytes_before=found.stored_bytes_before,
            stored_bytes_after=found.stored_bytes_after,
        )

    def grow(self, *, first_key: int, rows: int) -> Grown:
        """Load the next records; where the main table has partitions they get their own."""
        layout, plan = self._loaded()
        with self._patient() as connection:
            if layout.bounds:
                new = ageing.close_last(connection, layout, first_key + rows)
                layout = self._layout = replace(layout, bounds=new)
            with noted(self) as found:
                seconds = ageing.load_next(connection, layout, plan, first_key=first_key, rows=rows)
        return Grown(
            rows=rows,
            seconds=seconds,
            log_bytes=found.log_bytes,
            stored_bytes_after=found.stored_bytes_after,
        )

    def compact(self) -> str:
        """OPTIMIZE TABLE of every table: each is written anew."""
        layout, _ = self._loaded()
        with self._patient() as connection:
            return ageing.compact(connection, layout)

    def contents(self) -> Mapping[str, Contents]:
        """Counted and hashed by the server."""
        layout, _ = self._loaded()
        with self._patient() as connection:
            return contents(connection, layout)

    def backup(self, way: str, space: Space) -> Backup:
        """With the product's own tools; a dump holds storefit's own tables only."""
        return backups.backup(self._running, self._loaded()[0], way, space)

    def restore(self, backup: Backup, space: Space) -> Restored:
        """Into a server of our own, made for it and removed."""
        return backups.restore(self._running, self._settings, self._loaded()[0], backup, space)

    def _as_text(self) -> bool:
        return self._options.through_driver or self._connection.encrypted

    def _loaded(self) -> tuple[Layout, LoadPlan]:
        if self._layout is None or self._plan is None:
            raise InputError("nothing is loaded yet", hint="call load first")
        return self._layout, self._plan

    def _drop(self, layout: Layout) -> None:
        with self._patient() as connection:
            for table in layout.dataset.tables:
                connection.query(layout.drop(table).encode())

    @contextmanager
    def _patient(self) -> Iterator[Connection]:
        """A connection for what takes longer where there are more rows."""
        patience_s = _COUNT_PATIENCE_S + _LOADS * self._load_s
        with closing(self._running.link.connect(patience_s=patience_s)) as connection:
            _without_limit(self._running.flavour, connection)
            yield connection


@contextmanager
def connected(flavour: Flavour, link: Link) -> Iterator[Connection]:
    """A connection for looking after a server.

    Raises PlaceError when there is none, InputError when it is the other product's.
    """
    with as_place_error(flavour, "the server cannot be reached"):
        connection = link.connect(patience_s=CARE_PATIENCE_S)
    with closing(connection):
        _check_product(flavour, connection.version)
        with as_place_error(flavour, "the session cannot be set up"):
            _without_limit(flavour, connection)
        yield connection


def _without_limit(flavour: Flavour, connection: Connection) -> None:
    """Counting and dropping may take longer than a client's statements."""
    connection.query(flavour.limit.format(timeout_s=0, timeout_ms=0).encode())


def _check_product(flavour: Flavour, version: str) -> None:
    if ("MariaDB" in version) != flavour.is_mariadb:
        other = "MySQL" if flavour.is_mariadb else "MariaDB"
        raise InputError(
            f"the server at this address is not {flavour.title} but {other}",
            hint=f"begin the address with {other.lower()}://",
        )


def home_of(name: str, within: str | None = None) -> Home:
    """The home of this name: a database, or tables within another one."""
    return Home(name) if within is None else Home(within, f"{name}_")


def make_home(connection: Connection, name: str, within: str | None = None) -> Home:
    """A database of our own or, where the user may not, tables in the database `within`.

    Raises OperationFailed when neither can be had.
    """
    try:
        connection.query(f"CREATE DATABASE {quoted(name)} CHARACTER SET utf8mb4".encode())
    except OperationFailed:
        if within is None:
            raise
        return home_of(name, within)
    return home_of(name)


def drop_home(connection: Connection, home: Home) -> None:
    """Drop a home with all in it, if it is there. Raises OperationFailed."""
    if not home.prefix:
        connection.query(f"DROP DATABASE IF EXISTS {quoted(home.database)}".encode())
        return
    pattern = home.prefix.replace("_", "\\_")
    sql = f"SHOW TABLES FROM {quoted(home.database)} LIKE '{pattern}%'"
    for (name,) in connection.query(sql.encode()).rows:
        if name is not None:
            table = f"{quoted(home.database)}.{quoted(name.decode())}"
            connection.query(f"DROP TABLE IF EXISTS {table}".encode())


@contextmanager
def as_place_error(flavour: Flavour, what: str) -> Iterator[None]:
    """Translate a failed operation into an error a person can act on."""
    try:
        yield
    except OperationFailed as failure:
        raise PlaceError(
            f"{flavour.title}: {what}: {failure}",
            hint="look at the server's log, at free disk space and at the user's rights",
        ) from failure
