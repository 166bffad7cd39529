"""The variants of a workload that a suite makes: what differs in each, and what is run on it.

One thing at a time: the base, then one variant for each value that is not the base's own. A
matrix: every combination, and no base of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from results.record import NameValue
from workloads.errors import InputError
from workloads.spec.variation import with_value

if TYPE_CHECKING:
    from bench.suites import Suite
    from bench.suites.varying import Vary
    from workloads.spec.model import Workload

OPTION = "option:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A workload as it is run: with which loads, options of the engine, and procedures after it.

    `axis` None: nothing is varied in it.
    """

    workload: Workload
    loads: tuple[str, ...]
    options: tuple[str, ...] = ()
    axis: str | None = None
    varied: tuple[NameValue, ...] = ()
    is_mix_only: bool = False
    procedures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Move:
    """One value of one entry of `vary`."""

    vary: Vary
    value: str


def plain(workload: Workload, loads: tuple[str, ...], procedures: tuple[str, ...]) -> Variant:
    """A workload as it is."""
    return Variant(workload=workload, loads=loads, procedures=procedures)


def variants(
    suite: Suite, workload: Workload, engine: str, *, load: str | None = None
) -> list[Variant]:
    """What a suite runs of a workload on an engine; `load` stands in place of all the suite's.

    InputError when an input cannot be set on this workload.
    """
    for setting in suite.base:
        workload = _set(suite, workload, setting.input, setting.value)
    base = Variant(
        workload=workload,
        loads=suite.loads if load is None else (load,),
        options=tuple(o for o in suite.options if o.startswith(f"{engine}.")),
        is_mix_only=suite.is_mix_only,
        procedures=suite.procedures,
    )
    entries = [v for v in suite.vary if not (v.subject == "load" and load is not None)]
    moves = [list(_moves(entry, engine)) for entry in entries]
    if suite.is_matrix:
        whole = [each for each in moves if each]
        return [_moved(suite, base, combination) for combination in itertools.product(*whole)]
    found = [base]
    for move in itertools.chain(*moves):
        made = replace(_moved(suite, base, (move,)), procedures=move.vary.procedures)
        if move.vary.phases == "mix":
            made = replace(made, is_mix_only=True)
        same = (made.workload, made.loads, made.options) == (
            base.workload,
            base.loads,
            base.options,
        )
        if not same:
            found.append(made)
    return found


def workloads(suite: Suite, workload: Workload) -> Iterator[Workload]:
    """Every workload that a suite makes of one, whatever the engine."""
    return (variant.workload for variant in variants(suite, workload, engine=""))


def _moves(entry: Vary, engine: str) -> Iterator[_Move]:
    values = entry.values if entry.subject != "option" else dict(entry.by_engine).get(engine, ())
    return (_Move(entry, value) for value in values)


def _moved(suite: Suite, base: Variant, moves: Sequence[_Move]) -> Variant:
    """The base with each of the moves made."""
    made, axes = base, []
    for move in moves:
        entry, value = move.vary, move.value
        axes.append(entry.axis)
        for setting in entry.base:
            made = replace(made, workload=_set(suite, made.workload, setting.input, setting.value))
        name = f"{OPTION}{entry.name}" if entry.subject == "option" else entry.name
        made = replace(made, varied=(*made.varied, NameValue(name=name, value=value)))
        if entry.subject == "input":
            made = replace(made, workload=_set(suite, made.workload, entry.name, value))
        elif entry.subject == "load":
            made = replace(made, loads=(value,))
        else:
            made = replace(made, options=(*made.options, f"{entry.name}={value}"))
    return replace(made, axis="+".join(dict.fromkeys(axes)) or None)


def _set(suite: Suite, workload: Workload, path: str, value: str) -> Workload:
    try:
        return with_value(workload, path, value)
    except InputError as error:
        raise InputError(
            f"suite '{suite.name}', workload '{workload.name}': {error.message}", hint=error.hint
        ) from error
