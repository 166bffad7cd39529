"""Query and Scan: what lies between two keys, a page of 1 MiB at a time.

The item that crosses 1 MiB belongs to its page, and a page that ends at its limit has a
LastEvaluatedKey even when nothing follows. A page pays for what it read, filtered or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.engines.lmdb import capacity, ordering
from bench.engines.lmdb.api import compiled
from bench.engines.lmdb.api.answers import Consumed, Page
from bench.engines.lmdb.api.attributes import check_key
from bench.engines.lmdb.api.definitions import index_keys
from bench.engines.lmdb.api.errors import invalid
from bench.engines.lmdb.api.placement import segment_bounds
from bench.engines.lmdb.api.requests import Query, Scan
from bench.engines.lmdb.codec import stored_size

if TYPE_CHECKING:
    import lmdb

    from bench.engines.lmdb.api.definitions import KeyAttribute
    from bench.engines.lmdb.api.rules import Rules
    from bench.engines.lmdb.api.tables import OpenIndex, OpenTable
    from bench.engines.lmdb.expressions.keyrange import KeyRange
    from bench.engines.lmdb.itemsize import Attribute, Item

    Transaction = lmdb.Transaction[bytes]

SEGMENTS = 1_000_000


@dataclass(frozen=True, slots=True)
class _View:
    """How a request looks at the items between two keys.

    `ends`: a key that begins so is known to be the last. `fetches`: the entries of the index do not have what is asked for, the item is read as well.
    """

    table: OpenTable
    index: OpenIndex | None
    start: bytes
    stop: bytes | None
    forward: bool
    keep: Callable[[Item | None], bool] | None
    project: Callable[[Item], Item] | None
    fetches: bool
    by_item: bool
    ends: bytes | None


def query(txn: Transaction, table: OpenTable, request: Query, rules: Rules) -> Page:
    """Query."""
    index = None if request.index is None else table.index(request.index)
    partition, sort = _keys(table, index)
    using = compiled.substitutions(request.names, request.values, table.key_names(index))
    names = (partition.name, None if sort is None else sort.name)
    wanted = compiled.key_condition(request.key_condition, names, using)
    ends = None
    if rules.bound_ends_pages and index is None:
        ends = _end(table, wanted, request)
    view = _view(
        table, index, request, using, _bounds(table, index, wanted), rules=rules, ends=ends
    )
    if request.filter is not None:
        used = compiled.top_names(request.filter, request.names)
        for name in names:
            if name in used:
                raise invalid(f"Filter Expression can only contain non-key attributes: {name}")
    return _page(txn, view, request, rules)


def scan(txn: Transaction, table: OpenTable, request: Scan, rules: Rules) -> Page:
    """Scan, of one segment or of everything."""
    index = None if request.index is None else table.index(request.index)
    if (request.segment is None) != (request.segments is None):
        raise invalid("Segment and TotalSegments are given together")
    bounds: tuple[bytes, bytes | None] = b"", None
    if request.segment is not None and request.segments is not None:
        if not 1 <= request.segments <= SEGMENTS or not 0 <= request.segment < request.segments:
            raise invalid(f"Segment {request.segment} of {request.segments}: out of range")
        bounds = segment_bounds(request.segment, request.segments)
    using = compiled.substitutions(request.names, request.values, table.key_names(index))
    view = _view(table, index, request, using, bounds, rules=rules)
    return _page(txn, view, request, rules)


def _view(
    table: OpenTable,
    index: OpenIndex | None,
    request: Query | Scan,
    using: compiled.Using,
    bounds: tuple[bytes, bytes | None],
    *,
    rules: Rules,
    ends: bytes | None = None,
) -> _View:
    if request.limit is not None and request.limit < 1:
        raise invalid("Limit must be greater than or equal to 1")
    is_global = index is not None and not index.definition.local
    if is_global and request.consistent:
        raise invalid("Consistent reads are not supported on global secondary indexes")
    keep = compiled.condition(request.filter, using)
    project = compiled.projection(request.projection, using)
    using.check_all_used()
    _check_select(request)
    forward = not isinstance(request, Query) or request.forward
    start, stop = bounds
    if request.start is not None:
        after = _position(table, index, request.start)
        if after < start or (stop is not None and after >= stop):
            raise invalid("The provided starting key is outside what is read")
        start, stop = (after + b"\0", stop) if forward else (start, after)
    return _View(
        table,
        index,
        start,
        stop,
        forward,
        keep,
        project,
        index is not None and _fetches(index, request, rules),
        rules.index_scan_by_item and index is not None and isinstance(request, Scan),
        ends,
    )


def _check_select(request: Query | Scan) -> None:
    select = request.select
    if select == "ALL_PROJECTED_ATTRIBUTES" and request.index is None:
        raise invalid("ALL_PROJECTED_ATTRIBUTES can be used only with an index")
    if select == "SPECIFIC_ATTRIBUTES" and request.projection is None:
        raise invalid("SPECIFIC_ATTRIBUTES needs a projection")
    if request.projection is not None and select not in (None, "SPECIFIC_ATTRIBUTES"):
        raise invalid(f"{select} and a projection exclude each other")


def _fetches(index: OpenIndex, request: Query | Scan, rules: Rules) -> bool:
    """Whether the items are read beside the entries; Refused where an index does not do that."""
    if index.kept is None:
        return False
    asked = compiled.top_names(request.projection or "", request.names)
    beyond = request.select == "ALL_ATTRIBUTES" or not asked <= index.kept
    if beyond and not index.definition.local:
        # DynamoDB Local gives them from a global index too, and counts nothing for it.
        raise invalid(f"Secondary index {index.definition.name} does not project all of that")
    filtered = compiled.top_names(request.filter or "", request.names)
    if not filtered <= index.kept:
        raise invalid(
            f"Secondary index {index.definition.name} does not project one or more filter "
            f"attributes: {sorted(filtered - index.kept)}"
        )
    always = rules.projection_fetches and index.definition.local
    return beyond or (always and request.projection is not None)


def _page(txn: Transaction, view: _View, request: Query | Scan, rules: Rules) -> Page:
    """Read one page."""
    items: list[Item] = []
    count = scanned = size = fetched_blocks = 0
    last: Item | None = None
    for key, entry, item, entry_size, item_size in _entries(txn, view):
        scanned += 1
        size += entry_size
        if view.fetches and not view.by_item:
            fetched_blocks += capacity.read_blocks(item_size)
        if view.keep is None or view.keep(item):
            count += 1
            if request.select != "COUNT":
                items.append(item if view.project is None else view.project(item))
        if scanned == request.limit or size > capacity.PAGE_BYTES:
            if view.ends is None or not key.startswith(view.ends):
                last = {name: entry[name] for name in view.table.key_names(view.index)}
            break
    factor = 1.0 if request.consistent else 0.5
    blocks = capacity.read_blocks(size) if scanned else rules.empty_page_blocks
    consumed = Consumed(request.table, fetched_blocks * factor)
    if view.index is None:
        consumed.table_units = blocks * factor
    elif blocks:
        name, local = view.index.definition.name, view.index.definition.local
        consumed.index(name, blocks * factor, local=local)
    return Page(
        items=tuple(items),
        count=count,
        scanned_count=scanned,
        last_key=last,
        consumed=consumed,
    )


def _entries(txn: Transaction, view: _View) -> Iterator[tuple[bytes, Item, Item, int, int]]:
    """The key, the entry, what the request sees, the size that the page counts, and the item's size."""
    table, index = view.table, view.index
    decode = table.codec.decode
    space = table.space if index is None else index.space
    for key, stored in space.walk(txn, view.start, view.stop, forward=view.forward):
        entry, size = decode(stored), stored_size(stored)
        if not view.fetches and not view.by_item:
            yield key, entry, entry, size, size
            continue
        keys = {key.name: entry[key.name] for key in table.definition.keys}
        whole = table.space.get(txn, table.located(keys)) or stored
        item_size = stored_size(whole)
        seen = decode(whole) if view.fetches else entry
        yield key, entry, seen, item_size if view.by_item else size, item_size


