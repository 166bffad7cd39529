"""Memory settings of a managed PostgreSQL: the default parameter groups of Amazon RDS.

Formulas as `describe-db-parameters` printed them for the default group (postgres12, published
2019-09-08 by J. Shah, jkshah.blogspot.com) and as the Amazon RDS User Guide still has them
("Working with PostgreSQL autovacuum", "RDS for PostgreSQL memory", read 2026-11-22):

    shared_buffers          DBInstanceClassMemory/32768                       pages of 8 kB
    effective_cache_size    DBInstanceClassMemory/16384                       pages of 8 kB
    max_connections         LEAST(DBInstanceClassMemory/9531392, 5000)
    maintenance_work_mem    GREATEST(DBInstanceClassMemory*1024/63963136, 65536)      kB
    autovacuum_work_mem     GREATEST(DBInstanceClassMemory/32768, 65536)      kB, from 15 on
    autovacuum_max_workers  GREATEST(DBInstanceClassMemory/64371566592, 3)
    autovacuum_vacuum_cost_limit  GREATEST(log(DBInstanceClassMemory/21474836480)*600, 200)

DBInstanceClassMemory is the class's memory less what the operating system and RDS need, which is
not published. Here it is the whole: buffers come out 3 to 12 % larger, the most on small classes
(max_connections read off running instances: 856 at 8 GiB, where 901 follow from the whole).
"""

from __future__ import annotations

import math

_PAGE_BYTES = 8192
# Where RDS is said to use 15 or newer for a setting.
_OWN_AUTOVACUUM_MEMORY = 15


def settings(memory_bytes: int, *, major: int | None = None) -> dict[str, str]:
    """Settings for a class of so much memory. `major`: PostgreSQL's version; None: a new one.

    >>> settings(8 << 30)["shared_buffers"], settings(8 << 30)["max_connections"]
    ('2097152kB', '901')
    """
    found = {
        "shared_buffers": _kilobytes(memory_bytes // 32_768 * _PAGE_BYTES),
        "effective_cache_size": _kilobytes(memory_bytes // 16_384 * _PAGE_BYTES),
        "max_connections": str(min(memory_bytes // 9_531_392, 5_000)),
        "maintenance_work_mem": f"{max(memory_bytes * 1024 // 63_963_136, 65_536)}kB",
        "autovacuum_max_workers": str(max(memory_bytes // 64_371_566_592, 3)),
        "autovacuum_vacuum_cost_limit": str(_cost_limit(memory_bytes)),
    }
    if major is None or major >= _OWN_AUTOVACUUM_MEMORY:
        found["autovacuum_work_mem"] = f"{max(memory_bytes // 32_768, 65_536)}kB"
    return found


def _cost_limit(memory_bytes: int) -> int:
    return max(int(math.log10(memory_bytes / 21_474_836_480) * 600), 200)


def _kilobytes(size_bytes: int) -> str:
    return f"{size_bytes // 1024}kB"
