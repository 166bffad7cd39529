"""The records themselves: figures, what the gates found, where they were made."""

from __future__ import annotations

from collections.abc import Sequence

from results.display import number, rate, seconds, size
from results.pages.markup import Markup, bullets, details, join, section, table, tag
from results.pages.names import spelled
from results.pages.selection import Labels, how
from results.record import Environment, Record
from results.summary import Row

_LEVELS = ("error", "warning", "note")


def rows_table(rows: Sequence[Row], labels: Labels) -> Markup:
    """Every operation under every load, percentiles where the sample supports them."""
    listed = [
        [
            labels.of_row(row),
            row.kind,
            how(row),
            str(len(row.records)),
            _throughput(row),
            *(
                seconds(value)
                for value in (
                    row.latency.mean_s,
                    row.latency.p50_s,
                    row.latency.p95_s,
                    row.latency.p99_s,
                    row.latency.p999_s,
                )
            ),
            number(row.errors),
        ]
        for row in rows
    ]
    headings = [
        "Engine", "Operation", "Measured", "Repetitions", "Throughput", "Mean", "50 %", "95 %",
        "99 %", "99.9 %", "Errors",
    ]  # fmt: skip
    return table(headings, listed, numeric="|".join(headings[3:]))


def _throughput(row: Row) -> str:
    width = row.throughput_per_s.relative_half_width
    around = "" if width is None else f" ± {width * 100:.0f} %"
    return f"{rate(row.throughput_per_s.value)}{around}"


def findings_section(records: Sequence[Record], labels: Labels) -> Markup:
    """Whether the records are evidence, and what limits them."""
    if not records:
        return Markup("")
    tried = [record for record in records if record.was_tried and record.procedure is None]
    refused = sum(not record.is_evidence for record in tried)
    count = len(tried)
    lead = (
        f"All {count} records are evidence."
        if not refused
        else f"{count - refused} of {count} records are evidence; {refused} are refused."
    )
    parts = []
    for level in _LEVELS:
        rows = [
            [
                tag("span", finding.code, css="code"),
                labels.of_record(record),
                record.trial.phase,
                finding.message,
                tag("span", record.id, css="code"),
            ]
            for record in records
            for finding in record.findings
            if finding.level == level
        ]
        if rows:
            listed = table(["Gate", "Engine", "Phase", "Finding", "Record"], rows)
            parts.append(details(f"{len(rows)} {level}{'s' if len(rows) != 1 else ''}", listed))
    unsupported = {
        (labels.of_record(record), pair.name): pair.value
        for record in records
        for pair in record.unsupported
    }
    if unsupported:
        items = [
            join(tag("strong", f"{engine}, {kind}"), ": ", reason)
            for (engine, kind), reason in unsupported.items()
        ]
        parts.append(details(f"{len(items)} operations not served", bullets(items)))
    return section("findings", "Are these measurements evidence?", *parts, lead=lead)


def environment_section(records: Sequence[Record]) -> Markup:
    """Machine, software and engines of all records, each once."""
    machines = list(dict.fromkeys(record.environment for record in records))
    if not machines:
        return Markup("")
    engines = {
        (record.engine.name, record.engine.version, record.engine.place): record.engine
        for record in records
    }
    rows = [
        [
            spelled(engine.name),
            engine.version,
            engine.place,
            engine.durability,
            ", ".join(f"{pair.name} = {pair.value}" for pair in engine.settings) or "defaults",
        ]
        for engine in engines.values()
    ]
    several = "" if len(machines) == 1 else f"The records come from {len(machines)} machines. "
    return section(
        "environment",
        "Where this was measured",
        *(_machine(machine) for machine in machines),
        table(["Engine", "Version", "Place", "Durability", "Settings"], rows),
        lead=f"{several}Figures hold for the machine they were measured on; nothing here was "
        "measured in a cloud account unless the place says so.",
    )


def _machine(e: Environment) -> Markup:
    threads = {True: ", hyper-threads", False: ", whole cores", None: ""}[e.hyper_threads]
    pairs = [
        ("Processor", f"{e.cpu_model} ({e.cpu_family}), {e.cpus} processors{threads}"),
        ("Memory", size(e.memory_bytes)),
        ("System", f"{e.system}, kernel {e.kernel}"),
        ("Virtualisation", e.virtualisation or "none seen"),
        ("Disk", f"{e.disk or 'unknown'}, flush of 4 KiB in {seconds(e.fsync_p50_s)} (median)"),
        ("Software", f"storefit {e.storefit}, Python {e.python}, commit {e.commit or 'unknown'}"),
    ]
    if e.cpu_score_single is not None:
        pairs.insert(
            1,
            ("Score", f"{number(e.cpu_score_single)} one core, {number(e.cpu_score_all)} all"),
        )
    listed = tag("dl", *(join(tag("dt", name), tag("dd", value)) for name, value in pairs))
    packages = bullets([f"{pair.name} {pair.value}" for pair in e.packages], css="chips")
    return join(listed, details("Packages", packages) if e.packages else "")
