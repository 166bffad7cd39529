"""A suite file as values: every fault is told at once, with its line."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from workloads.spec.faults import Fault, as_error, nearest, shown
from workloads.spec.tree import Mapping, Node, Scalar, describe, parse
from workloads.spec.tree import Sequence as Items

if TYPE_CHECKING:
    from bench.suites import Suite

T = TypeVar("T", int, float)

SCHEMA = "1"
_FIRST = f"a suite begins with 'schema: {SCHEMA}'"
_TEXTS = ("name", "description")
_LISTS = ("workloads", "engines", "places", "loads")
_PACE = (
    *("repetitions", "duration", "alone", "warmup", "slice", "idle", "records", "bytes"),
    *("checked", "precision", "longest", "budget", "search", "memory"),
)
_VARYING = ("base", "options", "vary", "combine", "phases", "procedures", "quick")
KEYS = ("schema", *_TEXTS, *_LISTS, *_PACE, *_VARYING)
_OPTIONAL = frozenset(
    {"engines", "places", "precision", "longest", "budget", "search", "memory", *_VARYING}
)
# What `quick` may say otherwise.
_QUICK = frozenset(KEYS) - {"schema", *_TEXTS, "quick"}


def read(path: Path) -> Suite:
    """A suite file. WorkloadFaults names every key that is missing, unknown or wrong."""
    from workloads.errors import InputError

    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"suite {path}: cannot be read: {error.strerror or error}") from error
    root = parse(content, path=str(path))
    fields = _Fields(root)
    suite, faults = _suite(fields), fields.faults
    quick = fields.mapping("quick")
    if quick is not None and isinstance(root, Mapping):
        faults += _not_of_quick(quick)
        hurried = _Fields(_hurried(root, quick))
        suite = replace(suite, quick=_suite(hurried))
        faults += [fault for fault in hurried.faults if fault not in faults]
    if faults:
        raise as_error(faults, path=str(path), hint="`bench suites` lists those that ship")
    return suite


def _hurried(root: Mapping, quick: Mapping) -> Mapping:
    """The suite as it is with `--quick`: what stands under `quick` goes first."""
    given = {key.text for key, _ in quick.pairs if isinstance(key, Scalar)}
    kept = [
        (key, value)
        for key, value in root.pairs
        if isinstance(key, Scalar) and key.text not in given | {"quick"}
    ]
    return Mapping([*kept, *quick.pairs], root.line)


def _not_of_quick(quick: Mapping) -> list[Fault]:
    """Keys that only the suite as a whole can have."""
    return [
        Fault(line=key.line, key=f"quick.{key.text}", found="not under quick")
        for key, _ in quick.pairs
        if isinstance(key, Scalar) and key.text in KEYS and key.text not in _QUICK
    ]


def _suite(fields: _Fields) -> Suite:
    """What the fields say; what is wrong with them is in their faults."""
    from bench.suites import Pace, Suite
    from bench.suites.varying import COMBINE, PHASES, Finder, most_records
    from workloads.spec.units import parse_bytes, parse_count, parse_seconds

    shortest_s, longest_s = fields.span("warmup")
    pace = Pace(
        repetitions=fields.number("repetitions", parse_count),
        duration_s=fields.number("duration", parse_seconds),
        alone_s=fields.number("alone", parse_seconds),
        warmup_min_s=shortest_s,
        warmup_max_s=longest_s,
        slice_s=fields.number("slice", parse_seconds),
        idle_s=fields.number("idle", parse_seconds),
        records=fields.number("records", parse_count),
        logical_bytes=fields.number("bytes", parse_bytes),
        checked=fields.number("checked", parse_count),
        precision=fields.optional("precision", _fraction),
        longest_s=fields.optional("longest", _some_seconds),
        budget_s=fields.optional("budget", _some_seconds),
        search_s=fields.optional("search", _some_seconds),
    )
    finder = Finder(fields.faults)
    vary = finder.vary(fields.node("vary"))
    most_records(finder, fields.node("records"), vary, pace.records)
    return Suite(
        name=fields.text("name"),
        description=fields.text("description"),
        workloads=fields.texts("workloads") or (),
        engines=fields.texts("engines"),
        places=fields.texts("places"),
        loads=fields.texts("loads") or (),
        pace=pace,
        base=finder.base(fields.node("base")),
        options=finder.options(fields.node("options")),
        vary=vary,
        is_matrix=finder.word(fields.node("combine"), "combine", COMBINE) == "matrix",
        is_mix_only=finder.word(fields.node("phases"), "phases", PHASES) == "mix",
        procedures=finder.procedures(fields.node("procedures")),
        memory_bytes=_whole(fields.optional("memory", parse_bytes)),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _some_seconds(text: str) -> float:
    """A time; ValueError for none at all."""
    from workloads.spec.units import parse_seconds

    seconds = parse_seconds(text)
    if seconds <= 0:
        raise ValueError(f"{shown(text)} is no time to do anything in, such as 10 s")
    return seconds


def _fraction(text: str) -> float:
    """`4%` or `0.04`; ValueError outside of 0.1 % to 50 %."""
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = math.nan
    if not 0.001 <= value <= 0.5:
        raise ValueError(f"{shown(text)} is not a fraction from 0.1% to 50%, such as 4%")
    return value


class _Fields:
    """The keys of one file, and the faults that are found on the way.

    What is wrong gets a value that nobody sees, as the faults are raised in the end.
    """

    def __init__(self, root: Node | None) -> None:
        self.faults: list[Fault] = []
        self._values: dict[str, Node] = {}
        if not isinstance(root, Mapping):
            found = "nothing" if root is None else describe(root)
            self._fault(root, "suite", found, _FIRST)
            self._missing = False
            return
        self._missing = True
        for key, value in root.pairs:
            self._keep(key, value)
        schema = self._values.get("schema")
        if not isinstance(schema, Scalar) or schema.text != SCHEMA:
            self._fault(schema, "schema", "missing" if schema is None else describe(schema), _FIRST)

    def text(self, key: str) -> str:
        node = self._scalar(key)
        return node.text if node else ""

    def texts(self, key: str) -> tuple[str, ...] | None:
        node = self.node(key)
        if node is None:
            return None
        if not isinstance(node, Items) or not node.items:
            self._fault(node, key, describe(node), "a list of names")
            return ()
        found = [item.text for item in node.items if isinstance(item, Scalar)]
        if len(found) < len(node.items):
            self._fault(node, key, "a list in a list", "a list of names")
        return tuple(found)

    def mapping(self, key: str) -> Mapping | None:
        node = self.node(key)
        if node is None or isinstance(node, Mapping):
            return node
        self._fault(node, key, describe(node), "keys of the suite that are other then")
        return None

    def number(self, key: str, parse: Callable[[str], T]) -> T:
        node = self._scalar(key)
        value = None if node is None else self._parsed(key, node, parse)
        return 0 if value is None else value

    def optional(self, key: str, parse: Callable[[str], float]) -> float | None:
        node = self._scalar(key)
        return None if node is None else self._parsed(key, node, parse)

    def span(self, key: str) -> tuple[float, float]:
        """`0.5 s .. 4 s`"""
        from workloads.spec.units import parse_seconds

        node = self._scalar(key)
        if node is None:
            return 0.0, 0.0
        first, dots, last = node.text.partition("..")
        if not dots:
            self._fault(node, key, shown(node.text), "a span such as 0.5 s .. 4 s")
            return 0.0, 0.0
        low = self._parsed(key, node, parse_seconds, first.strip())
        high = self._parsed(key, node, parse_seconds, last.strip())
        if low is not None and high is not None and low > high:
            self._fault(node, key, shown(node.text), "the shorter time first")
        return low or 0.0, high or 0.0

    def _keep(self, key: Node, value: Node) -> None:
        name = key.text if isinstance(key, Scalar) else describe(key)
        if name not in KEYS:
            near = nearest(name, KEYS)
            self.faults.append(
                Fault(line=key.line, key=name, found="there is no such key", near=near)
            )
        elif name in self._values:
            self._fault(key, name, "given again", "once")
        else:
            self._values[name] = value

    def _parsed(
        self, key: str, node: Scalar, parse: Callable[[str], T], text: str | None = None
    ) -> T | None:
        try:
            value = parse(node.text if text is None else text)
        except ValueError as error:
            self._fault(node, key, str(error), "")
            return None
        if not value > 0:
            self._fault(node, key, shown(node.text), "more than 0")
            return None
        return value

    def _scalar(self, key: str) -> Scalar | None:
        node = self.node(key)
        if node is None or isinstance(node, Scalar):
            return node
        self._fault(node, key, describe(node), "one value")
        return None

    def node(self, key: str) -> Node | None:
        node = self._values.get(key)
        if node is None and key not in _OPTIONAL and self._missing:
            self._fault(None, key, "the key is missing", "")
        return node

    def _fault(self, node: Node | None, key: str, found: str, allowed: str) -> None:
        line = node.line if node else 0
        self.faults.append(Fault(line=line, key=key, found=found, allowed=allowed))


def names_workloads(path: Path) -> bool:
    """Whether a YAML file is meant as a suite: it has the key `workloads`."""
    from workloads.errors import InputError

    try:
        root = parse(path.read_bytes(), path=str(path))
    except (OSError, InputError):
        return False
    keys: Sequence[tuple[Node, Node]] = root.pairs if isinstance(root, Mapping) else ()
    return any(isinstance(key, Scalar) and key.text == "workloads" for key, _ in keys)
