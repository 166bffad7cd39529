"""A person's own CSV or Parquet file as the dataset of a workload (`data.file`, `data.key`)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from workloads.errors import InputError

if TYPE_CHECKING:
    from workloads.datasets.own.dataset import OwnData

__all__ = ["of_file"]

_KEPT = 4  # files whose rows are kept in memory


def of_file(path: Path, *, key: str | None = None) -> OwnData:
    """The dataset of a file; it is read once in a process while it does not change.

    InputError for a file that cannot be read or does not hold what a dataset needs.
    """
    from workloads.datasets.own.reading import opened

    opened(path)
    state = path.stat()
    return _made(path, key, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=_KEPT)
def _made(path: Path, key: str | None, _size: int, _changed_ns: int) -> OwnData:
    try:
        from workloads.datasets.own.making import made
    except ImportError as error:  # pyarrow and polars come with storefit's requirements
        raise InputError(f"{path} cannot be read: {error}") from error
    from workloads.datasets.own.profile import profile
    from workloads.datasets.own.reading import opened

    return made(profile(opened(path), key=key))
