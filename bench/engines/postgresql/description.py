"""What the record says of a server: version, durability, every setting that is not default."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.engines.postgresql.link import texts

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

    from bench.engines.seam import Durability

# Always said, default or not: they decide what a commit and a checkpoint cost.
_ALWAYS = (
    "autovacuum",
    "checkpoint_completion_target",
    "checkpoint_timeout",
    "data_checksums",
    "fsync",
    "full_page_writes",
    "max_wal_size",
    "shared_buffers",
    "synchronous_commit",
    "wal_compression",
    "wal_level",
)
# Paths, addresses, credentials and commands, and what only names things.
_PRIVATE = re.compile(
    r"director|file|path|conninfo|passw|passphrase|secret|command|^ssl|^krb|^unix_socket|address|"
    r"^port$|names?$|^hba|^ident|auth|domain|^lc_|timezone|encoding",
    re.IGNORECASE,
)


def version(connection: PGconn) -> str:
    """The server's version, `18.4`."""
    said = texts(connection, "SHOW server_version")[0][0] or ""
    return said.split()[0] if said else ""


def server_settings(connection: PGconn) -> dict[str, str]:
    """Settings that differ from the default, and the ones that always count; no paths, no secrets."""
    rows = texts(
        connection,
        "SELECT name, current_setting(name, true),"
        " setting IS DISTINCT FROM boot_val AND source NOT IN ('default', 'override')"
        " FROM pg_settings WHERE category <> 'Preset Options' ORDER BY name",
    )
    found = {
        name: value
        for name, value, changed in rows
        if name is not None
        and value is not None
        and (name in _ALWAYS or (changed == "t" and not _PRIVATE.search(name) and "/" not in value))
    }
    return found | _checksums(connection)


def durability(settings: dict[str, str]) -> Durability:
    """What commits on this server are worth, whatever was asked for."""
    safe = settings.get("synchronous_commit") not in ("off", None)
    whole = settings.get("fsync") == "on" and settings.get("full_page_writes") == "on"
    return "full" if safe and whole else "relaxed"


def _checksums(connection: PGconn) -> dict[str, str]:
    value = texts(connection, "SELECT current_setting('data_checksums', true)")[0][0]
    return {"data_checksums": value} if value else {}
