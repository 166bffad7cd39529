"""Bank accounts with branches, tellers and a history: the tables of a TPC-B-like transaction.

As in pgbench: 100,000 accounts and 10 tellers a branch, a filler of 84 B in each account, a
history that is empty at first and has no index, no other index but the keys'; unlike there,
balances are not all 0, the filler is text instead of blanks, and numbers have 64 bits. The narrow
table.
"""

from __future__ import annotations

from workloads.datasets.recipes.generated import Generated, TableRecipe
from workloads.datasets.recipes.moments import Ticking
from workloads.datasets.recipes.numeric import Quotient, RowNumber, Whole
from workloads.datasets.recipes.textual import Text
from workloads.datasets.seam import Roles

ACCOUNTS_PER_BRANCH = 100_000
TELLERS_PER_BRANCH = 10
BALANCE = Whole(low=-5_000, high=5_000_000)
A_KEY = Whole(low=0, high=9)  # a transaction puts the real ones there


def branches(records: int) -> int:
    """Branches for a number of accounts."""
    return -(-records // ACCOUNTS_PER_BRANCH)


def tellers(records: int) -> int:
    """Tellers for a number of accounts."""
    return branches(records) * TELLERS_PER_BRANCH


def none(records: int) -> int:  # noqa: ARG001 - as the other counts
    """History is written by transactions only."""
    return 0


DATASET = Generated(
    name="accounts",
    description="bank accounts, tellers, branches and history (TPC-B-like)",
    parts=(
        TableRecipe(
            name="accounts",
            columns=(
                ("id", RowNumber()),
                ("branch", Quotient(by=ACCOUNTS_PER_BRANCH)),
                ("balance", BALANCE),
                ("filler", Text(bytes_each=84.0, spread=0.0)),
            ),
        ),
        TableRecipe(
            name="tellers",
            columns=(
                ("teller_id", RowNumber()),
                ("teller_branch", Quotient(by=TELLERS_PER_BRANCH)),
                ("teller_balance", BALANCE),
            ),
            count=tellers,
            update_column="teller_balance",
        ),
        TableRecipe(
            name="branches",
            columns=(("branch_id", RowNumber()), ("branch_balance", BALANCE)),
            count=branches,
            update_column="branch_balance",
        ),
        TableRecipe(
            name="history",
            columns=(
                ("history_id", RowNumber()),
                ("history_account", A_KEY),
                ("history_teller", A_KEY),
                ("history_branch", A_KEY),
                ("delta", Whole(low=-5_000, high=5_000)),
                ("moment", Ticking(first_s=1_767_225_600, step_us=1_000)),
            ),
            count=none,
            references=(
                ("history_account", "accounts"),
                ("history_teller", "tellers"),
                ("history_branch", "branches"),
            ),
            amount="delta",
            keyless=True,
        ),
    ),
    roles=Roles(
        update_column="balance",
        update_columns=("balance", "filler"),
        filter_column="branch",
        filter_values=tuple(range(10)),
        group_column="branch",
        measure="balance",
        filter_indexed=False,
    ),
)
