"""A test stand: one engine opened, loaded, verified, settled, with its workers ready.

Trials run on it one after the other. What they write stays, so the stand remembers which keys
are taken and how many rows there may be.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench import page_cache
from bench.device import counts_writes_truly
from bench.driver.conduct import Reading
from bench.driver.crew import Crew, Workers, now_ns
from bench.engines.atrest import Filed
from bench.engines.seam import LoadPlan, PipelinedSession, Settings
from bench.environment import DataDisk, data_disk
from bench.runner import bounds, emulate, limit
from bench.runner.baseline import baseline
from bench.runner.limit import limited
from bench.runner.plan import Data, Served, Target, data, phase_workload, served
from bench.runner.summary import Rates
from bench.targets.keeper import Keeper
from bench.targets.memory_group import MemoryGroup, bounded
from bench.verify import Verification, read_back, verify
from results.record import Emulation, EngineInfo, NameValue
from workloads.errors import PlaceError
from workloads.spec.model import ANALYTIC_KINDS

if TYPE_CHECKING:
    from bench.engines.seam import Counters, Description, Dialer, Loaded
    from bench.engines.seam import Target as RunningTarget
    from bench.runner.progress import Progress
    from bench.runner.request import Request
    from workloads.oracle import Oracle
    from workloads.spec.model import Workload
    from workloads.stream import Batch

Crews = Callable[..., AbstractContextManager[Workers]]
"""Makes a crew of so many workers."""

# Answers that are compared of each kind that looks at every row.
_WHOLE_TABLE_CHECKS = 3
# Written rows that are read again.
_READ_BACK = 60
# The stream of the answers that are checked; no trial uses it.
_CHECK_SEED = 0x636865636B


@dataclass(slots=True, kw_only=True)
class Stand:
    """What trials run on.

    next_key   lowest key above which nothing was inserted yet
    rows_least, rows_most   rows that the main table may hold now
    pipelined  whether its sessions can send without waiting
    own_writes   whether processes count their written bytes truly here
    data_disk    where the data lies, or None: with the results
    workdir      the target's directory
    settle_s   how long the target took to settle after loading
    memory     what holds the engine to a limit of memory; None: it may use the machine's
    broken     why no further trial can run on it, or None
    """

    target: Target
    running: RunningTarget
    workload: Workload
    served: Served
    data: Data
    loaded: Loaded
    verification: Verification | None
    engine: EngineInfo
    idle: Rates
    crew: Workers
    dialer: Dialer
    pipelined: bool
    own_writes: bool
    data_disk: DataDisk | None
    workdir: Path
    settle_s: float
    next_key: int
    rows_least: int
    rows_most: int
    emulation: Emulation | None = None
    memory: MemoryGroup | None = None
    broken: str | None = None

    def counters(self) -> Counters:
        """The engine's counters now; Overdue when it does not tell in time."""
        return _counters(self.running, self.workdir)

    def admit(self, pid: int) -> None:
        """Hold a process that an engine in process runs in to the engine's memory."""
        if self.memory is not None and self.target.engine.in_process:
            self.memory.admit(pid)

    def row_count(self) -> int:
        """Rows in the main table now; Overdue when the engine does not tell in time."""
        return _row_count(self.running, self.loaded, self.workdir)


