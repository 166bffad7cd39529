"""The page of a recommendation: the answer first, then why, then everything it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from results.gates.seam import declared
from results.pages.sections.answer import answer_section
from results.pages.sections.changes import changes_section
from results.pages.sections.cost import cost_section
from results.pages.sections.latency import latency_section
from results.pages.sections.ledger import evidence_section, others_section
from results.pages.sections.measured import environment_section, findings_section
from results.pages.sections.over_time import over_time_section
from results.pages.sections.resources import resources_section
from results.pages.sections.rules import rules_section
from results.pages.selection import Labels
from results.pages.shell import contents_of, page
from results.pages.view import Answer, answer
from results.record import Record
from results.summary import rows
from workloads.spec.model import Workload


def recommendation_page(recommendation: Mapping[str, Any], records: Sequence[Record]) -> str:
    """HTML of one recommendation (the object of `advisor recommend --json`) and its records.

    `records` may be empty: then the page has no measurements. InputError when the object is no
    recommendation.
    """
    said = answer(recommendation)
    workload = _workload(said, records)
    labels = Labels(records)
    measured = rows(records)
    contents, parts = contents_of(
        {
            "answer": ("Answer", answer_section(said, workload)),
            "cost": ("Cost", cost_section(said, workload)),
            "time": ("Over time", over_time_section(said, records)),
            "rules": ("Rules", rules_section(said)),
            "changes": ("What would change it", changes_section(said)),
            "others": ("Other services", others_section(said)),
            "latency": (
                "Latency",
                latency_section(measured, labels, workload=workload),
            ),
            "resources": ("Resources", resources_section(records, labels)),
            "findings": ("Trust", findings_section(records, labels)),
            "environment": ("Machine", environment_section(records)),
            "evidence": ("Evidence", evidence_section(said)),
        }
    )
    return page(f"{said.workload}: storefit recommendation", *parts, contents=contents)


def _workload(said: Answer, records: Sequence[Record]) -> Workload | None:
    """The declared workload, where a record of it carries the document."""
    for record in records:
        if record.workload.name == said.workload:
            return declared(record)
    return None
