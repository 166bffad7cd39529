"""The whole recommendation of every golden case, as a page that an architect reads and signs.

    python tests/golden/answers.py --write [CASE...]     write tests/golden/answers/*.txt again

A page has what an architect would sign (the comment at the top of the case's file), the need,
the answer as the command line prints it, and every finding of every rule. Demand is assumed (no
records are read, shipped ones neither), and the confidence is rounded to a tenth, so that a page
changes only when facts, rules or models do: then its diff is what is reviewed.
"""

from __future__ import annotations

import argparse
import sys
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from advisor import decision, explain
from advisor.measured import Measured
from advisor.model import Recommendation
from workloads.spec import load

HERE = Path(__file__).parent
CASES = HERE / "cases"
ANSWERS = HERE / "answers"
NOTHING = Measured(samples={}, storage={}, refused=(), records=(), reference=True)
DRAWS = 100


def names() -> list[str]:
    """The workloads that have a page."""
    return sorted(path.stem for path in CASES.glob("*.yaml"))


@cache
def answer(name: str) -> Recommendation:
    """The recommendation for a golden case."""
    return decision.recommend(load(CASES / f"{name}.yaml"), NOTHING, draws=DRAWS)


def page(name: str) -> str:
    """The page of one case."""
    rec = answer(name)
    return "\n".join([(CASES / f"{name}.yaml").read_text(encoding="utf-8"), _text(rec), *_all(rec)])


def signed(name: str) -> str:
    """What an architect would sign: the comment at the top of the case's file."""
    lines = (CASES / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    return " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))


def _text(rec: Recommendation) -> str:
    """The text of the command line; the error of the back-test has a page of its own."""
    sure = None if rec.confidence is None else min(round(rec.confidence, 1), 0.99)
    return explain.text(replace(rec, confidence=sure, confidence_note="", backtest=""))


def _all(rec: Recommendation) -> list[str]:
    """Every finding, silent rules left out."""
    lines = ["Every finding"]
    for f in rec.rules:
        worth = f" by {100 * f.worth_usd_fraction:.0f} %" if f.worth_usd_fraction else ""
        about = f" [{', '.join(f.features)}]" if f.features else ""
        lines.append(f"  {f.code} {f.verdict}{worth} {', '.join(f.services)}{about}: {f.title}")
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description="recommendations of the golden cases")
    parser.add_argument("--write", action="store_true", help="write the pages again")
    parser.add_argument("cases", nargs="*", help="cases (default: all)")
    wanted = parser.parse_args()
    for name in wanted.cases or names():
        if wanted.write:
            (ANSWERS / f"{name}.txt").write_text(page(name), encoding="utf-8")
        else:
            sys.stdout.write(page(name) + "\n")


if __name__ == "__main__":
    main()
