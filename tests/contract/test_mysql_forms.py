"""The same contract for MySQL and MariaDB through PyMySQL, with requests as text, with documents."""

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

pytestmark = pytest.mark.servers

# Prepared statements over the library's socket are what the engines do by themselves, with
# mysqlclient where both libraries are here. Text is how encrypted connections are used.
FORMS = {
    "pymysql": {"driver": "pymysql"},
    "pymysql-text": {"driver": "pymysql", "protocol": "text"},
    "mysqlclient-text": {"driver": "mysqlclient", "protocol": "text"},
    "documents": {"format": "document"},
    "documents-text": {"format": "document", "protocol": "text"},
}
# What breaks engines; a table that refers to the main one.
DATASETS = ("oddities", "books")
CASES = [
    pytest.param((name, form, data), id=f"{name}-{form}-{data}")
    for name in ("mariadb", "mysql")
    for form in FORMS
    for data in DATASETS
]


@pytest.fixture(scope="module", params=CASES)
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    name, form, data = request.param
    place = Place(kind="local")
    missing = engines.get(name).available(place)
    if missing and not os.environ.get("STOREFIT_STRICT"):
        pytest.skip(f"{name}: {missing}")
    with ground(name, place, data, tmp_path_factory.mktemp("form"), FORMS[form]) as made:
        yield made
