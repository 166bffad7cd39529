"""Writes of several items: BatchWriteItem and TransactWriteItems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.engines.lmdb.api import changes
from bench.engines.lmdb.api.answers import Consumed, Several
from bench.engines.lmdb.api.errors import (
    CANCELED,
    CONDITION,
    VALIDATION,
    KeyTypeRefused,
    Reason,
    Refused,
    invalid,
)
from bench.engines.lmdb.api.requests import Delete, Put
from bench.engines.lmdb.itemsize import item_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    import lmdb

    from bench.engines.lmdb.api.changes import Outcome, Plan
    from bench.engines.lmdb.api.requests import Write
    from bench.engines.lmdb.api.rules import Rules
    from bench.engines.lmdb.api.tables import OpenTable

    Transaction = lmdb.Transaction[bytes]
    Tables = Mapping[str, OpenTable]

BATCH_ITEMS = 25
BATCH_BYTES = 16 * 1024 * 1024
TRANSACTION_BYTES = 4 * 1024 * 1024


def batch_plans(tables: Tables, requests: Sequence[Put | Delete]) -> list[Plan]:
    """The writes of a BatchWriteItem, ready; Refused when it may not be."""
    if not 0 < len(requests) <= BATCH_ITEMS:
        raise invalid(f"BatchWriteItem takes 1 to {BATCH_ITEMS} items")
    if any(request.condition or request.return_values != "NONE" for request in requests):
        raise invalid("A part of BatchWriteItem has neither a condition nor return values")
    plans = [changes.plan(request, tables[request.table]) for request in requests]
    if len({(plan.request.table, plan.key) for plan in plans}) < len(plans):
        raise invalid("Provided list of item keys contains duplicates")
    sizes = (item_size(r.item) for r in requests if isinstance(r, Put))
    if sum(sizes) > BATCH_BYTES:
        raise invalid("The items of a BatchWriteItem may have 16 MB in all")
    return plans


def batch(txn: Transaction, plans: Sequence[Plan], rules: Rules) -> Several:
    """BatchWriteItem. Here its writes are one transaction of LMDB; DynamoDB promises none."""
    consumed: dict[str, Consumed] = {}
    for plan in plans:
        outcome = changes.carry_out(txn, plan, rules)
        if outcome.before is None and outcome.after is None:
            outcome.consumed.table_units = float(rules.missing_batch_delete_units)
        _count(consumed, outcome, 1)
    return Several(consumed)


def transaction_parts(
    tables: Tables, requests: Sequence[Write], rules: Rules
) -> list[Plan | Reason]:
    """The parts of a TransactWriteItems, ready; Refused when it may not be.

    A part that is not valid by itself is refused, and cancels the transaction with the reason
    ValidationError where a key has another key's type, or where it shows only from the item.
    """
    if not 0 < len(requests) <= rules.transaction_items:
        raise invalid(f"TransactWriteItems takes 1 to {rules.transaction_items} items")
    parts: list[Plan | Reason] = []
    for request in requests:
        try:
            parts.append(changes.plan(request, tables[request.table]))
        except KeyTypeRefused as refused:
            parts.append(Reason("ValidationError", str(refused)))
    plans = [part for part in parts if not isinstance(part, Reason)]
    if len({(plan.request.table, plan.key) for plan in plans}) < len(plans):
        raise invalid("Transaction request cannot include multiple operations on one item")
    return parts


def transact(txn: Transaction, parts: Sequence[Plan | Reason], rules: Rules) -> Several:
    """TransactWriteItems: all or nothing; the caller aborts `txn` when this raises."""
    consumed: dict[str, Consumed] = {}
    counted: list[Consumed] = []
    reasons: list[Reason] = []
    total = 0
    for plan in parts:
        if isinstance(plan, Reason):
            reasons.append(plan)
            continue
        try:
            outcome = changes.carry_out(txn, plan, rules)
        except Refused as refused:
            if refused.kind not in (CONDITION, VALIDATION):
                raise
            code = "ConditionalCheckFailed" if refused.kind == CONDITION else "ValidationError"
            reasons.append(Reason(code, str(refused), refused.item))
            continue
        reasons.append(Reason())
        if outcome.before is None and outcome.after is None and isinstance(plan.request, Delete):
            outcome.consumed.table_units = float(rules.missing_transaction_delete_units)
        if not (rules.transaction_counts_alike_once and outcome.consumed in counted):
            _count(consumed, outcome, rules.transaction_write_factor)
        counted.append(outcome.consumed)
        total += max(item_size(i or {}) for i in (outcome.before, outcome.after))
    if any(reason.code != "None" for reason in reasons):
        codes = ", ".join(reason.code for reason in reasons)
        raise Refused(CANCELED, f"Transaction cancelled: [{codes}]", reasons=reasons)
    if total > TRANSACTION_BYTES:
        raise invalid("The items of a transaction may have 4 MB in all")
    return Several(consumed)


def _count(consumed: dict[str, Consumed], outcome: Outcome, factor: int) -> None:
    name = outcome.consumed.table
    consumed.setdefault(name, Consumed(name)).add(outcome.consumed, factor)
