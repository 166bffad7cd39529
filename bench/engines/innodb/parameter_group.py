"""Memory settings of a managed MySQL or MariaDB: the default parameter groups of Amazon RDS.

    innodb_buffer_pool_size   DBInstanceClassMemory*3/4
    max_connections           MySQL: DBInstanceClassMemory/12582880
                              MariaDB: DBInstanceClassMemory/25165760, at most 12,000

Connections: Amazon RDS User Guide, "Quotas and constraints for Amazon RDS" (2023-06-10). The
buffer pool's three quarters are commonly told of these groups; no page of AWS's was read for them.

DBInstanceClassMemory is the class's memory less what the operating system and RDS need, which is
not published. Here it is the whole: the pool comes out 3 to 12 % larger, the most on small classes.
"""

from __future__ import annotations

_CHUNK_BYTES = 1 << 20


def settings(memory_bytes: int, *, connection_bytes: int, most_connections: int) -> dict[str, str]:
    """Options for a class of so much memory, one connection for each `connection_bytes` of it.

    >>> settings(8 << 30, connection_bytes=12_582_880, most_connections=100_000)
    {'innodb_buffer_pool_size': '6144M', 'max_connections': '682'}
    """
    return {
        "innodb_buffer_pool_size": f"{memory_bytes * 3 // 4 // _CHUNK_BYTES}M",
        "max_connections": str(min(memory_bytes // connection_bytes, most_connections)),
    }
