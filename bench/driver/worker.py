"""One worker: prepares a job, runs its load, reports. Knows neither processes nor pipes.

The worker looks at the parent's messages between bursts, and always before it counts a burst,
so a window that was named before it began is in force for every operation in it.
"""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bench.driver.closed import MOST_FAILURES_IN_A_ROW, ClosedLoop
from bench.driver.effort import Meter
from bench.driver.feed import Feed, batch_size
from bench.driver.inline import InlineLoop
from bench.driver.lateness import Lateness
from bench.driver.messages import Begin, Failed, Job, Progress, Quit, Ready, Report, Stop, Window
from bench.driver.pipelined import Connection, PipelinedLoop
from bench.driver.recorder import FOREVER_NS, Burst, Recorder
from bench.driver.schedule import Dues
from bench.driver.shared import SharedLoop
from bench.engines.seam import REFUSED, OperationFailed, PipelinedBound, PipelinedSession
from workloads.errors import StorefitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.engines.seam import Bound, Session
    from workloads.stream import Batch

_PAUSE_AFTER_FAILURES_S = 0.01
"""One pause of this length follows each row of failures: a dead engine is not hammered."""

# So many objects are those of modules: they stay, and the collections before later trials need not
# look at them again (50 ms of every trial). What a trial leaves is far less.
_MANY_OBJECTS = 10_000
# A refused client asks again after such a pause: less would load a server that is full already.
_PAUSE_AFTER_REFUSAL_S = 0.05
# Clients of one worker share a thread, and asking takes a millisecond from the others.
_PAUSE_BEFORE_JOINING_NS = 1_000_000_000

Loop = ClosedLoop | InlineLoop | PipelinedLoop | SharedLoop
OVERLAPPING = (PipelinedLoop, SharedLoop)  # have requests under way between bursts

# Operations encoded at a time: between bursts in closed load, in the gaps of open load.
_CLOSED_BATCH = 8_192
_OPEN_BATCH = 256


