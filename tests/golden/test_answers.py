"""The recommendations of the golden cases, whole, as an architect signed them."""

from __future__ import annotations

import json

import pytest
from answers import ANSWERS, answer, names, page, signed
from msgspec.structs import replace
from traced import untraced

from advisor import decision
from results.pages import view

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


@pytest.mark.parametrize("name", names())
def test_every_number_is_walked_down_to_a_record_a_fact_the_need_or_an_assumption(
    name: str,
) -> None:
    assert untraced(answer(name)) == []


@pytest.mark.parametrize("name", names())
def test_the_page_takes_every_answer(name: str) -> None:
    """As printed with `--json`: unknown prices are null in it, those of runners-up as well."""
    read = view.answer(json.loads(json.dumps(decision.to_json(answer(name)))))
    assert read.service == answer(name).service


def test_a_number_without_a_figure_is_noticed() -> None:
    rec = answer("shop")
    without = tuple(e for e in rec.evidence if e.id != f"{rec.service}.use.memory")
    assert any("utilisation[]" in path for path, _, _ in untraced(replace(rec, evidence=without)))
    cut = tuple(e for e in rec.evidence if not e.id.startswith("rds/"))
    assert any(".components[]" in path for path, _, _ in untraced(replace(rec, evidence=cut)))
