"""LMDB as a key-value store with DynamoDB's data model and DynamoDB's accounting.

Items have a partition key and an optional sort key; tables have secondary indexes; every request
consumes capacity units by DynamoDB's rules, so a trial says what the same requests would consume
there. LMDB itself is in process: its latency is that of a local B+ tree, not of a service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bench.engines.lmdb.capacity import TRANSACTION_ITEMS
from workloads.spec.model import KINDS

if TYPE_CHECKING:
    from bench.engines.lmdb.target import LmdbTarget
    from bench.engines.seam import Place, Settings

UNSUPPORTED = {
    "aggregate": "DynamoDB has no aggregate: a total per group needs a Scan of the whole table "
    "summed by the client, or a table of totals kept up to date by every write",
    "top-k": "DynamoDB orders items by sort key alone: the largest of another attribute need a Scan "
    "of the whole table ranked by the client, or an index that every write keeps up to date",
    "window": "DynamoDB has no window functions: ranks and running sums need a Scan of the whole "
    "table and a client that computes them",
}
# LMDB's own copy: all pages, or only those that are used (then it must read the whole tree).
BACKUP_WAYS = {"copy": False, "copy-compacting": True}


@dataclass(frozen=True, slots=True)
class LmdbEngine:
    """The DynamoDB-shaped store."""

    name: str = "lmdb"
    title: str = "LMDB as a DynamoDB-shaped key-value store"
    evidence_for: tuple[str, ...] = ("dynamodb",)
    places: tuple[str, ...] = ("in-process",)
    kinds: frozenset[str] = frozenset(KINDS).difference(UNSUPPORTED)
    in_process: bool = True
    reads_through_page_cache: bool = True
    resolution_ns: int = 100
    most_in_transaction: int = TRANSACTION_ITEMS

    @property
    def unsupported(self) -> Mapping[str, str]:
        return UNSUPPORTED

    def available(self, place: Place) -> str | None:  # noqa: ARG002 - it has one place
        return None if find_spec("lmdb") else "pip install 'lmdb>=3'"

    def why_not_emulated(self, place: Place) -> str | None:  # noqa: ARG002 - it has one place
        return None

    def check(self, options: Mapping[str, str]) -> None:
        from bench.engines import require_options

        require_options(self.name, options, "consistency", "map_bytes", "readahead")

    def expiry_ways(
        self,
        place: Place,  # noqa: ARG002 - the same with all
        options: Mapping[str, str],  # noqa: ARG002
    ) -> Mapping[str, str | None]:
        return {"ttl": None, "delete": None}

    def backup_ways(
        self,
        place: Place,  # noqa: ARG002 - the same with all
        options: Mapping[str, str],  # noqa: ARG002
    ) -> Mapping[str, str | None]:
        return dict.fromkeys(BACKUP_WAYS)

    @contextmanager
    def open(self, place: Place, settings: Settings) -> Iterator[LmdbTarget]:  # noqa: ARG002
        from bench.engines.lmdb.target import open_target

        yield open_target(settings)


ENGINE = LmdbEngine()
