"""What a key and a section of the table of keys are, and a list of mappings as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workloads.spec.faults import Refused, nearest, shown
from workloads.spec.kinds import ValueKind
from workloads.spec.tree import Node, describe

ADVISED = "the advisor takes its default and lists it under `assumed`"


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a section.

    key        as written in the file
    kind       what may stand behind it
    doc        what it means, one line
    attribute  the field of the model, with its unit, where it is not the key
    unknown    what an absent key means
    default    the model's value of an absent key
    needed     whether it must be given
    only       operation kinds that it may stand beside; empty: all
    """

    key: str
    kind: ValueKind
    doc: str
    attribute: str = ""
    unknown: str = ADVISED
    default: Any = None
    needed: bool = False
    only: frozenset[str] = frozenset()

    @property
    def model_key(self) -> str:
        return self.attribute or self.key


@dataclass(frozen=True, slots=True)
class Section:
    """One mapping of the file. `key` is empty for the top; `model` builds its values."""

    key: str
    doc: str
    fields: tuple[Field, ...]
    model: type | None = None

    def file_path(self, field: Field) -> str:
        """`data.record_size`"""
        return f"{self.key}.{field.key}" if self.key else field.key

    def model_path(self, field: Field) -> str:
        """`data.record_size_bytes`"""
        return f"{self.key}.{field.model_key}" if self.key else field.model_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A list of mappings, 1 to `most`: each has the keys of a section and makes one `model`.

    Readers walk into it themselves, so that every fault has its own line; `read` is for none.
    """

    section: Section
    model: type
    most: int
    what: str  # one item, in the plural
    example: str
    name: str = "list"
    unit: str = ""
    words: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        return f"a list such as {self.example}, at most {self.most} {self.what}"

    def read(self, node: Node) -> Any:
        raise Refused(describe(node), self.allowed)

    def check(self, value: Any) -> tuple[Any, ...]:
        """Models, or mappings with the model's keys; both may be mixed."""
        if not isinstance(value, (list, tuple)) or not 0 < len(value) <= self.most:
            raise Refused(f"{shown(str(value))} of type {type(value).__name__}", self.allowed)
        return tuple(v if isinstance(v, self.model) else self._made(v) for v in value)

    def write(self, value: tuple[Any, ...]) -> list[dict[str, Any]]:
        return [
            {
                field.key: field.kind.write(item)
                for field in self.section.fields
                if (item := getattr(each, field.model_key)) != field.default
            }
            for each in value
        ]

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "minItems": 1, "maxItems": self.most}

    def _made(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            found = f"{shown(str(value))} of type {type(value).__name__}"
            raise Refused(found, f"a mapping, as in {self.example}")
        known = {field.model_key: field for field in self.section.fields}
        for key in value:
            if key not in known:
                near = nearest(str(key), known)
                raise Refused(f"the unknown key {shown(str(key))}", ", ".join(known), near)
        for key, field in known.items():
            if field.needed and value.get(key) is None:
                raise Refused(f"no {key}", field.kind.allowed)
        given = {key: known[key].kind.check(v) for key, v in value.items() if v is not None}
        return self.model(**given)
