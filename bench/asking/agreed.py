"""python -m bench.asking.agreed SET SCALE: write what is known of a set's answers at a scale.

For developers. Two engines that have nothing in common answer every query, polars and an embedded
PostgreSQL; the file is written only when they agree in every value of every answer.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import engines
from bench.asking.inquirer import Inquirer
from bench.engines.seam import Place, Questioned, Settings
from workloads import queries
from workloads.errors import InputError
from workloads.queries import expected
from workloads.queries.answers import Answer, difference
from workloads.queries.seam import QuerySet, Tables

WITNESSES = ("polars", "postgresql")
LIMIT_S = 600.0


def main(name: str, scale: float) -> None:
    """Ask both, compare, write."""
    chosen = queries.get(name)
    with tempfile.TemporaryDirectory(prefix="storefit-agreed-") as folder:
        made = Path(folder) / "tables"
        made.mkdir()
        tables = chosen.write(made, scale=scale, seed=1, tell=lambda _, words: _say(words))
        first, second = (answers(witness, chosen, tables, Path(folder)) for witness in WITNESSES)
        for query in chosen.queries(scale):
            wrong = difference(query, first[query.id], second[query.id])
            if wrong is not None:
                raise InputError(f"{name} {query.id}: they do not agree: {wrong}")
        _say(f"{len(first)} answers agree: {expected.write(tables, first)}")


def answers(witness: str, chosen: QuerySet, tables: Tables, folder: Path) -> dict[str, Answer]:
    """Every answer of one engine at its default place."""
    engine, found = engines.get(witness), {}
    with ExitStack() as stack:
        workdir = Path(tempfile.mkdtemp(prefix=witness, dir=folder))
        settings = Settings(workdir=workdir)
        target = stack.enter_context(engine.open(Place(kind=engine.places[0]), settings))
        assert isinstance(target, Questioned)
        target.take(tables)
        inquirer = Inquirer(target.questioner(tables, limit_s=LIMIT_S), LIMIT_S)
        stack.enter_context(inquirer)
        for query in chosen.queries(tables.scale):
            answer = inquirer.ask(query, answer=True).answer
            assert answer is not None
            found[query.id] = answer
    return found


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
