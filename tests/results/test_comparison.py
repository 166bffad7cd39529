"""A verdict needs repetitions, an interval that excludes no change, and like with like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

import msgspec
import pytest
from compared_sides import pick, rated, side
from samples import LMDB, Sketch, record

from results.comparison import Comparison, compare, compare_sides
from results.gates import judge
from results.metrics import METRICS
from results.record import Finding, Record

THROUGHPUT = METRICS[:1]


@pytest.mark.parametrize("n", [3, 8])
@pytest.mark.parametrize(("factor", "verdict"), [(1.25, "slower"), (0.8, "faster")])
def test_a_clear_difference_is_shown_with_its_size(n: int, factor: float, verdict: str) -> None:
    found = compare(side(1.0, n, 1), side(factor, n, 2))
    assert [(c.metric, c.operation) for c in found] == [
        ("throughput", "all"),
        ("p50", "read"),
        ("p50", "update"),
        ("p99", "read"),
        ("p99", "update"),
        ("cpu", "all"),
    ]
    for each in found:
        assert each.verdict == verdict, each
        assert each.effect is not None
        assert each.low is not None
        assert each.high is not None
        assert each.low < each.effect < each.high
        expected = 1 / factor if each.metric == "throughput" else factor
        assert each.effect == pytest.approx(expected - 1, abs=0.04)
        assert (each.n, each.design) == (n, "unpaired")
        assert each.before is not None
        assert each.after is not None
        assert each.before.value is not None
        assert each.after.value == pytest.approx(each.before.value * (1 + each.effect), rel=1e-6)
        assert each.load == "closed:4"
    assert pick(found, "p99", "read").measure == "service time"
    assert pick(found, "cpu").measure == "cpu"


def test_a_phase_of_one_kind_gives_all_its_figures_to_that_kind() -> None:
    alone = Sketch(phase="read", medians_s=(("read", 0.00012),), shares=(1.0,), duration_s=2.0)
    found = compare(side(1.0, 3, 1, sketch=alone), side(1.3, 3, 2, sketch=alone))
    assert [(c.metric, c.operation) for c in found] == [
        (name, "read") for name in ("throughput", "p50", "p99", "cpu")
    ]


def test_small_or_unrepeated_differences_are_not_shown() -> None:
    base = record()
    tight = compare(
        rated(base, [100, 100.1, 99.9]), rated(base, [101, 101.1, 100.9]), metrics=THROUGHPUT
    )[0]
    assert (tight.verdict, tight.reason) == (
        "no difference shown",
        "the difference is below 2%",
    )
    shown = compare(
        rated(base, [100, 100.1, 99.9]),
        rated(base, [101, 101.1, 100.9]),
        metrics=THROUGHPUT,
        least_effect=0.001,
    )[0]
    assert shown.verdict == "faster"
    alone = pick(compare(side(1.0, 1, 1), side(2.0, 3, 1)), "throughput")
    assert (alone.verdict, alone.effect) == ("not comparable", None)
    assert alone.reason == "one repetition before; a verdict needs 3, see --repeat"


def test_equal_sides_are_told_to_be_equal_where_the_interval_says_so() -> None:
    base = record()
    same = [1000.0, 1001.0, 999.0, 1000.5]
    found = compare(rated(base, same), rated(base, same), metrics=THROUGHPUT)[0]
    assert (found.verdict, found.reason) == ("no difference shown", "equal within 2%")
    loose = [1000.0, 1100.0, 900.0]
    found = compare(rated(base, loose), rated(base, loose), metrics=THROUGHPUT)[0]
    assert found.reason == "the interval includes no change"


def test_open_load_is_compared_by_response_time() -> None:
    sketch = Sketch(duration_s=2.0, rate_per_s=2_000.0)
    found = compare(side(1.0, 3, 1, sketch=sketch), side(1.5, 3, 2, sketch=sketch))
    read = pick(found, "p50", "read")
    assert (read.verdict, read.measure, read.load) == ("slower", "response time", "open:2000/s")
    # what is offered is the same, however long it takes
    assert pick(found, "throughput").verdict == "no difference shown"


def test_times_are_told_apart_below_a_histograms_step() -> None:
    # 64 ns is a step of an in-process histogram, 4 % of 1.6 µs
    fast = Sketch(
        engine=LMDB, phase="read", medians_s=(("read", 1.60e-6),), shares=(1.0,), duration_s=1.0
    )
    for factor in (1.0, 1.005, 1.01):
        found = pick(
            compare(side(1.0, 4, 1, 0.0005, fast), side(factor, 4, 2, 0.0005, fast)), "p50", "read"
        )
        assert found.effect == pytest.approx(factor - 1, abs=0.004)
        assert found.verdict == "no difference shown"


def test_a_percentile_that_the_sample_does_not_support_is_not_compared() -> None:
    short = Sketch(duration_s=0.3, medians_s=(("read", 0.0012), ("update", 0.0016)))
    found = compare(side(1.0, 3, 1, sketch=short), side(1.2, 3, 2, sketch=short))
    slow = pick(found, "p99", "update")
    assert slow.verdict == "not comparable"
    assert slow.reason == "no p99 before: fewer than 1,000 values in a repetition"
    assert pick(found, "p50", "update").verdict == "slower"


def test_a_figure_that_is_not_measured_is_not_compared() -> None:
    bare = Sketch(duration_s=2.0, cpu_s=None)
    found = pick(compare(side(1.0, 3, 1, sketch=bare), side(1.2, 3, 2)), "cpu")
    assert (found.verdict, found.reason) == (
        "not comparable",
        "no CPU/op before: not measured, or too little to tell from the load generator's own",
    )


Change = Callable[[Record], Record]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda r: replace(r, trial=replace(r.trial, records=7)),
            "other data size: 200,000 records and 7 records",
        ),
        (
            lambda r: replace(r, trial=replace(r.trial, record_size_bytes=100.0)),
            "other record size: 900 B and 100 B",
        ),
        (lambda r: replace(r, trial=replace(r.trial, keys="uniform")), "other data: books, keys"),
        (
            lambda r: replace(r, engine=replace(r.engine, durability="relaxed")),
            "other durability: full and relaxed",
        ),
        (
            lambda r: replace(r, engine=replace(r.engine, place="container")),
            "other place: embedded and container",
        ),
        (
            lambda r: replace(r, load=replace(r.load, clients=8)),
            "other load: closed:4 and closed:8",
        ),
        (
            lambda r: replace(r, load=replace(r.load, think_time_s=1.0)),
            "other load: closed:4 and closed:4,think=1000ms",
        ),
        (
            lambda r: replace(r, environment=replace(r.environment, cpu_model="M5")),
            "other machine: AMD EPYC 7B13 and M5",
        ),
        (
            lambda r: replace(r, environment=replace(r.environment, cpus=64)),
            "other machine: 2 and 64 processors",
        ),
        (
            lambda r: replace(r, environment=replace(r.environment, memory_bytes=2**40)),
            "GiB of memory",
        ),
        (
            lambda r: replace(r, environment=replace(r.environment, disk="tmpfs")),
            "other machine: disks ext4 on virtio and tmpfs",
        ),
        (
            lambda r: replace(r, outcome="error", error="it went away"),
            "no evidence after: error: it went away",
        ),
        (
            lambda r: replace(r, findings=(Finding(code="G-X", level="error", message="bad"),)),
            "no evidence after: G-X bad",
        ),
        (
            lambda r: replace(
                r,
                workload=replace(
                    r.workload, digest="0", document=r.workload.document.replace("70.0", "7.0")
                ),
            ),
            "other workload: book-store was changed",
        ),
    ],
)
def test_unlike_is_not_compared(change: Change, reason: str) -> None:
    found = compare(side(1.0, 3, 1), [change(r) for r in side(1.5, 3, 2)])
    assert len(found) == 6
    for each in found:
        assert (each.verdict, each.effect) == ("not comparable", None)
        assert reason in each.reason


def test_words_of_a_workload_that_decide_nothing_may_change() -> None:
    changed = [
        replace(
            r,
            workload=replace(
                r.workload, digest="0", document=r.workload.document.replace("2000.0", "9.0")
            ),
        )
        for r in side(1.5, 3, 2)
    ]
    assert pick(compare(side(1.0, 3, 1), changed), "throughput").verdict == "slower"


def test_machines_are_compared_when_asked_and_versions_always() -> None:
    before = side(1.0, 3, 1)
    after = [
        replace(
            r,
            environment=replace(r.environment, cpu_model="other"),
            engine=replace(r.engine, version="19"),
        )
        for r in side(1.5, 3, 2)
    ]
    found = pick(compare(before, after, across_machines=True), "throughput")
    assert found.verdict == "slower"
    assert found.before is not None
    assert found.after is not None
    assert (found.before.version, found.after.version) == ("18.1", "19")
    same_machine = [replace(r, environment=before[0].environment) for r in after]
    assert pick(compare(before, same_machine), "throughput").verdict == "slower"


def test_each_load_and_version_finds_its_like() -> None:
    def run(factor: float, seed: int) -> list[Record]:
        loads = [side(factor, 3, seed, sketch=Sketch(clients=c, duration_s=1.0)) for c in (1, 4)]
        older = [replace(r, engine=replace(r.engine, version="16.2")) for r in loads[0]]
        return [*loads[0], *older, *loads[1]]

    found = compare(run(1.0, 1), list(reversed(run(1.3, 2))), metrics=THROUGHPUT)
    assert [c.verdict for c in found] == ["slower"] * 3
    assert [(c.load, c.after.version if c.after else None) for c in found] == [
        ("closed:1", "18.1"),
        ("closed:1", "16.2"),
        ("closed:4", "18.1"),
    ]
    half = compare(run(1.0, 1), side(1.3, 3, 2, sketch=Sketch(duration_s=1.0)), metrics=THROUGHPUT)
    assert [c.reason for c in half if c.verdict == "not comparable"] == ["not measured after"] * 2


def test_what_only_one_side_has_or_what_was_refused_is_said() -> None:
    before = side(1.0, 3, 1)
    assert {c.reason for c in compare(before, [])} == {"not measured after"}
    assert {c.reason for c in compare([], before)} == {"not measured before"}
    assert compare([], []) == ()
    busy = [replace(r, client=replace(r.client, cpu_utilisation=1.0)) for r in before]
    refused = [replace(r, findings=judge(r)) for r in busy]
    assert "no evidence after: G-CLIENT" in compare(before, refused)[0].reason


def test_one_refused_repetition_is_left_out_and_said() -> None:
    after = side(1.3, 4, 2)
    after[2] = replace(after[2], findings=(Finding(code="G-X", level="error", message="bad"),))
    found = pick(compare(side(1.0, 4, 1), after), "throughput")
    assert (found.verdict, found.n) == ("slower", 3)
    assert found.remark == "1 of 8 trials left out: G-X bad"


def test_relaxed_durability_is_compared_with_its_like() -> None:
    def relaxed(factor: float, seed: int) -> list[Record]:
        weak = [
            replace(r, engine=replace(r.engine, durability="relaxed"))
            for r in side(factor, 3, seed)
        ]
        return [replace(r, findings=judge(r)) for r in weak]

    assert not relaxed(1.0, 1)[0].is_evidence
    assert pick(compare(relaxed(1.0, 1), relaxed(1.4, 2)), "throughput").verdict == "slower"


def test_trials_too_short_alone_are_compared_by_their_scatter() -> None:
    short = Finding(code="G-SHORT", level="error", message="known to 40 % only")
    after = [replace(r, findings=(short,)) for r in side(1.4, 4, 2)]
    assert not after[0].is_evidence
    assert pick(compare(side(1.0, 4, 1), after), "throughput").verdict == "slower"


def later(records: list[Record], **changed: float) -> list[Record]:
    """The same in another run, when the machine was as told."""
    return [
        replace(r, run="later", environment=replace(r.environment, **changed))  # type: ignore[arg-type]
        for r in records
    ]


def test_a_machine_that_changed_between_the_runs_widens_the_interval() -> None:
    before, after = side(1.0, 4, 1, 0.002), side(1.15, 4, 2, 0.002)

    def p50(records: list[Record], kind: str = "read") -> Comparison:
        return pick(compare(before, records), "p50", kind)

    environment = before[0].environment
    assert p50(later(after)).verdict == "slower"
    assert p50(later(after)).remark == ""
    assert environment.cpu_score_single is not None
    slow = later(after, cpu_score_single=0.8 * environment.cpu_score_single)
    found = p50(slow)
    assert (found.verdict, found.reason) == (
        "no difference shown",
        "the interval includes no change",
    )
    assert found.remark.startswith("the machine's own figures changed by 25% between the runs")
    assert found.high is not None
    assert found.high > 0.6
    assert environment.fsync_p50_s is not None
    flushes = later(after, fsync_p50_s=2 * environment.fsync_p50_s)
    assert p50(flushes, "update").verdict == "no difference shown"
    unmeasured = later(after, cpu_score_single=0.0, cpu_score_all=0.0, fsync_p50_s=0.0)
    assert p50(unmeasured).verdict == "slower"


def test_a_run_may_differ_from_another_as_a_whole() -> None:
    before, after = side(1.0, 4, 1, 0.001), side(1.03, 4, 2, 0.001)
    assert pick(compare(before, after), "throughput").verdict == "slower"
    assert pick(compare(before, later(after)), "throughput").verdict == "no difference shown"


def sides(base: Record, before: list[float], after: list[float]) -> list[Record]:
    return [*rated(base, before), *rated(base, after, "fill=90")]


def only(records: list[Record]) -> Comparison:
    (found,) = compare_sides(records, metrics=THROUGHPUT)
    return found


def test_sides_of_a_run_are_compared_pair_by_pair() -> None:
    # the machine loses half of its speed meanwhile; each pair shows the same 5 %
    before = [1000.0, 900.0, 800.0, 700.0, 600.0, 500.0]
    found = only(sides(record(), before, [0.95 * x + 1 for x in before]))
    assert (found.verdict, found.design, found.n) == ("slower", "paired", 6)
    assert found.effect == pytest.approx(-0.05, abs=0.003)
    assert found.after is not None
    assert found.after.variant == "fill=90"
    unpaired = compare(
        rated(record(), before), rated(record(), [0.95 * x for x in before]), metrics=THROUGHPUT
    )
    assert unpaired[0].verdict == "no difference shown"


def test_sides_may_differ_in_what_the_run_is_about_and_in_nothing_else() -> None:
    base = record()
    rates = [1000.0, 1010.0, 990.0, 1005.0]
    other = replace(base, engine=replace(base.engine, durability="relaxed", name="mysql"))
    fast = rated(other, [1.5 * r for r in rates], "engine=mysql")
    found = only([*rated(base, rates), *fast])
    assert (found.verdict, found.engine) == ("faster", "postgresql")
    assert found.after is not None
    assert (found.after.engine, found.after.durability) == ("mysql", "relaxed")
    fewer = [replace(r, trial=replace(r.trial, records=7)) for r in fast]
    assert "other data size" in only([*rated(base, rates), *fewer]).reason


def test_a_pair_that_lost_a_half_is_left_out() -> None:
    records = sides(record(), [1000.0, 1001.0, 1002.0, 1003.0], [900.0, 901.0, 902.0, 903.0])
    broken = [*records[:-1], replace(records[-1], outcome="timeout", error="too late")]
    found = only(broken)
    assert (found.n, found.remark) == (3, "1 of 8 trials left out: timeout: too late")
    crossed = [r for r in records if r.id not in (records[0].id, records[7].id)]
    assert only(crossed).reason == "two pairs; a verdict needs 3, see --repeat"


def test_a_side_that_could_not_begin_belongs_to_its_fellows() -> None:
    records = sides(record(), [1000.0, 1001.0, 1002.0, 1003.0], [900.0, 901.0, 902.0, 903.0])
    gone = replace(
        records[5],
        outcome="error",
        error="no room",
        operations=(),
        engine=replace(records[5].engine, version="unknown"),
    )
    found = only([*records[:5], gone, *records[6:]])
    assert found.n == 3
    assert found.remark == "1 of 8 trials left out: error: no room"


def test_a_run_without_a_second_side_has_no_sides() -> None:
    assert compare_sides(side(1.0, 3, 1)) == ()


def test_comparisons_are_plain_values() -> None:
    found = compare(side(1.0, 3, 1), side(1.3, 3, 2))
    text = msgspec.json.encode([asdict(each) for each in found])
    assert msgspec.json.decode(text)[0]["verdict"] == "slower"
