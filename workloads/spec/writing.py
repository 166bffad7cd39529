"""A workload as a file that reads back as the same workload."""

from __future__ import annotations

from typing import Any

import yaml

from workloads.spec.fields import OPERATIONS, TOP
from workloads.spec.model import Workload
from workloads.spec.section import Section
from workloads.spec.table import SECTIONS

try:
    from yaml import CSafeDumper as SafeDumper
except ImportError:  # PyYAML without libyaml writes the same, more slowly
    from yaml import SafeDumper  # type: ignore[assignment]


class _Dumper(SafeDumper):
    """Writes mappings in blocks and lists in one line."""


def _in_line(dumper: SafeDumper, items: list[str]) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)


_Dumper.add_representer(list, _in_line)


def to_yaml(workload: Workload) -> str:
    """The text of a workload file, version 1, with only the keys that are known.

    A trace keeps its path as it is: the file must stand where the trace is relative to.
    """
    parts = [_dump(natural(workload, TOP))]
    for section in SECTIONS:
        if section is OPERATIONS:
            lines = [_dump(natural(o, OPERATIONS), flow=True) for o in workload.operations]
            if lines:
                parts.append("operations:\n" + "".join(f"  - {line}" for line in lines))
            continue
        values = natural(getattr(workload, section.key), section)
        if values:
            parts.append(_dump({section.key: values}))
    return "".join(parts)


def natural(value: Any, section: Section) -> dict[str, Any]:
    """The known keys of one section as they stand in a file: quantities with their units."""
    known = {}
    for field in section.fields:
        item = getattr(value, field.model_key)
        if item != field.default or field.key == "schema":
            known[field.key] = field.kind.write(item)
    return known


def _dump(values: dict[str, Any], *, flow: bool = False) -> str:
    text = yaml.dump(
        values,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=flow,
        width=10_000 if flow else 100,
    )
    return str(text)
