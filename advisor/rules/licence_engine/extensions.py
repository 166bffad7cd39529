"""Extensions of PostgreSQL that RDS and Aurora offer, and what `needs.unsupported_feature` says.

The names are those of the list of AWS, which differs a little by version; `SOURCE` tells where it
is. A text counts as offered only when nothing else stands in it, so that "PostGIS with our patch"
stays what it is: a build of one's own.
"""

from __future__ import annotations

import re

from advisor.case import Case
from advisor.rules import known

SOURCE = (
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"
    "Appendix.PostgreSQL.CommonDBATasks.Extensions.html (read 2026-11-30); the list with versions: "
    "https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-extensions.html"
)
NOTHING = frozenset({"", "-", "--", "none", "no", "false", "n/a", "na", "nothing", "null", "nil"})
OFFERED = frozenset(
    [
        "address_standardizer",
        "amcheck",
        "autoinc",
        "bloom",
        "btree_gin",
        "btree_gist",
        "citext",
        "cube",
        "dblink",
        "dict_int",
        "dict_xsyn",
        "earthdistance",
        "fuzzystrmatch",
        "hll",
        "hstore",
        "hypopg",
        "intarray",
        "isn",
        "ltree",
        "mysql_fdw",
        "oracle_fdw",
        "orafce",
        "pageinspect",
        "pg_bigm",
        "pg_buffercache",
        "pg_cron",
        "pg_freespacemap",
        "pg_hint_plan",
        "pg_partman",
        "pg_prewarm",
        "pg_repack",
        "pg_similarity",
        "pg_stat_statements",
        "pg_tle",
        "pg_transport",
        "pg_trgm",
        "pg_visibility",
        "pgaudit",
        "pgcrypto",
        "pglogical",
        "pgrouting",
        "pgrowlocks",
        "pgstattuple",
        "pgtap",
        "pgvector",
        "plperl",
        "plpgsql",
        "plrust",
        "pltcl",
        "plv8",
        "postgis",
        "postgis_raster",
        "postgis_tiger_geocoder",
        "postgis_topology",
        "postgres_fdw",
        "prefix",
        "rdkit",
        "refint",
        "seg",
        "sslinfo",
        "tablefunc",
        "tds_fdw",
        "tsm_system_rows",
        "unaccent",
        "uuid_ossp",
        "vector",
        "wal2json",
    ]
)
_FILLERS = frozenset(
    [
        "a",
        "and",
        "extension",
        "extensions",
        "for",
        "in",
        "module",
        "of",
        "on",
        "postgres",
        "postgresql",
        "the",
        "version",
    ]
)


def _words(text: str) -> list[str]:
    """The words of the text that name something; versions and fillers are none."""
    found = re.findall(r"[^\s,;+&]+", text.lower().replace("uuid-ossp", "uuid_ossp"))
    return [w for w in found if w not in _FILLERS and not re.fullmatch(r"v?[\d.x]+", w)]


def _wanted(case: Case) -> str:
    text = (case.workload.needs.unsupported_feature or "").strip()
    return "" if text.lower() in NOTHING else text


def offered(case: Case) -> tuple[str, ...]:
    """The extensions that are asked for, if nothing but offered ones is; else empty."""
    engine = known.engine(case)
    if engine is not None and "postgresql" not in engine.speaks:
        return ()
    words = tuple(_words(_wanted(case)))
    return words if words and OFFERED.issuperset(words) else ()


def lacking(case: Case) -> str:
    """What is asked for and not offered managed; empty where nothing is."""
    return "" if offered(case) else _wanted(case)
