"""Drop what a killed run left on somebody's server. Run as a script by the keeper.

The order comes on standard input: it holds the password, and an argument can be seen by others.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import asdict, replace

from bench.engines.innodb.link import Encryption, Link
from bench.targets.secret import Secret

# The keeper gives it half a minute.
PATIENCE_S = 25.0


def order(link: Link, name: str) -> str:
    """What `main` needs to know. It holds the password: give it to nobody but the keeper."""
    plain = {
        "host": link.host,
        "port": link.port,
        "socket_path": link.socket_path,
        "user": link.user,
        "driver": link.driver,
    }
    return json.dumps(
        {
            "link": plain,
            "encryption": asdict(link.encryption),
            "password": link.password.reveal() if link.password else None,
            "database": link.database,
            "name": name,
        }
    )


def main() -> None:
    from bench.engines.innodb.target import drop_home, home_of

    wanted = json.loads(sys.stdin.read())
    link = Link(**wanted["link"], encryption=Encryption(**wanted["encryption"]))
    if wanted["password"] is not None:
        link = replace(link, password=Secret(wanted["password"]))
    with closing(link.connect(patience_s=PATIENCE_S)) as connection:
        drop_home(connection, home_of(wanted["name"]))
        if wanted["database"] is not None:
            drop_home(connection, home_of(wanted["name"], wanted["database"]))


if __name__ == "__main__":
    main()
