"""Database products a workload may name, and who on AWS runs them.

`services` are those of the four that offer the product managed; every product can be run on EC2
unless it exists only as a service. `instead` is the managed product of AWS outside the four that
is nearest to it.
"""

from __future__ import annotations

import re

from msgspec import Struct


class Product(Struct, frozen=True, kw_only=True):
    """One product. `family` is its kind; `several_writers`: it takes writes in every region.

    `x86_only`: its vendor ships no build for ARM, so Graviton classes are none for it.
    """

    name: str
    family: str
    services: tuple[str, ...] = ()
    instead: str = ""
    several_writers: bool = False
    commercial: bool = False
    x86_only: bool = False
    service_only: bool = False


_BOTH = ("rds", "aurora-serverless")
_DOCUMENTS = "Amazon DocumentDB, a managed document store that speaks much of MongoDB's protocol"
_WIDE = "Amazon Keyspaces, a managed wide-column store that speaks CQL"
_GRAPH = "Amazon Neptune, a managed graph store"
_CACHE = "Amazon ElastiCache, or MemoryDB where the data must be durable"
_SEARCH = "Amazon OpenSearch Service, a managed search index"
_WAREHOUSE = "Amazon Redshift, or Parquet files on S3 queried with Athena: a columnar warehouse"
_SERIES = "Amazon Timestream for InfluxDB, a managed time-series store"
_DISTRIBUTED = "Amazon Aurora DSQL, distributed SQL in several regions, or the vendor's own service"

PRODUCTS = (
    Product(name="postgresql", family="relational", services=_BOTH),
    Product(name="mysql", family="relational", services=_BOTH),
    Product(name="aurora", family="relational", services=_BOTH),
    Product(name="mariadb", family="relational", services=("rds",)),
    Product(
        name="sqlserver", family="relational", services=("rds",), commercial=True, x86_only=True
    ),
    Product(name="oracle", family="relational", services=("rds",), commercial=True, x86_only=True),
    Product(name="db2", family="relational", services=("rds",), commercial=True, x86_only=True),
    Product(name="sybase", family="relational", commercial=True, x86_only=True),
    Product(name="informix", family="relational", commercial=True, x86_only=True),
    Product(name="sap-hana", family="relational", commercial=True, x86_only=True),
    Product(name="firebird", family="relational"),
    Product(name="dynamodb", family="key-value", services=("dynamodb",), service_only=True),
    Product(name="mongodb", family="document", instead=_DOCUMENTS),
    Product(name="couchdb", family="document", instead=_DOCUMENTS, several_writers=True),
    Product(name="couchbase", family="document", instead=_DOCUMENTS, several_writers=True),
    Product(name="cassandra", family="wide-column", instead=_WIDE, several_writers=True),
    Product(name="scylladb", family="wide-column", instead=_WIDE, several_writers=True),
    Product(name="hbase", family="wide-column", instead=_WIDE),
    Product(name="neo4j", family="graph", instead=_GRAPH),
    Product(name="janusgraph", family="graph", instead=_GRAPH),
    Product(name="influxdb", family="time-series", instead=_SERIES),
    Product(name="timescaledb", family="time-series", instead=_SERIES),
    Product(name="cockroachdb", family="distributed", instead=_DISTRIBUTED, several_writers=True),
    Product(name="yugabytedb", family="distributed", instead=_DISTRIBUTED, several_writers=True),
    Product(name="tidb", family="distributed", instead=_DISTRIBUTED, several_writers=True),
    Product(name="redis", family="cache", instead=_CACHE),
    Product(name="valkey", family="cache", instead=_CACHE),
    Product(name="memcached", family="cache", instead=_CACHE),
    Product(name="elasticsearch", family="search", instead=_SEARCH),
    Product(name="opensearch", family="search", instead=_SEARCH),
    Product(name="solr", family="search", instead=_SEARCH),
    Product(name="clickhouse", family="warehouse", instead=_WAREHOUSE),
    Product(name="vertica", family="warehouse", instead=_WAREHOUSE, x86_only=True),
    Product(
        name="teradata", family="warehouse", instead=_WAREHOUSE, commercial=True, x86_only=True
    ),
    Product(name="redshift", family="warehouse", instead=_WAREHOUSE, service_only=True),
    Product(name="snowflake", family="warehouse", instead=_WAREHOUSE, service_only=True),
    Product(name="bigquery", family="warehouse", instead=_WAREHOUSE, service_only=True),
)
# Families whose need is another kind of system than an operational database.
OTHER_NEEDS = frozenset({"cache", "search", "warehouse"})

_OTHER_NAMES = {
    "postgres": "postgresql",
    "pg": "postgresql",
    "aurora-postgresql": "postgresql",
    "aurora-mysql": "mysql",
    "mssql": "sqlserver",
    "sql-server": "sqlserver",
    "microsoft-sql-server": "sqlserver",
    "sap-ase": "sybase",
    "ase": "sybase",
    "hana": "sap-hana",
    "saphana": "sap-hana",
    "ibm-db2": "db2",
    "mongo": "mongodb",
    "scylla": "scylladb",
    "cockroach": "cockroachdb",
    "yugabyte": "yugabytedb",
    "elastic": "elasticsearch",
}
_BY_NAME = {product.name: product for product in PRODUCTS}


def product(name: str) -> Product:
    """The product of that name (any spelling); an unlisted one is offered by none of the four."""
    plain = re.sub(r"[\s_]+", "-", name.strip().lower())
    known = _BY_NAME.get(_OTHER_NAMES.get(plain, plain))
    if known is not None:
        return known
    return mentioned(name) or Product(name=name.strip(), family="unlisted")


def mentioned(text: str) -> Product | None:
    """The first product named in free text such as `MySQL 5.7 on two servers`, or None."""
    words = re.sub(r"sql[\s_-]+server", "sqlserver", text.lower())
    for word in re.findall(r"[a-z0-9]+", words):
        bare = word.rstrip("0123456789") if word not in _BY_NAME else word
        known = _BY_NAME.get(_OTHER_NAMES.get(bare, bare)) or _BY_NAME.get(word)
        if known is not None:
            return known
    return None
