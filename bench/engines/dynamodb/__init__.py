"""DynamoDB through its API: the service itself, or a server that speaks it (DynamoDB Local).

    places       whose endpoint, and what is undone     session    one client
    link         client, timeouts, failures             reads, writes, transactions
    tables       the tables of a dataset                items      rows as items
    loading      BatchWriteItem                         price      what a run on AWS will cost

The tables are those of the key-value store in process (`bench.engines.lmdb.schema`), so that what
both consume can be compared. This module imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.lmdb import UNSUPPORTED
from bench.engines.lmdb.capacity import TRANSACTION_ITEMS
from workloads.spec.model import KINDS

if TYPE_CHECKING:
    from bench.engines.dynamodb.target import DynamodbTarget
    from bench.engines.seam import Place, Settings, Work


@dataclass(frozen=True, slots=True)
class DynamodbEngine:
    """DynamoDB as an engine."""

    name: str = "dynamodb"
    title: str = "DynamoDB, the service or an endpoint with its API"
    evidence_for: tuple[str, ...] = ("dynamodb",)
    places: tuple[str, ...] = ("remote", "aws")
    kinds: frozenset[str] = frozenset(KINDS).difference(UNSUPPORTED)
    in_process: bool = False
    resolution_ns: int = 1_000
    most_in_transaction: int = TRANSACTION_ITEMS

    @property
    def unsupported(self) -> Mapping[str, str]:
        return UNSUPPORTED

    def available(self, place: Place) -> str | None:
        from bench.engines.dynamodb.places import missing

        return missing(place)

    def check(self, options: Mapping[str, str]) -> None:
        from bench.engines.dynamodb.options import options_of

        options_of(options)

    def price(self, place: Place, work: Work, options: Mapping[str, str]) -> tuple[str, ...]:
        """What a run will cost, in sentences; nothing at an endpoint that is not AWS."""
        from bench.engines.dynamodb.options import options_of
        from bench.engines.dynamodb.price import sentences

        return sentences(work, options_of(options)) if place.kind == "aws" else ()

    def expiry_ways(
        self,
        place: Place,  # noqa: ARG002 - nowhere
        options: Mapping[str, str],  # noqa: ARG002
    ) -> Mapping[str, str | None]:
        return {
            "ttl": "DynamoDB deletes what has expired within some days, in the background and free of"
            " charge: nothing of it can be seen in a run; lmdb measures what such a sweep takes",
            "delete": "a deletion is one more write request here: measure the operation `delete`",
        }

    def backup_ways(
        self,
        place: Place,  # noqa: ARG002 - nowhere
        options: Mapping[str, str],  # noqa: ARG002
    ) -> Mapping[str, str | None]:
        return {
            "on-demand": "the service makes it beside the table, whose capacity it does not use, and"
            " tells no duration of the copying; it is billed by the table's size",
        }

    @contextmanager
    def open(self, place: Place, settings: Settings) -> Iterator[DynamodbTarget]:
        """An endpoint that answers. Raises PlaceError or InputError."""
        from bench.engines.dynamodb.places import opened

        with opened(place, settings) as target:
            yield target


ENGINE = DynamodbEngine()
