"""Errors of a server or its client library as failures of an operation, of few stable kinds.

Error numbers: MySQL and MariaDB reference manuals, "Server Error Reference" and "Client Error
Reference".
"""

from __future__ import annotations

from bench.engines.seam import OperationFailed

TIMEOUT, REFUSED, LOST = "timeout", "refused", "connection-lost"

# Lock wait, statement time (MariaDB), killed query, execution time (MySQL).
_TIMEOUTS = frozenset({1205, 1969, 1317, 3024, 4123})
# Too many connections, of all and of one user.
_REFUSALS = frozenset({1040, 1203})
# Shutdown, killed connection, "gone away", "lost connection during query".
_LOSSES = frozenset({1053, 1927, 2006, 2013, 2055, 4031})
# Where a library does not tell the SQLSTATE: wrong user or password.
_DENIALS = frozenset({1045, 1698})


def failed(number: int, sqlstate: str, message: str) -> OperationFailed:
    """An error with a stable short kind.

    `timeout`, `refused` (too many connections), `connection-lost` (shutdown, crash, protocol),
    otherwise the SQLSTATE; `HY000`, which says nothing, is followed by the error's number.
    """
    if number in _TIMEOUTS:
        return OperationFailed(TIMEOUT, message)
    if number in _REFUSALS:
        return OperationFailed(REFUSED, message)
    if number in _LOSSES or sqlstate.startswith("08"):
        return OperationFailed(LOST, message)
    if number in _DENIALS:
        return OperationFailed("28000", message)
    if sqlstate in ("", "HY000"):
        return OperationFailed(f"HY000-{number}", message)
    return OperationFailed(sqlstate, message)
