"""Rows as JSON documents: each table is (key BIGINT, doc JSON), every column a field of `doc`.

What is in a document is said in `bench.engines.documents`. MySQL keeps JSON in a binary form of its
own, fields ordered by itself; MariaDB keeps the text as it came, checked.

Statements
    read, range, join   SELECT doc: the application takes the document apart
    one field           JSON_VALUE, cast to the field's type, text compared by code point
    update              the statement names what changes and nothing else: JSON_SET(doc, path,
                        value). MySQL can then change the stored document in place where the new
                        value is no longer than the old one; MariaDB writes it again
    insert              the document as the client made it
Indexes: the key, and one on a virtual generated column for the filtered field (of another table: for
the reference to the main one), which is how both index what is in a document.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.engines import documents
from bench.engines.documents import DOCUMENT

if TYPE_CHECKING:
    import pyarrow as pa

    from workloads.datasets.seam import Column

# The longest text that JSON_VALUE is asked for: what becomes of a longer one is null.
_CHARACTERS = 1 << 20
_RETURNED = {"int64": "SIGNED", "float64": "DOUBLE", "string": f"CHAR({_CHARACTERS})"}


def stored_columns(
    arrays: Sequence[pa.Array], columns: Sequence[Column], kinds: Sequence[str]
) -> list[pa.Array]:
    """Rows of a table in the columns it really has; `kinds` are those of `Layout.stored`."""
    if "document" in kinds:
        return [arrays[0], documents.documents(arrays, columns)]
    return list(arrays)


def extracted(column: Column, document: str, *, returning: bool) -> str:
    """A field of a document as an expression of the column's type; null where it is null.

    `returning`: JSON_VALUE takes a type, as MySQL's does; else it gives text, as MariaDB's does.
    """
    path = literal(_path(column))
    kind = column.kind
    if kind == "bool":
        return f"(JSON_VALUE({document}, {path}) = 'true')"
    if kind == "timestamp_us":  # without its Z, which DATETIME does not take
        return f"CAST(left(JSON_VALUE({document}, {path}), 26) AS DATETIME(6))"
    if returning:
        return f"JSON_VALUE({document}, {path} RETURNING {_RETURNED[kind]})"
    text = f"JSON_VALUE({document}, {path})"
    return text if kind == "string" else f"CAST({text} AS {_RETURNED[kind]})"


def change(columns: Sequence[Column]) -> tuple[str, ...]:
    """What stands behind SET, in pieces between the new values of these columns.

    The casts say which types the values have: where MySQL finds another than it took for granted it
    prepares the statement again, and gives it another number.
    """
    document = f"`{DOCUMENT}`"
    pieces = [f"{document} = JSON_SET({document}"]
    for column in columns:
        pieces[-1] += f", {literal(_path(column))}, CAST("
        pieces.append(f" AS {'CHAR' if column.kind == 'string' else 'SIGNED'})")
    return (*pieces[:-1], pieces[-1] + ")")


def literal(text: str) -> str:
    """A text as SQL has it here."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _path(column: Column) -> str:
    """A JSON path."""
    return "$" + "".join(f".{json.dumps(name, ensure_ascii=False)}" for name in column.path)
