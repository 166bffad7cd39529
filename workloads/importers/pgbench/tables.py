"""The tables that `pgbench -i` makes, and what stands for them in the dataset `accounts`."""

from __future__ import annotations

from dataclasses import dataclass

from workloads.spec.faults import Refused, nearest, shown

DATASET = "accounts"
RECORD_SIZE_BYTES = 108.0  # four columns: three numbers and a filler of 84 characters
ACCOUNTS_PER_SCALE = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PgbenchTable:
    """One table of pgbench's.

    table     what it is called here; None: the main table
    key       its key in pgbench, None: it has none
    columns   names in pgbench -> names here; None: a column that is not here
    usual     the column that an update changes where none is named here
    added     columns that hold whole numbers, to which an update can add
    each      rows for each unit of scale
    """

    name: str
    table: str | None
    key: str | None
    columns: dict[str, str | None]
    usual: str | None = None
    added: frozenset[str] = frozenset()
    each: int = 0

    def column(self, name: str) -> str | None:
        """The column here; None where it is left out here. Refused for one that pgbench lacks."""
        if name not in self.columns:
            near = nearest(name, self.columns)
            raise Refused(f"column {shown(name)}", f"one of {', '.join(self.columns)}", near)
        return self.columns[name]


TABLES = {
    table.name: table
    for table in (
        PgbenchTable(
            name="pgbench_accounts",
            table=None,
            key="aid",
            columns={"aid": "id", "bid": "branch", "abalance": "balance", "filler": "filler"},
            added=frozenset({"abalance"}),
            each=ACCOUNTS_PER_SCALE,
        ),
        PgbenchTable(
            name="pgbench_tellers",
            table="tellers",
            key="tid",
            columns={
                "tid": "teller_id",
                "bid": "teller_branch",
                "tbalance": "teller_balance",
                "filler": None,
            },
            usual="teller_balance",
            added=frozenset({"tbalance"}),
            each=10,
        ),
        PgbenchTable(
            name="pgbench_branches",
            table="branches",
            key="bid",
            columns={"bid": "branch_id", "bbalance": "branch_balance", "filler": None},
            usual="branch_balance",
            added=frozenset({"bbalance"}),
            each=1,
        ),
        PgbenchTable(
            name="pgbench_history",
            table="history",
            key=None,
            columns=dict.fromkeys(("tid", "bid", "aid", "delta", "mtime", "filler")),
        ),
    )
}


def table_of(name: str) -> PgbenchTable:
    """The table of this name; Refused for another one."""
    if name not in TABLES:
        near = nearest(name, TABLES)
        raise Refused(f"table {shown(name)}", f"one of {', '.join(TABLES)}", near)
    return TABLES[name]
