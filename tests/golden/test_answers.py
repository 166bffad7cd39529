"""The recommendations of the golden cases, whole, as an architect signed them."""

from __future__ import annotations

import pytest
from answers import ANSWERS, answer, names, page, signed

SERVICES = ("rds", "dynamodb", "aurora-serverless", "ec2", "none")


@pytest.mark.parametrize("name", names())
def test_the_answer_is_the_one_that_was_reviewed(name: str) -> None:
    reviewed = (ANSWERS / f"{name}.txt").read_text(encoding="utf-8")
    assert page(name) == reviewed, (
        f"python tests/golden/answers.py --write {name}, then read the diff"
    )


def test_there_is_a_page_for_every_case_and_no_other() -> None:
    assert sorted(path.stem for path in ANSWERS.glob("*.txt")) == names()
    assert len(names()) >= 24


@pytest.mark.parametrize("name", names())
def test_the_answer_is_among_those_that_an_architect_would_sign(name: str) -> None:
    words = signed(name).removeprefix("Signed: ").split(".")[0]
    assert signed(name).startswith("Signed: ")
    assert answer(name).service in {s for s in SERVICES if s in words}, signed(name)
