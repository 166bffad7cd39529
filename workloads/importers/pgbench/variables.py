"""Backslash commands: what they set, what they say that a workload cannot hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workloads.importers.pgbench.expression import DRAWS, Draw, Value, evaluate
from workloads.importers.pgbench.lexer import Cursor
from workloads.importers.pgbench.script import Command
from workloads.spec import units
from workloads.spec.faults import Refused, nearest, shown

# What pgbench sets itself; without its option -s the scale is 1.
INITIAL: Mapping[str, Value] = {
    "scale": 1,
    "client_id": None,
    "random_seed": None,
    "default_seed": None,
}
OBEYED = ("set", "setrandom", "sleep", "gset", "aset", "startpipeline", "endpipeline",
          "syncpipeline")  # fmt: skip
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
OLD_DRAWS = {
    "uniform": "random",
    "gaussian": "random_gaussian",
    "exponential": "random_exponential",
}


def obey(command: Command, values: dict[str, Value], *, inside: bool) -> str | None:
    """Do what a command does to the variables; a remark on what is not held, if there is one.

    `inside`: it stands in a transaction. Refused for a command that a workload cannot hold.
    """
    cursor = Cursor(command.tokens)
    match command.meta:
        case "set":
            name = _variable(cursor)
            value = evaluate(cursor, values)
            cursor.finish("the end of the line")
            _set(values, name, value, command.line)
        case "setrandom":
            name = _variable(cursor)
            _set(values, name, _old_draw(cursor, values), command.line)
        case "sleep":
            return _sleep(cursor, values, inside=inside)
        case "gset" | "aset":
            return f"what \\{command.meta} keeps of an answer is not used"
        case "startpipeline" | "endpipeline" | "syncpipeline":
            return "whether requests are sent together is a matter of the driver, not of the script"
        case other:
            near = nearest(other, OBEYED)
            raise Refused(f"the command \\{other}", f"one of {_listed()}", near and f"\\{near}")
    return None


def _listed() -> str:
    return ", ".join(f"\\{name}" for name in OBEYED)


def _set(values: dict[str, Value], name: str, value: Value, line: int) -> None:
    """A draw is made here, unless it is one that another variable holds."""
    if isinstance(value, Draw) and not value.root.partition(" ")[0]:
        value = replace(value, root=f"{name}:{line}{value.root}")
    values[name] = value


def _variable(cursor: Cursor) -> str:
    """The name as it is written: variables, unlike SQL, know upper and lower case."""
    return cursor.next("name", "the name of a variable")


def _old_draw(cursor: Cursor, values: Mapping[str, Value]) -> Value:
    """`low high [uniform | gaussian PARAMETER | exponential PARAMETER]`, as before pgbench 9.6."""
    ends = [_operand(cursor, values) for _ in range(2)]
    how = "uniform" if cursor.done else cursor.next("word", f"one of {', '.join(OLD_DRAWS)}")
    if how not in OLD_DRAWS:
        raise Refused(shown(how), f"one of {', '.join(OLD_DRAWS)}", nearest(how, OLD_DRAWS))
    function = OLD_DRAWS[how]
    more = [_operand(cursor, values) for _ in range(DRAWS[function])]
    cursor.finish("the end of the line")
    numbers = [*ends, *more]
    low, high = ends
    if not isinstance(low, int) or not isinstance(high, int) or low > high:
        raise Refused("ends that are not known", "two whole numbers, the lower one first")
    parameter = numbers[2] if more else None
    if more and not isinstance(parameter, (int, float)):
        raise Refused("a parameter that is not known", "a number")
    held = float(parameter) if isinstance(parameter, (int, float)) else None
    return Draw(function=function, low=low, high=high, parameter=held)


def _operand(cursor: Cursor, values: Mapping[str, Value]) -> Value:
    """One number or variable, a sign before it; nothing is reckoned."""
    width = 2 if cursor.peek("-") else 1
    part = Cursor(cursor.tokens[cursor.place : cursor.place + width])
    cursor.place += len(part.tokens)
    return evaluate(part, values)


def _sleep(cursor: Cursor, values: Mapping[str, Value], *, inside: bool) -> str:
    value = _operand(cursor, values)
    unit = "s" if cursor.done else cursor.next("word", f"one of {', '.join(UNITS)}")
    if unit not in UNITS:
        raise Refused(f"the unit {shown(unit)}", f"one of {', '.join(UNITS)}")
    cursor.finish("the end of the line")
    if inside:
        raise Refused("\\sleep inside a transaction", "\\sleep before BEGIN or behind END")
    if isinstance(value, Draw):
        value = (value.low + value.high) / 2
    if not isinstance(value, (int, float)) or value < 0:
        raise Refused("a time that is not known", "a number, 0 or more")
    time = units.SECONDS.format(value * UNITS[unit]).replace(" ", "")
    return (
        f"\\sleep is no part of a workload, it is think time of a load: give "
        f"--load closed:8,think={time}"
    )
