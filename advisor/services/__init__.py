"""Services: each module or package here that defines `SERVICE` is one; it is found, not listed.

A service is a pure function of a case: every option of it becomes a plan, with its bill and every
resource's utilisation, or an excuse that names the bottleneck.
"""

from __future__ import annotations

import importlib
import os
from functools import cache
from pathlib import Path

from advisor.services.service import Service

__all__ = ["Service", "discovered", "get"]


@cache
def discovered() -> tuple[Service, ...]:
    """All services, by name."""
    found: list[Service] = []
    for entry in sorted(os.listdir(Path(__file__).parent)):
        name = entry.removesuffix(".py")
        if name.startswith("_") or ("." in entry and not entry.endswith(".py")):
            continue
        service = getattr(importlib.import_module(f"{__name__}.{name}"), "SERVICE", None)
        if isinstance(service, Service):
            found.append(service)
    return tuple(sorted(found, key=lambda service: service.name))


def get(name: str) -> Service | None:
    """The service of that name, or None."""
    return next((service for service in discovered() if service.name == name), None)
