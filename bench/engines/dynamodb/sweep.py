"""Delete the tables that a killed run left. Run as a script by the keeper.

The order comes on standard input: where, and which tables. It holds no credentials; they are found
as the run found them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict

from bench.engines.dynamodb.link import Link


def order(link: Link, names: Iterable[str]) -> str:
    """What `main` needs to know."""
    return json.dumps({"link": asdict(link), "names": list(names)})


def main() -> None:
    from bench.engines.dynamodb.tables import drop

    wanted = json.loads(sys.stdin.read())
    drop(Link(**wanted["link"]).client(), wanted["names"])


if __name__ == "__main__":
    main()
