"""The workload file, version 1: model, units, reading, writing, JSON Schema.

The names below are looked up when used, so that importing the model alone stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workloads.spec.consistency import contradictions as contradictions
    from workloads.spec.document import canonical_json as canonical_json
    from workloads.spec.document import digest as digest
    from workloads.spec.document import from_document as from_document
    from workloads.spec.document import to_document as to_document
    from workloads.spec.schema import json_schema as json_schema
    from workloads.spec.sources import Reading as Reading
    from workloads.spec.sources import data_path as data_path
    from workloads.spec.sources import load as load
    from workloads.spec.sources import read as read
    from workloads.spec.sources import trace_path as trace_path
    from workloads.spec.variation import Input as Input
    from workloads.spec.variation import inputs as inputs
    from workloads.spec.variation import value_of as value_of
    from workloads.spec.variation import with_value as with_value
    from workloads.spec.writing import to_yaml as to_yaml

_HOME = {
    "contradictions": "consistency",
    "canonical_json": "document",
    "digest": "document",
    "from_document": "document",
    "to_document": "document",
    "Input": "variation",
    "inputs": "variation",
    "value_of": "variation",
    "with_value": "variation",
    "json_schema": "schema",
    "Reading": "sources",
    "data_path": "sources",
    "load": "sources",
    "read": "sources",
    "trace_path": "sources",
    "to_yaml": "writing",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