def _keys(table: OpenTable, index: OpenIndex | None) -> tuple[KeyAttribute, KeyAttribute | None]:
    keys = table.definition.keys if index is None else index_keys(index.definition)
    return keys[0], keys[1] if len(keys) > 1 else None


def _bounds(table: OpenTable, index: OpenIndex | None, wanted: KeyRange) -> tuple[bytes, bytes]:
    """The first key of what a key condition selects, and the first after it."""
    partition, sort = _keys(table, index)
    indexed = index is not None and not index.definition.local
    base = table.place(partition, wanted.partition, indexed=indexed)
    start, stop = base, following(base)
    if sort is None:
        return start, stop
    if wanted.prefix is not None:
        check_key(wanted.prefix, sort, sort=True)
        start = base + ordering.ordered(wanted.prefix)[:-2]  # without its end
        return start, following(start)
    if wanted.lower is not None:
        start = base + _form(sort, wanted.lower)
        if not wanted.lower_inclusive:
            start = following(start)
    if wanted.upper is not None:
        stop = base + _form(sort, wanted.upper)
        if wanted.upper_inclusive:
            stop = following(stop)
    return start, stop


def _end(table: OpenTable, wanted: KeyRange, request: Query) -> bytes | None:
    """What the last key begins with, where the key condition says so."""
    partition, sort = _keys(table, None)
    base = table.place(partition, wanted.partition, indexed=False)
    if sort is None:
        return base
    bound = wanted.upper if request.forward else wanted.lower
    inclusive = wanted.upper_inclusive if request.forward else wanted.lower_inclusive
    if bound is None or not inclusive or wanted.lower == wanted.upper or wanted.prefix:
        return None
    return base + _form(sort, bound)


def _form(key: KeyAttribute, value: Attribute) -> bytes:
    check_key(value, key, sort=True)
    return ordering.ordered(value)


def following(prefix: bytes) -> bytes:
    """The first bytes after all that begin with these."""
    kept = prefix.rstrip(b"\xff")
    return kept[:-1] + bytes([kept[-1] + 1])


def _position(table: OpenTable, index: OpenIndex | None, start: Item) -> bytes:
    """The bytes of the key that an ExclusiveStartKey names."""
    names = table.key_names(index)
    if set(start) != set(names):
        raise invalid("Exclusive Start Key must have same size as table's key schema")
    primary = table.located({key.name: start[key.name] for key in table.definition.keys})
    if index is None:
        return primary
    found = table.located_in(index, start, primary)
    if found is None:
        raise invalid("The provided starting key is invalid")
    return found