@contextmanager
def opened(
    target: Target,
    workload: Workload,
    request: Request,
    *,
    results: Path,
    progress: Progress,
    crews: Crews = Crew,
) -> Iterator[Stand]:
    """Start, load and verify; leaves no process and no file behind. `crews` makes its workers."""
    pace = request.pace()
    wanted = data(workload, pace, request.scale)
    with ExitStack() as stack:
        workdir = stack.enter_context(_work_directory(results))
        memory = stack.enter_context(_memory(request, target))
        settings = replace(_settings(target, request, workdir, progress), memory=memory)
        # the workers start while the engine does
        crew = stack.enter_context(_crew(crews, target, memory))
        progress.stage(target.text, "starting")
        running = stack.enter_context(target.engine.open(target.place, settings))
        loaded = _load(running, target, wanted, seed=request.seed, progress=progress)
        dialer = running.dialer()
        operations = served(workload, target.engine)
        progress.stage(target.text, "comparing answers")
        limits = limit.LIMITS
        with limited(limits.after(loaded, limits.verify_s), "comparing answers", workdir=workdir):
            checked = _check(
                dialer,
                phase_workload(workload, operations.operations),
                _oracle(wanted, request.seed),
                count=pace.checked if loaded.rows else 0,
                reads="read" in target.engine.kinds,
            )
        progress.stage(target.text, "settling")
        settle_s = _settled(running, loaded, workdir)
        rows = _row_count(running, loaded, workdir)
        emulation = None
        if request.emulate is not None:
            progress.stage(target.text, f"emulating {request.emulate}")
            emulation = _emulated(running, request.emulate, workload, wanted, workdir=workdir)
            dialer = running.dialer()
        with limited(limits.counters_s, "describing itself", workdir=workdir):
            found = _with_limits(running.describe(), settings)
        with limited(limits.after(loaded, limits.settle_s), "reading", workdir=workdir):
            _brought_in(running, memory)
        yield Stand(
            target=target,
            running=running,
            workload=workload,
            served=operations,
            data=wanted,
            loaded=loaded,
            verification=checked.verification,
            engine=_engine_info(found, target),
            idle=_idle(running, pace.idle_s, workdir),
            crew=crew,
            dialer=dialer,
            pipelined=checked.pipelined,
            own_writes=counts_writes_truly(found.elsewhere or workdir) is not False,
            data_disk=data_disk(target.place.kind, found.elsewhere),
            workdir=workdir,
            settle_s=settle_s,
            next_key=checked.next_key,
            rows_least=rows,
            rows_most=rows,
            emulation=emulation,
            memory=memory,
        )


def _crew(
    crews: Callable[..., AbstractContextManager[Workers]],
    target: Target,
    memory: MemoryGroup | None,
) -> AbstractContextManager[Workers]:
    """Workers; an engine that runs in them is bounded with them."""
    if memory is None or not target.engine.in_process:
        return crews(2)
    return crews(2, admit=memory.admit)


def _settled(running: RunningTarget, loaded: Loaded, workdir: Path) -> float:
    """How long it took, seconds."""
    began_s, limits = time.monotonic(), limit.LIMITS
    with limited(limits.after(loaded, limits.settle_s), "settling", workdir=workdir):
        running.settle()
    return time.monotonic() - began_s


def _emulated(
    running: RunningTarget, wish: str, workload: Workload, wanted: Data, *, workdir: Path
) -> Emulation:
    with limited(limit.LIMITS.settle_s, "emulating storage and network", workdir=workdir):
        return emulate.slowed(running, wish, workload=workload, data=wanted, workdir=workdir)


def _memory(request: Request, target: Target) -> AbstractContextManager[MemoryGroup | None]:
    """What holds the target to its memory; None where nothing does."""
    most_bytes = bounds.bound_bytes(request, target)
    return nullcontext() if most_bytes is None else bounded(most_bytes)


def _with_limits(found: Description, settings: Settings) -> Description:
    """With what the record says of a limit that we keep; a container's place tells of its own."""
    told = settings.limits.told() if settings.limits and settings.memory else {}
    return replace(found, settings={**found.settings, **told})


def _brought_in(running: RunningTarget, memory: MemoryGroup | None) -> None:
    """Let go of what loading and checking left in memory, and count what is in memory for the engine.

    What this process has read counts elsewhere, and would be there for nothing.
    """
    if memory is None or not isinstance(running, Filed):
        return
    files = running.data_files()
    if page_cache.evict(files):
        memory.read_through(files)


def _settings(target: Target, request: Request, workdir: Path, progress: Progress) -> Settings:
    return Settings(
        workdir=workdir,
        durability=request.durability,
        seed=request.seed,
        allow_writes=request.allow_writes,
        options=request.options_of(target.engine.name),
        limits=bounds.limits_of(request, target),
        tell=lambda words: progress.stage(target.text, words),
    )


@dataclass(frozen=True, slots=True)
class _Checked:
    verification: Verification | None
    next_key: int
    pipelined: bool


