"""Every axis has a figure, a sentence and its numbers; what is missing is said, never drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import axis_samples as made
import plotly.graph_objects as go
import pytest
from samples import LMDB, POSTGRESQL
from test_pages import EVIL, Reader

from results.answers import Answer
from results.frequency import rate_ladders, shapes
from results.likeness import load_text
from results.pages import axes, records_page
from results.pages.axes.part import Part, under
from results.pages.figures.axes import linear
from results.pages.figures.dots import Dots, dots
from results.pages.figures.heat import Heat, Square, heat
from results.pages.figures.lines import Lines, Scale, Spot, lines
from results.pages.names import styles
from results.pages.selection import Labels
from results.procedures import done
from results.record import Record, Step
from results.retention import archives, expiries, growths, savings


def parts(records: Sequence[Record], answers: Sequence[Answer] = ()) -> dict[str, Part]:
    return {p.identifier: p for p in axes.parts(records, answers, Labels(records))}


def read(part: Part) -> Reader:
    return Reader(part.html)


def traces(reader: Reader, identifier: str) -> list[dict[str, Any]]:
    ids = [given["id"] for _, given in reader.elements if given.get("class") == "plot"]
    found: list[dict[str, Any]] = reader.specs[ids.index(identifier)]["data"]
    return found


@pytest.fixture(scope="module")
def whole() -> Reader:
    records, answers = made.all_axes()
    return Reader(records_page(records, answers))


def test_every_axis_is_on_the_page_with_a_sentence_at_the_top(whole: Reader) -> None:
    identifiers = [given.get("id") for _, given in whole.elements]
    links = [given["href"] for name, given in whole.elements if name == "a"]
    for axis in ("format", "size", "frequency", "speed", "retention", "analytics"):
        assert axis in identifiers
        assert links.count(f"#{axis}") == 2, "in the contents, and beside its sentence"
    assert len(set(identifiers) - {None}) == len([i for i in identifiers if i]), "ids are unique"


def test_every_figure_of_an_axis_is_valid_and_has_its_numbers(whole: Reader) -> None:
    for spec in whole.specs:
        go.Figure(spec)
    plots = [given for _, given in whole.elements if given.get("class") == "plot"]
    assert len(plots) == len(whole.specs)
    assert all(len(given["aria-label"] or "") > 30 for given in plots)
    assert whole.text.count("The numbers") == len(plots)


def test_the_matrix_says_value_ratio_doubt_and_reason() -> None:
    reader = read(parts(made.formats())["format"])
    words = [t for trace in reader.specs[0]["data"][1:] for t in trace["text"]]
    assert any("<b>best</b>" in word for word in words)
    assert any(word.endswith("?") for word in words), "what a gate refused: without a rank"
    assert "not served" in words
    assert "files are <immutable>" in reader.text
    depths = [cell for row in reader.specs[0]["data"][0]["z"] for cell in row]
    assert min(d for d in depths if d is not None) == 0.0
    assert None in depths


def test_the_cliff_is_a_band_between_its_sizes() -> None:
    part = parts(made.sizes())["size"]
    assert "throughput falls 8.8 times" in part.sentence
    shapes_ = read(part).specs[0]["layout"]["shapes"]
    assert [(s["x0"], s["x1"]) for s in shapes_] == [(160_000.0, 640_000.0)]
    flat = parts(made.sizes((9_000.0, 8_990.0, 8_980.0)))["size"]
    assert "No cliff up to 640,000 records" in flat.sentence
    two = parts(made.sizes((9_000.0, 1_000.0)))["size"]
    assert "three are needed" in two.sentence
    assert "size" not in parts(made.sizes((9_000.0,)))


def test_a_rate_that_is_not_kept_up_with_is_told_and_the_knee_is_marked() -> None:
    records = made.rates()
    part = parts(records)["frequency"]
    assert "PostgreSQL keeps up with 200/s" in part.sentence
    assert "falls behind at 800/s" in part.sentence
    band = read(part).specs[0]["layout"]["shapes"][0]
    assert (band["x0"], band["x1"]) == (200.0, 800.0)
    (ladder,) = rate_ladders(records, [made.curve(records)])
    assert (ladder.knee_low_per_s, ladder.knee_high_per_s) == (200.0, 800.0)
    (kept,) = rate_ladders(made.rates(fails_at=1e9), [])
    assert kept.falls_behind_per_s is None
    assert kept.largest == kept.rates[-1]
    (never,) = rate_ladders(made.rates(fails_at=1.0), [])
    assert never.largest is None


def test_a_sentence_that_rests_on_no_evidence_says_so() -> None:
    no = [replace(one, findings=made.REFUSED) for one in made.rates() + made.retention()[:2]]
    found = parts(no)
    for axis in ("frequency", "retention"):
        assert "(a first look, not evidence)" in found[axis].sentence
    assert "first look" not in parts(made.rates())["frequency"].sentence


def test_few_arrivals_are_no_falling_behind() -> None:
    one = replace(made.small(rate_per_s=2.0, duration_s=5.0), throughput_per_s=1.4)
    assert rate_ladders([one], [])[0].rates[0].keeps_up


def test_one_rate_alone_draws_no_rates() -> None:
    assert "frequency" not in parts([made.small(rate_per_s=50.0)])


def test_a_day_is_shown_in_its_own_hours() -> None:
    (run,) = shapes([made.day()])
    assert run.moments[-1].at_s == pytest.approx(7 * 10_800)
    reader = read(parts([made.day()])["frequency"])
    assert traces(reader, "figure-day-asked-0")[0]["x"][-1] == pytest.approx(21.0)
    assert "A day passed in 8 s" in reader.text


@pytest.mark.parametrize(
    ("compression", "title", "last"), [(10_800.0, "Hours", 21.0), (60.0, "Seconds", 420.0)]
)
def test_a_whole_trace_is_shown_in_its_own_time(
    compression: float, title: str, last: float
) -> None:
    day = made.day()
    load = replace(day.load, arrivals="poisson, trace,whole", compression=compression)
    trace = replace(day, load=load)
    assert load_text(load) == "open:trace,whole"
    assert load_text(replace(load, arrivals="trace")) == "open:trace"
    reader = read(parts([trace])["frequency"])
    drawn = traces(reader, "figure-day-asked-0")[0]["x"]
    assert drawn[-1] == pytest.approx(last)
    assert f"The trace passed {compression:,.3g} times as fast" in reader.text
    assert title in reader.text


def test_speed_has_both_loads_the_objective_and_who_holds_it() -> None:
    records, answers = made.speeds()
    part = parts(records, answers)["speed"]
    assert "holds p99<10ms up to 450/s" in part.sentence
    reader = read(part)
    for words in ("Read, one client", "Read, planned load", "read_p99<10ms", "not shown"):
        assert words in reader.text
    assert any(t.get("name") == "objective" for spec in reader.specs for t in spec["data"])


def test_speed_without_answers_compares_loads() -> None:
    loads = [made.varied(made.small(number=n, clients=c), "latency", load=f"closed:{c}")
             for n, c in ((1, 1), (2, 8))]  # fmt: skip
    loads[1] = replace(loads[1], findings=made.REFUSED)
    reader = read(parts(loads)["speed"])
    (trace,) = traces(reader, "figure-speed-loads")
    assert trace["marker"]["symbol"] == ["circle", "circle-open"]
    assert "(not evidence)" in reader.text
    assert "speed" not in parts(loads[:1])


def test_retention_is_computed_from_the_steps() -> None:
    records = made.retention()
    (grown,), (saved,), (kept,) = growths(records), savings(records), archives(records)
    assert grown.factor == 3.0
    (gone,) = expiries(records)
    assert (gone.freed_at_once, gone.freed_settled, gone.freed_compacted) == (0, 2 * 2**20, None)
    assert (gone.throughput_kept, gone.p99_times) == (0.5, 4.0)
    assert (saved.backup_s, saved.restore_s, saved.compared) == (1.5, 2.5, True)
    assert kept.bytes_per_row == 20.0
    reader = read(parts(records)["retention"])
    assert [round(x) for x in traces(reader, "figure-growth")[0]["x"]] == [1, 2, 3]
    for words in ("2,500 in 500 ms", "the table is <whole>", "50 % of usual", "the same"):
        assert words in reader.text


def test_what_could_not_be_done_at_all_is_a_part_without_figures() -> None:
    part = parts([made.impossible("backup", "copy", "no tool here")])["retention"]
    reader = read(part)
    assert reader.specs == []
    assert "no tool here" in reader.text


def test_steps_without_figures_are_left_out() -> None:
    bare = [
        made.procedure("grow", "delete", [Step(name="month 1", seconds=0.1)]),
        made.procedure("expire", "delete", [Step(name="expire", seconds=None)]),
        made.procedure("archive", "parquet-zstd", [Step(name="export", seconds=None)]),
        made.procedure("idle", "loaded", [Step(name="idle, loaded", seconds=None)]),
        made.procedure("cold-start", "cache", [Step(name="steady", seconds=None)]),
    ]
    found = parts(bare)
    assert all(read(part).specs == [] for part in found.values())
    assert growths(bare) == ()


def test_repetitions_of_a_procedure_are_means_and_right_when_all_were() -> None:
    twice = [
        made.procedure("restore", "copy", [Step(name="restore", seconds=s, rows=r, correct=c)], number=n)
        for n, s, r, c in ((1, 1.0, 10, True), (2, 3.0, 13, False))
    ]  # fmt: skip
    (each,) = done(twice, "restore")
    step = each.step("restore")
    assert step is not None
    assert (step.seconds, step.rows, step.correct) == (2.0, 12, False)


def test_idle_and_cold_start_have_figures() -> None:
    reader = read(parts(made.idle())["frequency"])
    (curve,) = traces(reader, "figure-cold-curve")
    assert curve["x"] == [1.0, 10.0]
    assert curve["y"] == pytest.approx([200.0, 2.0])
    (first,) = traces(reader, "figure-cold-first")
    assert first["x"] == pytest.approx([0.43])
    assert "1.0 %" in reader.text


def test_queries_have_times_and_scores_and_a_wrong_answer_no_dot() -> None:
    part = parts(made.queries())["analytics"]
    reader = read(part)
    by_name = {t["name"]: t for t in traces(reader, "figure-queries-0")}
    assert by_name["polars"]["x"] == pytest.approx([0.02, 0.02])
    assert by_name["PostgreSQL"]["x"] == pytest.approx([0.5])
    assert "(wrong)" in reader.text
    assert part.sentence.startswith("tpch@0.001: score polars 1")


def test_figures_of_the_base_do_not_take_another_size_or_format() -> None:
    base = made.small(number=1, medians_s=(("read", 0.001),), shares=(1.0,))
    fast = made.small(number=2, medians_s=(("read", 0.0001),), shares=(1.0,), records=1_000)
    reader = Reader(records_page([base, made.varied(fast, "size", data_records="1k")]))
    (best,) = traces(reader, "figure-throughput")
    assert best["x"] == pytest.approx([base.throughput_per_s])
    assert "data.records=1k" in reader.text, "the table has both and says which"


def test_hostile_words_of_an_axis_stay_words() -> None:
    records = made.retention() + made.queries() + made.formats()
    wicked = [
        replace(
            one,
            workload=replace(one.workload, name=EVIL),
            engine=replace(one.engine, name=EVIL + one.engine.name, version=EVIL, place=EVIL),
            trial=replace(
                one.trial, varied=tuple(replace(v, value=EVIL) for v in one.trial.varied)
            ),
            error=EVIL if one.error else None,
            procedure=one.procedure
            and replace(
                one.procedure,
                way=EVIL,
                steps=tuple(replace(s, note=EVIL) for s in one.procedure.steps),
            ),
        )
        for one in records
    ]
    html = records_page(wicked)
    reader = Reader(html)
    assert not [name for name, _ in reader.elements if name in {"img", "iframe", "object"}]
    assert len([1 for given, _ in reader.scripts if not given.get("type")]) == 2
    assert {"retention", "analytics"} <= {given.get("id") for _, given in reader.elements}


def test_empty_figures_are_none_and_one_point_is_drawn() -> None:
    looks = styles(["a"])
    scale = Scale(title="x", display=str)

    def drawn(*spots: Spot) -> Any:
        return lines(Lines(identifier="i", title="t", said="", spots={"a": spots}, looks=looks,
                           x=scale, y=scale))  # fmt: skip

    assert drawn() is None
    assert drawn(Spot(x=1.0, y=0.0)) is None, "0 has no place on a logarithmic axis"
    (trace,) = drawn(Spot(x=1.0, y=2.0, refused=True)).plot.data
    assert trace.mode == "lines+markers"
    assert trace.marker.symbol == ("circle-open",)
    nothing = Heat(identifier="i", title="t", said="", row_title="r", rows=[("a", looks["a"])],
                   columns=["q"], squares=[[Square(words="–")]])  # fmt: skip
    assert heat(nothing) is None
    assert dots(Dots(identifier="i", title="t", values={}, order=[], display=str)) is None


def test_a_linear_axis_begins_at_zero_and_has_round_marks() -> None:
    axis = linear([3.0, 11.0], str)
    assert axis["tickvals"] == [0.0, 5.0, 10.0]
    assert axis["range"][0] == 0.0
    assert axis["range"][1] > 11.0
    assert linear([1.5 * 2**20], str, binary=True)["tickvals"][1] == 0.5 * 2**20
    assert linear([], str)["range"][1] > 0


def test_labels_ignore_the_version_of_what_never_ran() -> None:
    there = made.small(number=1)
    labels = Labels([there, made.impossible("expire", "drop", "no")])
    assert labels.order == ("PostgreSQL",)
    assert labels.at("postgresql", "embedded") == "PostgreSQL"
    assert labels.of_target("postgresql@container:x") == "PostgreSQL"
    assert labels.of_target("mysql") == "MySQL"
    two = Labels([there, made.small(replace(POSTGRESQL, place="container"), number=2)])
    assert two.of_target("postgresql@container:postgres:17") == "PostgreSQL (container)"
    assert Labels([made.small(LMDB)]).of_target("lmdb") == "LMDB"


def test_loads_in_words() -> None:
    assert [under(load) for load in ("closed:1", "closed:8,think=5ms", "open:9/s")] == [
        "1 client",
        "8 clients, think=5ms",
        "open:9/s",
    ]


def test_the_log_of_a_day_is_one_row_an_engine_the_mean_of_its_trials() -> None:
    base = made.small(number=1)
    twice = [
        replace(base, id=f"{base.id}.{n}", resources=replace(base.resources, log_bytes=each))
        for n, each in ((1, 100.0), (2, 300.0))
    ]
    reader = read(parts([*twice, *made.retention()])["retention"])
    assert reader.text.count("book-store 200 B") == 1, "350/s of 200 B"
    assert "5.63 GiB" in reader.text
