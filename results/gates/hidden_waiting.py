"""A stall under closed load: the clients send nothing while they wait, so hardly anyone is late.

In closed load a stall delays one request of each client, however long it takes. Requests that come
at a rate of their own go on coming: of those, the share that waits longer than w is the sum of
(v - w) over all stalled answers v > w, divided by the clients' time N T. From that the percentile
follows that users would have seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from results.display import seconds
from results.gates.seam import Gate, told
from results.record import Finding, OperationResult, Record

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# An answer that takes so many times what 99 % of its kind take at most is called a stall.
_STALL = 10.0
# By so much the percentile must be larger than the recorded one.
_MATTERS = 2.0
_BISECTIONS = 50


def _check(record: Record) -> Iterator[Finding]:
    if record.load.kind != "closed" or record.outcome != "ok":
        return
    client_s = record.load.clients * record.duration_s
    measured = [_percentile(operation) for operation in record.operations]
    known = [found for found in measured if found is not None]
    stalls, counts = _stalls(record.operations)
    if not known or not stalls.size or not client_s:
        return
    percent = min(percent for percent, _ in known)
    shown_s = max(value_s for _, value_s in known)
    would_s = _longer_for((100 - percent) / 100, stalls, counts, client_s=client_s)
    if would_s <= _MATTERS * shown_s:
        return
    yield GATE.finding(
        "warning",
        f"coordinated omission: answers took up to {seconds(float(stalls.max()))}, and meanwhile the "
        f"clients sent nothing; p{percent:g} is {seconds(shown_s)} here, and would be about "
        f"{seconds(would_s)} for requests that come at this rate whatever happens (open load)",
        value=would_s,
        limit=_MATTERS * shown_s,
    )


def _percentile(operation: OperationResult) -> tuple[float, float] | None:
    """The highest percentile that the sample supports, from p99 on, and its value in seconds."""
    found = told(operation)
    for percent, value_s in ((99.9, found.p999_s), (99.0, found.p99_s)):
        if value_s is not None:
            return percent, value_s
    return None


def _stalls(
    operations: tuple[OperationResult, ...],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Times of the stalled answers of all operations, seconds, and how many took each."""
    import numpy as np

    from results.histogram import UNIT_S, Histogram

    values: list[npt.NDArray[np.float64]] = [np.zeros(0)]
    counts = [np.zeros(0, dtype=np.int64)]
    for operation in operations:
        times = told(operation)
        if times.p99_s is None or times.max_s is None or times.max_s <= _STALL * times.p99_s:
            continue
        steps, held = Histogram.from_base64(times.histogram).steps()
        stalled = steps * UNIT_S > _STALL * times.p99_s
        values.append(np.asarray(steps[stalled] * UNIT_S, dtype=np.float64))
        counts.append(held[stalled])
    return np.concatenate(values), np.concatenate(counts)


def _longer_for(
    share: float,
    stalls: npt.NDArray[np.float64],
    counts: npt.NDArray[np.int64],
    *,
    client_s: float,
) -> float:
    """The wait that this share of independent requests would exceed, seconds; 0: none would."""
    low, high = 0.0, float(stalls.max())
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        exceeding = float((counts * (stalls - middle).clip(min=0.0)).sum()) / client_s
        low, high = (middle, high) if exceeding > share else (low, middle)
    return low


GATE = Gate(
    code="G-OMISSION",
    title="Waiting that closed load hides",
    why="A client that waits for an answer does not ask, so nobody is there to be kept waiting.",
    source="Tene, How NOT to measure latency (2013): coordinated omission",
    check=_check,
    comparable=True,  # both sides hide alike
)
