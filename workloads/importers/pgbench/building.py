"""From the statements of pgbench scripts to the operations of a workload."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from workloads.importers.pgbench import variables
from workloads.importers.pgbench.expression import Draw, Value
from workloads.importers.pgbench.script import Command, Script
from workloads.importers.pgbench.statement import Request, parsed
from workloads.spec.faults import Fault, Refused
from workloads.spec.model import Operation, Step
from workloads.transactions import AMOUNT_MOST

MOST_LINES = 50_000


@dataclass(frozen=True, slots=True)
class Placed:
    """A step and the line that it comes from."""

    step: Step
    line: int


@dataclass(frozen=True, slots=True)
class Choice:
    """How a record of a table was chosen: `rows` of a range, else 1."""

    table: str
    draw: Draw
    rows: int
    line: int


@dataclass(slots=True)
class Built:
    """What was read so far; `lines` has an entry for each operation: those of its steps."""

    operations: list[Operation] = field(default_factory=list)
    lines: list[list[int]] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)

    def note(self, line: int, text: str) -> None:
        if not any(text == other for _, other in self.notes):
            self.notes.append((line, text))

    def guarded(self, line: int, key: str, work: Callable[[], None]) -> None:
        """Do something; what it refuses becomes a fault of this line."""
        try:
            work()
        except Refused as refused:
            fault = Fault(
                line=line, key=key, found=refused.found, allowed=refused.allowed, near=refused.near
            )
            self.faults.append(fault)


class Builder:
    """Walks one script after the other."""

    def __init__(self, built: Built) -> None:
        self.built = built
        self.values: dict[str, Value] = {}
        self.weight = 1.0
        self.opened = 0  # the line of BEGIN; 0 outside a transaction
        self.steps: list[Placed] = []
        self.last: dict[str, Value] = {}  # what chose the last record of each table
        self.seen: dict[str, dict[str, int]] = {}  # table -> roots of its draws, what was added

    def script(self, script: Script) -> None:
        self.values = dict(variables.INITIAL)
        self.weight, self.opened = float(script.weight), 0
        before = len(self.built.operations), len(self.built.faults)
        for command in script.commands:
            work = self._meta if command.meta else self._statement
            key = f"\\{command.meta}" if command.meta else "statement"
            self.built.guarded(command.line, key, lambda c=command, w=work: w(c))  # type: ignore[misc]
        if self.opened:
            found = "BEGIN without END"
            fault = Fault(line=self.opened, key="statement", found=found, allowed="END behind it")
            self.built.faults.append(fault)
        elif (len(self.built.operations), len(self.built.faults)) == before:
            found = f"a script without a statement ('{script.name}')"
            self.built.faults.append(Fault(line=script.line, key="script", found=found))
        elif len(self.built.operations) - before[0] > 1:
            text = (
                "statements outside BEGIN and END are operations of their own here: each is "
                "counted, and each chooses its record anew"
            )
            self.built.note(script.line, text)

    def _meta(self, command: Command) -> None:
        inside = bool(self.opened)
        note = variables.obey(command, self.values, inside=inside)
        if note:
            self.built.note(command.line, note)

    def _statement(self, command: Command) -> None:
        request = parsed(command.tokens, self.values)
        if request == "begin":
            if self.opened:
                raise Refused("BEGIN inside a transaction", "END before it")
            self.opened = command.line
            self._clear()
        elif request == "end":
            if not self.opened:
                raise Refused("END outside a transaction", "BEGIN before it")
            self.opened = 0
            if not self.steps:
                raise Refused("a transaction without statements", "a statement inside it")
            self._add_transaction()
        elif isinstance(request, Request):
            if not self.opened:
                self._clear()
            self._step(request, command.line)
            if not self.opened:
                self._add_alone(request)

    def _clear(self) -> None:
        self.steps, self.last, self.seen = [], {}, {}

    def _step(self, request: Request, line: int) -> None:
        table = request.table
        same = self._same(request, line)
        if request.fewer:
            self.built.note(line, "the whole row is read, not some of its columns")
        if request.kind == "update":
            self._amount(request, line)
        column = None if request.column == table.usual else request.column
        step = Step(
            kind=request.kind,
            table=table.table,
            limit=request.rows,
            form=request.form,
            column=column,
            add=request.adds,
            same_key=same,
        )
        if not same and request.kind in ("read", "delete", "insert", "update") and self.steps:
            before = self.steps[-1].step
            if replace(before, repeat=1) == step and step.kind != "insert":
                grown = replace(before, repeat=before.repeat + 1)
                self.steps[-1] = Placed(grown, self.steps[-1].line)
                return
        self.steps.append(Placed(step, line))

    def _amount(self, request: Request, line: int) -> None:
        """Amounts are those of TPC-B here."""
        value = request.amount
        usual = isinstance(value, Draw) and (value.function, value.low, value.high) == (
            "random",
            -AMOUNT_MOST,
            AMOUNT_MOST,
        )
        if request.adds and not usual:
            text = f"amounts are whole numbers from -{AMOUNT_MOST} to {AMOUNT_MOST} here"
            self.built.note(line, text)

    def _same(self, request: Request, line: int) -> bool:
        """Whether it is about the last record of its table; notes how its record is chosen."""
        name, key = request.table.name, request.key
        if request.kind == "insert":
            back = isinstance(key, Draw) and key == self.last.get(name) and self._deleted(request)
            self.last[name] = key if back else None
            return back
        if key is None or not isinstance(key, Draw):
            what = "a record chosen by " + (
                "a value that is not known" if key is None else f"{key}"
            )
            raise Refused(what, "a variable set by random() or another draw")
        if not key.root.partition(" ")[0]:
            raise Refused("a draw inside a statement", "a variable that \\set gives it")
        if key == self.last.get(name):
            return True
        roots = self.seen.setdefault(name, {})
        if key.root in roots:
            found = "a record that an earlier statement used, but not the last one on its table"
            if roots[key.root] != key.by:
                found = "a record beside the one of an earlier statement"
            raise Refused(found, "the record of the last statement on the table, or a new one")
        roots[key.root], self.last[name] = key.by, key
        self.built.choices.append(Choice(name, key, request.rows or 1, line))
        return False

    def _deleted(self, request: Request) -> bool:
        """Whether the last step on the table of an insert deleted a record."""
        mine = [p.step for p in self.steps if p.step.table == request.table.table]
        return bool(mine) and mine[-1].kind == "delete"

    def _add_transaction(self) -> None:
        steps = tuple(placed.step for placed in self.steps)
        self._add(Operation(kind="transaction", weight=self.weight, steps=steps))

    def _add_alone(self, request: Request) -> None:
        """A statement outside BEGIN and END: an operation where there is one that does the same.

        A transaction of one step is sent as its one statement.
        """
        step = self.steps[0].step
        plain = step.table is None and step.form is None
        if plain and step.kind in ("insert", "delete"):
            self._add(Operation(kind=step.kind, weight=self.weight))
        elif plain and step.kind == "read":
            if step.column is not None:
                text = "the whole row is read, not some of its columns"
                self.built.note(self.steps[0].line, text)
            self._add(Operation(kind="read", weight=self.weight))
        elif plain and step.kind == "range" and request.open:
            self._add(Operation(kind="range", weight=self.weight, limit=step.limit))
        else:
            self._add_transaction()

    def _add(self, operation: Operation) -> None:
        self.built.operations.append(operation)
        self.built.lines.append([placed.line for placed in self.steps])
