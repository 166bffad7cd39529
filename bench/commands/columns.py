"""Tables for a terminal of any width: a number is never cut, and what has no room is named.

When a table is too wide, these steps are taken one after the other until it fits:

    1. the columns that name a block of rows become a line above it
    2. what is said of a row stands on lines below it
    3. columns with a `drop` are left out, the lowest first, and a line says which
    4. names are shortened, with …
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.text import Text

# In a file or a pipe, unless COLUMNS says otherwise.
WIDTH = 120
LEAST_WIDTH = 40
# What is said of a row is folded, but not to less than this.
_LEAST_REMARK = 24
_LEAST_NAME = 8
_INDENT = 2

Role = Literal["head", "name", "figure", "remark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """head: names a block of rows; name: may be shortened; remark: words, folded; the last column.

    drop   figures with one may be left out, the lowest first
    """

    title: str
    role: Role = "figure"
    drop: int | None = None


@dataclass(slots=True, kw_only=True)
class Columns:
    """A table. The cells of `head` columns are empty in all rows of a block but the first."""

    columns: Sequence[Column]
    rows: list[Sequence[str | Text] | None] = field(default_factory=list)

    def add(self, *cells: str | Text) -> None:
        """A row; no cells: a blank line between blocks."""
        self.rows.append(cells or None)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        layout = self._fitted(options.max_width)
        yield from layout.lines(self)
        if layout.dropped:
            left_out = ", ".join(self.columns[at].title for at in layout.dropped)
            yield Text(f"no room for: {left_out} (in {options.max_width} columns)", style="dim")

    def _fitted(self, width: int) -> _Layout:
        every = range(len(self.columns))
        widths = {at: max([_length(self.columns[at].title), *self._lengths(at)]) for at in every}
        layout = _Layout(width=width, inline=tuple(every), widths=widths)
        for role in ("head", "remark"):
            if layout.fits(self.columns):
                return layout
            kept = tuple(at for at in layout.inline if self.columns[at].role != role)
            apart = tuple(at for at in layout.inline if self.columns[at].role == role)
            if kept:
                layout = replace(layout, inline=kept, apart=(*layout.apart, *apart))
        order = [(column.drop, at) for at, column in enumerate(self.columns)]
        for _, at in sorted((drop, at) for drop, at in order if drop is not None):
            if layout.fits(self.columns):
                return layout
            kept = tuple(each for each in layout.inline if each != at)
            layout = replace(layout, inline=kept, dropped=(*layout.dropped, at))
        names = [at for at in layout.inline if self.columns[at].role == "name"]
        while not layout.fits(self.columns) and names:
            longest = max(names, key=lambda at: layout.widths[at])
            if layout.widths[longest] <= _LEAST_NAME:
                break
            shorter = {**layout.widths, longest: layout.widths[longest] - 1}
            layout = replace(layout, widths=shorter)
        return layout

    def _lengths(self, at: int) -> list[int]:
        return [_length(row[at]) for row in self.rows if row is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """inline: the columns side by side; apart: on lines of their own; dropped: left out."""

    width: int
    inline: tuple[int, ...]
    widths: dict[int, int]
    apart: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()

    @property
    def indent(self) -> int:
        return _INDENT if self.apart else 0

    def fits(self, columns: Sequence[Column]) -> bool:
        """Whether all columns that stand side by side have the room they need."""
        needed = [
            min(self.widths[at], _LEAST_REMARK) if columns[at].role == "remark" else self.widths[at]
            for at in self.inline
        ]
        return self.indent + sum(needed) + len(needed) - 1 <= self.width

    def lines(self, table: Columns) -> Iterator[Text]:
        """The table's lines; each fits, as far as it can."""
        from rich.text import Text

        titles = [Text(column.title) for column in table.columns]
        yield from self._row(titles, table.columns, style="bold")
        for row in table.rows:
            if row is None:
                yield Text("")
                continue
            cells = [cell if isinstance(cell, Text) else Text(cell) for cell in row]
            yield from self._apart(cells, table.columns, role="head")
            yield from self._row(cells, table.columns, style="")
            yield from self._apart(cells, table.columns, role="remark")

    def _apart(
        self, cells: Sequence[Text], columns: Sequence[Column], *, role: Role
    ) -> Iterator[Text]:
        from rich.text import Text

        told = [cells[at] for at in self.apart if columns[at].role == role and cells[at].plain]
        if told:
            indent = 0 if role == "head" else 2 * _INDENT
            for line in self._folded(Text(" ").join(told), self.width - indent):
                yield Text(" " * indent) + line

    def _row(
        self, cells: Sequence[Text], columns: Sequence[Column], *, style: str
    ) -> Iterator[Text]:
        """One line, and more where a remark is folded."""
        from rich.text import Text

        line, used, rest = Text(" " * self.indent, style=style), self.indent, list[Text]()
        for at in self.inline:
            cell = cells[at].copy()
            if columns[at].role == "remark":
                first, *rest = self._folded(cell, max(self.width - used, _LEAST_NAME)) or [Text("")]
                line.append_text(first)
                break
            if columns[at].role == "figure":
                cell.pad_left(max(self.widths[at] - cell.cell_len, 0))
            else:
                cell.truncate(self.widths[at], overflow="ellipsis", pad=True)
            line.append_text(cell).append(" ")
            used += self.widths[at] + 1
        line.rstrip()
        line.no_wrap = True
        yield line
        yield from (Text(" " * used) + part for part in rest)

    @staticmethod
    def _folded(text: Text, width: int) -> Sequence[Text]:
        from rich.console import Console

        return list(text.wrap(Console(width=width), width, overflow="fold"))


def console() -> Console:
    """As wide as the terminal; elsewhere as COLUMNS says, or wide enough."""
    from rich.console import Console

    told = os.environ.get("COLUMNS", "")
    found = Console(highlight=False)
    if not found.is_terminal and not told.isdecimal():
        return Console(highlight=False, width=WIDTH)
    return Console(highlight=False, width=max(found.width, LEAST_WIDTH))


def _length(cell: str | Text) -> int:
    from rich.cells import cell_len

    return cell_len(cell) if isinstance(cell, str) else cell.cell_len
