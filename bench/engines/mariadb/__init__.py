"""MariaDB: local programs in a private data directory, or somebody's server by DSN.

This module imports nothing heavy, so that listing engines stays fast.
"""

from __future__ import annotations

from bench.engines.innodb.engine import InnodbEngine
from bench.engines.mariadb.flavour import FLAVOUR

ENGINE = InnodbEngine(FLAVOUR)
