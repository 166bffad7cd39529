"""The page of measurements alone: what `bench report` writes."""

from __future__ import annotations

from collections.abc import Sequence

from results.answers import Answer
from results.pages import axes
from results.pages.axes.part import Part
from results.pages.markup import Markup, bullets, chips, details, join, section, tag
from results.pages.sections.latency import latency_by_load
from results.pages.sections.measured import environment_section, findings_section, rows_table
from results.pages.sections.resources import resources_section
from results.pages.sections.throughput import throughput_section
from results.pages.selection import Labels, unvaried
from results.pages.shell import contents_of, page
from results.record import Record
from results.summary import Row, rows
from workloads.errors import InputError

# A longer table is closed at first, so that the page stays one that is read.
_MOST_OPEN = 60


def records_page(records: Sequence[Record], answers: Sequence[Answer] = ()) -> str:
    """HTML of any number of records and of what searches found; InputError when there is none."""
    if not records:
        raise InputError("there are no records to report", hint="measure first: `bench run`")
    labels = Labels(records)
    plain = unvaried(records)
    measured, compared = rows(records), rows(plain)
    found = axes.parts(records, answers, labels)
    names = list(dict.fromkeys(record.workload.name for record in records))
    contents, parts = contents_of(
        {
            "answer": ("Overview", _overview(records, labels, names, found)),
            **{part.identifier: (part.words, part.html) for part in found},
            "throughput": ("Throughput", throughput_section(plain, compared, labels)),
            "latency": ("Latency", latency_by_load(compared, labels)),
            "resources": ("Resources", resources_section(plain, labels)),
            "figures": (
                "All figures",
                _table(measured, labels) if measured else Markup(""),
            ),
            "findings": ("Trust", findings_section(records, labels)),
            "environment": ("Machine", environment_section(records)),
        }
    )
    return page(f"{', '.join(names)}: storefit measurements", *parts, contents=contents)


def _axes(found: Sequence[Part]) -> Markup:
    """One line for each axis that was measured, with the way to its figures."""
    if not found:
        return Markup("")
    items = [
        join(tag("a", part.words, attributes={"href": f"#{part.identifier}"}), ": ", part.sentence)
        for part in found
    ]
    return bullets(items, css="findings-list")


def _table(measured: Sequence[Row], labels: Labels) -> Markup:
    summary = f"{len(measured)} rows: one operation of one engine under one load"
    few = len(measured) <= _MOST_OPEN
    listed = details(summary, rows_table(measured, labels), is_open=few)
    return section("figures", "All figures", listed)


def _overview(
    records: Sequence[Record], labels: Labels, names: Sequence[str], found: Sequence[Part]
) -> Markup:
    tried = [record for record in records if record.was_tried and record.procedure is None]
    runs = dict.fromkeys(record.run for record in records)
    versions: dict[str, str] = {}
    for record in sorted(records, key=lambda record: not record.was_tried or not record.operations):
        versions.setdefault(labels.of_record(record), record.engine.version)
    engines = [
        name if versions[name] in name else f"{name} {versions[name]}" for name in labels.order
    ]
    evidence = sum(record.is_evidence for record in tried)
    machine = records[0].environment
    operations = sum(record.operations_done for record in records)
    return tag(
        "header",
        tag("p", f"Measured in {len(runs)} run{'s' if len(runs) != 1 else ''}", css="eyebrow"),
        tag("h1", ", ".join(names)),
        chips(engines),
        tag(
            "p",
            f"{len(tried)} trials, {operations:,} operations, on {machine.cpus} processors "
            f"({machine.cpu_model}). {evidence} of {len(tried)} trials are evidence.",
            css="why",
        ),
        _axes(found),
        css="answer",
        attributes={"id": "answer"},
    )
