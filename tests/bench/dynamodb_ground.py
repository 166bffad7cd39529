"""What the DynamoDB tests stand on: targets at an endpoint, sessions, batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from bench.engines.dynamodb import ENGINE
from bench.engines.dynamodb.link import Link
from bench.engines.dynamodb.session import DynamodbSession
from bench.engines.dynamodb.target import DynamodbTarget
from bench.engines.seam import LoadPlan, Place, Row, Session, Settings
from workloads import datasets
from workloads.spec.model import Data, KeyDistribution, Operation, Workload
from workloads.stream import Batch, batches

RECORDS = 1_200  # more than one bucket
SEED = 11


@contextmanager
def running(endpoint: str, workdir: Path, **options: str) -> Iterator[DynamodbTarget]:
    """A target at an endpoint, nothing loaded."""
    settings = Settings(workdir=workdir, allow_writes=True, options=options)
    with ENGINE.open(Place(kind="remote", address=endpoint), settings) as target:
        yield target


def plan(name: str = "books", *, records: int = RECORDS) -> LoadPlan:
    return LoadPlan(dataset=datasets.get(name), records=records, seed=SEED)


@contextmanager
def session_of(target: DynamodbTarget) -> Iterator[DynamodbSession]:
    with closing(target.dialer().dial()) as session:
        yield session


def batch_of(operation: Operation, count: int, *, worker: int = 0) -> Batch:
    """So many operations of a kind, as the driver would ask for them."""
    workload = Workload(
        name="ground",
        data=Data(records=RECORDS, keys=KeyDistribution(kind="zipfian", parameters=(0.8,))),
        operations=(operation,),
    )
    stream = batches(workload, seed=SEED, worker=worker, workers=64, records=RECORDS, size=count)
    return next(islice(stream, 1))


def answers(session: Session, operation: Operation, batch: Batch) -> list[list[Row]]:
    """The answers to a batch of one operation."""
    bound = session.bind(operation)
    arguments: Sequence[Any] = bound.encode(batch, range(len(batch)))
    return [bound.answer(bound.call(argument)) for argument in arguments]


def tables_at(endpoint: str) -> list[str]:
    """The tables that are there."""
    with closing(Link(endpoint=endpoint, region="us-east-1", timeout_s=10).client()) as client:
        return list(client.list_tables()["TableNames"])
