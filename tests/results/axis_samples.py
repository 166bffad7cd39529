"""Made records of each axis, for the tests of what the pages say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from samples import LMDB, POLARS, POSTGRESQL, Sketch, record

from results.answers import Answer, Point
from results.record import EngineInfo, Finding, NameValue, ProcedureResult, Record, Step

MONTH_S = 30.4375 * 86_400
REFUSED = (Finding(code="G-SHORT", level="error", message="too short"),)


def varied(made: Record, axis: str, **values: str) -> Record:
    """The same with what a suite varied; `_` in a name stands for a dot, `__` for a colon."""
    names = {k.replace("__", ":").replace("_", "."): v for k, v in values.items()}
    pairs = tuple(NameValue(name=name, value=value) for name, value in names.items())
    return replace(made, trial=replace(made.trial, axis=axis, varied=pairs))


def small(engine: EngineInfo = POSTGRESQL, *, number: int = 1, **more: object) -> Record:
    """A record of few operations, so that making it takes next to nothing."""
    sketch = Sketch(engine=engine, number=number, seed=number, duration_s=2.0, clients=1)
    return record(replace(sketch, **more))  # type: ignore[arg-type]


def formats() -> list[Record]:
    """Two formats on PostgreSQL, one of polars that cannot update; one value refused."""
    made = []
    for number, form in enumerate(("relational", "document"), 1):
        engine = replace(
            POSTGRESQL, settings=(NameValue(name="storefit.format", value=f"{form}: x"),)
        )
        made.append(varied(small(engine, number=number), "format", option__format=form))
    made[1] = replace(made[1], findings=REFUSED)
    files = replace(POLARS, settings=(NameValue(name="format", value="parquet"),))
    read = small(files, number=3, medians_s=(("read", 0.01),), shares=(1.0,))
    return [
        *made,
        replace(read, unsupported=(NameValue(name="update", value="files are <immutable>"),)),
    ]


def sizes(throughputs: Sequence[float] = (9_000.0, 8_800.0, 1_000.0)) -> list[Record]:
    """A ladder with a cliff before its last size."""
    made = []
    for number, per_s in enumerate(throughputs, 1):
        count = 10_000 * 4**number
        one = small(number=number, records=count, clients=2)
        one = replace(one, throughput_per_s=per_s)
        made.append(varied(one, "size", data_records=str(count)))
    return made


def rates(
    offered: Sequence[float] = (50.0, 200.0, 800.0), *, fails_at: float = 800.0
) -> list[Record]:
    """Open load at growing rates; at the largest half of it is completed."""
    made = []
    for number, rate in enumerate(offered, 1):
        one = small(number=number, rate_per_s=rate, duration_s=20.0)
        kept = rate / 2 if rate >= fails_at else rate
        made.append(varied(replace(one, throughput_per_s=kept), "frequency", load=f"open:{rate}/s"))
    return made


def day() -> Record:
    one = small(rate_per_s=100.0, duration_s=8.0)
    return replace(
        one, load=replace(one.load, arrivals="poisson, daily(50/s..500/s)", compression=10_800.0)
    )


def curve(records: Sequence[Record]) -> Answer:
    """An answer that knows the knee of these rates."""
    return answer("curve", "curve", [point(r, "level") for r in records], low_per_s=200.0, high_per_s=800.0)  # fmt: skip


def point(made: Record, purpose: str) -> Point:
    return Point(
        record=made.id,
        purpose=purpose,
        load="x",
        rate_per_s=made.load.rate_per_s,
        clients=made.load.clients,
        throughput_per_s=made.throughput_per_s,
        mean_s=None,
        p99_s=None,
        verdict=None,
        why="",
    )


def answer(kind: str, load: str, points: Sequence[Point], **more: object) -> Answer:
    base = Answer(
        trial=1,
        kind=kind,  # type: ignore[arg-type]
        load=load,
        workload="book-store",
        target="postgresql",
        repetition=1,
        objectives=(),
        low_per_s=None,
        expected_per_s=None,
        high_per_s=None,
        knee_clients=None,
        limited_by="engine",
        confirmed=True,
        seconds=1.0,
        text="",
        method="",
        points=tuple(points),
    )
    return replace(base, **more)  # type: ignore[arg-type]


def speeds() -> tuple[list[Record], list[Answer]]:
    """One client, capacity and the planned rate, and a search."""
    one, most = small(number=1), small(number=2, clients=4)
    at = small(number=3, rate_per_s=300.0, duration_s=20.0)
    probe = small(number=4, rate_per_s=500.0)
    points = [point(one, "one client"), point(most, "capacity"), point(at, "planned")]
    return [one, most, at, probe], [
        answer("planned", "planned", points, expected_per_s=300.0),
        answer(
            "search",
            "search:p99<10ms",
            [point(probe, "probe")],
            objectives=("p99<10ms",),
            low_per_s=450.0,
        ),
    ]


def procedure(
    name: str, way: str, steps: Sequence[Step], *, engine: EngineInfo = POSTGRESQL, number: int = 1
) -> Record:
    one = small(engine, number=number)
    return replace(
        one,
        trial=replace(one.trial, phase=f"{name}:{way}"),
        load=replace(one.load, kind="none", clients=0),
        operations=(),
        operations_done=0,
        series=(),
        procedure=ProcedureResult(name=name, way=way, steps=tuple(steps)),
    )


def impossible(name: str, way: str, why: str, *, number: int = 90) -> Record:
    one = procedure(name, way, (), number=number)
    unknown = replace(one.engine, version="unknown")
    return replace(one, outcome="unsupported", error=why, engine=unknown)


def retention() -> list[Record]:
    """Growth, expiry, a backup with its restore, an archive, and what cannot be done."""
    mib = 2**20
    grow = [
        Step(name=f"month {n}", seconds=0.1, at_s=n * MONTH_S, rows=1_000 * n,
             stored_bytes_after=n * mib)
        for n in (1, 2, 3)
    ]  # fmt: skip
    alone = Step(name="workload alone", seconds=None, throughput_per_s=1_000.0, p99_s=0.002)
    expire = [
        alone,
        Step(name="expire", seconds=0.5, rows=2_500, stored_bytes_before=8 * mib,
             stored_bytes_after=8 * mib, log_bytes=300_000),
        Step(name="settle", seconds=0.1, stored_bytes_after=6 * mib),
        Step(name="expire beside the workload", seconds=0.7, throughput_per_s=500.0, p99_s=0.008),
    ]  # fmt: skip
    backup = [
        alone,
        Step(name="backup", seconds=1.5, made_bytes=3 * mib),
        Step(name="backup beside the workload", seconds=2.0, throughput_per_s=900.0, p99_s=0.004),
    ]
    restore = [Step(name="restore", seconds=2.5, correct=True)]
    archive = [
        Step(name="export", seconds=0.3, rows=1_000, made_bytes=20_000),
        Step(name="count on the archive", seconds=0.001, correct=True),
    ]
    return [
        procedure("grow", "delete", grow, number=1),
        procedure("expire", "delete", expire, number=2),
        procedure("backup", "pg_dump", backup, number=3),
        procedure("restore", "pg_dump", restore, number=4),
        procedure("archive", "parquet-zstd", archive, number=5),
        impossible("expire", "drop", "the table is <whole>"),
    ]


def idle() -> list[Record]:
    """Idle, and cold after it."""
    watched = Step(name="idle, loaded", seconds=5.0, cpu_s=0.05, memory_bytes=2**27, log_bytes=0)
    cold = [
        Step(name="steady", seconds=0.0001, rows=200),
        Step(name="start", seconds=0.4),
        Step(name="connect", seconds=0.01),
        Step(name="first request", seconds=0.02, rows=1),
        Step(name="requests 2 to 10", seconds=0.0002, rows=9),
        Step(name="steady again", seconds=0.5, rows=40),
    ]
    return [
        procedure("idle", "loaded", [watched], number=1),
        procedure("cold-start", "cache", cold, number=2),
    ]


def queries() -> list[Record]:
    """Two queries on two engines; one answer is wrong."""

    def asked(engine: EngineInfo, seconds: float, *, correct: bool, number: int) -> Record:
        steps = [
            Step(name="make", seconds=1.0, rows=6_000, made_bytes=1_000_000, note="TPC-H at 0.001"),
            Step(name="take", seconds=0.5, stored_bytes_after=2_000_000),
            *(Step(name="q1", seconds=seconds * t, rows=4, correct=True) for t in (2.0, 1.0)),
            *(Step(name="q2", seconds=seconds * t, rows=9, correct=correct) for t in (2.0, 1.0)),
        ]
        return procedure("queries", "tpch@0.001", steps, engine=engine, number=number)

    return [
        asked(POLARS, 0.02, correct=True, number=1),
        asked(POSTGRESQL, 0.5, correct=False, number=2),
    ]


def all_axes() -> tuple[list[Record], list[Answer]]:
    """A run of everything, each record with an id of its own."""
    measured, found = speeds()
    ladder = rates()
    parts = [measured, ladder, formats(), sizes(), [day()], retention(), idle(), queries()]
    records = [*measured]
    for at, part in enumerate(parts[1:], 1):
        records += [replace(one, id=f"{one.id}.{at:02d}") for one in part]
    moved = [replace(one, id=f"{one.id}.01") for one in ladder]
    return [*records, small(LMDB, number=50)], [*found, curve(moved)]
