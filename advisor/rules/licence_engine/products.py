"""Database products a workload may name, and who on AWS runs them.

`services` are those of the four that offer the product managed; every product can be run on EC2
unless it exists only as a service. `instead` is the managed product of AWS outside the four that
is nearest to it.
"""

from __future__ import annotations

import re

from msgspec import Struct

from workloads.spec.faults import nearest


class Product(Struct, frozen=True, kw_only=True):
    """One product. `family` is its kind; `several_writers`: it takes writes in every region.

    `x86_only`: its vendor ships no build for ARM, so Graviton classes are none for it. `dialects`
    are the engines that a service such as Aurora comes with. `cluster` is what a failover of its
    own takes beside a primary and a standby.
    """

    name: str
    family: str
    services: tuple[str, ...] = ()
    instead: str = ""
    several_writers: bool = False
    commercial: bool = False
    x86_only: bool = False
    service_only: bool = False
    dialects: tuple[str, ...] = ()
    cluster: str = ""

    @property
    def speaks(self) -> tuple[str, ...]:
        """The engines that understand what is written for it."""
        return self.dialects or (self.name,)

    @property
    def elsewhere(self) -> bool:
        """Whether it is a service of its own, none of the four."""
        return self.service_only and not self.services


_BOTH = ("rds", "aurora-serverless")
_DOCUMENTS = "Amazon DocumentDB, a managed document store that speaks much of MongoDB's protocol"
_WIDE = "Amazon Keyspaces, a managed wide-column store that speaks CQL"
_GRAPH = "Amazon Neptune, a managed graph store"
_CACHE = "Amazon ElastiCache, or MemoryDB where the data must be durable"
_SEARCH = "Amazon OpenSearch Service, a managed search index"
_WAREHOUSE = "Amazon Redshift, or Parquet files on S3 queried with Athena: a columnar warehouse"
_SERIES = "Amazon Timestream for InfluxDB, a managed time-series store"
_TIMESCALE = (
    "the cloud of TimescaleDB's vendor, as RDS does not offer this extension of PostgreSQL; on RDS, "
    "tables partitioned by time with pg_partman"
)
_VOTES = "three members that vote, in three zones"
_QUORUM = "three copies (replication factor 3), one in each of three zones"
_DISTRIBUTED = "Amazon Aurora DSQL, distributed SQL in several regions, or the vendor's own service"


def _aurora(name: str, *dialects: str) -> Product:
    return Product(
        name=name, family="relational", services=_BOTH, service_only=True, dialects=dialects
    )


def _service(name: str, family: str, title: str) -> Product:
    """A database of AWS that is a service of its own."""
    return Product(name=name, family=family, instead=f"{title} itself", service_only=True)


PRODUCTS = (
    Product(name="postgresql", family="relational", services=_BOTH),
    Product(name="mysql", family="relational", services=_BOTH),
    _aurora("aurora", "postgresql", "mysql"),
    _aurora("aurora-postgresql", "postgresql"),
    _aurora("aurora-mysql", "mysql"),
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
    Product(name="sqlite", family="in-process"),
    Product(name="lmdb", family="in-process"),
    Product(name="rocksdb", family="in-process"),
    Product(name="mongodb", family="document", instead=_DOCUMENTS, cluster=_VOTES),
    Product(name="couchdb", family="document", instead=_DOCUMENTS, several_writers=True),
    Product(name="couchbase", family="document", instead=_DOCUMENTS, several_writers=True),
    Product(
        name="cassandra",
        family="wide-column",
        instead=_WIDE,
        several_writers=True,
        cluster=_QUORUM,
    ),
    Product(
        name="scylladb", family="wide-column", instead=_WIDE, several_writers=True, cluster=_QUORUM
    ),
    Product(name="hbase", family="wide-column", instead=_WIDE),
    Product(
        name="neo4j",
        family="graph",
        instead=_GRAPH,
        cluster="three primaries, and clusters only in the Enterprise Edition, whose licence has "
        "no price here",
    ),
    Product(name="janusgraph", family="graph", instead=_GRAPH),
    Product(name="influxdb", family="time-series", instead=_SERIES),
    Product(name="timescaledb", family="time-series", instead=_TIMESCALE),
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
    _service("documentdb", "document", "Amazon DocumentDB"),
    _service("keyspaces", "wide-column", "Amazon Keyspaces"),
    _service("neptune", "graph", "Amazon Neptune"),
    _service("timestream", "time-series", "Amazon Timestream for InfluxDB"),
    _service("dsql", "distributed", "Amazon Aurora DSQL"),
    _service("elasticache", "cache", "Amazon ElastiCache"),
    _service("memorydb", "cache", "Amazon MemoryDB"),
    _service("athena", "warehouse", "Amazon Athena"),
)
# Which of its engines is meant is not said: those that tables of facts size.
_RDS = Product(
    name="rds",
    family="relational",
    services=("rds",),
    service_only=True,
    dialects=("postgresql", "mysql", "mariadb"),
)
# Families whose need is another kind of system than an operational database.
OTHER_NEEDS = frozenset({"cache", "search", "warehouse"})

_OTHER_NAMES = {
    "postgres": "postgresql",
    "pg": "postgresql",
    "psql": "postgresql",
    "aurora-postgres": "aurora-postgresql",
    "aurora-dsql": "dsql",
    "maria": "mariadb",
    "timescale": "timescaledb",
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
    known = _BY_NAME.get(_OTHER_NAMES.get(plain, plain)) or mentioned(name)
    if known is not None:
        return known
    if "rds" in plain.split("-"):
        return _RDS
    return Product(name=name.strip(), family="unlisted")


def spelt(text: str) -> str:
    """The listed name nearest to one that is not listed; empty where none is near."""
    near = nearest(text, (*_BY_NAME, *_OTHER_NAMES), likeness=0.75)
    return _OTHER_NAMES.get(near, near) if near else ""


def mentioned(text: str) -> Product | None:
    """The first product named in free text such as `MySQL 5.7 on two servers`, or None."""
    words = re.sub(r"sql[\s_-]+server", "sqlserver", text.lower())
    words = re.sub(r"\baurora[\s_-]+dsql", "dsql", words)
    aurora = re.search(r"\baurora[\s_-]+(?:for[\s_-]+)?(mysql|postgres)", words)
    for word in re.findall(r"[a-z0-9]+", words):
        if aurora is not None and word == "aurora":
            return product(f"aurora-{aurora.group(1)}")
        bare = word.rstrip("0123456789") if word not in _BY_NAME else word
        known = _BY_NAME.get(_OTHER_NAMES.get(bare, bare)) or _BY_NAME.get(word)
        if known is not None:
            return known
    return None
