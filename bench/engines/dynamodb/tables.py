"""The tables of a dataset at an endpoint: their names, how they are made, and how they go."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.engines.dynamodb.items import Form
from bench.engines.dynamodb.link import caller
from bench.engines.lmdb.schema import design
from bench.engines.seam import OperationFailed
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from bench.engines.dynamodb.options import Options
    from bench.engines.lmdb.schema import IndexSchema, TableSchema
    from workloads.datasets.seam import Dataset

_PATIENCE_S = 300.0
_POLL_S = 0.25
_LONGEST_NAME = 255
_GONE = "resource-not-found"
_BUSY = frozenset({"resource-in-use", "limit-exceeded"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A dataset's tables below a prefix of ours; picklable."""

    dataset: Dataset
    prefix: str
    empty_as_null: bool = False
    names: dict[str, str] = field(init=False)  # name at the endpoint, by the dataset's

    def __post_init__(self) -> None:
        names = {
            table.name: f"{self.prefix}_{place}_{_plain(table.name)}"[:_LONGEST_NAME]
            for place, table in enumerate(self.dataset.tables)
        }
        object.__setattr__(self, "names", names)

    def forms(self) -> dict[str, Form]:
        """Every table's form by the dataset's name, the main table first."""
        schemas = design(self.dataset)
        return {
            table.name: Form(
                table,
                schemas[table.name],
                name=self.names[table.name],
                empty_as_null=self.empty_as_null,
            )
            for table in self.dataset.tables
        }


def index_name(index: IndexSchema) -> str:
    """The name of an index at the endpoint."""
    return f"{_plain(index.name)}_index"[:_LONGEST_NAME]


def create(client: Any, forms: Iterable[Form], options: Options) -> None:
    """Make the tables and wait until they can be used. Raises OperationFailed or PlaceError."""
    made = [form.name for form in forms]
    for form in forms:
        caller(client.create_table)(_definition(form.name, form.schema, options))
    for name in made:
        _wait(lambda name=name: _is_active(client, name), f"table {name} is not ready")  # type: ignore[misc]


def drop(client: Any, names: Iterable[str], *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Delete tables of ours; one that is not there is none. Raises OperationFailed."""
    for name in names:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                caller(client.delete_table)({"TableName": name})
                break
            except OperationFailed as failure:
                if failure.kind == _GONE:
                    break
                # it is still being made, or too many are being deleted at once
                if failure.kind not in _BUSY or time.monotonic() > deadline:
                    raise
                sleep(_POLL_S)


def is_there(client: Any, name: str) -> bool:
    """Whether there is a table of that name. Raises OperationFailed."""
    try:
        caller(client.describe_table)({"TableName": name})
    except OperationFailed as failure:
        if failure.kind == _GONE:
            return False
        raise
    return True


def _is_active(client: Any, name: str) -> bool:
    table = caller(client.describe_table)({"TableName": name})["Table"]
    indexes = table.get("GlobalSecondaryIndexes", ())
    states = [table["TableStatus"], *(index["IndexStatus"] for index in indexes)]
    return set(states) == {"ACTIVE"}


def _wait(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise PlaceError(
                f"DynamoDB: {what} after {_PATIENCE_S:.0f} s", hint="look at the service's health"
            )
        time.sleep(_POLL_S)


def _definition(name: str, schema: TableSchema, options: Options) -> dict[str, Any]:
    """Arguments of CreateTable. Every key of ours is a number."""
    keys = {schema.partition, schema.sort}
    for index in schema.indexes:
        keys |= {index.partition, index.sort}
    billing: dict[str, Any] = {"BillingMode": "PAY_PER_REQUEST"}
    capacity: dict[str, Any] = {}
    if options.provisioned:
        capacity["ProvisionedThroughput"] = {
            "ReadCapacityUnits": options.read_capacity,
            "WriteCapacityUnits": options.write_capacity,
        }
        billing = {"BillingMode": "PROVISIONED", **capacity}
    indexes = [
        {
            "IndexName": index_name(index),
            "KeySchema": _key_schema(index.partition, index.sort),
            "Projection": {"ProjectionType": "ALL"},
            **capacity,
        }
        for index in schema.indexes
    ]
    return {
        "TableName": name,
        "KeySchema": _key_schema(schema.partition, schema.sort),
        "AttributeDefinitions": [
            {"AttributeName": key, "AttributeType": "N"} for key in sorted(k for k in keys if k)
        ],
        **billing,
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    }


def _key_schema(partition: str, sort: str | None) -> list[dict[str, str]]:
    found = [{"AttributeName": partition, "KeyType": "HASH"}]
    if sort is not None:
        found.append({"AttributeName": sort, "KeyType": "RANGE"})
    return found


def _plain(name: str) -> str:
    """A name in the letters that names of tables may have."""
    return re.sub(r"[^a-zA-Z0-9_.-]", "-", name)
