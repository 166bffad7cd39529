"""The explanation in words, and the walk from a figure down to records and facts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from rule_cases import asks, need

from advisor import bill_text, decision, explain, ledger, rules
from advisor.facts import age
from advisor.model import Evidence, Recommendation
from workloads import catalogue, spec
from workloads.errors import InputError


@pytest.fixture(scope="module")
def book_store() -> Recommendation:
    return decision.recommend(spec.load("book-store"), [], draws=20)


def test_the_answer_stands_in_the_first_lines(book_store: Recommendation) -> None:
    lines = explain.text(book_store).splitlines()
    plan = book_store.plan
    assert plan is not None
    assert plan.usd is not None
    assert lines[0].startswith(f"book-store: {book_store.service}, from documented assumptions")
    assert "nothing measured for" in lines[0]
    head = "\n".join(lines[:6])
    assert str(plan.option.engine) in head
    assert f"{plan.usd:,.0f} USD a month" in head
    assert "of draws" in head
    assert book_store.flips[0].input in head


def test_everything_that_was_promised_is_said(book_store: Recommendation) -> None:
    said = explain.text(book_store)
    for title in (
        "Cost per month",
        "How full it is",
        "Why",
        "Services, best first",
        "What would change the answer",
        "How sure",
    ):
        assert f"\n{title}" in said, title
    assert "excluded, R-TX-001" in said
    assert "facts as of" in said
    assert "demand: postgresql" in said
    plan = book_store.plan
    assert plan is not None
    for component in plan.components:
        assert component.name[:34] in said
    for ranked in book_store.ranking:
        assert ranked.service in said
    assert "administration of rds, aurora-serverless: the provider's, in the price" in said


@pytest.mark.parametrize("name", catalogue.names())
def test_lines_fit_a_terminal(name: str) -> None:
    said = explain.text(decision.recommend(spec.load(name), [], draws=5))
    longest = max(said.splitlines(), key=len)
    assert len(longest) <= 100, longest


def test_assumptions_are_listed_and_unknown_totals_said() -> None:
    said = explain.text(decision.recommend(asks(data={"format": "key-value"}), [], draws=5))
    assert "Assumed, because nobody said" in said
    assert "traffic.peak" in said
    unknown = explain.text(decision.recommend(need(engine="db2"), [], draws=5))
    assert "unknown USD" in unknown
    assert "the total is unknown: no price for" in unknown


def test_none_says_what_would_fit_and_the_conflict() -> None:
    said = explain.text(decision.recommend(need(engine="mongodb", managed=True), []))
    assert "none of the four services" in said
    assert "What would fit instead: Amazon DocumentDB" in said.replace("\n  ", " ")
    assert "Needs that contradict each other" in said
    assert "R-AD-006" in said


def test_the_age_of_facts_is_said_aloud(book_store: Recommendation) -> None:
    assert book_store.plan is not None
    oldest = age.span(book_store.plan.components).split(" to ", maxsplit=1)[0]
    as_of = date.fromisoformat(oldest)
    young = explain.text(book_store, today=as_of + timedelta(days=3))
    assert "3 days old" in young
    assert "check the prices" not in young
    assert "check the prices" in explain.text(book_store, today=as_of + timedelta(days=365))


def test_a_total_walks_down_to_facts_and_demand(book_store: Recommendation) -> None:
    said = explain.walk(book_store, f"{book_store.service}.cost")
    assert "sum of the lines" in said
    assert "USD/" in said, "down to a price"
    assert "https://" in said, "down to the source"
    assert f"{book_store.service}.size" in said
    assert "demand/" in said, "down to the demand that sized it"


def test_every_figure_can_be_walked(book_store: Recommendation) -> None:
    for entry in book_store.evidence:
        depths = [depth for depth, _ in ledger.chain(book_store.evidence, entry.id)]
        assert depths[0] == 0


def test_the_bill_of_the_plan_is_in_the_ledger(book_store: Recommendation) -> None:
    by_id = {e.id: e for e in book_store.evidence}
    plan = book_store.plan
    assert plan is not None
    total = by_id[f"{book_store.service}.cost"]
    assert total.value == pytest.approx(plan.usd)
    lines = [by_id[i] for i in total.inputs if ".cost." in i]
    assert [line.value for line in lines] == pytest.approx([c.usd for c in plan.components])


def test_a_figure_is_as_weak_as_its_weakest_input() -> None:
    assert ledger.weakest(["measured", "documented"]) == "documented"
    assert ledger.weakest(["measured", "assumed", "published"]) == "assumed"
    assert ledger.weakest([]) == "assumed"


def test_an_unverified_fact_counts_as_assumed() -> None:
    assert ledger.of_fact("ec2_ebs.sla_region").kind == "assumed"
    assert ledger.of_fact("rds.sla_multi_az").kind == "documented"
    missing = ledger.of_fact("no.such.fact")
    assert missing.value is None
    assert missing.kind == "assumed"


def test_an_unknown_id_names_the_nearest(book_store: Recommendation) -> None:
    with pytest.raises(InputError) as caught:
        explain.walk(book_store, f"{book_store.service}.costs")
    assert f"{book_store.service}.cost" in caught.value.hint


def test_a_circle_in_the_ledger_ends() -> None:
    def entry(name: str, *inputs: str) -> Evidence:
        return Evidence(
            id=name, kind="assumed", label="", value=1.0, unit="", source="", date="", inputs=inputs
        )

    circle = (entry("a", "b"), entry("b", "a", "gone"))
    assert [e.id for _, e in ledger.chain(circle, "a")] == ["a", "b"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "unknown"),
        ("text", "text"),
        (1460.0, "1,460"),
        (99.999, "99.999"),
        (0.0004127, "0.0004127"),
        (12345.678, "12,345.7"),
    ],
)
def test_values_are_written_with_the_digits_that_mean_something(
    value: float | str | None, text: str
) -> None:
    assert explain.value(value) == text


@pytest.mark.parametrize(
    ("quantity", "text"),
    [(1460.0, "1,460"), (193.963, "194"), (10.0, "10"), (1.3881, "1.39"), (0.00412, "0.00412")],
)
def test_quantities_of_a_bill_have_three_digits(quantity: float, text: str) -> None:
    assert bill_text.rounded(quantity) == text


def test_the_answer_fits_the_first_screen(book_store: Recommendation) -> None:
    screen = explain.text(book_store).splitlines()[:24]
    said = "\n".join(screen)
    for ranked in book_store.ranking:
        assert ranked.service in said
    assert book_store.plan is not None
    assert any(line.strip().startswith("total") for line in screen)


def test_a_rule_has_one_paragraph(book_store: Recommendation) -> None:
    said = explain.text(book_store)
    assert said.count("R-AV-002 exclude") == 1
    assert said.count("R-AV-001 exclude") == 1
    assert "options out: single-az" in " ".join(said.split())


def test_every_rule_can_be_shown_in_an_explanation() -> None:
    """No rule's sentence breaks the layout."""
    for found in rules.discovered():
        assert "\n" not in found.rule.why + found.rule.title


