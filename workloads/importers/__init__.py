"""Foreign workload files that load as they are; each format is one discovered module."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from workloads.importers.seam import Imported, Importer

__all__ = ["Imported", "Importer", "importers", "recognise"]


@cache
def importers() -> tuple[Importer, ...]:
    """Every importer in this folder, by name of its module."""
    found: list[Importer] = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        importer = getattr(importlib.import_module(f"{__name__}.{module.name}"), "IMPORTER", None)
        if importer is not None:
            found.append(importer)
    return tuple(found)


def recognise(name: str, content: bytes) -> Importer | None:
    """The importer whose format this is; None for a file of storefit's own format."""
    return next((i for i in importers() if i.recognises(name, content)), None)
