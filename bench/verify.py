"""Are the answers right? An engine's answers against the ones computed from the generators alone.

An engine that returns something else is `incorrect`, not fast, so the driver verifies each target
before it measures it, and the contract suite uses the same check.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bench.engines.seam import OperationFailed
from workloads.oracle import digest as digest_of
from workloads.spec.model import Operation

if TYPE_CHECKING:
    from bench.engines.seam import Bound, Row, Session, Value
    from workloads.datasets.seam import Dataset
    from workloads.oracle import Oracle
    from workloads.stream import Batch

_SHOWN_CHARACTERS = 300
# The kind of failure of an operation that was not answered in time.
TIMEOUT = "timeout"


class Answers(Protocol):
    """What knows the right answers: `workloads.oracle.Oracle`."""

    def answer(self, operation: Operation, batch: Batch, position: int) -> Sequence[Row]:
        """The canonical answer to one operation of a batch, writes so far included."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The outcome: answers checked, how many were wrong, and a digest of what the engine said.

    Engines with the same digest gave the same answers. `first_difference` is None when all were
    right, else a sentence with the operation, what was expected and what came. `timeout`: the
    operation that was not answered in time, after which nothing more was asked; None: there was
    none. An answer that is late is not one that is wrong.
    """

    checked: int
    wrong: int
    digest: str
    first_difference: str | None
    timeout: str | None = None

    @property
    def correct(self) -> bool:
        return self.checked > 0 and not self.wrong and self.timeout is None

    def then(self, other: Verification) -> Verification:
        """This one and what was verified after it, as one."""
        return Verification(
            checked=self.checked + other.checked,
            wrong=self.wrong + other.wrong,
            digest=hashlib.sha256((self.digest + other.digest).encode()).hexdigest(),
            first_difference=self.first_difference or other.first_difference,
            timeout=self.timeout or other.timeout,
        )


def verify(
    session: Session,
    dataset: Dataset,
    oracle: Answers,
    operations: Sequence[Operation],
    batches: Iterable[Batch],
) -> Verification:
    """Run every operation of the batches, one after the other, and compare each answer.

    The session's data must be as the oracle's: freshly loaded, or changed only by what was
    verified before with the same oracle. An operation that fails counts as wrong, but one that is
    not answered in time ends the verification: what it did is unknown.
    """
    bound: dict[int, Bound] = {}
    digest = hashlib.sha256()
    checked = wrong = 0
    first: str | None = None
    for batch in batches:
        arguments = _encoded(session, bound, operations, batch)
        for position, number in enumerate(batch.operation.tolist()):
            operation = operations[number]
            asked = (
                f"{dataset.name}: {operation.kind} with key {batch.key[position]}, "
                f"limit {batch.limit[position]}, token {batch.token[position]}"
            )
            expected = [_canonical(row) for row in oracle.answer(operation, batch, position)]
            answer = _answer(bound[number], arguments[position])
            digest.update(answer.text.encode())
            if answer.failure == TIMEOUT:
                return Verification(
                    checked=checked,
                    wrong=wrong,
                    digest=digest.hexdigest(),
                    first_difference=first,
                    timeout=f"{asked}: {answer.text}",
                )
            checked += 1
            if answer.failure or not same(expected, answer.rows):
                wrong += 1
                told = answer.text if answer.failure else _shown(answer.rows)
                first = first or f"{asked}: expected {_shown(expected)}, found {told}"
    return Verification(
        checked=checked, wrong=wrong, digest=digest.hexdigest(), first_difference=first
    )


def read_back(session: Session, dataset: Dataset, oracle: Oracle, *, most: int) -> Verification:
    """Read the last `most` rows of the main table that the oracle saw written, deleted ones too.

    The number of rows that a write says it changed tells nothing about what is in them.
    """
    import numpy as np

    from workloads.stream import Batch

    keys = np.array(list(oracle.main.written)[-most:], dtype=np.int64)
    batch = Batch(
        operation=np.zeros(len(keys), dtype=np.uint8),
        key=keys,
        limit=np.zeros(len(keys), dtype=np.int32),
        token=np.zeros(len(keys), dtype=np.uint64),
    )
    return verify(session, dataset, oracle, (Operation(kind="read", weight=1.0),), [batch])


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of one operation: its rows and their digest, or a failure and what it said."""

    rows: list[Row]
    text: str
    failure: str | None = None


def _answer(bound: Bound, argument: object) -> _Answer:
    rows: list[Row] = []
    try:
        rows = [_canonical(row) for row in bound.answer(bound.call(argument))]
        return _Answer(rows, digest_of(rows))
    except OperationFailed as error:
        return _Answer([], f"failure {error.kind}: {error}", error.kind)
    except (TypeError, UnicodeEncodeError) as error:
        if not rows:
            raise  # not of the digest, but of the engine itself
        return _Answer([], f"no canonical answer ({error}): {_shown(rows)}", "answer")


def same(expected: Sequence[Row], found: Sequence[Row]) -> bool:
    """Whether two answers are equal, types included: 1, 1.0 and True differ.

    Zeros of either sign are equal, as they are to every store, and NaN is equal to NaN alone.

    >>> same([(1,)], [(True,)]), same([(0.0,)], [(-0.0,)])
    (False, True)
    """
    return len(expected) == len(found) and all(
        len(row) == len(other) and all(map(_same_value, row, other))
        for row, other in zip(expected, found, strict=True)
    )


def _same_value(one: Value, other: Value) -> bool:
    if type(one) is not type(other):
        return False
    return one == other or (one != one and other != other)


def _canonical(row: Sequence[Value]) -> Row:
    """A row as it is compared. Some stores keep the sign of a zero and others do not."""
    return tuple(value + 0.0 if type(value) is float else value for value in row)


def _encoded(
    session: Session, bound: dict[int, Bound], operations: Sequence[Operation], batch: Batch
) -> list[object]:
    """The argument of each position; binds an operation when it first occurs."""
    arguments: list[object] = [None] * len(batch)
    numbers = batch.operation
    for number in sorted(set(numbers.tolist())):
        if number not in bound:
            bound[number] = session.bind(operations[number])
        positions = (numbers == number).nonzero()[0].tolist()
        for position, argument in zip(
            positions, bound[number].encode(batch, positions), strict=True
        ):
            arguments[position] = argument
    return arguments


def _shown(rows: Sequence[Row]) -> str:
    text = repr(rows)
    cut = len(text) > _SHOWN_CHARACTERS
    return f"{text[:_SHOWN_CHARACTERS]}… ({len(rows)} rows)" if cut else text
