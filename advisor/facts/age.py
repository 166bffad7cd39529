"""How old facts are: prices change, and a recommendation says how long ago its own were read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from advisor import facts
from advisor.facts.model import Fact
from advisor.model import Component
from workloads.errors import InputError

# AWS changes list prices a few times a year: half a year is long enough for one to have moved.
STALE_DAYS = 180


class Age(Struct, frozen=True, kw_only=True):
    """Of some facts: how many, the oldest, how many are stale, and how many unverified.

    `undated` counts those whose source gives no more than a year or a month. `stale_usd` is what
    the bill pays at stale prices.
    """

    facts: int
    oldest_id: str
    oldest: str
    stale: int
    stale_usd: float
    undated: int
    unverified: int


def span(bill: Iterable[Component]) -> str:
    """The dates of the facts that price a bill: one, or the oldest to the newest; empty for none."""
    found = (_fact(line.fact) for line in bill if line.fact and line.price_usd is not None)
    dates = sorted({fact.date for fact in found if fact is not None and fact.date})
    return " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else ""


def days(written: str, today: date) -> int | None:
    """Days since an ISO date; None for one that gives no day."""
    try:
        return (today - date.fromisoformat(written)).days if len(written) == 10 else None
    except ValueError:
        return None


def of(bill: Iterable[Component], today: date) -> Age | None:
    """The age of the facts that price a bill; None where no line has one."""
    found: dict[str, Fact] = {}
    stale: set[str] = set()
    stale_usd = 0.0
    for line in bill:
        fact = _fact(line.fact) if line.fact else None
        if fact is None:
            continue
        found[fact.id] = fact
        if (days(fact.date, today) or 0) > STALE_DAYS:
            stale.add(fact.id)
            stale_usd += line.usd or 0.0
    if not found:
        return None
    dated = [fact for fact in found.values() if days(fact.date, today) is not None]
    oldest = min(dated or found.values(), key=lambda fact: fact.date)
    return Age(
        facts=len(found),
        oldest_id=oldest.id,
        oldest=oldest.date,
        stale=len(stale),
        stale_usd=stale_usd,
        undated=len(found) - len(dated),
        unverified=sum(not fact.verified for fact in found.values()),
    )


def words(age: Age) -> str:
    """One sentence for a reader; it asks for a check where a price is stale or unverified."""
    said = [f"the oldest of {age.facts} prices in this bill is of {age.oldest} ({age.oldest_id})"]
    if age.stale:
        usd = f"{age.stale_usd:,.0f}" if age.stale_usd >= 10 else f"{age.stale_usd:.2f}"
        are = _are(age.stale)
        said.append(f"{age.stale} {are} older than {STALE_DAYS} days and price {usd} USD of it")
    if age.undated:
        said.append(f"{age.undated} {_are(age.undated)} dated to a month or a year only")
    if age.unverified:
        said.append(f"{age.unverified} {_are(age.unverified)} not verified")
    doubtful = age.stale or age.undated or age.unverified
    return "; ".join(said) + (": `advisor facts --refresh` reads today's" if doubtful else "")


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _fact(ident: str) -> Fact | None:
    try:
        return facts.fact(ident)
    except InputError:
        return None
