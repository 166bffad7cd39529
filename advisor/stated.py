"""What a case says of itself, as figures: where the chain of every number ends that is no fact.

A value that the workload file has is `documented` by it; a default, or a value that follows from
others, is `assumed`. The ids are `workload/PATH`.
"""

from __future__ import annotations

from functools import cache

from advisor.case import Case
from advisor.model import Evidence
from advisor.variations import natural
from workloads import spec
from workloads.spec.variation import Input

PREFIX = "workload/"
_SECTIONS = (
    *("data.", "traffic.", "retention.", "latency."),
    *("needs.connections", "needs.indexes", "needs.regions"),
)
_NEVER = frozenset({"data.dataset", "data.file", "data.key", "traffic.trace"})
_DECLARED = "the workload file"
_DEFAULT = "assumption: nobody said"


@cache
def _read() -> tuple[Input, ...]:
    """The inputs that sizing reads."""
    return tuple(
        entry
        for entry in spec.inputs()
        if entry.file_path.startswith(_SECTIONS) and entry.file_path not in _NEVER
    )


def entries(case: Case) -> tuple[Evidence, ...]:
    """The inputs that sizing reads and that have a value, and the mix."""
    found: list[Evidence] = []
    for entry in _read():
        value = spec.value_of(case.filled, entry.path)
        if value is None:
            continue
        declared = spec.value_of(case.workload, entry.path) is not None
        number = isinstance(value, int | float) and not isinstance(value, bool)
        found.append(
            _entry(
                entry.file_path,
                value if number else natural(entry, value),
                declared=declared,
                unit=entry.unit if number else "",
            )
        )
    total = sum(o.weight for o in case.filled.operations) or 1.0
    for operation in case.filled.operations:
        found.append(
            _entry(
                f"operations.{operation.kind}.weight",
                operation.weight / total,
                declared=bool(case.workload.operations),
                unit="of the operations",
            )
        )
    return tuple({entry.id: entry for entry in found}.values())


def _entry(path: str, value: float | str, *, declared: bool, unit: str) -> Evidence:
    return Evidence(
        id=f"{PREFIX}{path}",
        kind="documented" if declared else "assumed",
        label=path,
        value=value,
        unit=unit,
        source=_DECLARED if declared else _DEFAULT,
        date="",
    )
