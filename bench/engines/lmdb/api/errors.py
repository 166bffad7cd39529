"""What a request is refused with, by the code that DynamoDB's API has for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    from bench.engines.lmdb.itemsize import Item

VALIDATION = "ValidationException"
CONDITION = "ConditionalCheckFailedException"
CANCELED = "TransactionCanceledException"
NO_TABLE = "ResourceNotFoundException"
IN_USE = "ResourceInUseException"
TOKEN = "IdempotentParameterMismatchException"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one part of a transaction did not go through; code `None` when it would have.

    `item` is the item as it was, where the request asked for it.
    """

    code: str = "None"
    message: str = ""
    item: Item | None = None


class Refused(OperationFailed):
    """A request that was not carried out; `kind` is the code.

    `reasons` has one entry for each part of a cancelled transaction; `item` is the item that did
    not meet the condition, where the request asked for it.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        reasons: Sequence[Reason] = (),
        item: Item | None = None,
    ) -> None:
        super().__init__(code, message)
        self.reasons = tuple(reasons)
        self.item = item


class KeyTypeRefused(Refused):
    """A key attribute has the type of another key: the reason of a cancelled transaction."""


def invalid(message: str) -> Refused:
    """The error of a request that breaks a rule of the API."""
    return Refused(VALIDATION, message)
