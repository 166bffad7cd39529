"""The document form: a workload as plain JSON values in base units, for records and digests.

Keys are the field names of the model (`record_size_bytes`). Unknown values are left out, so that
a key added to a later version does not change the digest of a workload that does not use it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from workloads.spec.faults import Fault, Refused, as_error, nearest, shown
from workloads.spec.fields import OPERATION_LIST, OPERATIONS, SCHEMA_VERSION, TOP
from workloads.spec.kinds import Quantity, ValueKind, Weight
from workloads.spec.model import KeyDistribution, Workload
from workloads.spec.section import Listed, Section
from workloads.spec.table import MAPPINGS, SECTIONS

PLACE = "workload document"


def to_document(workload: Workload) -> dict[str, Any]:
    """Plain JSON values, only what is known; numbers in base units."""
    document = _known(workload, TOP)
    for section in MAPPINGS:
        document[section.key] = _known(getattr(workload, section.key), section)
    document[OPERATIONS.key] = [_known(o, OPERATIONS) for o in workload.operations]
    return {key: value for key, value in document.items() if value not in ({}, [])}


def from_document(document: Mapping[str, Any]) -> Workload:
    """The workload of a document form. Raises WorkloadFaults for anything it cannot hold.

    Values are checked one by one; whether they contradict each other is not asked.
    """
    faults: list[Fault] = []
    if not isinstance(document, Mapping):
        raise as_error([_fault("document", _type(document), "a mapping")], path=PLACE)
    version = document.get("schema", SCHEMA_VERSION)
    if isinstance(version, (int, float)) and version > SCHEMA_VERSION:
        allowed = f"version {SCHEMA_VERSION}"
        fault = _fault("schema", f"version {version}, written by a newer storefit", allowed)
        raise as_error([fault], path=PLACE, hint="update storefit")
    below = {section.key for section in SECTIONS}
    top = {key: value for key, value in document.items() if key not in below}
    values = _checked(top, TOP, TOP.key, faults)
    for section in MAPPINGS:
        if section.model is not None:
            part = _checked(document.get(section.key, {}), section, section.key, faults)
            values[section.key] = section.model(**part)
    operations = document.get(OPERATIONS.key, [])
    parts = _listed(operations, OPERATION_LIST, OPERATIONS.key, faults)
    if "name" not in values:
        faults.append(_fault("name", "missing", TOP.fields[1].kind.allowed))
    if faults:
        raise as_error(faults, path=PLACE)
    return Workload(operations=parts, **values)


def digest(workload: Workload) -> str:
    """SHA-256 (hex) of the canonical JSON of the document form; `origin` is not part of it."""
    return hashlib.sha256(canonical_json(workload).encode()).hexdigest()


def canonical_json(workload: Workload) -> str:
    """The document form with sorted keys and without spaces."""
    return json.dumps(to_document(workload), sort_keys=True, separators=(",", ":"), allow_nan=False)


def _known(value: Any, section: Section) -> dict[str, Any]:
    known = {}
    for field in section.fields:
        item = getattr(value, field.model_key)
        if item != field.default or field.key == "schema":
            known[field.model_key] = _plain(item, field.kind)
    return known


def _plain(item: Any, kind: ValueKind) -> Any:
    """JSON values; a number that has a unit is a float, whoever set it: 900 and 900.0 are one."""
    if isinstance(item, KeyDistribution):
        return {"kind": item.kind, "parameters": [float(p) for p in item.parameters]}
    if isinstance(kind, (Quantity, Weight)):
        return float(item)
    if isinstance(kind, Listed):
        return [_known(each, kind.section) for each in item]
    return list(item) if isinstance(item, tuple) else item


def _checked(part: Any, section: Section, prefix: str, faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(part, Mapping):
        faults.append(_fault(prefix, _type(part), "a mapping"))
        return {}
    values: dict[str, Any] = {}
    known = {field.model_key: field for field in section.fields}
    for key, item in part.items():
        path = f"{prefix}.{key}" if prefix else str(key)
        if key not in known:
            near = nearest(str(key), known)
            faults.append(_fault(path, "an unknown key", f"one of {', '.join(known)}", near))
        elif isinstance(kind := known[key].kind, Listed) and item is not None:
            values[key] = _listed(item, kind, path, faults)
        elif item is not None:
            try:
                values[key] = kind.check(item)
            except Refused as refused:
                faults.append(_fault(path, refused.found, refused.allowed, refused.near))
    for field in section.fields:
        if field.needed and field.model_key not in values and field.model_key not in part:
            path = f"{prefix}.{field.model_key}"
            faults.append(_fault(path, "missing", field.kind.allowed))
    return values


def _listed(items: Any, kind: Listed, path: str, faults: list[Fault]) -> tuple[Any, ...]:
    """The items of a list of mappings; none of them when any is wrong."""
    if not isinstance(items, (list, tuple)) or len(items) > kind.most:
        faults.append(_fault(path, _type(items), f"up to {kind.most}"))
        return ()
    before = len(faults)
    parts = [_checked(o, kind.section, f"{path}[{n}]", faults) for n, o in enumerate(items)]
    return tuple(kind.model(**part) for part in parts) if len(faults) == before else ()


def _fault(key: str, found: str, allowed: str, near: str | None = None) -> Fault:
    return Fault(line=0, key=key, found=found, allowed=allowed, near=near)


def _type(value: Any) -> str:
    return f"{shown(str(value))} of type {type(value).__name__}"