def test_an_exclusion_of_another_kind_of_plan_is_no_reason_for_this_one() -> None:
    """T classes are out under Aurora: a plan on plain RDS has nothing to do with that."""
    workload = asks(
        "read",
        data={"format": "relational", "records": 1000, "record_size_bytes": 100.0},
        traffic={"mean_per_s": 1.0, "peak_per_s": 2.0, "shape": "steady"},
    )
    rec = decision.recommend(workload, [], draws=5)
    assert any(f.code == "R-AV-010" for f in rec.rules)
    assert rec.plan is not None
    assert "aurora" not in rec.plan.tags
    assert "R-AV-010" not in explain.text(rec)


def test_the_age_of_the_prices_in_the_bill_is_said(book_store: Recommendation) -> None:
    assert book_store.plan is not None
    near, far = date(2026, 9, 12), date(2029, 1, 1)
    found = age.of(book_store.plan.components, far)
    assert found is not None
    assert found.facts == found.stale + found.undated
    assert found.stale_usd == pytest.approx(book_store.plan.usd or 0.0, rel=0.01)
    assert f"{found.stale} are older than 180 days and price " in age.words(found)
    assert "advisor facts --refresh" in age.words(found)
    said = explain.text(book_store, today=near)
    assert "prices in this bill is of 20" in said
    assert "prices in this bill" not in explain.text(book_store)
    document = decision.to_json(book_store, today=far)
    assert document["facts_age"]["stale"] == found.stale
    assert decision.to_json(book_store)["facts_age"] is None
