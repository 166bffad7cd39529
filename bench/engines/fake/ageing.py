"""The fake's retention: what every engine does about old records and copies, in the fewest words."""

from __future__ import annotations

import hashlib
import pickle
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.engines.retention import (
    Backup,
    Contents,
    Grown,
    Restored,
    Space,
    bytes_below,
    damaged,
    private,
    require_way,
)
from bench.engines.seam import Expired

if TYPE_CHECKING:
    from bench.engines.fake.behaviour import Clock
    from bench.engines.fake.reference import ReferenceStore

EXPIRY_WAYS = ("delete",)
BACKUP_WAYS = ("copy",)
# On the fake's clock.
ROW_S = 1e-6
_FILE = "rows"


class Ageing:
    """For a target with a clock and a store of rows in memory."""

    clock: Clock
    store: ReferenceStore | None

    def expiry_ways(self) -> tuple[str, ...]:
        return EXPIRY_WAYS

    def expire(self, way: str, *, below_key: int) -> Expired:
        """Forget the rows with lower keys."""
        require_way(way, dict.fromkeys(EXPIRY_WAYS), doing="expiring rows")
        store = self._store()
        old = [key for key in store.rows if key < below_key]
        store.forget(old)
        self.clock.sleep(ROW_S * len(old))
        return Expired(
            rows=len(old),
            seconds=ROW_S * len(old),
            log_bytes=None,
            stored_bytes_before=None,
            stored_bytes_after=None,
        )

    def grow(self, *, first_key: int, rows: int) -> Grown:
        """Remember the next rows."""
        self._store().remember(first_key, first_key + rows)
        self.clock.sleep(ROW_S * rows)
        return Grown(rows=rows, seconds=ROW_S * rows, log_bytes=None, stored_bytes_after=None)

    def contents(self) -> Mapping[str, Contents]:
        """All rows there are."""
        return _contents(self._store().tables())

    def backup(self, way: str, space: Space) -> Backup:
        """Write all rows to a file."""
        require_way(way, dict.fromkeys(BACKUP_WAYS), doing="backing up")
        made = private(space, "copy-")
        tables = self._store().tables()
        (made / _FILE).write_bytes(pickle.dumps(tables))
        seconds = ROW_S * sum(map(len, tables.values()))
        self.clock.sleep(seconds)
        return Backup(way=way, directory=made, seconds=seconds, made_bytes=bytes_below(made))

    def restore(self, backup: Backup, space: Space) -> Restored:
        """Read the file again."""
        made = private(space, "restored-")
        try:
            file = Path(shutil.copy(backup.directory / _FILE, made))
            tables = pickle.loads(file.read_bytes())
        except Exception as error:
            raise damaged(f"the copy cannot be read: {error}") from error
        finally:
            shutil.rmtree(made)
        seconds = ROW_S * sum(map(len, tables.values()))
        self.clock.sleep(seconds)
        return Restored(seconds=seconds, contents=_contents(tables))

    def _store(self) -> ReferenceStore:
        if self.store is None:
            raise ValueError("load a fake before asking it for anything")
        return self.store


def _contents(tables: Mapping[str, Mapping[int, list[Any]]]) -> Mapping[str, Contents]:
    return {
        name: Contents(len(rows), hashlib.sha256(repr(sorted(rows.items())).encode()).hexdigest())
        for name, rows in tables.items()
    }
