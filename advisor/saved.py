"""Where the last recommendation is kept, so that `advisor explain ID` can walk its figures.

Without `--save FILE` it goes to `storefit/last-recommendation.json` in the user's cache
directory ($XDG_CACHE_HOME, else ~/.cache); the command says so on stderr. A cache that cannot be
written is said, too, and is no error.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import msgspec

from workloads.errors import InputError, PlaceError

FILE = "last-recommendation.json"


def default_path() -> Path:
    """The file in the user's cache directory."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(base) if base and os.path.isabs(base) else Path.home() / ".cache"
    return cache / "storefit" / FILE


def save(document: dict[str, Any], path: Path) -> None:
    """Write the recommendation whole, or not at all. Raises PlaceError when it cannot be written."""
    # the encoder of the standard library is written in Python as soon as it indents
    text = msgspec.json.format(msgspec.json.encode(document), indent=1)
    write_whole(path, text.decode() + "\n")


def write_whole(path: Path, text: str) -> None:
    """Write a text file through a temporary one beside it, making its directory if needed.

    Raises PlaceError when it cannot be written; then the file is as it was.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(21, "is a directory")
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise PlaceError(
            f"{path}: cannot be written: {error.strerror or error}",
            hint="choose another path, or check its permissions",
        ) from error


def load(path: Path) -> Any:
    """The saved document. Raises InputError when there is none or it is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"{path}: no saved recommendation",
            hint="run `advisor recommend WORKLOAD` first, or name a file with --from",
        ) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"{path}: this is not JSON: {error}") from error
