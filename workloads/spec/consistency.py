"""What values of one workload may not say together.

Only what makes a workload meaningless stands here. Needs that conflict (a store that must be
managed and an engine that nobody manages) are valid input: the advisor names the conflict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workloads.spec import units
from workloads.spec.faults import nearest
from workloads.spec.fields import OPERATIONS
from workloads.spec.model import Operation, Step, Workload
from workloads.spec.section import Section
from workloads.spec.steps import MOST_REQUESTS, STEPS, mistakes

if TYPE_CHECKING:
    from workloads.datasets.seam import Dataset


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`path` is the path in the file: `traffic.peak`, `operations[2].limit`.

    `near` is what was probably meant, where something is near enough.
    """

    path: str
    found: str
    allowed: str
    near: str | None = None


def contradictions(workload: Workload) -> Iterator[Contradiction]:
    """Every pair of values that cannot hold together."""
    mean, peak = workload.traffic.mean_per_s, workload.traffic.peak_per_s
    if mean is not None and peak is not None and peak < mean:
        found = f"a peak of {units.format_rate(peak)} below the mean of {units.format_rate(mean)}"
        yield Contradiction("traffic.peak", found, "a peak that is the mean or more")
    data = workload.data
    if data.file is not None and data.dataset is not None:
        yield Contradiction("data.dataset", "a dataset beside a file", "one of the two")
    if data.key is not None and data.file is None:
        yield Contradiction("data.key", "a key without a file", "`file` beside it")
    operations = workload.operations
    if operations and sum(operation.weight for operation in operations) == 0:
        yield Contradiction("operations", "weights that sum to nothing", "a weight above 0")
    for position, operation in enumerate(operations):
        path = f"operations[{position}]"
        yield from _only(operation, operation.kind, OPERATIONS, path)
        if operation.uniform_limit and operation.limit is None:
            found = "'uniform_limit' without a limit"
            yield Contradiction(f"{path}.uniform_limit", found, "a limit beside it")
        if operation.kind == "transaction":
            yield from of_steps(operation, _dataset(workload), path)


def _only(value: Any, kind: str, section: Section, path: str) -> Iterator[Contradiction]:
    """Keys that may stand beside some kinds only."""
    for field in section.fields:
        if (
            field.only
            and kind not in field.only
            and getattr(value, field.model_key) != field.default
        ):
            beside = ", ".join(sorted(field.only))
            found = f"'{field.key}' beside kind {kind}"
            yield Contradiction(f"{path}.{field.key}", found, f"only beside {beside}")


def _dataset(workload: Workload) -> Dataset | None:
    """The dataset of the workload; None when there is none of that name, or a file is to be read."""
    from workloads import datasets

    if workload.data.file is not None:
        return None
    name = workload.data.dataset or datasets.DEFAULT
    return datasets.get(name) if name in datasets.names() else None


def of_steps(operation: Operation, dataset: Dataset | None, path: str) -> Iterator[Contradiction]:
    """What the steps of an operation may not say, alone and about this dataset (None: unknown)."""
    if not operation.steps:
        example = "steps beside it, such as [{kind: read, repeat: 10}]"
        yield Contradiction(f"{path}.kind", "a transaction without steps", example)
    requests = sum(step.repeat for step in operation.steps)
    if requests > MOST_REQUESTS:
        found = f"{requests} requests in one transaction"
        yield Contradiction(f"{path}.steps", found, f"at most {MOST_REQUESTS}")
        return
    for place, step in enumerate(operation.steps):
        misplaced = [*_only(step, step.kind, STEPS, f"{path}.steps[{place}]")]
        yield from misplaced
        if dataset is not None and not misplaced:
            yield from _in_dataset(step, dataset, f"{path}.steps[{place}]")
    for mistake in mistakes(operation.steps):
        where = f"{path}.steps[{mistake.step}].{mistake.key}"
        yield Contradiction(where, mistake.found, mistake.allowed)


def _in_dataset(step: Step, dataset: Dataset, path: str) -> Iterator[Contradiction]:
    """Whether a dataset has the table and the column that a step names."""
    main, *others = dataset.tables
    named = [table.name for table in others]
    if step.table is not None and step.table not in named:
        what = "the main table" if step.table == main.name else "no other table"
        found = f"'{step.table}' is {what} of dataset '{dataset.name}'"
        allowed = f"one of {', '.join(named)}; no key for the main table" if named else "no key"
        yield Contradiction(f"{path}.table", found, allowed, nearest(step.table, named))
        return
    table = next((t for t in others if t.name == step.table), main)
    if table.keyless and step.kind != "insert":
        found = f"{step.kind} on table '{table.name}', which has no index"
        yield Contradiction(f"{path}.kind", found, "insert", "insert")
    kinds = {column.name: column.kind for column in table.columns}
    if step.column is not None and step.column not in kinds:
        found = f"table '{table.name}' has no column '{step.column}'"
        near = nearest(step.column, kinds)
        yield Contradiction(f"{path}.column", found, f"one of {', '.join(kinds)}", near)
        return
    usual = dataset.roles.update_column if table is main else table.update_column
    measure = dataset.roles.measure if table is main else None
    column = step.column or {"update": usual, "range": measure}.get(step.kind)
    numeric = step.add or step.form == "sum"
    if column is None:
        if numeric or step.kind == "update":
            found = f"no column, and table '{table.name}' has no usual one"
            yield Contradiction(f"{path}.kind", found, "a column beside it")
        return
    holds = ("int64",) if numeric else ("int64", "string")
    at = f"{path}.column" if step.column else f"{path}.{'add' if step.add else 'kind'}"
    if (numeric or step.kind == "update") and kinds[column] not in holds:
        found = f"column '{column}' holds {kinds[column]}"
        yield Contradiction(at, found, f"a column of {' or '.join(holds)}")
    if step.kind == "update" and column == table.key:
        yield Contradiction(at, f"column '{column}' is the key", "another column")
