"""Sessions of a web application: a random token, an owner, a lifetime and a payload.

The token does not compress; the payload is running text, about as compressible as English prose,
empty or missing for new sessions. User numbers are up to 2**63.
"""

from __future__ import annotations

from workloads.datasets.recipes.generated import Generated, TableRecipe
from workloads.datasets.recipes.moments import Later, Ticking
from workloads.datasets.recipes.numeric import Flag, RowNumber, Whole, Wide
from workloads.datasets.recipes.shape import Nullable
from workloads.datasets.recipes.textual import Choice, Hexadecimal, Text
from workloads.datasets.seam import Roles

DEVICES = ("desktop", "mobile", "tablet", "television")
CREATED = Ticking(first_s=1_751_328_000, step_us=250_000)

DATASET = Generated(
    name="sessions",
    description="web sessions with a token, a lifetime and a payload",
    parts=(
        TableRecipe(
            name="sessions",
            columns=(
                ("id", RowNumber()),
                ("token", Hexadecimal()),
                ("user_id", Wide()),
                ("device", Choice(values=DEVICES, weights=(35.0, 55.0, 8.0, 2.0))),
                ("created", CREATED),
                (
                    "expires",
                    Later(moment="created", recipe=CREATED, least_s=1_800, most_s=2_592_000),
                ),
                ("signed_in", Flag(share=0.4)),
                ("requests", Whole(low=1, high=5_000, skew=True)),
                ("payload", Nullable(recipe=Text(bytes_each=256.0, spread=1.0), share=0.02)),
            ),
        ),
    ),
    roles=Roles(
        update_column="payload",
        update_columns=("payload", "requests"),
        filter_column="device",
        filter_values=DEVICES,
        group_column="device",
        measure="requests",
        time_column="created",
    ),
)
