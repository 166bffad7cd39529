"""`advisor facts --refresh`: read today's prices, keep them beside the old, say what changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from advisor import answers
from advisor.facts import changes, dated, price_list
from advisor.facts.changes import Change, Changes
from workloads.errors import PlaceError

MOST_LINES = 40  # of each list, on a terminal


class Refreshed(Struct, frozen=True, kw_only=True):
    """What a refresh found; `path` is the table it wrote, `answers` what changes by it."""

    path: Path
    requests: int
    changes: Changes
    unanswered: dict[str, str]
    strangers: tuple[str, ...]
    answers: tuple[str, ...]
    workloads: int


def refresh(
    regions: Sequence[str], today: date, *, told: Callable[[str], None] = lambda _: None
) -> Refreshed:
    """Read every region, then write one dated table. Nothing is written when a question fails.

    Raises PlaceError without boto3, credentials, or an answer of AWS.
    """
    with translated():
        reading = price_list.read(price_list.client(), regions, today.isoformat(), told=told)
    if not reading.found:
        raise PlaceError(
            "the price list answered with no price that the tables ask for",
            hint="its form may have changed; the tables stay as they are",
        )
    told("answers for the shipped workloads, with the old prices and with the new")
    before = answers.afresh()
    found = changes.between(reading.found)
    path = dated.write(_rows(reading), today.isoformat())
    return Refreshed(
        path=path,
        requests=reading.requests,
        changes=found,
        unanswered=dict(sorted(reading.unanswered.items())),
        strangers=tuple(sorted(reading.strangers)),
        answers=tuple(answers.differences(before, answers.afresh())),
        workloads=len(before),
    )


def _rows(reading: price_list.Reading) -> list[tuple[str, ...]]:
    return [
        (
            fact.name,
            f"{fact.number:.9g}",
            "number",
            fact.unit,
            fact.region,
            fact.source,
            fact.date,
            "true",
            "",
        )
        for _, fact in sorted(reading.found.items())
    ]


@contextmanager
def translated() -> Iterator[None]:
    """Errors of boto3 as errors that a person can act on."""
    try:
        from botocore import exceptions
    except ImportError as error:
        raise PlaceError(
            "reading prices needs boto3, which is not installed",
            hint="pip install 'storefit[aws]'",
        ) from error
    rights = "an identity that may do pricing:GetProducts: `aws configure`, or set AWS_PROFILE"
    try:
        yield
    except exceptions.ClientError as error:
        told = error.response.get("Error", {})
        raise PlaceError(
            f"AWS refused to tell prices: {told.get('Code', '')}: {told.get('Message', '')}",
            hint=f"it needs {rights}",
        ) from error
    except (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
        exceptions.ProfileNotFound,
        exceptions.TokenRetrievalError,
    ) as error:
        raise PlaceError(
            f"there are no credentials of AWS to read prices with: {error}",
            hint=f"it needs {rights}",
        ) from error
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise PlaceError(
            f"AWS could not be reached: {error}",
            hint="check the network; without it, the tables that are here stay in use",
        ) from error
    except exceptions.BotoCoreError as error:
        raise PlaceError(f"prices could not be read: {error}", hint=f"it needs {rights}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise PlaceError(
            f"the price list answered in a form that is not known: {error!r}",
            hint="the tables stay as they are",
        ) from error


def text(done: Refreshed) -> str:
    """What a person reads: changed prices, new ones, what was not found, answers, the file."""
    found = done.changes
    lines = [f"{done.requests} requests; {_count(found)} prices read"]
    lines += _listed("changed", [_changed(change) for change in found.changed])
    lines += _listed("new, unknown before", [_changed(change) for change in found.new])
    verified = f", {found.verified_now} of them unverified until now" if found.verified_now else ""
    lines.append(f"confirmed: {found.confirmed}{verified}")
    lines += _listed(
        "not answered, so the old fact stays",
        [f"{name}: {why}" for name, why in done.unanswered.items()],
    )
    if done.strangers:
        lines += _listed("classes that no table describes, left out", list(done.strangers))
    lines += _listed(f"answers that change, of {done.workloads} workloads", list(done.answers))
    lines.append(f"written: {done.path}")
    return "\n".join(lines) + "\n"


def _count(found: Changes) -> int:
    return len(found.changed) + len(found.new) + found.confirmed


def _changed(change: Change) -> str:
    before = "unknown" if change.before is None else f"{change.before:g}"
    relative = "" if change.relative is None else f" ({100 * change.relative:+.1f} %)"
    return f"{change.id}: {before} -> {change.after:g} {change.unit}{relative}"


def _listed(title: str, lines: list[str]) -> list[str]:
    more = [f"  and {len(lines) - MOST_LINES} more (--json lists them)"]
    shown = [f"  {line}" for line in lines[:MOST_LINES]]
    return [f"{title}: {len(lines)}", *shown, *(more if len(lines) > MOST_LINES else [])]


def document(done: Refreshed) -> dict[str, Any]:
    """The same as plain JSON."""
    return {
        "schema": 1,
        "written": str(done.path),
        "requests": done.requests,
        "changed": [asdict(change) for change in done.changes.changed],
        "new": [asdict(change) for change in done.changes.new],
        "confirmed": done.changes.confirmed,
        "verified_now": done.changes.verified_now,
        "unanswered": done.unanswered,
        "left_out": list(done.strangers),
        "workloads": done.workloads,
        "answers": list(done.answers),
    }
