"""Drop a schema that a killed run left on somebody's server. Run as a script by the keeper.

The order comes on standard input: it holds the password, and an argument can be seen by others.
"""

from __future__ import annotations

import json
import sys

from bench.engines.postgresql.link import Link
from bench.targets.secret import Secret


def order(link: Link, schema: str) -> str:
    """What `main` needs to know. It holds the password: give it to nobody but the keeper."""
    secrets = {name: secret.reveal() for name, secret in link.secrets.items()}
    return json.dumps({"parameters": dict(link.parameters), "secrets": secrets, "schema": schema})


def main() -> None:
    from bench.engines.postgresql.target import connected, drop_schema

    wanted = json.loads(sys.stdin.read())
    secrets = {name: Secret(text) for name, text in wanted["secrets"].items()}
    with connected(Link(parameters=wanted["parameters"], secrets=secrets)) as connection:
        drop_schema(connection, wanted["schema"])


if __name__ == "__main__":
    main()
