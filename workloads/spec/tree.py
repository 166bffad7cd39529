"""YAML text as a tree of nodes that know their line.

The tree is built from parser events, not from constructed values, so that every value keeps the
text the author wrote (`5_000`, `1e6`, `yes`, a date) and its line, and so that a hostile file is
refused while it is read: depth and number of nodes are bounded, aliases share one node and
are never expanded, tags are not obeyed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from workloads.spec.faults import Fault, as_error, shown

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML without libyaml reads the same, more slowly
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

DEEPEST = 12  # the format itself is three levels deep
MOST_NODES = 20_000
NULLS = frozenset({"", "~", "null", "Null", "NULL"})  # YAML 1.1 and 1.2


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as written; `plain` is False for quoted and block text."""

    text: str
    plain: bool
    line: int

    @property
    def is_null(self) -> bool:
        return self.plain and self.text in NULLS


@dataclass(frozen=True, slots=True)
class Sequence:
    items: list[Node]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """`pairs` in the order of the file; keys may repeat."""

    pairs: list[tuple[Node, Node]]
    line: int


Node = Scalar | Sequence | Mapping


def describe(node: Node) -> str:
    """What was found, in words."""
    if isinstance(node, Sequence):
        return "a list" if node.items else "an empty list"
    if isinstance(node, Mapping):
        return "a mapping" if node.pairs else "an empty mapping"
    return "nothing" if node.is_null else shown(node.text)


def parse(content: bytes, *, path: str) -> Node | None:
    """The tree of one YAML document; None when it holds nothing but comments.

    Raises WorkloadFaults for text that is not UTF-8, not YAML, or longer or deeper than any
    workload file can be.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = f"byte 0x{content[error.start]:02x} at offset {error.start} is not UTF-8"
        _refuse(path, line, found, "text in UTF-8")
    try:
        return _Builder(path).build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(part for part in (error.context, error.problem) if part)
        _refuse(path, mark.line + 1 if mark else 0, f"not YAML: {problem}", "")
    except yaml.reader.ReaderError as error:
        position = error.position if isinstance(error.position, int) else 0
        line = text[:position].count("\n") + 1
        _refuse(path, line, f"a character that YAML forbids ({error.reason})", "printable text")


class _Builder:
    """Builds the tree with a stack of open collections: no recursion, whatever the depth."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.open: list[_Open] = []
        self.anchors: dict[str, Node | None] = {}
        self.root: Node | None = None
        self.nodes = 0

    def build(self, text: str) -> Node | None:
        documents = 0
        for event in yaml.parse(text, Loader=Loader):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "a second document starts here", "one workload a file")
            elif isinstance(event, yaml.CollectionEndEvent):
                self._close()
            elif isinstance(event, yaml.NodeEvent):
                self._node(event)
        root = self.root
        return None if isinstance(root, Scalar) and root.is_null else root

    def _node(self, event: Any) -> None:
        line = event.start_mark.line + 1
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self._refuse(event, f"more than {MOST_NODES} values", "a workload file")
        if isinstance(event, yaml.AliasEvent):
            self._place(self._target(event))
            return
        if event.tag is not None:
            self._refuse(event, f"the tag {shown(event.tag)}", "values without tags")
        if isinstance(event, yaml.ScalarEvent):
            node: Node = Scalar(event.value, event.implicit[0], line)
            if event.anchor:
                self.anchors[event.anchor] = node
            self._place(node)
            return
        if len(self.open) >= DEEPEST:
            self._refuse(event, f"nested deeper than {DEEPEST} levels", "a workload file")
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.anchor:
            self.anchors[event.anchor] = None  # open: an alias to it would contain itself
        self.open.append(_Open([], line, event.anchor, is_mapping))

    def _target(self, event: Any) -> Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            why = "contains itself" if event.anchor in self.anchors else "is not defined above"
            self._refuse(event, f"the alias *{event.anchor} {why}", "an alias of a value above")
        return node

    def _close(self) -> None:
        done = self.open.pop()
        node: Node = Sequence(done.items, done.line)
        if done.is_mapping:
            pairs = list(zip(done.items[::2], done.items[1::2], strict=True))
            node = Mapping(pairs, done.line)
        if done.anchor:
            self.anchors[done.anchor] = node
        self._place(node)

    def _place(self, node: Node) -> None:
        if self.open:
            self.open[-1].items.append(node)
        else:
            self.root = node

    def _refuse(self, event: Any, found: str, allowed: str) -> NoReturn:
        _refuse(self.path, event.start_mark.line + 1, found, allowed)


@dataclass(frozen=True, slots=True)
class _Open:
    """A collection whose end was not seen yet."""

    items: list[Node]
    line: int
    anchor: str | None
    is_mapping: bool


def _refuse(path: str, line: int, found: str, allowed: str) -> NoReturn:
    raise as_error([Fault(line=line, key="file", found=found, allowed=allowed)], path=path)
