"""From a tree of nodes to a workload, with every fault of the file reported at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from workloads.spec.consistency import contradictions
from workloads.spec.faults import SHOWN_FAULTS, Fault, Refused, as_error, nearest, printable
from workloads.spec.fields import OPERATION_LIST, OPERATIONS, SCHEMA_VERSION, TOP
from workloads.spec.model import Workload
from workloads.spec.section import Field, Listed, Section
from workloads.spec.table import MAPPINGS, elsewhere, top_keys
from workloads.spec.tree import Mapping, Node, Scalar, Sequence, describe, parse
from workloads.spec.units import parse_count
from workloads.spec.words import ENGINE_SPELLINGS, ENGINES


def read_yaml(content: bytes, *, path: str, stem: str) -> Workload:
    """The workload of a YAML file's bytes.

    `path` is how messages call the file, `stem` the name of a workload that gives itself none.
    Raises WorkloadFaults with every fault of the file.
    """
    root = parse(content, path=path)
    return _Reader(path=path).workload(root, stem=stem)


# A listed name, perhaps after its maker's and before a version: `amazon aurora`, `mysql5.7`.
_KNOWN_ENGINE = re.compile(
    rf"(?:amazon |aws )?(?:{'|'.join(map(re.escape, (*ENGINES, *ENGINE_SPELLINGS)))})(?![a-z])"
)


def notes_on(workload: Workload) -> tuple[str, ...]:
    """What is right but probably not meant, one sentence each."""
    engine = workload.needs.engine
    if engine is None or _KNOWN_ENGINE.match(engine):
        return ()
    near = nearest(engine, (*ENGINES, *ENGINE_SPELLINGS), likeness=0.8)
    meant = f"; if you meant '{ENGINE_SPELLINGS.get(near, near)}', correct it" if near else ""
    return (f"needs.engine: storefit knows nothing of '{engine}' but its name{meant}",)


class _Reader:
    """Collects values and faults while it walks one tree once."""

    def __init__(self, *, path: str) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self.lines: dict[str, int] = {}

    def workload(self, root: Node | None, *, stem: str) -> Workload:
        if not isinstance(root, Mapping) or not root.pairs:
            found = "an empty file" if root is None else describe(root)
            allowed = f"a mapping with the keys {', '.join(top_keys())}"
            line = 0 if root is None else root.line
            raise as_error(
                [Fault(line=line, key="file", found=found, allowed=allowed)], path=self.path
            )
        self._stop_at_newer(root)
        nodes = self._entries(root, "", top_keys())
        values: dict[str, Any] = {}
        for field in TOP.fields:
            self._value(nodes.get(field.key), TOP, field, values)
        values.setdefault("name", stem)
        for section in MAPPINGS:
            if section.model is not None:
                values[section.key] = section.model(**self._section(nodes, section))
        operations = nodes.get(OPERATIONS.key)
        values["operations"] = ()
        if operations is not None and not (isinstance(operations, Scalar) and operations.is_null):
            values["operations"] = self._listed(operations, OPERATIONS.key, OPERATION_LIST)
        if not self.faults:
            workload = Workload(**values)
            self.faults = [
                Fault(
                    line=self._line(c.path),
                    key=c.path,
                    found=c.found,
                    allowed=c.allowed,
                    near=c.near,
                )
                for c in contradictions(workload)
            ]
        if self.faults:
            raise as_error(self.faults, path=self.path)
        return workload

    def _stop_at_newer(self, root: Mapping) -> None:
        """A newer version may mean anything: its keys are no faults of this one."""
        for key, value in root.pairs:
            if not (isinstance(key, Scalar) and key.text == "schema" and isinstance(value, Scalar)):
                continue
            try:
                version = parse_count(value.text)
            except Refused:
                continue
            if version > SCHEMA_VERSION:
                found = f"version {version}, written for a newer storefit"
                allowed = f"version {SCHEMA_VERSION}, or a storefit that reads {version}"
                fault = Fault(line=value.line, key="schema", found=found, allowed=allowed)
                raise as_error([fault], path=self.path, hint="update storefit")

    def _entries(self, node: Mapping, prefix: str, known: Iterable[str]) -> dict[str, Node]:
        """The values of known keys; unknown and repeated keys become faults."""
        known = tuple(known)
        entries: dict[str, Node] = {}
        first_lines: dict[str, int] = {}
        for key, value in node.pairs:
            if not isinstance(key, Scalar):
                self._fault(key.line, prefix or "file", f"{describe(key)} as a key", "a word")
                continue
            path = f"{prefix}.{key.text}" if prefix else key.text
            if key.text in first_lines:
                found = f"given again (first in line {first_lines[key.text]})"
                self._fault(key.line, _short(path), found, "each key once")
                continue
            first_lines[key.text] = key.line
            if key.text not in known:
                few = len(self.faults) < SHOWN_FAULTS
                near = _near_key(key.text, known) if few else None
                allowed = f"one of {', '.join(known)}"
                self._fault(key.line, _short(path), "an unknown key", allowed, near)
                continue
            self.lines[path] = value.line if isinstance(value, Scalar) else key.line
            entries[key.text] = value
        return entries

    def _section(self, nodes: dict[str, Node], section: Section) -> dict[str, Any]:
        node = nodes.get(section.key)
        keys = tuple(field.key for field in section.fields)
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return {}
        if not isinstance(node, Mapping):
            allowed = f"a mapping with keys of {', '.join(keys)}"
            self._fault(node.line, section.key, describe(node), allowed)
            return {}
        entries = self._entries(node, section.key, keys)
        values: dict[str, Any] = {}
        for field in section.fields:
            self._value(entries.get(field.key), section, field, values)
        return values

    def _listed(self, node: Node, path: str, kind: Listed) -> tuple[Any, ...]:
        """The items of a list of mappings, without those that are not complete."""
        if not isinstance(node, Sequence) or not 0 < len(node.items) <= kind.most:
            many = isinstance(node, Sequence) and node.items
            found = f"{len(node.items)} {kind.what}" if many else describe(node)  # type: ignore[union-attr]
            allowed = f"at most {kind.most}" if many else f"a list such as {kind.example}"
            self._fault(node.line, path, found, allowed)
            return ()
        read = [self._item(item, f"{path}[{n}]", kind) for n, item in enumerate(node.items)]
        return tuple(item for item in read if item is not None)

    def _item(self, node: Node, path: str, kind: Listed) -> Any | None:
        fields = kind.section.fields
        keys = tuple(field.key for field in fields)
        if not isinstance(node, Mapping):
            allowed = f"a mapping with keys of {', '.join(keys)}"
            self._fault(node.line, path, describe(node), allowed, _as_mapping(node, fields))
            return None
        entries = self._entries(node, path, keys)
        section = Section(path, kind.section.doc, fields)
        values: dict[str, Any] = {}
        for field in fields:
            value = entries.get(field.key)
            if field.needed and (value is None or (isinstance(value, Scalar) and value.is_null)):
                line = node.line if value is None else value.line
                self._fault(line, f"{path}.{field.key}", "missing", field.kind.allowed)
            self._value(value, section, field, values)
        complete = all(field.model_key in values for field in fields if field.needed)
        return kind.model(**values) if complete else None

    def _value(
        self, node: Node | None, section: Section, field: Field, values: dict[str, Any]
    ) -> None:
        """Put what the node says into `values`; an absent or null key stays out."""
        if node is None or (isinstance(node, Scalar) and node.is_null):
            return
        path = section.file_path(field)
        if isinstance(field.kind, Listed):
            values[field.model_key] = self._listed(node, path, field.kind)
            return
        try:
            values[field.model_key] = field.kind.read(node)
        except Refused as refused:
            self._fault(node.line, path, refused.found, refused.allowed, refused.near)

    def _line(self, path: str) -> int:
        """The line of a key, or of what holds it."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0] or path.rpartition("[")[0]
        return self.lines.get(path, 0)

    def _fault(
        self, line: int, key: str, found: str, allowed: str, near: str | None = None
    ) -> None:
        self.faults.append(Fault(line=line, key=key, found=found, allowed=allowed, near=near))


def _near_key(key: str, known: tuple[str, ...]) -> str | None:
    """The key that was meant: the same key in another section, or one spelt nearly so."""
    folded = key.strip().lower()
    return folded if folded in known else elsewhere(folded) or nearest(key, known)


def _as_mapping(node: Node, fields: tuple[Field, ...]) -> str | None:
    """`read` or `read: 70` as the mapping that it should be."""
    if isinstance(node, Scalar) and node.text in fields[0].kind.words:
        weight = ", weight: 1" if any(field.key == "weight" for field in fields) else ""
        return f"{{kind: {node.text}{weight}}}"
    return None


def _short(path: str) -> str:
    return printable(path if len(path) <= 80 else path[:79] + "…")
