"""What the record says of a server: version, durability, every setting that is not default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bench.engines.innodb.flavour import Flavour
from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    from bench.engines.innodb.drivers import Connection
    from bench.engines.seam import Durability

# Always said, default or not: they decide what a commit and a page written cost.
_ALWAYS = (
    "binlog_format",
    "innodb_buffer_pool_size",
    "innodb_doublewrite",
    "innodb_flush_log_at_trx_commit",
    "innodb_flush_method",
    "innodb_io_capacity",
    "innodb_log_file_size",
    "innodb_page_size",
    "innodb_redo_log_capacity",
    "log_bin",
    "sync_binlog",
    "transaction_isolation",
    "tx_isolation",
)
# What storefit's own sessions set, whatever the server's value is.
_OWN = frozenset({"autocommit", "max_execution_time", "max_statement_time", "sql_mode"})
# Paths, addresses, credentials and commands, and what only names things.
_PRIVATE = re.compile(
    r"dir$|file$|path|passw|secret|key|cert|^ssl|^tls|socket|address|host|port$|name$|basename|"
    r"index$|user|uuid|auth|init_connect|plugin|file_priv|^admin|report_|time_zone|pid|version",
    re.IGNORECASE,
)


def version(said: str) -> str:
    """The server's version as numbers: `10.11.6` of `5.5.5-10.11.6-MariaDB-0+deb12u1`."""
    match = re.search(r"\d+(?:\.\d+)+", said.removeprefix("5.5.5-"))
    return match[0] if match else said


def server_settings(connection: Connection, flavour: Flavour) -> dict[str, str]:
    """Settings that differ from the default, and the ones that always count; no paths, no secrets."""
    wanted = ", ".join(f"'{name}'" for name in _ALWAYS)
    always = connection.query(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({wanted})".encode())
    found = {name.decode(): value.decode() for name, value in always.rows if name and value}
    try:
        rows = connection.query(flavour.settings.encode()).rows
    except OperationFailed:
        return found  # a guest may not see where settings come from
    for raw_name, raw_value, changed in rows:
        name, value = (raw_name or b"").decode().lower(), (raw_value or b"").decode()
        said = name not in _OWN and not _PRIVATE.search(name) and "/" not in value
        if changed == b"1" and said:
            found[name] = value
    return dict(sorted(found.items()))


def durability(settings: Mapping[str, str]) -> Durability:
    """What commits on this server are worth, whatever was asked for.

    With a binary log, a transaction that is not in it is rolled back after a crash, so it has to
    be on disk as well.
    """
    redo = settings.get("innodb_flush_log_at_trx_commit") == "1"
    binary_log = settings.get("log_bin") != "ON" or settings.get("sync_binlog") == "1"
    pages = settings.get("innodb_doublewrite", "ON").upper() in ("ON", "1", "FAST")
    return "full" if redo and binary_log and pages else "relaxed"
