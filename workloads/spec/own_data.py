"""What the file of a workload's data says that the workload leaves open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from workloads.spec import units
from workloads.spec.consistency import of_steps
from workloads.spec.faults import Fault, as_error
from workloads.spec.model import Workload

if TYPE_CHECKING:
    from workloads.datasets.own.dataset import OwnData

LIKE = 0.1  # a declared size this near to the file's is the same


def completed(workload: Workload, *, path: str) -> tuple[Workload, tuple[str, ...]]:
    """The workload with the file's number of records and their size where it says none, and notes.

    The file is read only where something is to be known from it. Raises InputError for a file that
    cannot be used, WorkloadFaults for steps about columns that it does not have.
    """
    data = workload.data
    steps = any(operation.steps for operation in workload.operations)
    if data.records is not None and data.record_size_bytes is not None and not steps:
        return workload, ()
    from workloads import datasets

    dataset = cast("OwnData", datasets.of(workload))
    faults = [
        Fault(line=0, key=found.path, found=found.found, allowed=found.allowed, near=found.near)
        for number, operation in enumerate(workload.operations)
        if operation.kind == "transaction"
        for found in of_steps(operation, dataset, f"operations[{number}]")
    ]
    if faults:
        raise as_error(faults, path=path)
    size = dataset.default_record_size_bytes()
    notes = [f"{data.file}: {text}" for name, text in dataset.told if name == "said"]
    if data.records is None:
        notes.append(f"data.records: {dataset.rows_in_file:,}, as in {data.file}")
    if data.record_size_bytes is None:
        notes.append(f"data.record_size: {units.BYTES.format(round(size))}, as in {data.file}")
    elif abs(data.record_size_bytes / size - 1.0) > LIKE:
        notes.append(
            f"data.record_size: records are measured as they are in {data.file}, "
            f"{units.BYTES.format(round(size))}"
        )
    found = replace(
        data,
        records=data.records or dataset.rows_in_file,
        record_size_bytes=data.record_size_bytes or float(round(size)),
    )
    return replace(workload, data=found), tuple(notes)
