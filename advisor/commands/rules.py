"""`advisor rules`: the rules with their sources, and what they say of a workload."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import click

from workloads.errors import InputError

if TYPE_CHECKING:
    from advisor.rules import Found

WIDTH = 96


@click.command()
@click.argument("code", required=False)
@click.option("--for", "workload", metavar="WORKLOAD", help="Say which rules fire for it.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(code: str | None, workload: str | None, as_json: bool) -> None:
    """List the rules, or show the rule CODE with its reason and source."""
    from advisor import rules

    found = list(rules.discovered())
    if code is not None:
        found = [_one(code)]
    fired = _fired(workload) if workload is not None else None
    entries = [_entry(rule, fired) for rule in found]
    if as_json:
        click.echo(json.dumps(entries, indent=2, ensure_ascii=False))
    elif code is not None:
        click.echo(_page(entries[0]))
    else:
        for entry in entries:
            mark = "" if fired is None else ("fires   " if entry["fired"] else "silent  ")
            click.echo(f"{mark}{entry['code']}  {entry['verdict']:<8} {entry['title']}")


def _one(code: str) -> Found:
    from advisor import rules

    found = rules.get(code)
    if found is None:
        import difflib

        codes = [rule.rule.code for rule in rules.discovered()]
        near = difflib.get_close_matches(code.upper(), codes, n=1)
        raise InputError(
            f"there is no rule '{code}'",
            hint=f"did you mean {near[0]}?" if near else "`advisor rules` lists them",
        )
    return found


def _fired(workload: str) -> dict[str, list[str]]:
    """Code -> what the rule saw in this workload."""
    from advisor import case, rules
    from advisor.commands.inputs import read_workload

    seen: dict[str, list[str]] = {}
    for finding in rules.findings(case.prepare(read_workload(workload), [])):
        seen.setdefault(finding.code, []).append(finding.why)
    return seen


def _entry(found: Found, fired: dict[str, list[str]] | None) -> dict[str, Any]:
    rule = found.rule
    entry: dict[str, Any] = {
        "code": rule.code,
        "area": found.area,
        "title": rule.title,
        "verdict": rule.verdict,
        "services": list(rule.services),
        "why": rule.why,
        "looks_at": list(rule.looks_at),
        "facts": list(rule.facts),
        "source": rule.source,
        "worth": rule.worth,
    }
    if fired is not None:
        entry["fired"] = rule.code in fired
        entry["findings"] = list(dict.fromkeys(fired.get(rule.code, ())))
    return entry


def _page(entry: dict[str, Any]) -> str:
    lines = [f"{entry['code']}  {entry['title']}", ""]
    about = [
        ("area", entry["area"].replace("_", " ")),
        ("verdict", f"{entry['verdict']}: {', '.join(entry['services'])}"),
        ("why", entry["why"]),
        ("looks at", ", ".join(entry["looks_at"])),
        ("facts", ", ".join(entry["facts"]) or "-"),
        ("source", entry["source"]),
    ]
    if entry["worth"]:
        about.append(("worth", f"up to {100 * entry['worth']:.0f} % more than the cheapest plan"))
    about += [("says", said) for said in entry.get("findings", ())]
    for name, text in about:
        lines.append(
            textwrap.fill(
                f"{name:<10}{text}", WIDTH, subsequent_indent=" " * 10, break_long_words=False
            )
        )
    return "\n".join(lines)
