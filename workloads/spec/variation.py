"""The inputs of a workload by path: what there is, what it is now, and the workload changed.

Paths are those of the model (`traffic.peak_per_s`) or of the file (`traffic.peak`). The mix is
addressed by kind: `operations.read.weight`, `operations.range.limit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from workloads.errors import InputError
from workloads.spec.faults import Refused, nearest
from workloads.spec.fields import OPERATIONS
from workloads.spec.model import KINDS, Operation, Workload
from workloads.spec.section import Field, Section
from workloads.spec.table import every_field, find


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One key: its path in the model and in the file, and what may stand there.

    `kind` is the kind of value (`rate`, `truth value`, `choice`), `unit` the base unit of its
    number, `words` the allowed words (empty: any value of the kind), `allowed` the same in words.
    """

    path: str
    file_path: str
    kind: str
    unit: str
    words: tuple[str, ...]
    allowed: str
    doc: str
    unknown: str


@cache
def inputs() -> tuple[Input, ...]:
    """Every key but `schema`, in order; each key of the mix once for every kind it suits."""
    found: list[Input] = []
    for section, field in every_field():
        if field.key == "schema":
            continue
        if section is not OPERATIONS:
            paths = (section.model_path(field), section.file_path(field))
            found.append(_input(field, *paths))
        elif field.key != "kind":
            for kind in KINDS:
                if not field.only or kind in field.only:
                    path = f"operations.{kind}.{field.key}"
                    found.append(_input(field, path, path))
    return tuple(found)


def _input(field: Field, path: str, file_path: str) -> Input:
    kind = field.kind
    return Input(
        path=path,
        file_path=file_path,
        kind=kind.name,
        unit=kind.unit,
        words=kind.words,
        allowed=kind.allowed,
        doc=field.doc,
        unknown=field.unknown,
    )


def value_of(workload: Workload, path: str) -> Any:
    """What the workload says at this path; None is unknown.

    A weight is the sum over the operations of the kind, another key of the mix the first one's.
    """
    section, field, kind = _located(path)
    if kind is None:
        place = getattr(workload, section.key) if section.key else workload
        return getattr(place, field.model_key)
    chosen = [o for o in workload.operations if o.kind == kind]
    if field.key == "weight":
        return sum(o.weight for o in chosen) if chosen else None
    return getattr(chosen[0], field.model_key) if chosen else field.default


def with_value(workload: Workload, path: str, value: Any) -> Workload:
    """The workload with one input changed; None makes it unknown.

    `value` is in base units and model types, or natural text (`"3000/s"`). It is checked alone:
    whether it contradicts another value is asked by `consistency.contradictions`. A weight is
    that of all operations of the kind together (their proportions stay; a kind that is not in
    the mix is added); another key of the mix is set on every operation of the kind.
    Raises InputError for an unknown path or a wrong value.
    """
    section, field, kind = _located(path)
    if value is not None:
        try:
            value = field.kind.check(value)
        except Refused as refused:
            raise InputError(f"{path}: {refused}") from refused
    else:
        value = field.default
    if kind is not None:
        return replace(workload, operations=_mixed(workload.operations, kind, field, value))
    if value is None and path == "name":
        raise InputError("name: a workload needs a name")
    if not section.key:
        return replace(workload, **{field.model_key: value})
    part = replace(getattr(workload, section.key), **{field.model_key: value})
    return replace(workload, **{section.key: part})


@cache
def _located(path: str) -> tuple[Section, Field, str | None]:
    """Section, key and, for the mix, the kind of operation."""
    parts = path.split(".")
    if len(parts) == 3 and parts[0] == OPERATIONS.key:
        field = next((f for f in OPERATIONS.fields if f.key == parts[2]), None)
        if field and field.key != "kind" and parts[1] in (field.only or KINDS):
            return OPERATIONS, field, parts[1]
    elif parts[0] not in (OPERATIONS.key, "schema") and (found := find(path)):
        return found[0], found[1], None
    if path == "schema":
        raise InputError(
            "schema: the version of the file's form is no input, and cannot be set",
            hint="set an input of the workload, such as traffic.peak=3000/s",
        )
    near = nearest(path, [i.path for i in inputs()])
    hint = f"did you mean '{near}'?" if near else "give a path such as traffic.peak_per_s"
    raise InputError(f"there is no input '{path}'", hint=hint)


def _mixed(
    operations: Sequence[Operation], kind: str, field: Field, value: Any
) -> tuple[Operation, ...]:
    chosen = [o for o in operations if o.kind == kind]
    if field.key != "weight":
        if not chosen:
            raise InputError(f"operations.{kind}.{field.key}: the mix has no {kind}")
        change = {field.model_key: value}
        return tuple(replace(o, **change) if o.kind == kind else o for o in operations)
    if value is None:
        return tuple(o for o in operations if o.kind != kind)
    if not chosen:
        return (*operations, Operation(kind=kind, weight=value))
    before = sum(o.weight for o in chosen)
    return tuple(
        replace(o, weight=value * (o.weight / before if before else 1 / len(chosen)))
        if o.kind == kind
        else o
        for o in operations
    )
