"""Is this evidence? Each gate is one file here that defines `GATE`; it is found by looking.

A finding of level `error` refuses the record as evidence, a `warning` says what limits it, a
`note` what was not checked. A gate that fails is a warning itself: nobody vouches for what it
would have said.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache

from results.gates.seam import Gate
from results.record import Finding, Record

_NO_GATES = {"seam"}


@cache
def gates() -> tuple[Gate, ...]:
    """All gates, by code."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    found: list[Gate] = [
        importlib.import_module(f"{__name__}.{name}").GATE
        for name in names
        if name not in _NO_GATES
    ]
    return tuple(sorted(found, key=lambda gate: gate.code))


def judge(record: Record, *, beside: Sequence[Record] = ()) -> tuple[Finding, ...]:
    """What all gates say of a record, by code.

    `beside` are other records of the same run: some gates only see a pattern across several
    numbers of clients or several repetitions. The record itself may be among them.
    """
    if not record.was_tried or record.procedure is not None:
        return ()  # there is nothing to doubt, and what gates doubt is a load
    others = tuple(other for other in beside if other.id != record.id)
    return tuple(finding for gate in gates() for finding in _findings(gate, record, others))


def _findings(gate: Gate, record: Record, others: Sequence[Record]) -> tuple[Finding, ...]:
    try:
        return gate.findings(record, others)
    except Exception as error:  # noqa: BLE001 - a crashing gate becomes a finding
        message = f"the gate itself failed: {type(error).__name__}: {error}"
        return (Finding(code=gate.code, level="warning", message=message),)
