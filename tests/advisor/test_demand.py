"""Demand: from records to what one operation costs, with evidence; refusals; assumptions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_records import CASCADE_LAKE, UNKNOWN, ZEN4, Made, record
from msgspec import structs

from advisor.cpu import local_core, worth
from advisor.demand import Demand, OperationDemand, demand
from advisor.measured import Measured, measure
from advisor.model import Evidence
from results.record import Emulation, Finding, Record
from workloads.spec.model import Data, Operation, Workload

SHOP = Workload(
    name="shop",
    data=Data(records=100_000, record_size_bytes=1000.0),
    operations=(Operation(kind="read", weight=3.0), Operation(kind="update", weight=1.0)),
)
NOTHING = Measured(samples={}, storage={}, refused=(), records=(), reference=True)
UPDATE = Made(
    phase="update",
    number=2,
    operations=(("update", 5_000, 0.001),),
    cpu_s=100e-6,
    write_bytes=8000.0,
    write_ios=1.5,
    log_bytes=2000.0,
)


def of(*made: Made, workload: Workload = SHOP) -> Demand:
    """Demand from these records alone: shipped ones are left out."""
    measured = measure([record(m) for m in made])
    return demand(workload, structs.replace(measured, reference=True))


def entry(found: Demand, identity: str) -> Evidence:
    return next(e for e in found.evidence if e.id == identity)


def test_a_kind_measured_alone_gives_its_own_cost() -> None:
    found = of(Made(), UPDATE).of("postgresql")
    read, update = found.of("read"), found.of("update")
    assert read is not None
    assert update is not None
    # an m5 core is the reference: 50 us stay 50 us
    assert read.cpu_s.value == pytest.approx(50e-6)
    assert update.cpu_s.value == pytest.approx(100e-6)
    assert update.log_bytes.value == pytest.approx(2000.0)
    assert update.write_ios.value == pytest.approx(1.5)
    assert read.write_ios.value == 0.0
    assert (read.commits.value, update.commits.value) == (0.0, 1.0)
    assert found.mix.cpu_s.value == pytest.approx(0.75 * 50e-6 + 0.25 * 100e-6)
    assert found.stored_bytes_per_record.value == pytest.approx(1300.0)


def test_a_faster_core_makes_its_seconds_worth_more() -> None:
    slow = of(Made()).of("postgresql").mix.cpu_s
    fast = of(Made(environment=ZEN4)).of("postgresql").of("read")
    assert fast is not None
    assert fast.cpu_s.value == pytest.approx(50e-6 * local_core(ZEN4).value)
    assert fast.cpu_s.value > slow.value / 10
    assert fast.cpu_s.low < fast.cpu_s.value < fast.cpu_s.high


def test_a_second_beside_a_busy_hyper_thread_is_worth_less() -> None:
    assert worth(0.0, hyper_threads=True) == (1.0, 1.0, 1.0)
    low, mid, high = worth(1.0, hyper_threads=True)
    assert (low, mid, high) == pytest.approx((0.39, 0.53, 0.61))
    assert worth(1.0, hyper_threads=False) == (1.0, 1.0, 1.0)
    low, mid, high = worth(1.0, hyper_threads=None)
    assert low == pytest.approx(0.39)
    assert low < mid < high == 1.0


def test_an_unknown_processor_gets_a_wide_range_and_is_assumed() -> None:
    core = local_core(UNKNOWN)
    assert core.kind == "assumed"
    assert core.high / core.low >= 4
    scored = local_core(replace(UNKNOWN, cpu_score_single=19.0))
    assert scored.value == pytest.approx(2.0)
    assert scored.kind == "assumed"
    known = local_core(CASCADE_LAKE)
    assert known.kind == "documented"
    assert "SpareCores" in known.source


@pytest.mark.parametrize(
    ("described", "family"),
    [
        ("AMD EPYC AuthenticAMD family 25 model 17", "m7a"),
        ("AMD EPYC 7R13 Processor", "m6a"),
        ("Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz", "m6i"),
        ("Intel(R) Xeon(R) Processor GenuineIntel family 6 model 143", "m7i"),
        ("Neoverse-V1", "m7g"),
    ],
)
def test_processors_are_recognised_by_name_or_numbers(described: str, family: str) -> None:
    core = local_core(replace(CASCADE_LAKE, cpu_model=described, cpu_family=""))
    assert core.id == f"cpu/{family}"


def test_a_mix_is_shared_out_by_service_time_and_writing() -> None:
    mix = Made(
        phase="mix",
        operations=(("read", 9_000, 0.0001), ("update", 1_000, 0.0009)),
        cpu_s=100e-6,
        write_bytes=800.0,
        log_bytes=200.0,
    )
    found = of(mix).of("postgresql")
    read, update = found.of("read"), found.of("update")
    assert read is not None
    assert update is not None
    # half of the time is spent in each kind, by 9 and 1 of 10 operations
    assert read.cpu_s.value == pytest.approx(100e-6 * 0.5 / 0.9)
    assert update.cpu_s.value == pytest.approx(100e-6 * 0.5 / 0.1)
    assert update.log_bytes.value == pytest.approx(2000.0)
    assert read.log_bytes.value == 0.0


def test_a_kind_alone_stands_before_the_mix() -> None:
    mix = Made(phase="mix", number=3, operations=(("read", 9_000, 0.0001),), cpu_s=500e-6)
    read = of(mix, Made()).of("postgresql").of("read")
    assert read is not None
    assert read.cpu_s.value == pytest.approx(50e-6)
    assert entry(of(mix, Made()), "demand/postgresql/read/cpu_s").inputs[0] == "made.001"


def test_repetitions_give_their_median_and_span() -> None:
    made = [Made(number=n, cpu_s=c) for n, c in enumerate((40e-6, 50e-6, 90e-6), start=1)]
    read = of(*made).of("postgresql").of("read")
    assert read is not None
    assert read.cpu_s.value == pytest.approx(50e-6)
    assert read.cpu_s.low < 40e-6
    assert read.cpu_s.high > 90e-6


def test_records_refused_by_a_gate_are_listed_and_not_used() -> None:
    bad = Finding(code="G-CLIENT", level="error", message="the client was the limit")
    found = of(
        Made(cpu_s=1.0, findings=(bad,)),
        Made(number=2, cpu_s=1.0, outcome="error"),
        Made(number=3, cpu_s=1.0, engine="stranger"),
        Made(number=4),
    )
    read = found.of("postgresql").of("read")
    assert read is not None
    assert read.cpu_s.value == pytest.approx(50e-6)
    assert [r.record for r in found.refused] == ["made.001", "made.002", "made.003"]
    assert "the client was the limit" in found.refused[0].reason
    assert "the engine ended" in found.refused[1].reason
    assert "no service" in found.refused[2].reason
    assert found.records == ("made.004",)


def test_a_warning_does_not_refuse_a_record() -> None:
    mild = Finding(code="G-SHORT", level="warning", message="short")
    assert of(Made(findings=(mild,))).refused == ()


def test_another_engines_records_are_a_proxy_with_a_wide_interval() -> None:
    found = of(Made())
    direct, proxy = found.of("postgresql").of("read"), found.of("mysql").of("read")
    assert direct is not None
    assert proxy is not None
    assert (direct.basis, proxy.basis) == ("measured", "proxy") or direct.basis == "reference"
    assert proxy.basis == "proxy"
    assert proxy.cpu_s.high / proxy.cpu_s.low > 3 * direct.cpu_s.high / direct.cpu_s.low
    assert entry(found, "demand/mysql/read/cpu_s").kind == "assumed"


def test_without_any_record_everything_is_assumed_and_says_so() -> None:
    found = demand(SHOP, NOTHING)
    assert {f.basis for f in found.families.values()} == {"assumed"}
    kinds = {e.kind for e in found.evidence if e.id.startswith("demand/postgresql")}
    assert kinds == {"assumed"}
    read = found.of("postgresql").of("read")
    assert read is not None
    assert read.cpu_s.low < read.cpu_s.value < read.cpu_s.high


def test_users_records_stand_before_the_shipped_ones() -> None:
    mine = demand(SHOP, [record(Made(cpu_s=70e-6))]).of("postgresql").of("read")
    assert mine is not None
    assert mine.basis == "measured"
    assert mine.cpu_s.value == pytest.approx(70e-6)


def test_a_figure_that_was_not_measured_is_assumed_not_zero() -> None:
    update = of(replace(UPDATE, write_ios=None)).of("postgresql").of("update")
    assert update is not None
    assert update.write_ios.value > 0
    assert entry(
        of(replace(UPDATE, write_ios=None)), "demand/postgresql/update/write_ios"
    ).kind == ("assumed")


def test_a_whole_table_costs_as_many_times_more_as_it_has_records() -> None:
    scan = Made(phase="scan", operations=(("scan", 100, 0.01),), cpu_s=0.01)
    few = replace(SHOP, operations=(Operation(kind="scan", weight=1.0),))
    many = replace(few, data=replace(few.data, records=10_000_000))
    small, large = (of(scan, workload=w).of("postgresql").mix for w in (few, many))
    assert large.cpu_s.value == pytest.approx(100 * small.cpu_s.value)
    assert large.pages.value == pytest.approx(100 * small.pages.value, rel=0.01)


def test_longer_ranges_and_larger_transactions_cost_more() -> None:
    ranged = Made(phase="range", operations=(("range", 100, 0.001),), limit=20)
    ops = [(Operation(kind="range", weight=1.0, limit=n),) for n in (20, 200)]
    short, long = (
        of(ranged, workload=replace(SHOP, operations=o)).of("postgresql").mix for o in ops
    )
    assert short.cpu_s.value == pytest.approx(50e-6)
    assert long.cpu_s.value > 5 * short.cpu_s.value
    one, five = (
        of(
            UPDATE,
            workload=replace(SHOP, operations=(Operation(kind="update", weight=1, atomic_with=n),)),
        )
        .of("postgresql")
        .mix
        for n in (1, 5)
    )
    assert five.log_bytes.value == pytest.approx(5 * one.log_bytes.value)


def test_the_local_flush_is_taken_off_write_latency() -> None:
    slow_disk = replace(CASCADE_LAKE, fsync_p50_s=0.0008)
    quick = of(UPDATE).of("postgresql").of("update")
    slow = of(replace(UPDATE, environment=slow_disk)).of("postgresql").of("update")
    assert quick is not None
    assert slow is not None
    assert slow.service_p99_s.value == pytest.approx(quick.service_p99_s.value - 0.0007)


def test_a_commit_is_counted_per_writing_operation() -> None:
    found = demand(SHOP, NOTHING).of("postgresql")
    assert found.mix.commits.value == pytest.approx(0.25)


def test_items_follow_the_published_rules() -> None:
    workload = replace(
        SHOP,
        operations=(
            Operation(kind="read", weight=1.0),
            Operation(kind="insert", weight=1.0),
            Operation(kind="update", weight=1.0, atomic_with=3),
            Operation(kind="read-modify-write", weight=1.0),
            Operation(kind="range", weight=1.0, limit=20),
        ),
    )
    found = {o.kind: o for o in demand(workload, NOTHING).items.operations}
    # an item of 1,064 B: half a read unit, two write units, doubled in a transaction
    assert found["read"].read_units.value == 0.5
    assert found["insert"].write_units.value == 2.0
    assert found["update"].write_units.value == 3 * 2 * 2
    assert found["update"].in_transaction
    assert found["read-modify-write"].read_units.value == 1.0
    assert found["read-modify-write"].write_units.value == 2.0
    assert found["range"].read_units.value == 6 * 0.5  # 21,280 B are 6 blocks of 4 KiB


def test_measured_units_replace_the_rule_at_the_measured_size() -> None:
    made = Made(engine="lmdb", phase="update", operations=(("update", 100, 1e-4),), write_units=1.4)
    workload = replace(SHOP, operations=(Operation(kind="update", weight=1.0),))
    found = of(made, workload=workload)
    assert found.items.operations[0].write_units.value == pytest.approx(1.4)
    assert entry(found, "demand/key-value/update/write_units").kind == "measured"
    assert "made.001" in entry(found, "demand/key-value/update/write_units").inputs


def test_every_input_of_every_entry_is_in_the_ledger_or_a_record() -> None:
    found = of(Made(), UPDATE)
    known = {e.id for e in found.evidence} | set(found.records)
    for e in found.evidence:
        assert set(e.inputs) <= known, e.id
    for family in found.families.values():
        for operation in family.operations:
            assert set(operation.cpu_s.evidence) <= known


def test_a_workload_without_size_is_refused() -> None:
    with pytest.raises(ValueError, match="fill the workload"):
        demand(Workload(name="x"), NOTHING)


def test_writes_of_a_mix_are_shared_out_by_the_records_changed() -> None:
    mix = Made(
        phase="mix",
        operations=(("read", 800, 1e-4), ("update", 100, 1e-3), ("insert", 100, 1e-3)),
        atomic_with=3,
        log_bytes=600.0,
    )
    both = replace(
        SHOP,
        operations=(
            Operation(kind="update", weight=1.0, atomic_with=3),
            Operation(kind="insert", weight=1.0, atomic_with=3),
        ),
    )
    found = of(mix, workload=both).of("postgresql")
    # 600 B an operation are 600,000 B in all, over 200 transactions of three records
    assert found.mix.log_bytes.value == pytest.approx(3000.0)


def test_emulated_storage_counts_for_demand_and_not_for_times() -> None:
    done = Emulation(
        flush_target_s=0.88e-3,
        local_flush_s=0.0,
        flushes_per_commit=1,
        commit_delay_s=0.88e-3,
        commit_delay_achieved_s=0.88e-3,
        round_trip_s=0.45e-3,
        round_trip_achieved_s=0.45e-3,
        how="",
        sources=(),
    )

    def update(*made: Record) -> OperationDemand:
        measured = structs.replace(measure(made), reference=True)
        found = demand(SHOP, measured).of("postgresql").of("update")
        assert found is not None
        return found

    plain, slow = record(UPDATE), replace(record(UPDATE), emulation=done)
    slow = replace(slow, id="emulated.001")
    assert update(slow).cpu_s.value == update(plain).cpu_s.value
    # its own storage terms are in its times: the advisor would add them a second time
    assert update(slow).service_p99_s.value != update(plain).service_p99_s.value
    assert update(plain, slow).service_p99_s.value == update(plain).service_p99_s.value
