"""The table of sysbench's OLTP workloads: a key, a number with an index, and two texts.

As there: `k` is a whole number with an index, `c` takes 120 B and `pad` 60 B. Unlike there, the
texts are prose instead of groups of digits, and numbers have 64 bits.
"""

from __future__ import annotations

from workloads.datasets.recipes.generated import Generated, TableRecipe
from workloads.datasets.recipes.numeric import RowNumber, Whole
from workloads.datasets.recipes.textual import Text
from workloads.datasets.seam import Roles

K_MOST = 1_000_000

DATASET = Generated(
    name="sbtest",
    description="the table of sysbench's OLTP workloads",
    parts=(
        TableRecipe(
            name="sbtest",
            columns=(
                ("id", RowNumber()),
                ("k", Whole(low=1, high=K_MOST)),
                ("c", Text(bytes_each=120.0, spread=0.0)),
                ("pad", Text(bytes_each=60.0, spread=0.0)),
            ),
        ),
    ),
    roles=Roles(
        update_column="c",
        update_columns=("k", "c", "pad"),
        filter_column="k",
        filter_values=tuple(range(1, K_MOST, 997)),
        group_column="k",
        measure="k",
    ),
)
