"""Self-contained HTML pages: of a recommendation, and of records.

The figures' library and numpy are imported only when a page is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from results.answers import Answer
    from results.record import Record


def recommendation_page(recommendation: Mapping[str, Any], records: Sequence[Record]) -> str:
    """HTML of the object of `advisor recommend --json` with the records it rests on."""
    from results.pages import recommendation as module

    return module.recommendation_page(recommendation, records)


def records_page(records: Sequence[Record], answers: Sequence[Answer] = ()) -> str:
    """HTML of any number of records and of what searches found; InputError when there is none."""
    from results.pages import records as module

    return module.records_page(records, answers)
