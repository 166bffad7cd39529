"""The same contract for engines whose servers no Python package brings: installed locally.

A server that is not here is skipped, unless STOREFIT_STRICT asks for all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from ground import Ground, dataset_names, ground
from test_engines import (  # noqa: F401 - collected here, with the fixture below
    test_a_mix_and_the_count_after_it,
    test_a_transaction_that_fails_leaves_nothing,
    test_another_session_sees_what_was_written,
    test_answers_are_right,
    test_edges,
    test_what_is_said_of_it,
    test_what_is_sent_without_waiting_is_answered_alike,
)

import bench.engines as engines
from bench.engines.seam import Place

PLACE = "local"
NAMES = [
    name
    for name in engines.names()
    if PLACE in engines.get(name).places and "embedded" not in engines.get(name).places
]

pytestmark = pytest.mark.servers


@pytest.fixture(
    scope="module",
    params=[(name, data) for name in NAMES for data in dataset_names()],
    ids="-".join,
)
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    name, data = request.param
    missing = engines.get(name).available(Place(kind=PLACE))
    if missing and not os.environ.get("STOREFIT_STRICT"):
        pytest.skip(f"{name}: {missing}")
    with ground(name, PLACE, data, tmp_path_factory.mktemp(f"{name}-{data}"[:24])) as made:
        yield made
