"""The asking process: limits of time, lost processes, refusals, memory told."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

import pytest

from bench.asking import inquirer
from bench.asking.inquirer import Inquirer
from bench.engines.seam import OperationFailed
from workloads.queries.answers import Answer
from workloads.queries.seam import Query


@dataclass(frozen=True)
class Odd:
    """A questioner whose queries do what their SQL says."""

    limit_s: float = 0.0

    def open(self) -> Odd:
        return self

    def ask(self, query: Query) -> Any:
        if query.sql == "hang":
            time.sleep(60)
        elif query.sql == "die":
            os._exit(7)
        elif query.sql == "fail":
            raise OperationFailed("42601", "syntax error")
        elif query.sql == "hold":
            held = bytearray(64 << 20)
            return len(bytes(held))
        return 1

    def rows(self, raw: Any) -> int:
        return 1

    def answer(self, raw: Any) -> Answer:
        return Answer(columns=("n",), rows=((raw,),))

    def close(self) -> None: ...


def query(sql: str) -> Query:
    return Query(id="q01", title=sql, sql=sql)


def test_what_goes_wrong_with_a_query_is_told_and_the_next_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inquirer, "_BEYOND_S", 0.1)
    with Inquirer(Odd(), limit_s=0.3) as asked:
        assert asked.ask(query("one"), answer=True).answer == Answer(columns=("n",), rows=((1,),))
        for sql, kind in (("fail", "42601"), ("die", "lost"), ("hang", "timeout")):
            with pytest.raises(OperationFailed) as caught:
                asked.ask(query(sql), answer=True)
            assert caught.value.kind == kind
            assert asked.ask(query("one"), answer=False).answer is None


@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="only Linux tells")
def test_memory_is_told_query_by_query() -> None:
    with Inquirer(Odd(), limit_s=20) as asked:
        before = asked.ask(query("one"), answer=False).memory_bytes
        most = asked.ask(query("hold"), answer=False).memory_bytes
        after = asked.ask(query("one"), answer=False).memory_bytes
    assert before is not None
    assert most is not None
    assert after is not None
    assert most - before > 100 << 20, "the array and its copy"
    assert after - before < 32 << 20, "the peak is forgotten"
