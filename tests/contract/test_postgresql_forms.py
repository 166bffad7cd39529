"""The same contract for PostgreSQL's other versions and for the other forms it keeps rows in."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from ground import Ground, ground
from test_engines import (  # noqa: F401 - collected here, with the fixture below
    test_a_mix_and_the_count_after_it,
    test_answers_are_right,
    test_edges,
    test_what_is_said_of_it,
    test_what_is_sent_without_waiting_is_answered_alike,
)

import bench.engines as engines
from bench.engines.seam import Place

# The newest embedded one, with its rows in columns, is among the engines that run everywhere.
FORMS = {
    "16": (Place(kind="embedded", version="16"), {}),
    "local": (Place(kind="local"), {}),
    "documents": (Place(kind="embedded"), {"format": "document"}),
    "partitions": (Place(kind="embedded"), {"partitions": "7"}),
    "documents-in-partitions": (
        Place(kind="embedded", version="16"),
        {"format": "document", "partitions": "3"},
    ),
}
# What breaks engines; several tables of one row per key; a table that refers to the main one.
DATASETS = ("oddities", "accounts", "books")
# Documents of what breaks engines are looked at everywhere, all else where there is time.
CASES = [
    pytest.param(
        (form, data),
        id=f"{form}-{data}",
        marks=() if (form, data) == ("documents", "oddities") else pytest.mark.servers,
    )
    for form in FORMS
    for data in DATASETS
]


@pytest.fixture(scope="module", params=CASES)
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    form, data = request.param
    place, options = FORMS[form]
    missing = engines.get("postgresql").available(place)
    if missing and not os.environ.get("STOREFIT_STRICT"):
        pytest.skip(f"postgresql@{place.kind}: {missing}")
    with ground("postgresql", place, data, tmp_path_factory.mktemp("form"), options) as made:
        yield made
