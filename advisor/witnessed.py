"""Records as evidence: what was measured in each, with its engine, phase, day and machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from advisor.evidence import of_record
from advisor.measured import Measured, Sample
from advisor.model import Evidence


def of_records(layers: Sequence[Measured], wanted: Iterable[str]) -> dict[str, Evidence]:
    """The records of these ids that the layers have, by id."""
    names = frozenset(wanted)
    samples: dict[str, list[Sample]] = {}
    stored: dict[str, float] = {}
    for layer in layers:
        for of_kind in layer.samples.values():
            for sample in of_kind:
                if sample.record in names:
                    samples.setdefault(sample.record, []).append(sample)
        for kept in layer.storage.values():
            stored |= {k.record: k.bytes_per_record for k in kept if k.record in names}
    return {name: _record(name, samples.get(name, []), stored.get(name)) for name in samples}


def _record(name: str, samples: Sequence[Sample], stored: float | None) -> Evidence:
    first = samples[0]
    parts = list(dict.fromkeys(part for sample in samples for part in _measured(sample)))
    if stored is not None:
        parts.append(f"{stored:.4g} bytes at rest per record")
    what = "; ".join(parts) or "nothing of it was measured"
    return of_record(name, f"{first.workload} on {first.about}: {what}")


def _measured(sample: Sample) -> Iterator[str]:
    """What one operation of the kind took, as measured, before it is scaled to a workload."""
    figures = (
        (None if sample.cpu_s is None else sample.cpu_s[1], "reference core s"),
        (sample.service_mean_s, "s mean service time"),
        (sample.service_p99_s, "s p99"),
        (sample.write_bytes, "bytes written"),
        (sample.write_ios, "writes"),
        (sample.log_bytes, "bytes of log"),
        (sample.read_units, "read units"),
        (sample.write_units, "write units"),
    )
    said = [f"{value:.4g} {unit}" for value, unit in figures if value is not None]
    if said:
        yield f"one {sample.kind}: {', '.join(said)}"
