"""Items made in a second thread while the ones before are being used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")

_DEPTH = 3
_LOOK_S = 0.1


@contextmanager
def made_ahead(items: Iterator[Item]) -> Iterator[Iterator[Item]]:
    """The same items in order, up to `_DEPTH` of them ahead of their use.

    What the making raises is raised where the items are used. The thread ends with the context.
    """
    made: queue.Queue[Item | _End] = queue.Queue(_DEPTH)
    stop = threading.Event()

    def put(item: Item | _End) -> None:
        while not stop.is_set():
            try:
                made.put(item, timeout=_LOOK_S)
                return
            except queue.Full:
                continue

    def work() -> None:
        try:
            for item in items:
                put(item)
                if stop.is_set():
                    return
            put(_End(None))
        except BaseException as error:  # noqa: BLE001 - raised again where the items are used
            put(_End(error))

    def taken() -> Iterator[Item]:
        while not isinstance(item := made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error

    thread = threading.Thread(target=work, name="storefit-generator", daemon=True)
    thread.start()
    try:
        yield taken()
    finally:
        stop.set()
        thread.join()


class _End:
    """There are no more items, or none could be made."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error
