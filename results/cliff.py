"""Where the data stops fitting: the cliff in a ladder of sizes, and when growth will reach it.

Throughput falls a little with every doubling of the data anyway (trees get deeper, caches hold a
smaller share). A step is steep when it falls by more than that, with its whole interval; steep steps
one after the other are one cliff, where no larger size is fast again; the deepest is told. Trials
that a gate refused are left out.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from results.bounded import bound_bytes, memory_bytes
from results.display import number, size
from results.likeness import load_text, options
from results.record import Record
from results.series import rates_per_s
from workloads.errors import InputError
from workloads.growth import growth
from workloads.spec.document import from_document

# A step is steep when throughput falls at least so much for each doubling of the data: 1.1 is
# more than a level of a tree costs, far less than a miss of memory does.
STEEP_PER_DOUBLING = 1.10
# Less than this in all is no cliff that anybody would act on.
LEAST_DEPTH = 1.5
_FEWEST_SIZES = 3
# The rest of a machine's memory is the engine's own and the system's.
_USABLE = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One size of a ladder. `spread`: variance of the mean of the logarithms of throughput."""

    records: int
    stored_bytes: int | None
    log_throughput: float
    spread: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """One engine under one load over growing numbers of records.

    `below`, `above` are the sizes between which the cliff lies, None: none was crossed. `depth`:
    how many times faster the engine is below it, with its 95 % interval (None: a single trial
    each whose own scatter is not known).
    """

    engine: str
    place: str
    workload: str
    load: str
    options: str
    rungs: tuple[Rung, ...]
    below: Rung | None = None
    above: Rung | None = None
    depth: float | None = None
    depth_low: float | None = None
    depth_high: float | None = None

    @property
    def text(self) -> str:
        """A sentence for people."""
        name = f"{self.engine}{f' ({self.options})' if self.options else ''}, {self.load}"
        if self.below is None or self.above is None or self.depth is None:
            last = self.rungs[-1]
            return (
                f"{name}: no cliff up to {number(last.records)} records"
                f"{_bytes(last)}: all of it fits, none of it does, or it waits for something else"
            )
        interval = (
            ""
            if self.depth_low is None or self.depth_high is None
            else f" ({self.depth_low:.3g} to {self.depth_high:.3g})"
        )
        return (
            f"{name}: between {number(self.below.records)}{_bytes(self.below)} and "
            f"{number(self.above.records)} records{_bytes(self.above)} throughput falls "
            f"{self.depth:.3g} times{interval}"
        )


def ladders(records: Sequence[Record]) -> tuple[Ladder, ...]:
    """A ladder for each engine and load that was measured at three numbers of records or more.

    Only trials of the mix that varied nothing else, and the base that they vary from.
    """
    groups: dict[tuple[str, ...], dict[int, list[Record]]] = {}
    for record in records:
        if _belongs(record):
            sizes = groups.setdefault(_key(record), {})
            sizes.setdefault(record.trial.records, []).append(record)
    return tuple(
        _ladder(key, sizes) for key, sizes in groups.items() if len(sizes) >= _FEWEST_SIZES
    )


def bytes_per_record(ladder: Ladder) -> float | None:
    """Bytes at rest that one more record takes, indexes included: least squares over the sizes."""
    points = [(r.records, r.stored_bytes) for r in ladder.rungs if r.stored_bytes is not None]
    if len(points) < 2:
        return None
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else None


def outlook(ladder: Ladder, record: Record) -> str | None:
    """How many records fit, below the cliff or into this machine's memory, and growth until then.

    None where the bytes at rest are not known.
    """
    each = bytes_per_record(ladder)
    if each is None or each <= 0:
        return None
    limit, what = _USABLE * memory_bytes(record), "the memory of this machine holds"
    if bound_bytes(record) is not None:
        what = "the memory that it was held to holds"
    if ladder.above is not None and ladder.above.stored_bytes is not None:
        limit, what = float(ladder.above.stored_bytes), "its cliff comes by"
    most = limit / each
    said = f"{ladder.engine}: {size(each)} at rest for each record more; {what} {number(most)}"
    return f"{said}{_until(most, record)}"


def shares(record: Record) -> str | None:
    """What tables and indexes take of a record at rest; None where the engine does not tell."""
    storage = record.storage
    if storage is None or not storage.parts or not storage.rows:
        return None
    named = ", ".join(
        f"{size(part.stored_bytes / storage.rows)} in"
        f" {f'index {part.index}' if part.index else f'table {part.table}'}"
        for part in storage.parts
    )
    return f"{record.engine.name}: {named} for each of {number(storage.rows)} records"


