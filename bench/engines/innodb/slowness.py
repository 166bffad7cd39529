"""Commits that take as long as on other storage, on a server of our own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.engines.innodb.schema import quoted

if TYPE_CHECKING:
    from bench.engines.innodb.drivers import Connection
    from bench.engines.innodb.flavour import Flavour
    from bench.engines.innodb.target import Home

_TABLE = "commits"


def delay_commits(connection: Connection, flavour: Flavour, seconds: float) -> str:
    """Have the server wait before it flushes its binary log. Raises OperationFailed."""
    values = {
        name: value.format(us=round(seconds * 1e6)) for name, value in flavour.commit_delay.items()
    }
    for name, value in values.items():
        connection.query(f"SET GLOBAL {name} = {value}".encode())
    return ", ".join(f"{name}={value}" for name, value in values.items())


def commit_times_s(connection: Connection, home: Home, count: int) -> list[float]:
    """What the smallest commits take, one after the other, in seconds."""
    table = f"{quoted(home.database)}.{quoted(home.prefix + _TABLE)}"
    connection.query(f"CREATE TABLE {table} (a INT) ENGINE = InnoDB".encode())
    times = []
    try:
        for number in range(count):
            start_s = time.perf_counter()
            connection.query(f"INSERT INTO {table} VALUES ({number})".encode())
            times.append(time.perf_counter() - start_s)
    finally:
        connection.query(f"DROP TABLE {table}".encode())
    return times
