"""How many accounts there are and how they are chosen, from the draws that chose records."""

from __future__ import annotations

import math
from itertools import groupby

from workloads.importers.pgbench.building import Built, Choice
from workloads.importers.pgbench.expression import Draw
from workloads.importers.pgbench.tables import ACCOUNTS_PER_SCALE, TABLES
from workloads.spec.faults import Refused
from workloads.spec.fields import MOST_RECORDS
from workloads.spec.model import KeyDistribution

MAIN = "pgbench_accounts"
MOST_THETA = 10.0  # of a zipfian distribution, `spec.words.PARAMETERS`
SHARE = 0.95  # of the requests, in the description of an exponential distribution
LEAST_GAUSSIAN = 2.0  # pgbench's own lower limit
NEARLY = 0.9  # a range of keys that is at least so much of the table is all of it


def keys_and_records(built: Built) -> tuple[KeyDistribution | None, int]:
    """The key distribution of the accounts and their number; faults where there are several."""
    by_table = {
        table: list(choices)
        for table, choices in groupby(
            sorted(built.choices, key=lambda choice: (choice.table, choice.line)),
            key=lambda choice: choice.table,
        )
    }
    mine = by_table.pop(MAIN, [])
    records = max((_highest(choice) for choice in mine), default=0)
    for table, choices in by_table.items():
        for choice in choices:
            each = TABLES[table].each
            if not mine:
                records = max(records, _highest(choice) * ACCOUNTS_PER_SCALE // each)
            built.guarded(choice.line, "keys", lambda c=choice: _check_other(c))  # type: ignore[misc]
    records = records or ACCOUNTS_PER_SCALE
    for choice in mine:
        built.guarded(choice.line, "keys", lambda c=choice: _check_main(c, mine[0], records))  # type: ignore[misc]
    for table, choices in by_table.items():
        _note_rows(built, table, choices, records)
    if not mine:
        return None, min(max(records, 1), MOST_RECORDS)
    found: list[KeyDistribution] = []
    first = mine[0]
    built.guarded(first.line, "keys", lambda: found.append(_distribution(first, built)))
    return (found[0] if found else None), min(max(records, 1), MOST_RECORDS)


def _highest(choice: Choice) -> int:
    return choice.draw.high + choice.rows - 1


def _check_main(choice: Choice, first: Choice, records: int) -> None:
    draw = choice.draw
    if draw.low != 1:
        raise Refused(f"keys from {draw.low}: {draw.text}", "keys from 1")
    if _highest(choice) > MOST_RECORDS:
        raise Refused(f"{draw.text}", f"at most {MOST_RECORDS} records")
    if _highest(choice) < NEARLY * records:
        found = f"keys up to {_highest(choice)} of {records} records"
        raise Refused(found, "one range of keys for all statements on the table")
    if _law(draw) != _law(first.draw):
        found = f"{draw.text} beside {first.draw.text} in line {first.line}"
        raise Refused(found, "one way of choosing the records of the table")


def _law(draw: Draw) -> tuple[str, float | None, bool]:
    return draw.function, draw.parameter, draw.mixed


def _check_other(choice: Choice) -> None:
    draw = choice.draw
    if draw.function != "random":
        found = f"{draw.text} for a record of {choice.table}"
        raise Refused(found, "random(1, …): records of this table are drawn evenly here")
    if draw.low != 1:
        raise Refused(f"keys from {draw.low}: {draw.text}", "keys from 1")


def _note_rows(built: Built, table: str, choices: list[Choice], records: int) -> None:
    rows = -(-records // ACCOUNTS_PER_SCALE) * TABLES[table].each
    highest = max(_highest(choice) for choice in choices)
    if highest != rows:
        text = f"{table}: keys up to {highest} there; {rows} rows for {records} accounts here"
        built.note(choices[0].line, text)


def _distribution(choice: Choice, built: Built) -> KeyDistribution:
    draw, line = choice.draw, choice.line
    parameter = draw.parameter or 0.0
    match draw.function:
        case "random_zipfian":
            if not 0.0 < parameter <= MOST_THETA:
                allowed = f"a parameter above 0, at most {MOST_THETA:g}"
                raise Refused(f"random_zipfian with {parameter:g}", allowed)
            if not draw.mixed:
                text = (
                    "popular records are neighbours there, they are scattered here (as permute())"
                )
                built.note(line, text)
            return KeyDistribution(kind="zipfian", parameters=(parameter,))
        case "random_exponential":
            if not parameter > 0.0:
                raise Refused(f"random_exponential with {parameter:g}", "a parameter above 0")
            built.note(line, "the popular records are those of the highest keys here")
            return KeyDistribution(kind="exponential", parameters=_exponential(parameter))
        case "random_gaussian":
            if not parameter >= LEAST_GAUSSIAN:
                allowed = f"a parameter of at least {LEAST_GAUSSIAN:g}"
                raise Refused(f"random_gaussian with {parameter:g}", allowed)
            data = 1.0 / parameter
            share = math.erf(math.sqrt(0.5)) / math.erf(parameter * math.sqrt(0.5))
            text = (
                f"a bell curve stands for a hotspot here: {share:.1%} of the requests for "
                f"{data:.1%} of the records, as within one standard deviation of it"
            )
            built.note(line, text)
            return KeyDistribution(kind="hotspot", parameters=(data, share))
    return KeyDistribution(kind="uniform")


def _exponential(parameter: float) -> tuple[float, float]:
    """Share and data of our law with pgbench's decay: exp(-parameter) over the whole range."""
    data = -math.log1p(-SHARE) / parameter
    if data <= 1.0:
        return SHARE, data
    return -math.expm1(-parameter), 1.0
