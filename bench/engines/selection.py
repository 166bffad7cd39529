"""Positions of a batch as an index of its arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def index(rows: Sequence[int]) -> slice | npt.NDArray[np.intp]:
    """What selects `rows` from an array: a slice for a rising range (no copy), else an array.

    >>> index(range(2, 10, 3))
    slice(2, 10, 3)
    """
    if isinstance(rows, range) and rows.step > 0:
        return slice(rows.start, rows.stop, rows.step)
    import numpy as np

    chosen: npt.NDArray[np.intp] = np.asarray(rows, dtype=np.intp)
    return chosen
