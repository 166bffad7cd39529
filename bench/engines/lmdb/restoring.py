"""Looks at a copy of a store in a process of its own.

LMDB maps a file into memory and believes it: a copy that is cut off or holds wrong page numbers ends
the process that reads it by a signal. That must not be storefit's.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bench.engines.lmdb import ageing
from bench.engines.lmdb.environment import Store
from bench.engines.lmdb.handle import Plan
from bench.engines.retention import Contents, damaged
from bench.engines.seam import OperationFailed
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def looked_at(store: Store, plan: Plan) -> Mapping[str, Contents]:
    """All rows of a copy. OperationFailed (`damaged`) where it cannot be read to its end."""
    context = multiprocessing.get_context("forkserver")
    receiving, sending = context.Pipe(duplex=False)
    reader = context.Process(target=_read, args=(store, plan, sending), daemon=True)
    with receiving:
        reader.start()
        sending.close()
        try:
            found = receiving.recv()
        except EOFError:
            reader.join()
            code = reader.exitcode or 0
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            raise damaged(f"reading the copy ended by {how}") from None
        finally:
            if reader.is_alive():
                reader.join(1.0)
                reader.kill()
            reader.join()
    if isinstance(found, str):
        raise damaged(found)
    contents: Mapping[str, Contents] = found
    return contents


def _read(store: Store, plan: Plan, sending: Connection) -> None:
    """The whole life of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        sending.send(ageing.contents(store, plan))
    except (OperationFailed, PlaceError) as failure:
        sending.send(str(failure))
