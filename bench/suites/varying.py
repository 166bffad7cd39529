"""What a suite varies: its keys `base`, `vary`, `combine`, `phases` and `procedures` as values.

Everything is checked while the file is read, so that a fault is told with its line: inputs and
their values, loads, options against the engine that has them, names of procedures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from workloads.errors import InputError
from workloads.spec.faults import Fault, nearest, shown
from workloads.spec.tree import Mapping, Node, Scalar, Sequence, describe

if TYPE_CHECKING:
    from workloads.spec.model import Workload

AXES = ("format", "size", "frequency", "latency", "retention")
COMBINE = ("one-at-a-time", "matrix")
PHASES = ("all", "mix")
_SUBJECTS = ("input", "option", "load")
_KEYS = ("axis", *_SUBJECTS, "values", "base", "phases", "procedures")

Combine = Literal["one-at-a-time", "matrix"]
Phases = Literal["all", "mix"]


@dataclass(frozen=True, slots=True)
class Setting:
    """An input of a workload by its path, and its value as written."""

    input: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vary:
    """One entry of `vary`: an input or an engine's option with its values, or loads.

    values      of an input, or the loads
    by_engine   of an option: engine and its values
    phases      `mix`: the kinds of operation are not measured alone as well
    procedures  that follow each of its variants
    base        set in its variants beside what is varied, in place of what the suite sets
    """

    axis: str
    subject: Literal["input", "option", "load"]
    name: str
    values: tuple[str, ...] = ()
    by_engine: tuple[tuple[str, tuple[str, ...]], ...] = ()
    phases: Phases = "all"
    procedures: tuple[str, ...] = ()
    base: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class Finder:
    """Reads nodes and keeps what is wrong with them."""

    faults: list[Fault]

    def fault(self, node: Node | None, key: str, found: str, allowed: str = "") -> None:
        """Keep a fault."""
        line = node.line if node else 0
        self.faults.append(Fault(line=line, key=key, found=found, allowed=allowed))

    def base(self, node: Node | None) -> tuple[Setting, ...]:
        """`{data.records: 200k}`"""
        if node is None:
            return ()
        return tuple(
            Setting(path, value.text)
            for path, value in self._pairs(node, "base", "inputs with their values")
            if self._is_input(value, path, value, "base")
        )

    def options(self, node: Node | None) -> tuple[str, ...]:
        """`[postgresql.set.shared_buffers=32MB]`"""
        found = self._texts(node, "options") if node is not None else ()
        return tuple(
            item.text for item in found if self._holds(item, "options", partial(_option, item.text))
        )

    def vary(self, node: Node | None) -> tuple[Vary, ...]:
        """A list of mappings."""
        if node is None:
            return ()
        if not isinstance(node, Sequence) or not node.items:
            self.fault(node, "vary", describe(node), "a list such as [{axis: size, input: …}]")
            return ()
        return tuple(made for item in node.items if (made := self._entry(item)) is not None)

    def word(self, node: Node | None, key: str, allowed: tuple[str, ...]) -> str:
        """One of the words; the first where nothing stands."""
        if node is None:
            return allowed[0]
        if isinstance(node, Scalar) and node.text in allowed:
            return node.text
        self.fault(node, key, describe(node), f"one of {', '.join(allowed)}")
        return allowed[0]

    def procedures(self, node: Node | None, key: str = "procedures") -> tuple[str, ...]:
        """`[backup, expire:delete]`"""
        from bench import procedures

        found = []
        for item in self._texts(node, key) if node is not None else ():
            if self._holds(item, key, partial(procedures.asked, item.text)):
                found.append(item.text)
        return tuple(found)

    def loads(self, items: tuple[Scalar, ...], key: str) -> tuple[str, ...]:
        """Loads as on the command line."""
        from bench.runner import quests
        from results.manifest import NO_LOAD

        return tuple(
            item.text
            for item in items
            if item.text == NO_LOAD
            or self._holds(item, key, partial(quests.read, item.text, cpus=2))
        )

    def _entry(self, node: Node) -> Vary | None:
        given: dict[str, Node] = {}
        for key, value in self._any_pairs(node, "vary", "a mapping such as {axis: size, …}"):
            if key in _KEYS:
                given[key] = value
            else:
                near = nearest(key, _KEYS)
                self.faults.append(
                    Fault(
                        line=value.line, key=f"vary.{key}", found="there is no such key", near=near
                    )
                )
        if not given:
            return None
        axis = given.get("axis")
        if axis is None:
            self.fault(node, "vary.axis", "the key is missing", f"one of {', '.join(AXES)}")
        subjects = [subject for subject in _SUBJECTS if subject in given]
        if len(subjects) != 1:
            found = " and ".join(subjects) or "neither input nor option nor load"
            self.fault(node, "vary", found, "one of input, option, load")
            return None
        return self._varied(node, given, self.word(axis, "vary.axis", AXES))

    def _varied(self, node: Node, given: dict[str, Node], axis: str) -> Vary | None:
        phases: Phases = (
            "mix" if self.word(given.get("phases"), "phases", PHASES) == "mix" else "all"
        )
        after = self.procedures(given.get("procedures"), "vary.procedures")
        base = self.base(given.get("base"))
        if "load" in given:
            if "values" in given:
                self.fault(given["values"], "vary.values", "beside loads", "the loads alone")
            texts = self.loads(self._texts(given["load"], "vary.load"), "vary.load")
            return Vary(
                axis=axis,
                subject="load",
                name="load",
                values=texts,
                phases=phases,
                procedures=after,
                base=base,
            )
        values = given.get("values")
        subject: Literal["input", "option"] = "input" if "input" in given else "option"
        name = given[subject]
        if not isinstance(name, Scalar) or values is None:
            self.fault(node, f"vary.{subject}", "no name or no values", "a name and its values")
            return None
        if subject == "input":
            checked = tuple(
                item.text
                for item in self._texts(values, "vary.values")
                if self._is_input(name, name.text, item, "vary")
            )
            return Vary(
                axis=axis,
                subject="input",
                name=name.text,
                values=checked,
                phases=phases,
                procedures=after,
                base=base,
            )
        return Vary(
            axis=axis,
            subject="option",
            name=name.text,
            by_engine=tuple(self._by_engine(name.text, values)),
            phases=phases,
            procedures=after,
            base=base,
        )

    def _by_engine(self, option: str, node: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
        from bench import engines

        allowed = "engines with their values, such as {polars: [parquet, csv]}"
        for name, values in self._any_pairs(node, "vary.values", allowed):
            if not self._holds(values, "vary.values", partial(engines.get, name)):
                continue
            engine = engines.get(name)
            yield (
                name,
                tuple(
                    item.text
                    for item in self._texts(values, f"vary.values.{name}")
                    if self._holds(item, "vary.values", partial(engine.check, {option: item.text}))
                ),
            )

    def _is_input(self, at: Node, path: str, value: Scalar, key: str) -> bool:
        from workloads.spec.variation import with_value

        return self._holds(at, key, partial(with_value, _any_workload(), path, value.text))

    def _holds(self, node: Node, key: str, check: Callable[[], object]) -> bool:
        try:
            check()
        except InputError as error:
            self.fault(node, key, error.message, error.hint or "")
            return False
        return True

    def _texts(self, node: Node, key: str) -> tuple[Scalar, ...]:
        if not isinstance(node, Sequence) or not node.items:
            self.fault(node, key, describe(node), "a list")
            return ()
        found = tuple(item for item in node.items if isinstance(item, Scalar))
        if len(found) < len(node.items):
            self.fault(node, key, "a list in a list", "a list of values")
        return found

    def _pairs(self, node: Node, key: str, allowed: str) -> Iterator[tuple[str, Scalar]]:
        for name, value in self._any_pairs(node, key, allowed):
            if isinstance(value, Scalar):
                yield name, value
            else:
                self.fault(value, f"{key}.{name}", describe(value), "one value")

    def _any_pairs(self, node: Node, key: str, allowed: str) -> Iterator[tuple[str, Node]]:
        if not isinstance(node, Mapping) or not node.pairs:
            self.fault(node, key, describe(node), allowed)
            return
        seen: set[str] = set()
        for name, value in node.pairs:
            text = name.text if isinstance(name, Scalar) else describe(name)
            if text in seen:
                self.fault(name, f"{key}.{text}", "given again", "once")
            else:
                seen.add(text)
                yield text, value


def most_records(faults: Finder, node: Node | None, vary: tuple[Vary, ...], most: int) -> None:
    """A fault for records that a suite sets and then does not load."""
    from workloads.spec.units import parse_count

    for each in vary:
        if each.name != "data.records":
            continue
        for text in each.values:
            if most and parse_count(text) > most:
                faults.fault(
                    node,
                    "records",
                    f"at most {most:,} are loaded",
                    f"at least {shown(text)}, which `vary` asks for",
                )


def _option(text: str) -> None:
    """InputError for an option that is not of the form `ENGINE.KEY=VALUE`, or not the engine's."""
    from bench import engines

    key, equals, value = text.partition("=")
    engine, dot, name = key.partition(".")
    if not (equals and dot and name):
        raise InputError(f"{shown(text)} is no option", hint="write ENGINE.KEY=VALUE")
    engines.get(engine).check({name: value})


def _any_workload() -> Workload:
    """A workload with every kind of operation, on which any input can be set."""
    from workloads.spec.model import KINDS, Operation, Workload

    mix = tuple(Operation(kind=kind, weight=1.0) for kind in KINDS)
    return Workload(name="any", operations=mix)
