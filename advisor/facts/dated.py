"""Dated tables: prices read later than those in the package, beside them and never over them.

A refresh writes `refreshed_YYYY-MM-DD.csv` with the columns of facts.csv; the source of a row is
text. Every dated table is read, in order of its date, and a fact of a later date wins. They are
looked for in two places: the package's own tables, and a directory of the user,
$STOREFIT_FACTS, else `storefit/facts` in the user's data directory ($XDG_DATA_HOME, else
~/.local/share).
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
from collections.abc import Iterable
from pathlib import Path

from workloads.errors import InputError, PlaceError

SHIPPED = Path(__file__).parent / "tables"
COLUMNS = ("id", "value", "kind", "unit", "region", "source", "date", "verified", "note")
_NAME = re.compile(r"refreshed_(\d{4}-\d{2}-\d{2})(?:\.(\d+))?\.csv")


def user_directory() -> Path:
    """Where dated tables go when the package's own directory cannot be written."""
    named = os.environ.get("STOREFIT_FACTS", "")
    if named:
        return Path(named)
    base = os.environ.get("XDG_DATA_HOME", "")
    data = Path(base) if base and os.path.isabs(base) else Path.home() / ".local" / "share"
    return data / "storefit" / "facts"


def found() -> list[Path]:
    """All dated tables, the oldest first."""
    named: list[tuple[str, int, str, Path]] = []
    for directory in (SHIPPED, user_directory()):
        with contextlib.suppress(OSError):
            for entry in os.listdir(directory):
                match = _NAME.fullmatch(entry)
                if match:
                    place = directory / entry
                    named.append((match[1], int(match[2] or 1), str(place), place))
    return [place for *_, place in sorted(named)]


def rows() -> list[list[str]]:
    """The rows of all dated tables, the oldest table first. Raises InputError for a damaged one."""
    return [row for path in found() for row in _read(path)]


def _read(path: Path) -> list[list[str]]:
    try:
        with open(path, newline="", encoding="utf-8") as file:
            head, *rest = list(csv.reader(file))
        whole = tuple(head) == COLUMNS and all(len(row) == len(COLUMNS) for row in rest)
        numbers = [float(row[1]) for row in rest if row[2] == "number"] if whole else []
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise _damaged(path) from error
    if not whole or any(not 0 <= number < float("inf") for number in numbers):
        raise _damaged(path)
    return rest


def _damaged(path: Path) -> InputError:
    return InputError(
        f"{path}: this is no table of facts",
        hint="remove the file, and write it again with `advisor facts --refresh`",
    )


def write(new: Iterable[tuple[str, ...]], day: str) -> Path:
    """Write a dated table whole, or not at all, under a name that nothing has yet.

    In the package where that can be written, else in the user's directory. Raises PlaceError.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(new)
    refused: OSError | None = None
    for directory in (SHIPPED, user_directory()):
        try:
            return _write(directory, text.getvalue(), day)
        except OSError as error:
            refused = error
    raise PlaceError(
        f"{user_directory()}: cannot be written: {refused.strerror if refused else ''}",
        hint="name a directory with STOREFIT_FACTS",
    ) from refused


def _write(directory: Path, text: str, day: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    temporary = directory / f".refreshed.{os.getpid()}.tmp"
    try:
        temporary.write_text(text, encoding="utf-8")
        number = 1
        while True:
            path = directory / f"refreshed_{day}{f'.{number}' if number > 1 else ''}.csv"
            try:
                os.link(temporary, path)  # fails where the name is taken
            except FileExistsError:
                number += 1
                continue
            return path
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
