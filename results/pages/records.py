"""The page of measurements alone: what `bench report` writes."""

from __future__ import annotations

from collections.abc import Sequence

from results.pages.markup import Markup, chips, details, section, tag
from results.pages.sections.latency import latency_by_load
from results.pages.sections.measured import environment_section, findings_section, rows_table
from results.pages.sections.resources import resources_section
from results.pages.sections.throughput import throughput_section
from results.pages.selection import Labels
from results.pages.shell import contents_of, page
from results.record import Record
from results.summary import Row, rows
from workloads.errors import InputError


def records_page(records: Sequence[Record]) -> str:
    """HTML of any number of records; InputError when there is none."""
    if not records:
        raise InputError("there are no records to report", hint="measure first: `bench run`")
    labels = Labels(records)
    measured = rows(records)
    names = list(dict.fromkeys(record.workload.name for record in records))
    contents, parts = contents_of(
        {
            "answer": ("Overview", _overview(records, labels, names)),
            "throughput": ("Throughput", throughput_section(records, measured, labels)),
            "latency": ("Latency", latency_by_load(measured, labels)),
            "resources": ("Resources", resources_section(records, labels)),
            "figures": (
                "All figures",
                _table(measured, labels) if measured else Markup(""),
            ),
            "findings": ("Trust", findings_section(records, labels)),
            "environment": ("Machine", environment_section(records)),
        }
    )
    return page(f"{', '.join(names)}: storefit measurements", *parts, contents=contents)


def _table(measured: Sequence[Row], labels: Labels) -> Markup:
    summary = f"{len(measured)} rows: one operation of one engine under one load"
    listed = details(summary, rows_table(measured, labels), is_open=True)
    return section("figures", "All figures", listed)


def _overview(records: Sequence[Record], labels: Labels, names: Sequence[str]) -> Markup:
    tried = [record for record in records if record.was_tried and record.procedure is None]
    runs = dict.fromkeys(record.run for record in records)
    engines = dict.fromkeys(
        f"{labels.of_record(record)} {record.engine.version}"
        if record.engine.version not in labels.of_record(record)
        else labels.of_record(record)
        for record in records
    )
    evidence = sum(record.is_evidence for record in tried)
    machine = records[0].environment
    operations = sum(record.operations_done for record in records)
    return tag(
        "header",
        tag("p", f"Measured in {len(runs)} run{'s' if len(runs) != 1 else ''}", css="eyebrow"),
        tag("h1", ", ".join(names)),
        chips(list(engines)),
        tag(
            "p",
            f"{len(tried)} trials, {operations:,} operations, on {machine.cpus} processors "
            f"({machine.cpu_model}). {evidence} of {len(tried)} trials are evidence.",
            css="why",
        ),
        css="answer",
        attributes={"id": "answer"},
    )
