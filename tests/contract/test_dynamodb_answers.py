"""The same contract for the DynamoDB API, on DynamoDB Local.

An answer takes about a millisecond of Java there, so fewer are compared than elsewhere. The
version of it that tests use takes no empty text, hence the option.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ground import RECORDS, SEED, Ground, dataset, dataset_names, oracle
from test_engines import (  # noqa: F401 - collected here, with the fixture below
    test_edges,
)

import bench.engines as engines
from bench.engines.seam import LoadPlan, Place, Settings
from workloads.spec.model import KINDS

CHECKED = {"scan": 3, "transaction": 10}
CHECKED_OTHERWISE = 25

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module", params=dataset_names())
def loaded(
    request: pytest.FixtureRequest,
    dynamodb_endpoint: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ground]:
    engine, found = engines.get("dynamodb"), dataset(request.param)
    settings = Settings(
        workdir=tmp_path_factory.mktemp("dynamodb"),
        durability="full",
        seed=SEED,
        allow_writes=True,
        options={"empty_text": "null"},
    )
    with engine.open(Place(kind="remote", address=dynamodb_endpoint), settings) as target:
        done = target.load(LoadPlan(dataset=found, records=RECORDS, seed=SEED))
        assert done.rows == RECORDS
        assert done.logical_bytes > 0
        target.settle()
        session = target.dialer().dial()
        try:
            yield Ground(engine, target, session, found, oracle(request.param))
        finally:
            session.close()


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_right(loaded: Ground, kind: str) -> None:
    if loaded.hold(kind):
        assert loaded.target.row_count() == loaded.oracle.row_count()


def test_what_is_said_of_it(loaded: Ground) -> None:
    description = loaded.target.describe()
    assert description.engine == "dynamodb"
    assert description.version
    assert description.place == "remote"
    assert description.durability == "full"
    assert description.settings["billing"] == "on demand"
    assert description.settings["retries"] == "off"
    usage = loaded.session.usage()
    assert usage.read_units is not None
    assert usage.write_units is not None
