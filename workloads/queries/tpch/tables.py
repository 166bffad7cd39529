"""The eight tables of TPC-H (clause 1.4): columns, primary keys, and an index on each foreign key.

Keys are 64-bit whole numbers as tpchgen-cli makes them; fixed and variable text are both text.
"""

from __future__ import annotations

from typing import cast

from workloads.queries.seam import Field, FieldKind, Relation

_KINDS = {"i": "int32", "k": "int64", "m": "decimal", "d": "date", "s": "string"}


def _relation(
    name: str, prefix: str, fields: str, *, key: str, indexes: tuple[str, ...] = ()
) -> Relation:
    """`fields`: names, each with the letter of its kind; all without the table's prefix."""
    made = []
    for text in fields.split():
        field, _, letter = text.partition(":")
        made.append(Field(name=f"{prefix}_{field}", kind=cast(FieldKind, _KINDS[letter])))
    return Relation(
        name=name,
        fields=tuple(made),
        key=tuple(f"{prefix}_{part}" for part in key.split()),
        indexes=tuple(tuple(f"{prefix}_{part}" for part in each.split()) for each in indexes),
    )


RELATIONS = (
    _relation(
        "lineitem",
        "l",
        "orderkey:k partkey:k suppkey:k linenumber:i quantity:m extendedprice:m discount:m tax:m"
        " returnflag:s linestatus:s shipdate:d commitdate:d receiptdate:d shipinstruct:s"
        " shipmode:s comment:s",
        key="orderkey linenumber",
        indexes=("partkey suppkey", "suppkey"),
    ),
    _relation(
        "orders",
        "o",
        "orderkey:k custkey:k orderstatus:s totalprice:m orderdate:d orderpriority:s clerk:s"
        " shippriority:i comment:s",
        key="orderkey",
        indexes=("custkey",),
    ),
    _relation(
        "partsupp",
        "ps",
        "partkey:k suppkey:k availqty:i supplycost:m comment:s",
        key="partkey suppkey",
        indexes=("suppkey",),
    ),
    _relation(
        "part",
        "p",
        "partkey:k name:s mfgr:s brand:s type:s size:i container:s retailprice:m comment:s",
        key="partkey",
    ),
    _relation(
        "customer",
        "c",
        "custkey:k name:s address:s nationkey:k phone:s acctbal:m mktsegment:s comment:s",
        key="custkey",
        indexes=("nationkey",),
    ),
    _relation(
        "supplier",
        "s",
        "suppkey:k name:s address:s nationkey:k phone:s acctbal:m comment:s",
        key="suppkey",
        indexes=("nationkey",),
    ),
    _relation(
        "nation",
        "n",
        "nationkey:k name:s regionkey:k comment:s",
        key="nationkey",
        indexes=("regionkey",),
    ),
    _relation("region", "r", "regionkey:k name:s comment:s", key="regionkey"),
)
