"""Which operations of a workload an engine serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.seam import Bounded
from bench.runner.order import MIX
from results.record import NameValue
from workloads import datasets

if TYPE_CHECKING:
    from bench.engines.seam import Engine
    from workloads.spec.model import Operation, Workload


@dataclass(frozen=True, slots=True)
class Served:
    """The operations of a workload that an engine serves, and why it does not serve the others."""

    operations: tuple[Operation, ...]
    unsupported: tuple[NameValue, ...]

    def phase(self, phase: str) -> tuple[Operation, ...]:
        """The operations of a phase."""
        return tuple(o for o in self.operations if phase in (MIX, o.kind))


def served(workload: Workload, engine: Engine) -> Served:
    """Which operations can be measured on this engine."""
    dataset = dataset_of(workload)
    kept: list[Operation] = []
    left: dict[str, str] = {}
    for operation in workload.operations:
        kind = operation.kind
        if operation.weight <= 0:
            continue
        if kind not in engine.kinds:
            left[kind] = engine.unsupported.get(kind, "not served")
        elif isinstance(engine, Bounded) and operation.records_written > engine.most_in_transaction:
            left[kind] = (
                f"{operation.records_written:,} records in a transaction, which holds at most "
                f"{engine.most_in_transaction}"
            )
        elif kind == "join" and dataset.roles.child_table is None:
            left[kind] = f"dataset {dataset.name} has no second table"
        else:
            kept.append(operation)
    return Served(tuple(kept), tuple(NameValue(name=kind, value=why) for kind, why in left.items()))


def dataset_of(workload: Workload) -> datasets.Dataset:
    """The generator of the workload's rows."""
    return datasets.of(workload)
