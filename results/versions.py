"""Records of older versions, brought up to the current one step at a time.

Each function takes a record of one version as plain JSON values and returns the next version.
A new version of the record adds one function here and one example to the tests.

Version 0 is the draft from before the first release. No release wrote it; it stays because it
keeps the mechanism proven by a real difference in form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from results.record import RECORD_SCHEMA

Raw = dict[str, Any]


def _from_0(raw: Raw) -> Raw:
    """`warm_up_s` became `warmup_s`; engine settings were an object, now a list of pairs."""
    engine = dict(raw["engine"])
    engine["settings"] = [{"name": n, "value": v} for n, v in engine["settings"].items()]
    upgraded = {name: value for name, value in raw.items() if name != "warm_up_s"}
    return upgraded | {"schema": 1, "warmup_s": raw["warm_up_s"], "engine": engine}


_STEPS: dict[int, Callable[[Raw], Raw]] = {0: _from_0}


def upgraded(raw: Raw) -> Raw:
    """The record in the current version.

    KeyError, TypeError or AttributeError when it is not what its version says: the reader turns
    them into an error that names file and line.
    """
    while raw["schema"] < RECORD_SCHEMA:
        raw = _STEPS[raw["schema"]](raw)
    return raw
