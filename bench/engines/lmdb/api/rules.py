"""Where DynamoDB Local counts otherwise than the service, and which of the two a store follows.

`SERVICE` is what the Amazon DynamoDB Developer Guide says ("DynamoDB read and write operations",
"Amazon DynamoDB Transactions: how it works", "Local Secondary Indexes"; read 2026-11), and what
predictions use. `LOCAL` is what DynamoDB Local of 2020-01-16 answers, seen from outside; a store
with these rules is compared with it, request by request.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The points of accounting on which the two differ.

    `empty_page_blocks`: blocks of 4 KiB for a Query or Scan that reads no item.
    `missing_batch_blocks`: blocks for a key of BatchGetItem that is not there.
    `missing_batch_delete_units`: write units of a delete in BatchWriteItem of what is not there.
    `missing_transaction_delete_units`: the same in TransactWriteItems, before the factor.
    `transaction_write_factor`: write units of a part of TransactWriteItems over those of the same
    write alone. The service prepares and commits: 2. DynamoDB Local reports 4.
    `transaction_counts_alike_once`: parts of a transaction that consume the same of one table and
    its indexes are counted once.
    `check_block_bytes`: a ConditionCheck consumes one unit for each block of so many bytes.
    `index_key_swaps_count`: an index with two key attributes, of which the item had one before and
    has the other one now, consumes as if an entry were deleted, though there never was one.
    `local_entry_overhead_bytes`: bytes that an entry of a local index is written with beside its
    own (the guide counts 100 for storage only).
    `bound_ends_pages`: a page has no LastEvaluatedKey when its last item has the sort key that the
    range of a table ends with (<=, >= or BETWEEN), or is the only one of a key without sort key.
    `projection_fetches`: a Query of a local index with a projection reads the items, even when
    the index has all that is asked for (unless it has everything).
    `index_scan_by_item`: a Scan of an index counts the size of the table's items, not that of the
    index's entries.
    `transaction_items`: parts in one transaction (10 in DynamoDB Local, 25 in the service until
    2022-09, then 100).
    """

    empty_page_blocks: int = 1
    missing_batch_blocks: int = 1
    missing_batch_delete_units: float = 1
    missing_transaction_delete_units: float = 1
    transaction_write_factor: int = 2
    transaction_counts_alike_once: bool = False
    check_block_bytes: int = 1024
    index_key_swaps_count: bool = False
    local_entry_overhead_bytes: int = 0
    bound_ends_pages: bool = False
    projection_fetches: bool = False
    index_scan_by_item: bool = False
    transaction_items: int = 100


SERVICE = Rules()
LOCAL = Rules(
    empty_page_blocks=0,
    missing_batch_blocks=0,
    missing_batch_delete_units=2,
    missing_transaction_delete_units=0.5,
    transaction_write_factor=4,
    transaction_counts_alike_once=True,
    check_block_bytes=4096,
    index_key_swaps_count=True,
    local_entry_overhead_bytes=100,
    bound_ends_pages=True,
    projection_fetches=True,
    index_scan_by_item=True,
    transaction_items=10,
)
