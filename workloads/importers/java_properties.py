"""Java property files: `key=value` lines with their line numbers.

The format is that of java.util.Properties.load: `=`, `:` or blank between key and value,
comments from `#` or `!` at the start of a line, a backslash at the end joins the next line,
`\\uXXXX` and backslash escapes, bytes in ISO 8859-1 (UTF-8 is read too, as people write it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
KEY = re.compile(r"((?:\\.|[^\\\s=:])*)\s*[=:]?\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Property:
    key: str
    value: str
    line: int


def properties(content: bytes) -> list[Property]:
    """Every property in the order of the file; a key may be set more than once."""
    found: list[Property] = []
    for line, text in _logical_lines(_decoded(content)):
        match = KEY.fullmatch(text)
        if match is not None:
            key, value = match.groups()
            found.append(Property(_unescaped(key), _unescaped(value).rstrip(), line))
    return found


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("iso-8859-1")


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Lines without comments and blanks, continued ones joined, with their first number."""
    lines: list[tuple[int, str]] = []
    pending, first = "", 0
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        line = raw.lstrip(" \t\f")
        if not pending and (not line or line[0] in "#!"):
            continue
        first = first or number
        trailing = len(line) - len(line.rstrip("\\"))
        if trailing % 2:
            pending += line[:-1]
            continue
        lines.append((first, pending + line))
        pending, first = "", 0
    if pending:
        lines.append((first, pending))
    return lines


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match.group(1)
        if len(code) == 5:
            return chr(int(code[1:], 16))
        return ESCAPES.get(code, code)

    return ESCAPE.sub(one, text)