def _until(most: float, record: Record) -> str:
    """When growth takes half of so many records to all of them; empty without growth."""
    try:
        found = growth(from_document(json.loads(record.workload.document)))
    except (ValueError, InputError):
        return ""
    half = replace(found, now=most / 2)
    months = half.months_until(most)
    if months is None:
        kept = found.net and found.by_month is None and found.most < most
        return f"; as they expire there are never more than {number(found.most)}" if kept else ""
    how = "growing as declared"
    if found.by_month is None:
        how = f"at {number(found.net)} records more a month (inserts less deletes)"
    return f"; {how}, half of that gets there in {months:.2g} months"


def _belongs(record: Record) -> bool:
    varied = {v.name for v in record.trial.varied}
    return (
        record.is_evidence
        and record.load.kind == "closed"  # open load offers what it offers, whatever the size
        and record.trial.phase == "mix"
        and record.throughput_per_s > 0
        and varied <= {"data.records"}
    )


def _key(record: Record) -> tuple[str, ...]:
    trial, engine = record.trial, record.engine
    return (
        *(engine.name, engine.place, engine.version, engine.durability),
        *(record.workload.name, load_text(record.load), options(record)),
        *(f"{trial.record_size_bytes:g}", trial.keys, trial.dataset, trial.variant or ""),
        str(bound_bytes(record) or ""),
    )


def _ladder(key: tuple[str, ...], sizes: dict[int, list[Record]]) -> Ladder:
    rungs = tuple(_rung(records, group) for records, group in sorted(sizes.items()))
    found = Ladder(
        engine=key[0], place=key[1], workload=key[4], load=key[5], options=key[6], rungs=rungs
    )
    best = max(_cliffs(rungs), key=lambda c: c[2], default=None)
    if best is None:
        return found
    below, above, depth, half = best
    return replace(
        found,
        below=below,
        above=above,
        depth=math.exp(depth),
        depth_low=None if half is None else math.exp(depth - half),
        depth_high=None if half is None else math.exp(depth + half),
    )


def _cliffs(rungs: Sequence[Rung]) -> Iterator[tuple[Rung, Rung, float, float | None]]:
    """Every run of steep steps: both ends, the logarithm of the fall, and half its interval."""
    steep = [_is_steep(a, b) for a, b in itertools.pairwise(rungs)]
    first = 0
    while first < len(steep):
        last = first
        while last < len(steep) and steep[last]:
            last += 1
        if last > first:
            below, above = rungs[first], rungs[last]
            depth = below.log_throughput - above.log_throughput
            beyond = max(rung.log_throughput for rung in rungs[last:])
            # a slow minute of the machine passes, a cliff stays
            if min(depth, below.log_throughput - beyond) >= math.log(LEAST_DEPTH):
                yield below, above, depth, _half(below, above)
        first = last + 1


def _is_steep(a: Rung, b: Rung) -> bool:
    usual = math.log(STEEP_PER_DOUBLING) * math.log2(b.records / a.records)
    return a.log_throughput - b.log_throughput - (_half(a, b) or 0.0) > usual


def _half(a: Rung, b: Rung) -> float | None:
    """Half the 95 % interval of the difference of two rungs."""
    from results.statistics import t_quantile

    if a.spread is None or b.spread is None:
        return None
    degrees = max(a.n + b.n - 2, 1) if min(a.n, b.n) > 1 else 30
    return t_quantile(degrees, 0.975) * math.sqrt(a.spread + b.spread)


def _rung(records: int, group: Sequence[Record]) -> Rung:
    logs = [math.log(record.throughput_per_s) for record in group]
    mean = sum(logs) / len(logs)
    stored = [r.storage.stored_bytes for r in group if r.storage and r.storage.stored_bytes]
    return Rung(
        records=records,
        stored_bytes=max(stored) if stored else None,
        log_throughput=mean,
        spread=_spread(logs, mean, group),
        n=len(logs),
    )


def _spread(logs: Sequence[float], mean: float, group: Sequence[Record]) -> float | None:
    """Of repetitions between each other; of a single trial what its own series shows."""
    if len(logs) > 1:
        return sum((x - mean) ** 2 for x in logs) / (len(logs) - 1) / len(logs)
    from results.statistics import relative_half_width

    rates = rates_per_s(group[0].series, group[0].duration_s)
    half = relative_half_width(rates) if len(rates) > 1 else None
    return None if half is None else (half / 1.96) ** 2


def _bytes(rung: Rung) -> str:
    return "" if rung.stored_bytes is None else f" ({size(rung.stored_bytes)})"
