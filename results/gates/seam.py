"""What a gate is, and what gates ask of a record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from results.record import Distribution, Finding, Level, OperationResult, Record
from workloads.errors import InputError
from workloads.spec.model import WRITE_KINDS, Workload

Check = Callable[[Record], Iterable[Finding]]
CheckAcross = Callable[[Record, Sequence[Record]], Iterable[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A coded question to a record. `why` is one sentence, `source` where the limit is from.

    `check` looks at the record alone, `across` also at the run's other records; a gate has one.
    `comparable` marks a gate whose doubt leaves a record comparable with what was measured alike:
    it concerns managed stores, or how uncertain one trial alone is.
    """

    code: str
    title: str
    why: str
    source: str
    check: Check | None = None
    across: CheckAcross | None = None
    comparable: bool = False

    def findings(self, record: Record, others: Sequence[Record]) -> tuple[Finding, ...]:
        """What the gate says of the record."""
        alone = self.check(record) if self.check else ()
        return (*alone, *(self.across(record, others) if self.across else ()))

    def finding(
        self, level: Level, message: str, *, value: float | None = None, limit: float | None = None
    ) -> Finding:
        """A finding under this gate's code."""
        return Finding(code=self.code, level=level, message=message, value=value, limit=limit)


def declared(record: Record) -> Workload | None:
    """The workload that was declared; None when its document cannot be understood."""
    from workloads.spec import from_document

    try:
        return from_document(json.loads(record.workload.document))
    except (InputError, ValueError):
        return None


def writes(record: Record) -> bool:
    """Whether any operation of the trial changes data."""
    return any(operation.kind in WRITE_KINDS for operation in record.operations)


def mean_service_s(record: Record) -> float | None:
    """Mean service time over all operations, weighted by count; None when nothing was timed."""
    timed = [
        (operation.service.count, operation.service.mean_s)
        for operation in record.operations
        if operation.service.mean_s is not None
    ]
    count = sum(n for n, _ in timed)
    return sum(n * mean for n, mean in timed) / count if count else None


def told(operation: OperationResult) -> Distribution:
    """The distribution that counts: of response time in open load, else of service time."""
    return operation.response or operation.service
