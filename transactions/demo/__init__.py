"""The demo shop: a year of a believable shop, lived through the ledger's own verbs.

`people` and `habits` say who shops and when, and are pure; `shop` opens the doors;
`story` lets the year happen; `figures` counts what can be seen on the terminal.
"""

from transactions.demo.figures import Figures, table
from transactions.demo.log_in import (
    DEMO_PASSWORD,
    DEMO_STAFF,
    DEMO_USER,
    create_users,
    log_in,
)
from transactions.demo.shop import UNIT, exists, others
from transactions.demo.story import MEMBERS, Demo

__all__ = [
    "DEMO_PASSWORD",
    "DEMO_STAFF",
    "DEMO_USER",
    "MEMBERS",
    "UNIT",
    "Demo",
    "Figures",
    "create_users",
    "exists",
    "log_in",
    "others",
    "table",
]
