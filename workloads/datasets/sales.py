"""Sales of a chain of shops: one wide fact table for questions over much of the data.

Quantities of returns are negative, ledger numbers need 63 bits, some regions, discounts and
delivery dates are unknown (null). The comment is running text and takes up the record size; the
other columns have few distinct values or are numbers and compress well in columnar files.
"""

from __future__ import annotations

from workloads.datasets.recipes.generated import Generated, TableRecipe
from workloads.datasets.recipes.moments import Later, Ticking
from workloads.datasets.recipes.numeric import Flag, Hundredths, RowNumber, Whole, Wide
from workloads.datasets.recipes.shape import Nullable
from workloads.datasets.recipes.textual import Choice, Label, Text, Words
from workloads.datasets.seam import Roles

REGIONS = ("africa", "america", "asia", "europe", "oceania")
CHANNELS = ("phone", "shop", "web")
CITIES = (
    "London", "Paris", "東京", "São Paulo", "Zürich", "Kraków", "Αθήνα", "Москва", "القاهرة",
    "Reykjavík", "Malmö", "Bogotá", "Hà Nội", "서울", "Nairobi", "Sydney", "Montréal", "Łódź",
)  # fmt: skip
SOLD = Ticking(first_s=1_577_836_800, step_us=1_500_000)

DATASET = Generated(
    name="sales",
    description="a wide table of sales for analytics",
    parts=(
        TableRecipe(
            name="sales",
            columns=(
                ("id", RowNumber()),
                ("sold_at", SOLD),
                (
                    "delivered_at",
                    Nullable(
                        recipe=Later(moment="sold_at", recipe=SOLD, least_s=3_600, most_s=604_800),
                        share=0.1,
                    ),
                ),
                (
                    "region",
                    Nullable(
                        recipe=Choice(values=REGIONS, weights=(1.0, 6.0, 5.0, 4.0, 1.0)), share=0.01
                    ),
                ),
                ("city", Words(vocabulary=CITIES)),
                ("channel", Choice(values=CHANNELS, weights=(1.0, 5.0, 8.0))),
                ("shop", Whole(low=1, high=400)),
                ("customer", Whole(low=1, high=20_000_000)),
                ("product", Label(prefix="product-", count=20_000, random=True)),
                ("quantity", Whole(low=-2, high=20, skew=True)),
                ("price_cents", Whole(low=50, high=250_000, skew=True)),
                ("discount", Nullable(recipe=Hundredths(low=0, high=50), share=0.7)),
                ("tax_cents", Whole(low=0, high=50_000, skew=True)),
                ("gift", Flag(share=0.05)),
                ("ledger_number", Wide(signed=True)),
                ("comment", Text(bytes_each=24.0, spread=1.0)),
            ),
        ),
    ),
    roles=Roles(
        update_column="tax_cents",
        update_columns=("tax_cents", "quantity", "comment"),
        filter_column="channel",
        filter_values=CHANNELS,
        group_column="region",
        measure="price_cents",
        time_column="sold_at",
    ),
)