def _load(
    running: RunningTarget, target: Target, wanted: Data, *, seed: int, progress: Progress
) -> Loaded:
    progress.stage(target.text, f"loading {wanted.records:,} rows")

    def tell(done: int, total: int) -> None:
        progress.share(done / total if total else 1.0, f"{done:,} of {total:,} rows")

    return running.load(
        LoadPlan(
            dataset=wanted.dataset,
            records=wanted.records,
            seed=seed,
            record_size_bytes=wanted.record_size_bytes,
            format=wanted.format,
            progress=tell,
        )
    )


def _oracle(wanted: Data, seed: int) -> Oracle:
    from workloads.oracle import Oracle

    return Oracle(wanted.dataset, wanted.records, seed, wanted.record_size_bytes)


def _check(
    dialer: Dialer, workload: Workload, oracle: Oracle, *, count: int, reads: bool
) -> _Checked:
    """Compare about `count` answers, of every operation some; 0: nothing was loaded.

    Where the engine `reads`, some of what was written is read again whatever the workload asks.
    """
    from workloads.transactions import new_keys

    session = dialer.dial()
    try:
        pipelined = isinstance(session, PipelinedSession)
        if count == 0:
            return _Checked(None, oracle.records, pipelined)
        batch = _sample(workload, oracle.records, seed=oracle.seed ^ _CHECK_SEED, count=count)
        found = verify(session, oracle.dataset, oracle, workload.operations, [batch])
        if reads and oracle.main.written and found.timeout is None:
            found = found.then(read_back(session, oracle.dataset, oracle, most=_READ_BACK))
        next_key = max(oracle.records, int(new_keys(workload.operations, batch).max()) + 1)
        return _Checked(found, next_key, pipelined)
    finally:
        session.close()


def _sample(workload: Workload, records: int, *, seed: int, count: int) -> Batch:
    """About `count` operations, each as often as any other, those over the whole table rarely."""
    import numpy as np

    from workloads.stream import batches, chosen

    evenly = replace(
        workload, operations=tuple(replace(o, weight=1.0) for o in workload.operations)
    )
    kinds = len(evenly.operations)
    # enough that each operation is there as often as it is wanted
    drawn = next(batches(evenly, seed=seed, records=records, size=2 * count + 64 * kinds))
    keep = np.zeros(len(drawn), dtype=bool)
    for number, operation in enumerate(evenly.operations):
        share = _WHOLE_TABLE_CHECKS if operation.kind in ANALYTIC_KINDS else -(-count // kinds)
        keep[np.flatnonzero(drawn.operation == number)[:share]] = True
    return chosen(drawn, keep)


def _engine_info(found: Description, target: Target) -> EngineInfo:
    settings = sorted(found.settings.items())
    return EngineInfo(
        name=found.engine,
        version=found.version,
        place=found.place,
        durability=found.durability,
        in_process=target.engine.in_process,
        settings=tuple(NameValue(name=name, value=value) for name, value in settings),
    )


def _counters(running: RunningTarget, workdir: Path) -> Counters:
    with limited(limit.LIMITS.counters_s, "reading the counters", workdir=workdir):
        return running.counters()


def _row_count(running: RunningTarget, loaded: Loaded, workdir: Path) -> int:
    limits = limit.LIMITS
    with limited(limits.after(loaded, limits.count_s), "counting the rows", workdir=workdir):
        return running.row_count()


def _idle(running: RunningTarget, seconds: float, workdir: Path) -> Rates:
    """What the engine uses while nobody asks anything."""
    return baseline(lambda: Reading(now_ns(), _counters(running, workdir)), seconds)


@contextmanager
def _work_directory(results: Path) -> Iterator[Path]:
    """A private directory on the disk of the results, removed afterwards.

    Not the system's temporary directory: that may be memory, where flushing costs nothing.
    """
    try:
        results.mkdir(parents=True, exist_ok=True)
        # absolute: servers run with a working directory of their own
        path = Path(tempfile.mkdtemp(prefix=".work-", dir=results.resolve()))
    except OSError as error:
        raise PlaceError(
            f"{results}: cannot be written: {error.strerror or error}",
            hint="give another directory with --results",
        ) from error
    with Keeper() as keeper:
        keeper.directory(path)
        yield path
