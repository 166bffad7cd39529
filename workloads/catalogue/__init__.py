"""Built-in workloads: each YAML file in this folder is one, named as the file is."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from workloads.errors import InputError

FOLDER = Path(__file__).parent


@cache
def names() -> tuple[str, ...]:
    """Every built-in workload, in alphabetical order."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


def path(name: str) -> Path:
    """The file of a built-in workload. Raises InputError for a name that is not one."""
    if name not in names():
        raise InputError(
            f"there is no built-in workload '{name}'", hint=f"built-in: {', '.join(names())}"
        )
    return FOLDER / f"{name}.yaml"
