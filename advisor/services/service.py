"""The form of a service."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from advisor.case import Case
from advisor.model import Excuse, Plan


class Service(Struct, frozen=True, kw_only=True):
    """One service. `plans` gives a plan or an excuse for each of its options."""

    name: str
    title: str
    plans: Callable[[Case], list[Plan | Excuse]]
