"""The check itself: strict about types, counts failures, and its digest compares engines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ground import VARIANTS, ground

from bench.engines.fake import FakeDialer
from bench.engines.fake.behaviour import Behaviour, Every, Fails
from bench.verify import same, verify
from workloads.spec.model import Operation


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([(1,)], [(True,)]),
        ([(1,)], [(1.0,)]),
        ([(None,)], [("",)]),
        ([("é",)], [("e\u0301",)]),
        ([(1, 2)], [(1,)]),
        ([(1,), (2,)], [(2,), (1,)]),
        ([], [()]),
    ],
)
def test_answers_that_look_alike_differ(one: list[tuple], other: list[tuple]) -> None:
    assert same(one, one)
    assert same(other, other)
    assert not same(one, other)
    assert not same(other, one)


def test_engines_that_answer_alike_have_one_digest(tmp_path: Path) -> None:
    digests = {}
    for seed_of_work in (0, 1):
        for name in ("fake", "lmdb", "polars"):
            with ground(name, "in-process", "oddities", tmp_path / f"{name}{seed_of_work}") as made:
                made.used = ["skipped"] * seed_of_work
                digests[name, seed_of_work] = made.check(VARIANTS["range"], 40).digest
    assert len({digests[name, 0] for name in ("fake", "lmdb", "polars")}) == 1
    assert digests["fake", 0] != digests["fake", 1]


def test_a_failure_is_wrong(tmp_path: Path) -> None:
    with ground("fake", "in-process", "accounts", tmp_path) as made:
        dialer = made.target.dialer()
        assert isinstance(dialer, FakeDialer)
        made.session = replace(dialer, behaviour=Behaviour(failure=Fails(Every(10)))).dial()
        found = made.check(VARIANTS["read"], 30)
    assert (found.checked, found.wrong) == (30, 3)
    assert found.first_difference is not None
    assert "failure refused" in found.first_difference


def test_nothing_checked_is_not_correct(tmp_path: Path) -> None:
    with ground("fake", "in-process", "accounts", tmp_path) as made:
        found = verify(
            made.session, made.dataset, made.oracle, (Operation(kind="read", weight=1),), []
        )
    assert found.checked == 0
    assert not found.correct
    assert found.first_difference is None


def test_a_long_difference_is_cut(tmp_path: Path) -> None:
    with ground("fake", "in-process", "records", tmp_path) as made:
        dialer = made.target.dialer()
        assert isinstance(dialer, FakeDialer)
        made.session = replace(dialer, behaviour=Behaviour(wrong=Every(1))).dial()
        found = made.check(VARIANTS["range"], 3)
    assert found.wrong == 3
    assert len(found.first_difference or "") < 1_000
