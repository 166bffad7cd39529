"""Remove a container of a killed run, with its volumes. Run as a script by the keeper."""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing

from bench.targets.containers.daemon import Daemon, as_place_error, connect
from workloads.errors import PlaceError

# A request to make the container may still be under way when its sender was killed.
_UNDER_WAY_S = 3.0
_LOOK_S = 0.25


def order(address: str, name: str) -> str:
    """What `main` needs to know."""
    return json.dumps({"address": address, "name": name})


def remove(daemon: Daemon, name: str) -> bool:
    """Remove a container and its anonymous volumes; False when there is none of that name.

    Raises PlaceError when the service does not do it.
    """
    import docker.errors

    try:
        with as_place_error(f"the container {name} cannot be removed", hint=by_hand(name)):
            daemon.api.remove_container(name, v=True, force=True)
    except PlaceError as error:
        if isinstance(error.__cause__, docker.errors.NotFound):
            return False
        raise
    return True


def by_hand(name: str) -> str:
    """How a person removes it."""
    return f"when the container service runs again: docker rm -f -v {name} (or podman)"


def main() -> None:
    wanted = json.loads(sys.stdin.read())
    daemon = connect(wanted["address"])
    deadline_s = time.monotonic() + _UNDER_WAY_S
    with closing(daemon.api):
        while not remove(daemon, wanted["name"]) and time.monotonic() < deadline_s:
            time.sleep(_LOOK_S)


if __name__ == "__main__":
    main()
