"""Which records were made alike: the same question asked of the same thing in the same way."""

from __future__ import annotations

import json
import math
from functools import lru_cache
from typing import Literal

from results.bounded import bound_bytes
from results.record import Load, Record, Trial, WorkloadRef
from workloads.spec.model import WRITE_KINDS

Likeness = Literal["same", "changed"]

_MEMORY_TOLERANCE = 0.05
_GIB = 2**30
# Before the name of an engine's option among what was varied.
OPTION = "option:"


def load_text(load: Load) -> str:
    """A load as on the command line: `closed:8`, `open:2000/s`, `open:ramp(100/s..2k/s)`."""
    if load.kind == "open":
        shape = load_shape(load)
        rate = "?" if load.rate_per_s is None else f"{load.rate_per_s:g}"
        return f"open:{shape}" if shape else f"open:{rate}/s"
    if load.kind == "none":
        return "none"
    think = f",think={load.think_time_s * 1e3:g}ms" if load.think_time_s else ""
    return f"closed:{load.clients}{think}"


def load_shape(load: Load) -> str | None:
    """How a load changes by plan: `daily(50/s..500/s)`, `trace`; None for one that does not."""
    arrivals = load.arrivals or ""
    return arrivals if arrivals == "trace" else arrivals.partition(", ")[2] or None


def question(record: Record) -> tuple[object, ...]:
    """Everything that was asked but the load and the repetition; equal for comparable trials."""
    trial, engine = record.trial, record.engine
    return (
        record.workload.digest,
        trial.phase,
        trial.dataset,
        trial.data,
        trial.records,
        trial.record_size_bytes,
        trial.keys,
        trial.variant,
        options(record),
        trial.emulate,
        bound_bytes(record),
        engine.name,
        engine.version,
        engine.place,
        engine.durability,
    )


def options(record: Record) -> str:
    """The engine's options that were varied: `format=csv`; empty when none were."""
    found = (v for v in record.trial.varied if v.name.startswith(OPTION))
    return ", ".join(f"{v.name.removeprefix(OPTION)}={v.value}" for v in found)


def setting(record: Record) -> tuple[object, ...]:
    """Everything that was asked but the repetition."""
    return (*question(record), *_load(record.load))


def differences(a: Record, b: Record) -> dict[str, str]:
    """What was asked differently, the gravest first: `data size` -> `1,000 and 2,000 records`.

    The engine's version and settings are not among them: they are what people compare.
    """
    left, right = a.trial, b.trial
    named = {
        "phase": (left.phase, right.phase),
        "workload": (a.workload.name, b.workload.name),
        "engine": (a.engine.name, b.engine.name),
        "place": (a.engine.place, b.engine.place),
        "durability": (a.engine.durability, b.engine.durability),
        "emulation": (left.emulate or "none", right.emulate or "none"),
        "memory": (_memory_words(a), _memory_words(b)),
        "data size": (f"{left.records:,} records", f"{right.records:,} records"),
        "record size": (f"{left.record_size_bytes:,.0f} B", f"{right.record_size_bytes:,.0f} B"),
        "data": (_data_words(left), _data_words(right)),
        "options": (options(a) or "none", options(b) or "none"),
        "load": (_load_words(a.load), _load_words(b.load)),
    }
    found = {name: f"{x} and {y}" for name, (x, y) in named.items() if x != y}
    if a.workload.digest != b.workload.digest:
        trace = any("trace" in (each.load.arrivals or "") for each in (a, b))
        if _exercised(a.workload, trace=trace) != _exercised(b.workload, trace=trace):
            found.setdefault("workload", f"{a.workload.name} was changed")
    return found


def _memory_words(record: Record) -> str:
    """The memory that the engine was held to."""
    most = bound_bytes(record)
    return "the machine's" if most is None else f"{most / _GIB:g} GiB"


def _data_words(trial: Trial) -> str:
    """The dataset and its keys; of a person's own file the first digits of its SHA-256, too."""
    digest = next((f" {each.value[:8]}" for each in trial.data if each.name == "sha256"), "")
    return f"{trial.dataset}{digest}, keys {trial.keys}"


def other_machine(a: Record, b: Record) -> str | None:
    """How the machines differ; None when they look the same."""
    left, right = a.environment, b.environment
    if left.cpu_model != right.cpu_model:
        return f"{left.cpu_model} and {right.cpu_model}"
    if left.cpus != right.cpus:
        return f"{left.cpus} and {right.cpus} processors"
    if abs(left.memory_bytes - right.memory_bytes) > _MEMORY_TOLERANCE * left.memory_bytes:
        return f"{left.memory_bytes / _GIB:.1f} and {right.memory_bytes / _GIB:.1f} GiB of memory"
    if left.disk is not None and right.disk is not None and left.disk != right.disk:
        return f"disks {left.disk} and {right.disk}"
    return None


def machine_change(a: Record, b: Record) -> float:
    """How far the machine's own figures at the start of two runs are apart: the largest logarithm
    of a ratio, of the processor's scores, of what others left of it and, where writes are flushed, of the flush; 0 where
    they were not measured.

    Neighbours on a shared machine change them as they change what engines do.
    """
    left, right = a.environment, b.environment
    figures = [
        (left.cpu_score_single, right.cpu_score_single),
        (left.cpu_score_all, right.cpu_score_all),
        (left.cpu_free_share, right.cpu_free_share),
    ]
    if a.engine.durability == "full" and any(o.kind in WRITE_KINDS for o in a.operations):
        figures.append((left.fsync_p50_s, right.fsync_p50_s))
    return max((abs(math.log(x / y)) for x, y in figures if x and y), default=0.0)


def alike(a: WorkloadRef, b: WorkloadRef) -> Likeness | None:
    """`same`: what trials do is the same; `changed`: the name only; None: another workload.

    A change of needs, latency or retention alone leaves a workload the same.
    """
    if a.digest == b.digest:
        return "same"
    if a.name != b.name:
        return None
    return "same" if _exercised(a, trace=False) == _exercised(b, trace=False) else "changed"


def _exercised(workload: WorkloadRef, *, trace: bool) -> tuple[object, ...]:
    """The parts of a workload that decide what a trial does; needs and objectives do not."""
    document = _document(workload.document)
    data = document.get("data")
    form = data.get("format") if isinstance(data, dict) else None
    return document.get("operations"), form, document.get("traffic") if trace else None


@lru_cache(maxsize=64)
def _document(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {"operations": text}
    return found if isinstance(found, dict) else {"operations": text}


def _load(load: Load) -> tuple[object, ...]:
    return load.kind, load.clients, load.rate_per_s, load.arrivals, load.think_time_s


def _load_words(load: Load) -> str:
    """A load with everything that tells it from another."""
    if load.kind == "closed":
        return load_text(load)
    process = (load.arrivals or "unknown").partition(", ")[0]
    return f"{load_text(load)}, {process}, {load.clients} connections"
