"""Rows as JSON documents: each table is (key bigint, doc jsonb), every column a field of `doc`.

What is in a document is said in `bench.engines.documents`. Jsonb keeps numbers as `numeric`, so all
64 bits of a whole number are there, orders the fields by itself and keeps one of each name. Strings
cannot hold the character NUL; neither can PostgreSQL's `text`.

Statements
    read, range, join   SELECT doc: the application takes the document apart
    one field           doc ->> 'field', nested doc #>> '{object,field}', cast to the field's type,
                        text compared by code point
    update              the statement names what changes and nothing else: SET doc = doc ||
                        jsonb_build_object('field', value), and jsonb_set(doc, '{object,field}', …)
                        of a nested field. PostgreSQL then writes the whole document again, as it
                        does with every changed row
    insert              the document as the client made it
Indexes: the key, and a b-tree on the expression of the filtered field (of another table: on the
reference to the main one), which is smaller and answers equality faster than a GIN index on all
fields; `bench run` records it.

From about 2 kB on PostgreSQL compresses a document and moves it out of the row (TOAST).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.engines import documents as texts

if TYPE_CHECKING:
    import pyarrow as pa

    from workloads.datasets.seam import Column

# Binary jsonb is this version number and the text of the document.
_VERSION = "\1"
VERSION_BYTES = len(_VERSION)


def documents(arrays: Sequence[pa.Array], columns: Sequence[Column]) -> pa.Array:
    """One document a row in jsonb's binary form; `arrays` are the columns' values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    made = texts.documents(arrays, columns)
    return pc.binary_join_element_wise(_VERSION, made, "").cast(pa.binary())
