"""The worker process that a post starts: `python -m bench.cluster.child DESCRIPTOR PARENT`."""

from __future__ import annotations

import sys
from multiprocessing.connection import Connection

from bench.driver import process

if __name__ == "__main__":
    process.main(Connection(int(sys.argv[1])), int(sys.argv[2]))
