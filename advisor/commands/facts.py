"""`advisor facts`: prices, limits and features with their sources and ages."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import click
from msgspec.structs import asdict

from workloads.errors import InputError

if TYPE_CHECKING:
    from advisor.facts import Fact

WIDTH = 96


@click.command()
@click.argument("words", nargs=-1)
@click.option("--region", metavar="R", help="Only facts of this region (and those of any).")
@click.option("--classes", is_flag=True, help="Also list the hourly prices of instance classes.")
@click.option("--age", is_flag=True, help="Say how old the facts are, by kind, and list no fact.")
@click.option(
    "--refresh",
    is_flag=True,
    help=(
        "Read today's prices from AWS's Price List API (needs boto3 and credentials) and write "
        "them as a new table beside the old; say what changes."
    ),
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    words: tuple[str, ...],
    region: str | None,
    classes: bool,
    age: bool,
    refresh: bool,
    as_json: bool,
) -> None:
    """List facts; WORDS search id, unit, note and source (all of them must occur)."""
    from advisor import facts

    if region is not None and region not in facts.REGIONS:
        raise InputError(
            f"no facts for region '{region}'", hint=f"known: {', '.join(facts.REGIONS)}"
        )
    if refresh:
        if words or classes or age:
            raise InputError(
                "--refresh reads all prices: it goes with --region and --json only",
                hint="list them afterwards with `advisor facts WORDS`",
            )
        _refresh(facts.REGIONS if region is None else (region,), as_json)
        return
    wanted = [word.lower() for word in words]
    per_class = classes or any("/" in word for word in words)
    chosen = [
        fact
        for fact in facts.all_facts()
        if (per_class or "/" not in fact.name)
        and (region is None or fact.region in (region, "any"))
        and all(word in _searched(fact) for word in wanted)
    ]
    if not chosen:
        raise InputError(f"no fact matches '{' '.join(words)}'", hint="`advisor facts` lists all")
    if as_json:
        click.echo(json.dumps([asdict(fact) for fact in chosen], indent=2, ensure_ascii=False))
    elif age:
        _ages(chosen, date.today())
    else:
        for fact in chosen:
            _line(fact)
        click.echo(f"{len(chosen)} facts; prices as of {facts.as_of()}", err=True)


def _refresh(regions: tuple[str, ...], as_json: bool) -> None:
    from advisor import refresh

    done = refresh.refresh(regions, date.today(), told=lambda line: click.echo(line, err=True))
    if as_json:
        click.echo(json.dumps(refresh.document(done), indent=2, ensure_ascii=False))
    else:
        click.echo(refresh.text(done), nl=False)


def _searched(fact: Fact) -> str:
    return f"{fact.id} {fact.unit} {fact.note} {fact.source} {fact.value}".lower()


def _line(fact: Fact) -> None:
    value = f"{fact.value:g}" if isinstance(fact.value, float) else str(fact.value)
    mark = "" if fact.verified else "  UNVERIFIED"
    click.echo(f"{fact.id}  {value} {fact.unit}".rstrip() + mark)
    about = f"{fact.source}, {fact.date or 'undated'}" + (f"; {fact.note}" if fact.note else "")
    click.echo(f"    {about}")


def _ages(chosen: list[Fact], today: date) -> None:
    """Number of facts, oldest and newest date, and how many are stale or unverified, by kind."""
    from advisor.facts.age import STALE_DAYS, days

    groups: dict[str, list[Fact]] = {}
    for fact in chosen:
        groups.setdefault(fact.name.split("/")[0].split(".")[0], []).append(fact)
    click.echo(
        f"{'kind':<22}{'facts':>7}{'oldest':>12}{'newest':>12}{'stale':>7}{'unverified':>12}"
    )
    for kind, members in sorted(groups.items()):
        dates = sorted(fact.date for fact in members if len(fact.date) == 10)
        stale = sum((days(day, today) or 0) > STALE_DAYS for day in dates)
        oldest, newest = (dates[0], dates[-1]) if dates else ("-", "-")
        unverified = sum(not fact.verified for fact in members)
        click.echo(f"{kind:<22}{len(members):>7}{oldest:>12}{newest:>12}{stale:>7}{unverified:>12}")
    click.echo(f"stale: older than {STALE_DAYS} days on {today.isoformat()}", err=True)
