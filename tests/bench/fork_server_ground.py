"""What the tests' fork server loads before it forks.

Every worker process on the fake engine makes its rows itself, and the first row needs Arrow and
the pool of text: a quarter of a second of CPU that a hundred short-lived workers would each
spend. Forked from a server that has both, they begin at once.
"""

from __future__ import annotations

import pyarrow.compute  # noqa: F401 - loaded for the workers

import bench.engines.fake.reference  # noqa: F401 - loaded for the workers
import workloads.mixing  # noqa: F401 - loaded for the workers
from workloads import datasets
from workloads.datasets.recipes.pool import pool

pool()
for name in datasets.names():
    datasets.get(name)
