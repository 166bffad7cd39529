"""Bulk loading: BatchWriteItem of 25 items at a time, from several threads.

What the service leaves undone, or refuses because it is too much at once, is sent again after a
pause that grows.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.engines.dynamodb.link import THROTTLES, Call, caller
from bench.engines.lmdb.columns import attribute_sizes, plain
from bench.engines.seam import LoadPlan, OperationFailed
from workloads import datasets
from workloads.datasets import canonical

if TYPE_CHECKING:
    import pyarrow as pa

    from bench.engines.dynamodb.items import Form, Item

THREADS = 8
BATCH_ITEMS = 25  # the most of one BatchWriteItem
BATCH_BYTES = 8 << 20  # half of what the service takes: JSON is longer than what it counts
_LONGEST_PAUSE_S = 5.0
_FIRST_PAUSE_S = 0.05
_GIVE_UP_S = 300.0  # without any progress of one batch


@dataclass(slots=True)
class Loading:
    """What loading took. `throttled`: batches that were not taken whole, and sent again."""

    seconds: float = 0.0
    logical_bytes: int = 0
    write_units: float = 0.0
    throttled: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, units: float, throttled: int) -> None:
        """Count a batch; threads ask at once."""
        with self.lock:
            self.write_units += units
            self.throttled += throttled


def load(client: Any, forms: Mapping[str, Form], plan: LoadPlan) -> Loading:
    """Put the plan's rows into empty tables. Raises OperationFailed."""
    made, call = Loading(), caller(client.batch_write_item)
    start_s = time.perf_counter()
    counts = {name: plan.dataset.row_count(name, plan.records) for name in forms}
    done, waiting = 0, set[Future[int]]()
    with (
        ThreadPoolExecutor(THREADS, thread_name_prefix="storefit-load") as pool,
        ExitStack() as undo,
    ):
        undo.callback(pool.shutdown, cancel_futures=True)
        for form, items in _batches(forms, plan, made):
            if len(waiting) >= 2 * THREADS:
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                done += sum(each.result() for each in finished)
                if plan.progress is not None:
                    plan.progress(done, sum(counts.values()))
            waiting.add(pool.submit(write, call, form, items, made))
        done += sum(each.result() for each in waiting)
    if plan.progress is not None:
        plan.progress(done, sum(counts.values()))
    made.seconds = time.perf_counter() - start_s
    return made


def write(
    call: Call,
    form: Form,
    items: list[Item],
    made: Loading,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Write one batch whole; the number of items. Raises OperationFailed."""
    left: Any = {form.name: [{"PutRequest": {"Item": item}} for item in items]}
    pause_s, since_s = _FIRST_PAUSE_S, 0.0
    while True:
        try:
            answer = call({"RequestItems": left, "ReturnConsumedCapacity": "TOTAL"})
        except OperationFailed as failure:
            if failure.kind not in THROTTLES or since_s > _GIVE_UP_S:
                raise
            answer = {"UnprocessedItems": left}
        units = sum(float(each["CapacityUnits"]) for each in answer.get("ConsumedCapacity") or ())
        rest = answer.get("UnprocessedItems")
        made.note(units, bool(rest))
        if not rest:
            return len(items)
        if len(rest[form.name]) < len(left[form.name]):
            pause_s, since_s = _FIRST_PAUSE_S, 0.0
        elif since_s > _GIVE_UP_S:
            raise OperationFailed("throttling", f"no item was taken for {since_s:.0f} s")
        left = rest
        sleep(pause_s * random.uniform(0.5, 1.0))  # so that the threads do not come back at once
        since_s += pause_s
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _batches(
    forms: Mapping[str, Form], plan: LoadPlan, made: Loading
) -> Iterator[tuple[Form, list[Item]]]:
    """Items of every table in batches that are taken at once."""
    for name, form in forms.items():
        for chunk in datasets.chunks(
            plan.dataset,
            name,
            plan.records,
            seed=plan.seed,
            record_size_bytes=plan.record_size_bytes,
        ):
            size = _logical_bytes(chunk)
            made.logical_bytes += size
            items = min(BATCH_ITEMS, max(1, BATCH_BYTES * chunk.num_rows // max(1, size) // 2))
            for start in range(0, chunk.num_rows, items):
                yield form, [form.item(row) for row in canonical(chunk.slice(start, items))]


def _logical_bytes(chunk: pa.RecordBatch) -> int:
    return sum(
        attribute_sizes(name, plain(column))[1]
        for name, column in zip(chunk.schema.names, chunk.columns, strict=True)
    )
