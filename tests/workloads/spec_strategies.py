"""Random workloads, drawn from the table of keys itself: a new key is tested as it is added."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from workloads.spec.consistency import contradictions
from workloads.spec.faults import Refused
from workloads.spec.fields import OPERATIONS, TOP
from workloads.spec.kinds import Choice, Count, Quantity, Truth, ValueKind, Weight
from workloads.spec.model import Data, KeyDistribution, Operation, Step, Workload
from workloads.spec.section import Field, Listed, Section
from workloads.spec.table import MAPPINGS
from workloads.spec.words import ENGINES, PARAMETERS, REGIONS, EngineWord, Keys, Region, Regions

KEYS = st.one_of(
    st.sampled_from(["uniform", "ycsb-zipfian", "latest"]).map(lambda k: KeyDistribution(kind=k)),
    *(
        st.tuples(*(st.floats(p.above, p.most, exclude_min=True) for p in parameters)).map(
            lambda numbers, kind=kind: KeyDistribution(kind=kind, parameters=numbers)
        )
        for kind, parameters in PARAMETERS.items()
    ),
)


# What any dataset can do; columns and tables are tested by name elsewhere.
STEPS = st.lists(
    st.one_of(
        st.builds(Step, kind=st.sampled_from(["read", "update"]), repeat=st.integers(1, 20)),
        st.builds(
            Step,
            kind=st.just("range"),
            limit=st.none() | st.integers(1, 1_000),
            form=st.sampled_from([None, "rows", "sum"]),
        ),
        st.just(Step(kind="insert")),
        st.just(Step(kind="update", table="tellers", add=True, same_key=True)),
        st.just(Step(kind="read", table="tellers", column="teller_balance")),
    ),
    min_size=1,
    max_size=5,
).map(tuple)


def values(kind: ValueKind) -> st.SearchStrategy[Any]:
    """Values of a kind, in model types."""
    if isinstance(kind, Quantity):
        least = 1e-9 if kind.positive else 0.0
        return st.one_of(st.floats(least, kind.most), st.integers(1, 100).map(float)).filter(
            lambda v: v <= kind.most
        )
    if isinstance(kind, Count):
        return st.integers(kind.least, kind.most)
    if isinstance(kind, Weight):
        return st.one_of(st.floats(0, 1e6), st.integers(0, 100).map(float))
    if isinstance(kind, Truth):
        return st.booleans()
    if isinstance(kind, Choice):
        return st.sampled_from(kind.words)
    if isinstance(kind, EngineWord):
        return st.one_of(st.sampled_from(ENGINES), st.just("frob base 7.1"))
    if isinstance(kind, Region):
        return st.sampled_from(REGIONS)
    if isinstance(kind, Regions):
        return st.lists(st.sampled_from(REGIONS), min_size=1, unique=True).map(tuple)
    if isinstance(kind, Keys):
        return KEYS
    if isinstance(kind, Listed):
        return STEPS
    words = st.sampled_from(
        ["yes", "null", "~", "1e6", "5_000", "2026-09-11", "a: b # c", "-", "ß"]
    )
    return st.one_of(words, st.text(max_size=30)).map(str.strip).filter(lambda t: _right(kind, t))


def _right(kind: ValueKind, text: str) -> bool:
    try:
        return bool(kind.check(text) == text)
    except Refused:
        return False


def _some(section: Section) -> st.SearchStrategy[dict[str, Any]]:
    """A few keys of a section with values; the others are unknown."""
    each = {field.model_key: values(field.kind) for field in section.fields}
    return st.fixed_dictionaries({}, optional=each)


def _fits(field: Field, kind: str) -> bool:
    return field.key != "kind" and (not field.only or kind in field.only)


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    kind = draw(st.sampled_from(OPERATIONS.fields[0].kind.words))
    fields = [field for field in OPERATIONS.fields if _fits(field, kind)]
    needed = {"steps"} if kind == "transaction" else set()
    given = {
        f.model_key: draw(values(f.kind))
        for f in fields
        if f.needed or f.key in needed or draw(st.booleans())
    }
    if given.get("uniform_limit") and "limit" not in given:
        given["limit"] = 10
    return Operation(kind=kind, **given)


def _contradicted(data: Data, operation: Operation) -> list[Any]:
    alone = replace(operation, weight=1.0)
    return [*contradictions(Workload(name="x", data=data, operations=(alone,)))]


@st.composite
def random_workloads(draw: st.DrawFn) -> Workload:
    """Workloads that a file can hold: no contradictions."""
    top = draw(_some(TOP))
    parts = {s.key: draw(_some(s)) for s in MAPPINGS}
    traffic = parts["traffic"]
    if "mean_per_s" in traffic and "peak_per_s" in traffic:
        pair = sorted((traffic["mean_per_s"], traffic["peak_per_s"]))
        traffic["mean_per_s"], traffic["peak_per_s"] = pair
    if "dataset" in parts["data"]:
        parts["data"].pop("file", None)
    if "file" not in parts["data"]:
        parts["data"].pop("key", None)
    data = Data(dataset=parts["data"].get("dataset"), file=parts["data"].get("file"))
    drawn = draw(st.lists(operations(), max_size=4))
    mix = [operation for operation in drawn if not _contradicted(data, operation)]
    if mix and not sum(o.weight for o in mix):
        mix.append(Operation(kind="read", weight=1.0))
    built = {s.key: s.model(**parts[s.key]) for s in MAPPINGS if s.model is not None}
    known = {"name": "random"} | {k: v for k, v in top.items() if k != "schema"}
    return Workload(operations=tuple(mix), **built, **known)
