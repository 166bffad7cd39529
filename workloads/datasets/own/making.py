"""From the profile of a file to a dataset: the key, what is made fresh, what operations work on."""

from __future__ import annotations

from typing import Any

from workloads.datasets.own.dataset import LEAST_DIGITS, OwnColumn, OwnData
from workloads.datasets.own.profile import KEY_NAME, ColumnProfile, Profile, plain
from workloads.datasets.seam import Column, Roles
from workloads.errors import InputError
from workloads.spec.faults import printable

# A column to group and filter by has so many values at most, and they are short: engines index it.
MOST_GROUPS = 1_000
MOST_FILTER_VALUES = 100
LONGEST_INDEXED = 200
# A sum over 2**32 rows of a measure up to this still fits in 63 bits.
LARGEST_MEASURE = 2**31


def made(found: Profile) -> OwnData:
    """The dataset. InputError for a file whose columns no operation can work on."""
    name = plain(found.path.name.partition(".")[0], 1, ())
    columns, key = _columns(found)
    roles = _roles(found, key)
    kept = [column.name for column in columns if not column.fresh]
    return OwnData(
        name=name,
        description=f"rows of {printable(found.path.name)}",
        columns=columns,
        key=key,
        roles=roles,
        sample=found.sample.select(kept) if kept else found.sample,
        rows_in_file=found.rows,
        told=_told(found, columns, key),
    )


def _columns(found: Profile) -> tuple[tuple[OwnColumn, ...], str]:
    """The columns with the key first, and its name: that of the file's key if it is a number."""
    numbered = found.key is not None and found.key.kind == "int64"
    taken = {column.name for column in found.columns}
    key = found.key.name if found.key is not None and numbered else plain(KEY_NAME, 0, taken)
    columns = [OwnColumn(column=Column(name=key, kind="int64"), mean_bytes=8.0, fresh=True)]
    for column in found.columns:
        if column.name == key:
            continue
        fresh = column.unique and column.kind in ("string", "int64")
        digits = max(LEAST_DIGITS, round(column.mean_bytes)) if fresh else 0
        text = column.kind == "string"
        columns.append(
            OwnColumn(
                column=Column(
                    name=column.name,
                    kind=column.kind,
                    nullable=column.nullable,
                    longest=(digits if fresh else column.longest) if text else None,
                ),
                mean_bytes=float(digits) if fresh and text else column.mean_bytes,
                fresh=fresh,
                digits=digits if text else 0,
            )
        )
    return tuple(columns), key


def _roles(found: Profile, key: str) -> Roles:
    """Columns for every kind of operation, the most natural ones that are there."""
    usable = [
        column
        for column in found.columns
        if column.name != key and column.kind in ("int64", "string") and column.null_share < 1.0
    ]
    if not usable:
        raise InputError(
            f"{printable(str(found.path))} has no column of whole numbers or text beside its key",
            hint="updates and filters need one: add it, or name another key with `data.key`",
        )
    grouping = sorted(
        (c for c in usable if not c.unique and c.longest <= LONGEST_INDEXED),
        key=lambda c: (not 2 <= c.distinct <= MOST_GROUPS, c.kind != "string", c.distinct),
    )
    short = [c for c in usable if c.longest <= LONGEST_INDEXED]
    group = next(iter([*grouping, *short]), usable[0])
    measures = [c for c in usable if c.kind == "int64" and not c.unique and _is_summed(found, c)]
    others = [c for c in measures if c is not group]
    measure = max(others or measures, key=lambda c: c.distinct, default=None)
    rest = [c for c in usable if c is not group and c is not measure]
    texts = sorted((c for c in rest if c.kind == "string"), key=lambda c: (c.unique, -c.mean_bytes))
    changed = next(iter([*texts, *rest]), measure or group)
    every = list(dict.fromkeys(c.name for c in (changed, *rest) if not c.unique or c is changed))
    return Roles(
        update_column=changed.name,
        update_columns=tuple(every),
        filter_column=group.name,
        filter_values=_values(found.sample.column(group.name)),
        group_column=group.name,
        measure=measure.name if measure is not None else key,
        filter_indexed=group.longest <= LONGEST_INDEXED,
    )


def _is_summed(found: Profile, column: ColumnProfile) -> bool:
    """Whether the sums of a column of whole numbers fit in 63 bits."""
    import pyarrow.compute as pc

    ends = pc.min_max(found.sample.column(column.name)).as_py()
    return ends["min"] is not None and max(abs(ends["min"]), abs(ends["max"])) <= LARGEST_MEASURE


def _values(array: Any) -> tuple[str | int, ...]:
    """What a filter asks for: values in the order of their frequency, the most frequent first."""
    counts = array.drop_null().value_counts().to_pylist()
    counts.sort(key=lambda each: (-each["counts"], str(each["values"])))
    return tuple(each["values"] for each in counts[:MOST_FILTER_VALUES])


def _told(found: Profile, columns: tuple[OwnColumn, ...], key: str) -> tuple[tuple[str, str], ...]:
    """What a record says of where its rows come from."""
    whole = found.sample.num_rows == found.rows
    rows = "all rows" if whole else f"a random sample of {found.sample.num_rows:,} rows"
    kinds = ", ".join(
        f"{c.name} {c.column.kind}{' or null' if c.column.nullable else ''}" for c in columns
    )
    given = f"'{printable(found.key.called)}'" if found.key else "none"
    fresh = ", ".join(column.name for column in columns if column.fresh)
    return (
        ("file", printable(found.path.name)),
        ("sha256", found.digest),
        ("form", found.form),
        ("rows in file", str(found.rows)),
        ("key", f"{key}, the number of the row; unique in the file: {given}"),
        ("columns", kinds),
        ("inferred", "types, nulls and widths from every row of the file"),
        ("scaled", f"blocks that are permutations of {rows}; made fresh: {fresh}"),
        *(("said", text) for text in found.said),
    )
