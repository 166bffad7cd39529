"""Readings of sensors in order of time: 500 devices that all report once in 10 s.

Temperatures follow the time of day and go below 0; humidity and battery are missing now and then,
and the status of some readings is unknown (null). Most notes are short or empty; the note is
running text and takes up the record size.
"""

from __future__ import annotations

from workloads.datasets.recipes.generated import Generated, TableRecipe
from workloads.datasets.recipes.moments import Ticking
from workloads.datasets.recipes.numeric import DailyWave, Hundredths, RowNumber, Whole
from workloads.datasets.recipes.shape import Nullable
from workloads.datasets.recipes.textual import Choice, Label, Text
from workloads.datasets.seam import Roles

DEVICES = 500
STATES = ("fault", "low", "ok", "stale")
TAKEN = Ticking(first_s=1_735_689_600, step_us=10_000_000, together=DEVICES)

DATASET = Generated(
    name="sensors",
    description="sensor readings in order of time",
    parts=(
        TableRecipe(
            name="readings",
            columns=(
                ("id", RowNumber()),
                ("device", Label(prefix="device-", count=DEVICES)),
                ("taken", TAKEN),
                (
                    "temperature",
                    DailyWave(moment="taken", recipe=TAKEN, low=-1_250, high=2_400, noise=300),
                ),
                ("humidity", Nullable(recipe=Hundredths(low=0, high=10_000), share=0.05)),
                ("battery_mv", Nullable(recipe=Whole(low=1_800, high=4_200), share=0.01)),
                (
                    "status",
                    Nullable(
                        recipe=Choice(values=STATES, weights=(1.0, 5.0, 90.0, 4.0)), share=0.03
                    ),
                ),
                ("note", Text(bytes_each=20.0, spread=1.0)),
            ),
        ),
    ),
    roles=Roles(
        update_column="note",
        update_columns=("note", "battery_mv"),
        filter_column="status",
        filter_values=STATES,
        group_column="status",
        measure="battery_mv",
        time_column="taken",
    ),
)
