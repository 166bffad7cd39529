"""A dataset made of what breaks engines: nulls everywhere, every script, extremes, empty text.

Some values are nested; the fields of one object do not stand together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workloads.datasets.recipes.generated import Generated, TableRecipe
from workloads.datasets.recipes.moments import Between
from workloads.datasets.recipes.numeric import Flag, Hundredths, RowNumber, Wide
from workloads.datasets.recipes.reference import Reference
from workloads.datasets.recipes.shape import Nullable
from workloads.datasets.recipes.textual import Choice, Text, Words
from workloads.datasets.seam import Roles

if TYPE_CHECKING:
    import pyarrow as pa

    from workloads.datasets.recipes.hashing import Rows
    from workloads.datasets.seam import ColumnKind

GROUPS = (
    "", " ", "a", "a ", "A", "\u00e1", "a\u0301", "Ä", "ß", "Z", "€", "日本", "😀", "\uffee", "a b",
    "NULL", "'", '"', "\\", "%_",
)  # fmt: skip
# A group so small that every measure in it may be null, and one that no row is of.
ONCE, NEVER = "once", "never"
SHARES = (*[1.0] * len(GROUPS), 0.02)
WORDS = (
    "", " ", "x", "naïve", "Ω", "עברית", "عربى", "漢字", "👩‍👩‍👧", "line\nbreak", "tab\there", "\\N",
    "\\.", "a,b;c", "'quoted'", '"double"', "--", "/*", "{}", "NaN", "\x7f", "\u200b", "\u00e9",
    "e\u0301", "\u212b", "ﬁ", "𝒳", "\U0010fffd", "\u202eturned", "\ufeffmark", "\r\n", "\x01",
    "end\\", "''", "\\'", "'; DROP TABLE x; --", "%s %(a)s $1 :b ?", "\\x41", "&amp;", "[1]", "null",
)  # fmt: skip
LEAST, MOST = -(2**63), 2**63 - 1
WHOLE = (LEAST, LEAST + 1, -(2**53) - 1, -(2**31) - 1, -1, 0, 1, 2**31, 2**53 + 1, MOST - 1, MOST)
# Around the lengths at which columns, pages and protocols change their form.
TALES = ("short", "x" * 255, "y" * 256, "ж" * 1_500, "z" * 9_000, "\U0001f600" * 200)
# The smallest above nothing, the smallest of full precision, the largest; what decimal text and
# float32 round; both zeros.
FLOATS = (
    0.0, -0.0, 5e-324, 2.2250738585072014e-308, -1.7976931348623157e308, 1.7976931348623157e308,
    0.1, 1 / 3, -2.5, 1e16, 9007199254740993.0, 16777217.0, 123456789.12345678, 1e-7, 1e23,
)  # fmt: skip
# From the first day of the Gregorian calendar to the last moment of four-digit years, µs.
MOMENTS = (
    -12219292800000000, -2208988800000001, -1000001, -1, 0, 1, 999, 2**31 * 1_000_000,
    1709164800123456, 4102444799999999, 253402300799999999,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """One of a few numbers or moments."""

    values: tuple[float, ...]
    kind: ColumnKind = "int64"

    def mean_bytes(self) -> float:
        return 8.0

    def array(self, rows: Rows) -> pa.Array:
        import numpy as np

        from workloads.datasets.recipes.arrow import moments, numbers

        known = np.array(self.values, dtype="float64" if self.kind == "float64" else "int64")
        chosen = known[(rows.words() % np.uint64(len(known))).astype(np.int64)]
        return moments(chosen) if self.kind == "timestamp_us" else numbers(chosen)


DATASET = Generated(
    name="oddities",
    description="nulls, scripts, extremes and empty text",
    parts=(
        TableRecipe(
            name="odd things",
            columns=(
                ("id", RowNumber()),
                ("bucket", Nullable(recipe=Wide(bits=63, signed=True), share=0.2)),
                ("select", Nullable(recipe=Words(vocabulary=WORDS, least=1, most=3), share=0.2)),
                ("tief.größe", Nullable(recipe=Wide(bits=50, signed=True), share=0.3)),
                ("Flag", Nullable(recipe=Flag(share=0.5), share=0.3)),
                ("deep.ratio", Nullable(recipe=Hundredths(low=-500, high=500), share=0.3)),
                (
                    "deep.er.seen",
                    Nullable(recipe=Between(first_s=-5_000_000_000, last_s=0), share=0.3),
                ),
                ("deep.er.edge", Nullable(recipe=Among(values=WHOLE), share=0.2)),
                ("weight", Nullable(recipe=Among(values=FLOATS, kind="float64"), share=0.2)),
                ("until", Nullable(recipe=Among(values=MOMENTS, kind="timestamp_us"), share=0.2)),
                ("tale", Choice(values=TALES, weights=(24, 2, 2, 1, 1, 2))),
                (
                    "deep.group",
                    Nullable(recipe=Choice(values=(*GROUPS, ONCE), weights=SHARES), share=0.1),
                ),
                ("note", Text(bytes_each=40.0)),
            ),
            nested=True,
        ),
        TableRecipe(
            name="odd parts",
            columns=(
                ("part id", RowNumber()),
                ("of", Reference(fan_out=2)),
                ("label", Nullable(recipe=Words(vocabulary=WORDS), share=0.3)),
                ("amount", Nullable(recipe=Wide(bits=40, signed=True), share=0.3)),
            ),
            count=Reference(fan_out=2).count,
        ),
    ),
    roles=Roles(
        update_column="select",
        update_columns=("select", "tief.größe", "deep.er.edge", "note"),
        filter_column="deep.group",
        filter_values=(*GROUPS, ONCE, NEVER),
        group_column="deep.group",
        measure="tief.größe",
        child_table="odd parts",
        child_reference="of",
        time_column="deep.er.seen",
    ),
)
