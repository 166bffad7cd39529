"""Records of ten text fields: YCSB's shape, and the dataset of a workload that names none.

Beside the ten fields stand a category and an amount, so that scans and aggregates have something
to work on; with the key they take 24 B, about what YCSB's text key takes. The fields are running
text, about as compressible as English prose, and all of one length (± 1 B).
"""

from __future__ import annotations

from workloads.datasets.recipes.generated import Generated, TableRecipe
from workloads.datasets.recipes.numeric import RowNumber, Whole
from workloads.datasets.recipes.textual import Text
from workloads.datasets.seam import Roles

FIELDS = tuple(f"field{number}" for number in range(10))
FIELD = Text(bytes_each=100.0, spread=0.0)

DATASET = Generated(
    name="records",
    description="ten text fields, as YCSB has them, and two numbers",
    parts=(
        TableRecipe(
            name="records",
            columns=(
                ("id", RowNumber()),
                ("category", Whole(low=0, high=15)),
                ("amount", Whole(low=-1_000, high=1_000_000)),
                *((field, FIELD) for field in FIELDS),
            ),
        ),
    ),
    roles=Roles(
        update_column="field0",
        update_columns=FIELDS,
        filter_column="category",
        filter_values=tuple(range(16)),
        group_column="category",
        measure="amount",
    ),
)
