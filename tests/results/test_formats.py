"""Which format suits which question: values with their evidence, ratios to the best, honest gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from samples import LMDB, POLARS, POSTGRESQL, Sketch, record

from results.distribution import of_values
from results.formats import UNTOLD, FormatTable, form_of, tables
from results.record import EngineInfo, Finding, NameValue, Record

REFUSED = Finding(code="G-SHORT", level="error", message="too short")
MEDIANS_S = {"relational": 1e-4, "document": 2e-4, "items": 1e-6}


def kept(engine: EngineInfo, form: str) -> EngineInfo:
    return replace(engine, settings=(NameValue(name="storefit.format", value=form),))


def measured(engine: EngineInfo, form: str, phase: str, **other: object) -> Record:
    """One kind alone on one format; loading took as long as the format's name has letters."""
    median_s = MEDIANS_S[form.partition(":")[0]]
    sketch = Sketch(engine=kept(engine, form), medians_s=((phase, median_s),), shares=(1.0,))
    made = record(replace(sketch, phase=phase, clients=1))
    assert made.storage is not None
    storage = replace(made.storage, stored_bytes=1_000 * len(form), load_s=float(len(form)))
    trial = replace(made.trial, dataset="editions")
    return replace(made, id=f"{form}-{phase}", trial=trial, storage=storage, **other)  # type: ignore[arg-type]


def run() -> list[Record]:
    found = [
        measured(POSTGRESQL, form, phase)
        for form in ("relational", "document: jsonb")
        for phase in ("read", "update", "scan", "aggregate")
    ]
    found += [measured(LMDB, "items", "read")]
    unserved = measured(LMDB, "items", "aggregate", outcome="unsupported", error="has no aggregate")
    return [*found, replace(unserved, operations=(), storage=None)]


@pytest.fixture(scope="module")
def table() -> FormatTable:
    (found,) = tables(run())
    return found


def test_the_questions_name_the_nested_field(table: FormatTable) -> None:
    titles = {question.name: question.title for question in table.questions}
    assert titles["scan"] == "filter on nested field details.publisher.country"
    assert list(titles) == ["stored", "load", "read", "update", "scan", "aggregate"]
    assert [row.title for row in table.rows] == [
        "postgresql relational",
        "postgresql document",
        "lmdb items",
    ]


def test_ratios_are_to_the_best_and_rest_on_records(table: FormatTable) -> None:
    read = [row.cells[2] for row in table.rows]
    assert [cell.evidence for cell in read] == [
        ("relational-read",),
        ("document: jsonb-read",),
        ("items-read",),
    ]
    assert read[2].ratio == 1.0
    assert read[1].ratio == pytest.approx(200, rel=0.1)
    assert table.best("read") is table.rows[2]
    assert table.best("update") is table.rows[0]
    load = [row.cells[1] for row in table.rows]  # more is better: the quickest is the best
    assert load[2].ratio == 1.0
    assert load[0].ratio == pytest.approx(10 / 5)


def test_what_is_not_served_has_a_reason_and_what_was_not_measured_has_neither(
    table: FormatTable,
) -> None:
    scan, aggregate = table.rows[2].cells[4:]
    assert (scan.value, scan.unsupported, scan.evidence) == (None, None, ())
    assert (aggregate.value, aggregate.unsupported) == (None, "has no aggregate")


def test_a_trial_that_failed_says_so() -> None:
    failed = replace(
        measured(POSTGRESQL, "document", "scan", outcome="error", error="gave up"), operations=()
    )
    (found,) = tables([*run()[:2], measured(POSTGRESQL, "document", "read"), failed])
    cell = found.rows[1].cells[4]
    assert (found.rows[1].form, cell.value, cell.failed) == ("document", None, "gave up")


def test_too_few_values_for_a_median_have_a_mean() -> None:
    def few(made: Record) -> Record:
        (one,) = made.operations
        service = of_values(np.array([2_000_000, 4_000_000]), lowest_ns=1_000)
        return replace(made, operations=(replace(one, service=service),))

    (found,) = tables([few(measured(POSTGRESQL, f, "scan")) for f in ("relational", "document")])
    cell = found.rows[0].cells[4]
    assert cell.is_mean
    assert cell.value == pytest.approx(0.003, rel=0.01)


def test_a_refused_trial_is_a_first_look_and_gives_way_to_evidence() -> None:
    only = [
        measured(POSTGRESQL, form, "read", findings=(REFUSED,))
        for form in ("relational", "document")
    ]
    (found,) = tables(only)
    assert all(row.cells[2].refused for row in found.rows)
    (found,) = tables([*only, replace(measured(POSTGRESQL, "relational", "read"), id="good")])
    assert found.rows[0].cells[2].evidence == ("good",)
    assert not found.rows[0].cells[2].refused


def test_a_refused_figure_is_no_base_and_has_no_rank() -> None:
    refused = measured(LMDB, "items", "read", findings=(REFUSED,))
    good = [measured(POSTGRESQL, form, "read") for form in ("relational", "document")]
    (found,) = tables([refused, *good])
    best, other, quickest = (found.rows[at].cells[2] for at in (1, 2, 0))
    assert (quickest.refused, quickest.ratio) == (True, None)
    assert best.ratio == 1.0
    assert other.ratio == pytest.approx(2.0, rel=0.1)
    assert found.best("read") is found.rows[1]
    (first_look,) = tables([replace(each, findings=(REFUSED,)) for each in good])
    assert [row.cells[2].ratio for row in first_look.rows] == [None, None]
    assert first_look.best("read") is None


def test_a_load_under_which_the_format_does_not_vary_has_no_table() -> None:
    two = [measured(POSTGRESQL, form, "read") for form in ("relational", "document")]
    eight = replace(two[0], load=replace(two[0].load, clients=8))
    (found,) = tables([*two, eight])
    assert found.load == "closed:1"


def test_one_format_an_engine_compares_nothing_unless_the_run_says_so() -> None:
    one = [measured(POSTGRESQL, "relational", "read"), measured(LMDB, "items", "read")]
    assert tables(one) == ()
    varied = [replace(r, trial=replace(r.trial, axis="format")) for r in one]
    assert len(tables(varied)) == 1
    assert tables([]) == ()


def test_an_engine_that_does_not_say_how_it_keeps_rows() -> None:
    assert form_of(record(Sketch(engine=POLARS))) == UNTOLD
    csv = replace(POLARS, settings=(NameValue(name="format", value="csv"),))
    assert form_of(record(Sketch(engine=csv))) == "csv"


def test_it_is_shown_beside_the_measured_table() -> None:
    from io import StringIO

    from rich.console import Console

    from bench.commands.formats import document, views

    out = StringIO()
    for view in views(run()):
        Console(width=200, file=out).print(view)
    text = out.getvalue()
    assert "Which format suits which question" in text
    assert "not served" in text
    assert "lmdb, full aggregate: has no aggregate" in text
    assert document(run())[0]["rows"][0]["form"] == "relational"
