"""The store in a private directory, as the parent process sees it.

The parent keeps nothing open between calls: LMDB's environment must not cross a fork.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import lmdb

from bench.engines.lmdb import BACKUP_WAYS, ageing, environment, forecast, loading
from bench.engines.lmdb.codec import stored_size
from bench.engines.lmdb.environment import Store, using
from bench.engines.lmdb.handle import Plan
from bench.engines.lmdb.restoring import looked_at
from bench.engines.lmdb.schema import BUCKET_ROWS, design
from bench.engines.lmdb.session import LmdbDialer
from bench.engines.lmdb.slowness import NO_SLOWNESS, Slowness, commit_times_s
from bench.engines.lmdb.table import Table, walk
from bench.engines.retention import (
    Backup,
    Contents,
    Grown,
    Restored,
    Space,
    bytes_below,
    noted,
    private,
    require_way,
    synchronised,
)
from bench.engines.seam import (
    Counters,
    Description,
    Expired,
    Loaded,
    LoadPlan,
    Settings,
)
from workloads.errors import InputError, PlaceError

if TYPE_CHECKING:
    from bench.engines.lmdb.capacity import Consistency
    from results.record import Note
    from workloads.spec.model import Workload

_SAMPLED_ITEMS = 1000  # for the mean size of an item

CONSISTENCIES: tuple[Consistency, ...] = ("eventual", "strong")


def open_target(settings: Settings) -> LmdbTarget:
    """A target in its own directory below the working directory."""
    directory = settings.workdir / "lmdb"
    directory.mkdir(parents=True, exist_ok=True)
    limit = settings.options.get("map_bytes")
    readahead = settings.options.get("readahead", "on")
    if readahead not in ("on", "off"):
        raise InputError(f"option 'readahead' is '{readahead}'", hint="readahead is on or off")
    store = Store(
        path=directory,
        synchronous=settings.durability == "full",
        map_bytes=int(limit) if limit else environment.map_bytes(directory),
        readahead=readahead == "on",
    )
    asked = settings.options.get("consistency", "eventual")
    for consistency in CONSISTENCIES:
        if asked == consistency:
            return LmdbTarget(settings=settings, store=store, consistency=consistency)
    raise InputError(
        f"there is no read consistency '{asked}'", hint=f"one of {', '.join(CONSISTENCIES)}"
    )


@dataclass(slots=True, kw_only=True)
class LmdbTarget:
    """One store. `plan` is what was loaded last."""

    settings: Settings
    store: Store
    consistency: Consistency
    plan: Plan | None = None
    slowness: Slowness = NO_SLOWNESS

    def describe(self) -> Description:
        library = ".".join(map(str, lmdb.version()))
        return Description(
            engine="lmdb",
            version=f"{library} (py-lmdb {version('lmdb')})",
            place="in-process",
            durability=self.settings.durability,
            settings={
                "sync": "on" if self.store.synchronous else "off",
                "metasync": "on" if self.store.synchronous else "off",
                "map_bytes": str(self.store.map_bytes),
                "readahead": "on" if self.store.readahead else "off",
                "read_consistency": self.consistency,
                "bucket_rows": str(BUCKET_ROWS),
                "storefit.format": "items",
            },
        )

    def load(self, plan: LoadPlan) -> Loaded:
        """Load into an empty store; what an earlier load left is removed first."""
        environment.remove(self.store)
        loaded = loading.load(self.store, plan)
        self.plan = Plan(
            dataset=plan.dataset,
            records=plan.records,
            seed=plan.seed,
            record_size_bytes=plan.record_size_bytes,
            consistency=self.consistency,
        )
        return loaded

    def settle(self) -> None:
        with using(self.store) as opened:
            opened.reader_check()
            opened.sync(True)

    def dialer(self) -> LmdbDialer:
        return LmdbDialer(self.store, self._loaded(), self.slowness)

    @property
    def flushes_per_commit(self) -> int:
        """Two: of the pages, and of the meta page that makes them count."""
        return 2

    def delay_commits(self, seconds: float) -> str:
        """Let the session wait before it commits, as the only writer."""
        self.slowness = replace(self.slowness, commit_s=seconds)
        return f"each commit waits {seconds * 1e6:.0f} us, as the only writer"

    def why_not_restarted(self) -> str | None:
        return None

    def restart(self, between: Callable[[Sequence[Path]], None]) -> float:
        """Its file is closed between sessions; what opening it takes is that of a session."""
        with using(self.store) as opened:
            opened.sync(True)
        between([self.store.data_file])
        start_s = time.perf_counter()
        with using(self.store) as opened:
            opened.info()
        return time.perf_counter() - start_s

    def delay_exchanges(self, seconds: float) -> None:
        self.slowness = replace(self.slowness, round_trip_s=seconds)

    def commit_times_s(self, count: int) -> list[float]:
        with using(self.store) as opened:
            return commit_times_s(opened, self.slowness, count)

    def data_files(self) -> Sequence[Path]:
        return [self.store.data_file]

    def counters(self) -> Counters:
        """Commits and the size of the file: the rest is the worker's own use."""
        self._loaded()
        with using(self.store) as opened:
            commits = int(opened.info()["last_txnid"])
        return Counters(commits=commits, stored_bytes=loading.stored_bytes(self.store))

    def housekeeping(self) -> dict[str, int]:
        """Bytes of the data file: it grows where no page of it is free for a write."""
        size = loading.stored_bytes(self.store)
        return {} if size is None else {"bytes of the data file": size}

    def foretell(
        self, workload: Workload, *, operations_per_s: float, seconds: float
    ) -> tuple[Note, ...]:
        """What DynamoDB would throttle of this load, by the heat of its partitions."""
        plan = self._loaded()
        main = next(iter(design(plan.dataset).values()))
        with using(self.store) as opened:
            table = Table(opened, main, create=False)
            with opened.begin() as txn:
                items = int(txn.stat(table.database)["entries"])
                first = islice(walk(txn, table.database, b""), _SAMPLED_ITEMS)
                sizes = [stored_size(stored) for _, stored in first]
        each_bytes = sum(sizes) / len(sizes) if sizes else 0.0
        return forecast.notes(
            plan,
            workload,
            operations_per_s=operations_per_s,
            seconds=seconds,
            item_bytes=each_bytes,
            stored_bytes=round(items * each_bytes),
        )

    def row_count(self) -> int:
        main = next(iter(design(self._loaded().dataset).values()))
        with using(self.store) as opened:
            table = Table(opened, main, create=False)
            with opened.begin() as txn:
                return int(txn.stat(table.database)["entries"])

    def expiry_ways(self) -> tuple[str, ...]:
        """`ttl`, in the background and free, and `delete`, which an application asks for."""
        return tuple(ageing.WAYS)

    def expire(self, way: str, *, below_key: int) -> Expired:
        """Delete the items of the main table with lower keys; their pages can be used again."""
        require_way(way, dict.fromkeys(ageing.WAYS), doing="expiring items")
        with noted(self) as found:
            items, seconds, units = ageing.remove_below(self.store, self._loaded(), way, below_key)
        return Expired(
            rows=items,
            seconds=seconds,
            log_bytes=None,
            stored_bytes_before=found.stored_bytes_before,
            stored_bytes_after=found.stored_bytes_after,
            write_units=units,
        )

    def grow(self, *, first_key: int, rows: int) -> Grown:
        """Put the next items in, as loading does."""
        seconds = ageing.put_next(self.store, self._loaded(), first_key=first_key, rows=rows)
        stored = loading.stored_bytes(self.store)
        return Grown(rows=rows, seconds=seconds, log_bytes=None, stored_bytes_after=stored)

    def compact(self) -> str:
        """Put a compacting copy in the place of the store."""
        ageing.compact(self.store)
        return "compacting copy"

    def contents(self) -> Mapping[str, Contents]:
        """Every item and entry as it is stored."""
        return ageing.contents(self.store, self._loaded())

    def backup(self, way: str, space: Space) -> Backup:
        """LMDB's own copy, with or without free pages."""
        require_way(way, dict.fromkeys(BACKUP_WAYS), doing="backing up")
        made = private(space, f"{way}-")
        seconds = ageing.copy(self.store, made, compacting=BACKUP_WAYS[way])
        return Backup(way=way, directory=made, seconds=seconds, made_bytes=bytes_below(made))

    def restore(self, backup: Backup, space: Space) -> Restored:
        """Copy the files to a place of their own and open them there."""
        made = private(space, "restored-")
        try:
            begin_s = time.perf_counter()
            for file in backup.directory.iterdir():
                synchronised((Path(shutil.copy(file, made)),))
            seconds = time.perf_counter() - begin_s
            found = looked_at(replace(self.store, path=made), self._loaded())
        finally:
            shutil.rmtree(made)
        return Restored(seconds=seconds, contents=found)

    def _loaded(self) -> Plan:
        if self.plan is None:
            raise PlaceError("nothing was loaded into the key-value store", hint="call load first")
        return self.plan
