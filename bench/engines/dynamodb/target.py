"""Tables of ours at an endpoint, as the parent process sees them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from bench.engines.dynamodb import loading, tables
from bench.engines.dynamodb.link import Link, caller
from bench.engines.dynamodb.options import Options
from bench.engines.dynamodb.session import DynamodbDialer, Plan
from bench.engines.dynamodb.sweep import order
from bench.engines.dynamodb.tables import Layout
from bench.engines.lmdb.schema import BUCKET_ROWS
from bench.engines.seam import Counters, Description, Loaded, LoadPlan, OperationFailed
from workloads.errors import InputError, PlaceError

if TYPE_CHECKING:
    from bench.engines.dynamodb.items import Form
    from bench.targets.keeper import Keeper

_SWEEP_PATIENCE_S = 120.0


@dataclass(slots=True, kw_only=True)
class DynamodbTarget:
    """One endpoint and the tables of ours that are there. `client` is for looking after them."""

    link: Link
    client: Any = field(repr=False)
    keeper: Keeper
    prefix: str
    place: str
    options: Options
    plan: Plan | None = None
    loading: loading.Loading | None = None
    _names: list[str] = field(default_factory=list)
    _orders: list[int] = field(default_factory=list)
    _loads: int = 0

    def describe(self) -> Description:
        options = self.options
        settings = {
            "region": self.link.region,
            "billing": "provisioned" if options.provisioned else "on demand",
            "read_consistency": options.consistency,
            "bucket_rows": str(BUCKET_ROWS),
            "retries": "off",
            "storefit.format": "items",
            "timeout_s": f"{options.timeout_s:g}",
        }
        if options.provisioned:
            settings["read_capacity"] = str(options.read_capacity)
            settings["write_capacity"] = str(options.write_capacity)
        if options.empty_text == "null":
            settings["empty_text"] = "null"
        if self.loading is not None:
            settings["load.write_units"] = f"{self.loading.write_units:g}"
            settings["load.batches_throttled"] = str(self.loading.throttled)
        return Description(
            engine="dynamodb",
            version=f"API 2012-08-10 (botocore {version('botocore')})",
            place=self.place,
            durability="full",  # the service has no other; what stands in for it does not say
            settings=settings,
        )

    def load(self, plan: LoadPlan) -> Loaded:
        """Replace what was loaded before. Raises PlaceError with the endpoint's reason."""
        with _as_place_error("loading failed"):
            self.drop()
            layout = Layout(
                dataset=plan.dataset,
                prefix=f"{self.prefix}_{self._loads}",
                empty_as_null=self.options.empty_text == "null",
            )
            self._loads += 1
            forms = layout.forms()
            self._own([form.name for form in forms.values()])
            tables.create(self.client, forms.values(), self.options)
            self.loading = loading.load(self.client, forms, plan)
        self.plan = Plan(
            layout=layout,
            records=plan.records,
            seed=plan.seed,
            record_size_bytes=plan.record_size_bytes,
            consistency=self.options.consistency,
        )
        return Loaded(
            rows=plan.dataset.row_count(next(iter(forms)), plan.records),
            logical_bytes=self.loading.logical_bytes,
            stored_bytes=None,  # the service tells some hours later
            seconds=self.loading.seconds,
        )

    def settle(self) -> None:
        """Nothing to do: what was written is durable, and no vacuum is ours to run."""
        self._loaded()

    def dialer(self) -> DynamodbDialer:
        return DynamodbDialer(self.link, self._loaded())

    def counters(self) -> Counters:
        """Nothing: whose processes these are is not for us to watch."""
        self._loaded()
        return Counters()

    def row_count(self) -> int:
        """Rows of the main table, by a strongly consistent Scan that returns none."""
        main = next(iter(self._forms().values()))
        asked: dict[str, Any] = {
            "TableName": main.name,
            "Select": "COUNT",
            "ConsistentRead": True,
        }
        count = 0
        with _as_place_error("counting failed"):
            while True:
                answer = caller(self.client.scan)(asked)
                count += int(answer["Count"])
                if not (last := answer.get("LastEvaluatedKey")):
                    return count
                asked["ExclusiveStartKey"] = last

    def drop(self) -> None:
        """Delete the tables of ours. What cannot be deleted now the keeper tries once more."""
        self.plan = None
        if not self._names:
            return
        with suppress(OperationFailed):
            tables.drop(self.client, self._names)
            for number in self._orders:
                self.keeper.forget(number)
            self._orders.clear()
        self._names.clear()

    def _own(self, names: list[str]) -> None:
        """Tell the keeper, before there is anything, what is ours."""
        self._orders.append(
            self.keeper.command(
                [sys.executable, "-m", "bench.engines.dynamodb.sweep"],
                text=order(self.link, names),
                patience_s=_SWEEP_PATIENCE_S,
            )
        )
        self._names.extend(names)

    def _forms(self) -> dict[str, Form]:
        return self._loaded().layout.forms()

    def _loaded(self) -> Plan:
        if self.plan is None:
            raise InputError("nothing is loaded yet", hint="call load first")
        return self.plan


@contextmanager
def _as_place_error(what: str) -> Iterator[None]:
    try:
        yield
    except OperationFailed as failure:
        hint = "look at the endpoint's log, and at the rights and limits of the account"
        if "empty string" in str(failure):
            hint = "it is older than May 2020: --option dynamodb.empty_text=null"
        raise PlaceError(f"DynamoDB: {what}: {failure.kind}: {failure}", hint=hint) from failure