class Link(Protocol):
    """The worker's end of the connection to its parent."""

    def wait(self) -> object:
        """The next message; EOFError when the parent is gone."""
        ...

    def poll(self) -> object | None:
        """The next message if there is one; EOFError when the parent is gone."""
        ...

    def send(self, message: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the worker sees it: one clock in two units, sleeping for seconds, CPU nanoseconds."""

    now_ns: Callable[[], int] = time.perf_counter_ns
    now_s: Callable[[], float] = time.perf_counter
    sleep: Callable[[float], None] = time.sleep
    cpu_ns: Callable[[], int] = time.process_time_ns


def serve(link: Link, clock: Clock) -> None:
    """Do jobs until told to quit or the parent is gone."""
    while True:
        message = link.wait()
        if isinstance(message, Quit):
            return
        if not isinstance(message, Job):
            continue  # a Stop that crossed the end of the trial before
        try:
            perform(message, link, clock)
        except EOFError:
            raise
        except OperationFailed as failure:
            link.send(Failed(failure.kind, str(failure)))
        except StorefitError as error:
            link.send(Failed("place", error.message))
        except Exception as error:  # noqa: BLE001 - becomes the trial's error
            link.send(Failed(type(error).__name__, str(error)))


def perform(job: Job, link: Link, clock: Clock) -> None:
    """One trial, from dialling to the report."""
    trial = _Trial(job, link, clock)
    try:
        trial.run()
    finally:
        trial.close()


class _Trial:
    """The sessions, the loop and the counts of one job."""

    def __init__(self, job: Job, link: Link, clock: Clock) -> None:
        self._job = job
        self._link = link
        self._clock = clock
        self._sessions: list[Session] = []
        self._from_ns = self._to_ns = FOREVER_NS
        self._stopped = False
        self._lost: str | None = None
        self._dialled_again = False
        self._row = 0  # failures since the last success
        self._equipped = False  # there has been a session, so there is a feed and a loop
        self._refusal = ""
        self._ask_again_ns = 0
        self._started_ns: int | None = None
        self._counted_ns = self._missed_ns = 0
        self._recorder = Recorder(
            len(job.workload.operations),
            resolution_ns=job.resolution_ns,
            slice_ns=job.slice_ns,
            open_load=job.schedule is not None,
        )
        self._lateness = Lateness(
            job.limits, operations=len(job.workload.operations), slice_ns=job.slice_ns
        )
        self._meter = Meter(cpu_clock=clock.cpu_ns)

    def run(self) -> None:
        job, link = self._job, self._link
        self._dues = _dues(job)
        bounds = self._dial()
        usage = self._usage()
        if bounds:
            self._equip(bounds)
        pids = {pid for session in self._sessions for pid in session.server_pids()}
        gc.collect()
        if len(gc.get_objects()) > _MANY_OBJECTS:
            gc.freeze()
        gc.disable()  # a collection inside the timed path would be measured as the engine's
        try:
            link.send(Ready(tuple(sorted(pids))))
            begin = self._await_begin()
            if begin is not None:
                self._go_through(begin)
        finally:
            gc.enable()
        report = self._report(usage)
        self.close()  # before the report, so that the parent reads what the engine books now
        link.send(report)

    def close(self) -> None:
        for session in self._sessions:
            try:
                session.close()
            except Exception as error:  # noqa: BLE001 - the trial is over, its counts are kept
                self._recorder.failure("close", self._clock.now_ns(), str(error))
        self._sessions = []

    # --- preparing

    def _dial(self, most: int | None = None) -> list[list[Bound]]:
        """Dial for every client that has no session (at most so many); of a refusal on, no more."""
        job = self._job
        missing = job.clients - len(self._sessions)
        bounds: list[list[Bound]] = []
        for _ in range(missing if most is None else min(missing, most)):
            try:
                session = job.dialer.dial()
            except OperationFailed as failure:
                if failure.kind != REFUSED:
                    raise
                self._recorder.refusal(self._clock.now_ns(), str(failure))
                self._ask_again_ns = self._clock.now_ns() + _PAUSE_BEFORE_JOINING_NS
                self._refusal = str(failure)
                break
            self._sessions.append(session)
            bounds.append([session.bind(operation) for operation in job.workload.operations])
        return bounds

    def _equip(self, bounds: list[list[Bound]]) -> None:
        """What it takes to offer load, with the first session or those of all clients."""
        job = self._job
        self._feed = Feed(
            _stream(job), operations=job.workload.operations, bounds=bounds[0], records=job.records
        )
        self._loop = self._choose(bounds)
        self._equipped = True

    def _connect(self, give_up_ns: int) -> list[list[Bound]]:
        """Dial until there is a session; none when the time is up, or that of an engine gone."""
        clock = self._clock
        while not self._stopped and (now := clock.now_ns()) < self._to_ns:
            bounds = self._dial()
            if bounds:
                return bounds
            if now > give_up_ns:
                self._lost = f"cannot connect again: {self._refusal}"
                break
            clock.sleep(_PAUSE_AFTER_REFUSAL_S)
            self._hear()
            self._mark(clock.now_ns())
            self._tell(clock.now_ns())
        return []

    def _choose(self, bounds: list[list[Bound]]) -> Loop:
        job, clock = self._job, self._clock
        connections = self._connections(bounds)
        if self._dues is None and job.clients == 1:
            return ClosedLoop(
                self._feed,
                bounds[0],
                clock=clock.now_s,
                sleep=clock.sleep,
                think_ns=job.think_ns,
            )
        if connections and self._dues is None and not job.think_ns:
            return SharedLoop(self._feed, connections, clock=clock.now_s)
        if connections and self._dues is not None and job.schedule is not None:
            return PipelinedLoop(
                self._feed,
                connections,
                dues=self._dues,
                gap_ns=1e9 * job.workers / job.schedule.rate_per_s,
                clock=clock.now_ns,
                sleep=clock.sleep,
            )
        if job.clients != 1 or self._dues is None:
            raise OperationFailed("clients", "several clients of a worker need pipelined sessions")
        return InlineLoop(self._feed, bounds[0], self._dues, clock=clock.now_ns, sleep=clock.sleep)

    def _connections(self, bounds: list[list[Bound]]) -> list[Connection]:
        """The newest sessions as connections; empty when any of them cannot be pipelined."""
        found = []
        for session, row in zip(self._sessions[-len(bounds) :], bounds, strict=True):
            pipelined = [bound for bound in row if isinstance(bound, PipelinedBound)]
            if isinstance(session, PipelinedSession) and len(pipelined) == len(row):
                found.append(Connection(session, pipelined))
        return found if len(found) == len(bounds) else []

    def _await_begin(self) -> Begin | None:
        while True:
            message = self._link.wait()
            if isinstance(message, Begin):
                self._to_ns = message.end_ns
                self._recorder.begin(message.at_ns)
                self._lateness.start_ns = message.at_ns
                if self._dues is not None:
                    self._dues.begin(message.at_ns)
                return message
            if isinstance(message, Stop):
                return None

    # --- offering load

    def _go_through(self, begin: Begin) -> None:
        """Offer the load; an error that the engine did not translate ends it, and is reported."""
        try:
            self._offer(begin)
            self._drain()
        except EOFError:
            raise
        except Exception as error:  # noqa: BLE001 - becomes the trial's error; the counts stay
            self._lost = f"{type(error).__name__}: {error}"

    def _offer(self, begin: Begin) -> None:
        """Bursts until the window ends."""
        clock, job = self._clock, self._job
        ahead_s = (begin.at_ns - clock.now_ns()) / 1e9
        if ahead_s > 0:
            clock.sleep(ahead_s)
        self._last_success_ns = self._started_ns = now = clock.now_ns()
        if not self._equipped:
            bounds = self._connect(FOREVER_NS)
            if bounds:
                self._equip(bounds)
            self._last_success_ns = now = clock.now_ns()
        self._mark(now)
        while now < self._to_ns and not self._stopped and self._lost is None:
            self._step(min(now + job.burst_ns, self._to_ns), due_before_ns=self._to_ns)
            now = clock.now_ns()

    def _drain(self) -> None:
        """Open load: go on with what was due before the end, for a while; then give up on it."""
        now = self._clock.now_ns()
        in_vain = self._stopped or self._lost or not self._sessions
        limit_ns = now + (0 if in_vain else self._job.drain_ns)
        while now < limit_ns and self._backlog() and not self._stopped and self._lost is None:
            self._step(min(now + self._job.burst_ns, limit_ns), due_before_ns=self._to_ns)
            now = self._clock.now_ns()
        if self._equipped and isinstance(self._loop, OVERLAPPING):
            self._count(self._loop.abandon("timeout", "no answer by the end of the trial"))
        if self._dues is not None and not self._stopped:
            due = self._dues.take_before(min(self._to_ns, now))
            self._recorder.never_sent(due)

    def _backlog(self) -> bool:
        if self._dues is None:
            return isinstance(self._loop, OVERLAPPING) and self._loop.outstanding > 0
        outstanding = isinstance(self._loop, OVERLAPPING) and self._loop.outstanding > 0
        return outstanding or self._dues.peek() < self._to_ns

    def _step(self, until_ns: int, *, due_before_ns: int) -> None:
        """One burst, then the parent's messages, then the counting."""
        clock, meter, loop = self._clock, self._meter, self._loop
        if not isinstance(loop, PipelinedLoop):
            loop.make_ready()
        spare_ns = 0 if isinstance(loop, ClosedLoop) else loop.spare_ns
        cpu_ns, start_ns = meter.cpu_ns(), clock.now_ns()
        if isinstance(loop, ClosedLoop):
            burst = loop.burst(until_ns)
        else:
            burst = loop.burst(until_ns, due_before_ns=due_before_ns)
        end_ns = clock.now_ns()
        meter.burst(
            busy_ns=end_ns - start_ns,
            call_cpu_ns=meter.cpu_ns() - cpu_ns,
            spare_ns=0 if isinstance(loop, ClosedLoop) else loop.spare_ns - spare_ns,
        )
        self._hear()
        self._count(burst)
        self._mark(end_ns)
        self._tell(end_ns)
        self._look_after(burst, end_ns)
        if len(self._sessions) < self._job.clients and end_ns >= self._ask_again_ns:
            self._join()
        if isinstance(loop, InlineLoop) and not burst.end.size:
            self._rest(until_ns)

    def _tell(self, now_ns: int) -> None:
        """Give the parent the slices that are complete."""
        slices, complete = self._recorder.complete_slices(now_ns)
        if slices:
            self._link.send(Progress(slices, complete, self._lateness.complete(complete)))

    def _rest(self, until_ns: int) -> None:
        """Nothing was due in this burst: sleep until it ends."""
        ahead_s = (until_ns - self._clock.now_ns()) / 1e9
        if ahead_s > 0:
            self._clock.sleep(ahead_s)

    def _hear(self) -> None:
        while (message := self._link.poll()) is not None:
            if isinstance(message, Window):
                border_ns = message.from_ns if self._from_ns == FOREVER_NS else message.to_ns
                self._missed_ns = max(self._missed_ns, self._counted_ns - border_ns)
                self._from_ns, self._to_ns = message.from_ns, message.to_ns
                self._recorder.window(message.from_ns, message.to_ns)
            elif isinstance(message, Stop):
                self._stopped = True

    def _count(self, burst: Burst) -> None:
        for kind, at_ns, text in self._loop.failures:
            self._recorder.failure(kind, at_ns, text)
        self._recorder.add(burst)
        self._lateness.add(burst)
        if burst.end.size:
            self._counted_ns = int(burst.end[-1])

    def _mark(self, now_ns: int) -> None:
        self._meter.mark(now_ns, operations=self._recorder.operations_done, from_ns=self._from_ns)

    # --- failures

    def _look_after(self, burst: Burst, now_ns: int) -> None:
        """After a row of failures: pause, dial again; without success for too long: lost."""
        count = burst.end.size
        at_the_end = _trailing(burst.failed, count)
        if count > len(burst.failed):
            self._last_success_ns, self._row = now_ns, 0
        self._row += at_the_end
        if self._row < MOST_FAILURES_IN_A_ROW:
            return
        if now_ns - self._last_success_ns > self._job.give_up_ns:
            text = self._loop.failures[-1][2] if self._loop.failures else ""
            self._lost = f"no success for {self._job.give_up_ns / 1e9:g} s: {text}"
            return
        self._clock.sleep(_PAUSE_AFTER_FAILURES_S)
        self._dial_again()
        self._row = 0

    def _dial_again(self) -> None:
        if isinstance(self._loop, OVERLAPPING):
            self._count(self._loop.abandon("lost-connection", "dialled again"))
        self._dialled_again = True
        self.close()
        try:
            bounds = self._connect(self._last_success_ns + self._job.give_up_ns)
        except (OperationFailed, StorefitError) as error:
            kind = error.kind if isinstance(error, OperationFailed) else REFUSED
            self._recorder.failure(kind, self._clock.now_ns(), str(error))
            self._lost = f"cannot connect again: {error}"
            return
        if not bounds:
            return
        self._loop.rebind(bounds[0])
        if isinstance(self._loop, OVERLAPPING):
            self._loop.reconnect(self._connections(bounds))

    def _join(self) -> None:
        """One more of the clients that were refused asks again."""
        bounds = self._dial(most=1)
        if bounds and isinstance(self._loop, OVERLAPPING):
            self._loop.join(self._connections(bounds))

    # --- reporting

    def _usage(self) -> tuple[float | None, float | None]:
        read = write = None
        for session in self._sessions:
            usage = session.usage()
            if usage.read_units is not None:
                read = (read or 0.0) + usage.read_units
            if usage.write_units is not None:
                write = (write or 0.0) + usage.write_units
        return read, write

    def _report(self, usage: tuple[float | None, float | None]) -> Report:
        recorder, job = self._recorder, self._job
        # new sessions count their units from nothing, so after dialling again they are unknown
        after = (None, None) if self._dialled_again else self._usage()
        active_ns = 0
        if recorder.first_start_ns is not None and recorder.last_end_ns is not None:
            active_ns = (recorder.last_end_ns - recorder.first_start_ns) * job.clients
        return Report(
            tallies=recorder.tallies(),
            failures=recorder.failures(),
            slices=recorder.all_slices(),
            effort=self._meter.effort(
                calls_apart=self._equipped and isinstance(self._loop, ClosedLoop),
                spare_by_clock=self._equipped and isinstance(self._loop, OVERLAPPING),
            ),
            active_ns=active_ns,
            lag=recorder.lag,
            queue_wait=recorder.queue_wait,
            unsent=recorder.unsent,
            refused=recorder.refused,
            next_key=self._feed.next_key if self._equipped else job.records,
            read_units=_difference(after[0], usage[0]),
            write_units=_difference(after[1], usage[1]),
            lost=self._lost,
            lates=self._lateness.all(),
            started_ns=self._started_ns,
            missed_ns=self._missed_ns,
        )


def _trailing(failed: tuple[int, ...], count: int) -> int:
    """How many of the last positions below `count` failed, without a gap."""
    length = 0
    for position in reversed(failed):
        if position != count - 1 - length:
            break
        length += 1
    return length


def _difference(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


def _dues(job: Job) -> Dues | None:
    if job.schedule is None:
        return None
    dues = Dues(job.schedule.moments(worker=job.worker, workers=job.workers, seed=job.seed))
    dues.ready()
    return dues


def _stream(job: Job) -> Iterator[Batch]:
    from workloads import stream

    usual = _CLOSED_BATCH if job.schedule is None else _OPEN_BATCH
    return stream.batches(
        job.workload,
        seed=job.seed,
        worker=job.worker,
        workers=job.workers,
        records=job.records,
        size=batch_size(usual, job.workload.operations, job.record_bytes),
    )
