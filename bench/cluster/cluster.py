"""A Dask cluster that is used for load: made here and ended again, or joined and left."""

from __future__ import annotations

import contextlib
import importlib
import logging
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.cluster import software
from bench.cluster.crew import ClusterCrew
from bench.cluster.where import Where
from bench.driver.crew import interrupts_blocked
from bench.environment import cpu_count
from bench.targets.keeper import Keeper
from workloads.errors import PlaceError

if TYPE_CHECKING:
    import asyncio

_CONNECT_S = 5.0
# A worker that died is started again by its nanny, which takes a second or two.
_RESTART_S = 15.0
_CLOSE_S = 10.0


class Cluster:
    """Dask workers with our software on them. Made by `opened`."""

    def __init__(self, client: Any, *, size: int) -> None:
        self._client = client
        self._here = software.look()
        self._machines: dict[str, software.Machine] = {}
        self._gone: set[str] = set()  # ids: a new worker may have the address of one that died
        self._ids: dict[str, str] = {}
        self.size = size

    def crew(self, size: int) -> ClusterCrew:
        """A crew of so many workers; a context manager."""
        return ClusterCrew(self, size)

    @property
    def cpus(self) -> int:
        """Processors of the machines of all workers."""
        machines = {machine.clock: machine.cpus for machine in self._machines.values()}
        return max(1, sum(machines.values()))

    @property
    def machines(self) -> int:
        """On how many machines the workers are."""
        return len({machine.clock for machine in self._machines.values()})

    @property
    def away(self) -> int:
        """How many workers cannot reach what only this machine can."""
        here = self._here.machine.reach
        return sum(machine.reach != here for machine in self._machines.values())

    def look_around(self) -> None:
        """Learn of the workers that are there now. PlaceError when one has other software."""
        present = self._addresses()
        self._machines = {a: m for a, m in self._machines.items() if a in present}
        new = [address for address in present if address not in self._machines]
        if not new:
            return
        found = self._client.run(software.look, workers=new, on_error="return")
        for address, look in found.items():
            if isinstance(look, BaseException):
                why = f"{type(look).__name__}: {look}"
                raise _unfit(address, why, self._here.software.storefit)
            differs = software.difference(self._here.software, look.software)
            if differs is not None:
                raise _unfit(address, differs, self._here.software.storefit)
            self._machines[address] = look.machine

    def spread(self, count: int, *, taken: Sequence[str]) -> list[str]:
        """Dask workers for `count` more load workers: first the machines, then the workers with
        the fewest. PlaceError when there are none."""
        until_s = time.monotonic() + _RESTART_S
        self.look_around()
        while not self._machines and time.monotonic() < until_s:
            time.sleep(0.1)
            self.look_around()
        if not self._machines:
            raise PlaceError("the cluster has no worker left", hint="start its workers again")
        used = Counter(taken)
        chosen: list[str] = []
        for _ in range(count):
            busy = Counter[str]()
            for address, number in used.items():
                if address in self._machines:
                    busy[self._machines[address].clock] += number
            best = min(
                sorted(self._machines),
                key=lambda address: (busy[self._machines[address].clock], used[address]),
            )
            chosen.append(best)
            used[best] += 1
        return chosen

    def lost(self, address: str) -> None:
        """The worker at this address is gone, even if the scheduler does not know it yet."""
        self._gone.add(self._ids.get(address, ""))

    def shares_clock(self, address: str) -> bool:
        """Whether a worker's machine has the same clock as this process."""
        return self._machines[address].clock == self._here.machine.clock

    # --- for crews, in the event loop's thread

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Dask's event loop, in a thread of its own."""
        found: asyncio.AbstractEventLoop = self._client.loop.asyncio_loop
        return found

    async def actor(self, kind: type, address: str) -> Any:
        """An object of this kind on that worker."""
        return await self._client.submit(
            kind, actor=True, workers=[address], allow_other_workers=False, pure=False
        )

    def release(self, actor: Any) -> None:
        """Forget an actor, here and over there."""
        with contextlib.suppress(Exception):
            actor._future.release()

    def _addresses(self) -> list[str]:
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        self._ids = {address: str(worker["id"]) for address, worker in workers.items()}
        return [address for address, number in self._ids.items() if number not in self._gone]


@contextmanager
def opened(where: Where) -> Iterator[Cluster]:
    """Connected, its workers looked at; closed again at the end, and ended if it was made here.

    PlaceError when Dask is missing, nobody answers, or a worker has other software.
    """
    if find_spec("distributed") is None:
        raise PlaceError(
            f"--cluster {where.text} needs Dask, which is not installed here",
            hint="pip install 'storefit[cluster]'",
        )
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # we say ourselves what matters
    with _local(where) if where.address is None else _joined(where.address) as (client, size):
        cluster = Cluster(client, size=size)
        cluster.look_around()
        yield cluster


@contextmanager
def _local(where: Where) -> Iterator[tuple[Any, int]]:
    """Processes on this machine; their scratch files go when they do."""
    size = where.size or cpu_count()
    scratch = Path(tempfile.mkdtemp(prefix="storefit-"))
    with Keeper() as keeper:
        keeper.directory(scratch)
        # An interrupt at the terminal is for the parent: threads and processes that are made now
        # never see it.
        with interrupts_blocked():
            local = _dask().LocalCluster(
                n_workers=size,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",  # any free port; nobody is told
                local_directory=str(scratch),
                silence_logs=logging.CRITICAL,
            )
        try:
            with _client(local) as client:
                yield client, size
        finally:
            _close(local)


@contextmanager
def _joined(address: str) -> Iterator[tuple[Any, int]]:
    """A cluster that somebody else runs; it is left as it was found."""
    with _client(address) as client:
        try:
            client.wait_for_workers(1, timeout=_CONNECT_S)
        except (TimeoutError, OSError) as error:
            raise PlaceError(
                f"the scheduler at {address} has no workers",
                hint=f"start some: dask worker {address}",
            ) from error
        yield client, len(client.scheduler_info(n_workers=-1)["workers"])


@contextmanager
def _client(cluster: Any) -> Iterator[Any]:
    direct = not isinstance(cluster, str)
    try:
        # through the scheduler where the workers' addresses may not be reachable from here
        client = _dask().Client(cluster, timeout=_CONNECT_S, direct_to_workers=direct)
    except (OSError, TimeoutError, ValueError) as error:
        raise PlaceError(
            f"no Dask scheduler answers at {cluster}: {error}",
            hint="start one with `dask scheduler`, or use --cluster local",
        ) from error
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):
            client.close(timeout=_CLOSE_S)


def _close(local: Any) -> None:
    """End a cluster of ours; a worker that does not end by itself is killed."""
    import psutil

    processes = []
    for nanny in local.workers.values():
        with contextlib.suppress(Exception):
            processes.append(psutil.Process(nanny.process.pid))
    with contextlib.suppress(Exception):
        local.close(timeout=_CLOSE_S)
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()


def _dask() -> Any:
    """Dask's distributed scheduler: an optional package that is half typed."""
    return importlib.import_module("distributed")


def _unfit(address: str, why: str, version: str) -> PlaceError:
    return PlaceError(
        f"the Dask worker at {address} cannot do our work: {why}",
        hint=f"install the same storefit {version} and Python on all machines, then restart them",
    )
