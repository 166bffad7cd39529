"""The JSON Schema of the workload file, for editors, made from the table of keys."""

from __future__ import annotations

from typing import Any

from workloads.spec.fields import OPERATION_LIST, OPERATIONS, SCHEMA_VERSION, TOP
from workloads.spec.section import Field, Listed, Section
from workloads.spec.steps import STEPS
from workloads.spec.table import SECTIONS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of the natural textual form of a workload file.

    It refuses what it can express: unknown keys, wrong types and units, words that are not
    allowed, numbers out of range, weights that are all 0. Upper limits of quantities with units
    and relations between values (a peak below the mean) are found by reading only.
    """
    properties = {field.key: _property(field) for field in TOP.fields}
    for section in SECTIONS:
        part = _operations() if section is OPERATIONS else _mapping(section)
        properties[section.key] = part
    return {
        "$schema": DIALECT,
        "title": f"storefit workload file, version {SCHEMA_VERSION}",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
    }


def _property(field: Field) -> dict[str, Any]:
    """The schema of one key; null is allowed where absence is."""
    schema = _list(field.kind) if isinstance(field.kind, Listed) else field.kind.schema()
    described = {"description": _description(field)}
    if field.needed:
        return described | schema
    return described | {"anyOf": [schema, {"type": "null"}]}


def _description(field: Field) -> str:
    unknown = f" Absent: {field.unknown}." if field.unknown else ""
    unit = f" Stored in {field.kind.unit}." if field.kind.unit else ""
    return f"{field.doc[0].upper()}{field.doc[1:]}.{unit}{unknown}"


def _mapping(section: Section) -> dict[str, Any]:
    return {
        "description": section.doc,
        "type": ["object", "null"],
        "properties": {field.key: _property(field) for field in section.fields},
        "additionalProperties": False,
    }


def _operations() -> dict[str, Any]:
    above_zero = {
        "anyOf": [
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "string", "pattern": "^[^eE]*[1-9]"},
        ]
    }
    return _list(OPERATION_LIST) | {
        "description": OPERATIONS.doc,
        "type": ["array", "null"],
        "contains": {"properties": {"weight": above_zero}, "required": ["weight"]},
    }


def _list(kind: Listed) -> dict[str, Any]:
    """A list of mappings."""
    fields = kind.section.fields
    beside = [_beside(field) for field in fields if field.only]
    item = {
        "type": "object",
        "properties": {field.key: _property(field) for field in fields},
        "required": [field.key for field in fields if field.needed],
        "additionalProperties": False,
        "allOf": beside + [_then(*rule) for rule in _TOGETHER[kind.section.key]],
    }
    return kind.schema() | {"items": item}


# Keys that need another one beside them: key, values of it, and what is then needed.
_TOGETHER: dict[str, list[tuple[str, list[Any], str]]] = {
    OPERATIONS.key: [("uniform_limit", [True], "limit"), ("kind", ["transaction"], "steps")],
    STEPS.key: [("form", ["sorted", "distinct"], "column")],
}


def _then(key: str, values: list[Any], needed: str) -> dict[str, Any]:
    return {
        "if": {"required": [key], "properties": {key: {"enum": values}}},
        "then": {"required": [needed], "properties": {needed: {"not": {"type": "null"}}}},
    }


def _beside(field: Field) -> dict[str, Any]:
    """The key may stand only beside some kinds (elsewhere null, or the model's default)."""
    default = [] if isinstance(field.kind, Listed) else [field.default]
    nothing = {"properties": {field.key: {"enum": [None, *default]}}}
    kinds = {"properties": {"kind": {"enum": sorted(field.only)}}, "required": ["kind"]}
    return {"if": kinds, "else": nothing}
