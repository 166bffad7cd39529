"""The steps of a transaction: their keys in a file, and what steps may not say together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workloads.spec.kinds import Choice, Count, Truth
from workloads.spec.model import RANGE_FORMS, STEP_KINDS, Step
from workloads.spec.section import Field, Listed, Section
from workloads.spec.words import Text

MOST_STEPS = 100
MOST_REQUESTS = 1_000  # of one transaction, repeats counted
NAME = Text(most_characters=63)

STEPS = Section(
    "steps",
    "the requests of a transaction",
    (
        Field("kind", Choice(of=STEP_KINDS), "what the request does", unknown="", needed=True),
        Field(
            "repeat",
            Count(least=1, most=MOST_REQUESTS),
            "how many such requests, each on a record of its own",
            unknown="one",
            default=1,
        ),
        Field(
            "table",
            NAME,
            "another table of the dataset than the main one",
            unknown="the main table",
        ),
        Field(
            "limit",
            Count(least=1, most=1_000_000),
            "how many keys the range takes, the first one included",
            unknown="100",
            only=frozenset({"range"}),
        ),
        Field(
            "form",
            Choice(of=RANGE_FORMS),
            "the rows of the range; or the sum of a column; or its values, sorted; or its distinct "
            "values, sorted",
            unknown="rows",
            only=frozenset({"range"}),
        ),
        Field(
            "column",
            NAME,
            "the column that is changed, returned, summed or sorted",
            unknown="of an update the table's usual one, of a sum the measure, else the whole row",
            only=frozenset({"read", "update", "range"}),
        ),
        Field(
            "add",
            Truth(),
            "whether an update adds to the column (-5000..5000, the same in the whole transaction) "
            "instead of setting it",
            unknown="it sets it",
            default=False,
            only=frozenset({"update"}),
        ),
        Field(
            "same_key",
            Truth(),
            "whether it is about the record of the step before on the same table; an insert puts "
            "back what was deleted",
            unknown="a record of its own",
            default=False,
        ),
    ),
)
STEP_LIST = Listed(
    section=STEPS,
    model=Step,
    most=MOST_STEPS,
    what="steps",
    example="[{kind: update, add: true}, {kind: read, same_key: true}]",
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A step (by position) whose `key` makes no sense beside the other steps."""

    step: int
    key: str
    found: str
    allowed: str


# What a transaction did to the record that it used last on a table.
_THERE, _NEW, _DELETED = "there", "new", "deleted"


def mistakes(steps: Sequence[Step]) -> Iterator[Mistake]:
    """Everything that the steps of one transaction contradict each other in."""
    for place, step in enumerate(steps):
        yield from _alone(place, step)
    state: dict[str | None, str] = {}
    for place, step in enumerate(steps):
        if step.same_key:
            fault = _of_same_key(step, state.get(step.table))
            if fault is not None:
                yield Mistake(place, *fault)
        state[step.table] = _after(step)
    yield from _deleted_for_good(steps)


def _alone(place: int, step: Step) -> Iterator[Mistake]:
    if step.form in ("sorted", "distinct") and step.column is None:
        found = f"form {step.form} without a column"
        yield Mistake(place, "form", found, "a column beside it")
    if step.same_key and step.kind in ("insert", "delete") and step.repeat > 1:
        found = f"{step.kind} of one record {step.repeat} times"
        yield Mistake(place, "repeat", found, "no repeat beside same_key")


def _of_same_key(step: Step, state: str | None) -> tuple[str, str, str] | None:
    """Key, what was found and what is allowed; None when the step can use the same record."""
    if state is None:
        return "same_key", "no step on the same table before", "a step on the table before it"
    if step.kind == "insert" and state != _DELETED:
        return "same_key", "an insert of a record that is there", "a delete of the record before"
    if step.kind != "insert" and state == _DELETED:
        return "same_key", f"{step.kind} of a record that was deleted", "an insert with same_key"
    if step.kind == "delete" and state == _NEW:
        return "same_key", "a delete of a record that was inserted", "neither of the two"
    return None


def _after(step: Step) -> str:
    if step.kind == "delete":
        return _DELETED
    return _NEW if step.kind == "insert" and not step.same_key else _THERE


def _deleted_for_good(steps: Sequence[Step]) -> Iterator[Mistake]:
    """On the main table only the first record that a transaction uses can be deleted for good:
    the stream of operations sees to it that no other operation asks for it later."""
    records, open_at = 0, None
    for place, step in enumerate(steps):
        if step.table is not None:
            continue
        if not step.same_key:
            if open_at is not None:
                break
            records += step.repeat
        if step.kind == "delete":
            open_at = place if records > 1 else None
        elif step.same_key:
            open_at = None
    if open_at is not None:
        found = "a delete for good of another record than the transaction's first"
        allowed = "{kind: insert, same_key: true} behind it, or a delete of the first record"
        yield Mistake(open_at, "kind", found, allowed)
