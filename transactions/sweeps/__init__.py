"""Work that is due: activations, expiries and requests, for all cards, in sets.

The sweeps only make visible what the dates already say: balances and spends go by a
bucket's own dates. Each claims a batch, does it in a few statements, commits and
repeats, so it can be stopped at any point and run twice at once.
"""

from transactions.sweeps.due import (
    activate_due,
    count_to_activate,
    count_to_expire,
    expire_due,
)
from transactions.sweeps.figures import close_figures
from transactions.sweeps.requests import count_requests, process_requests
from transactions.sweeps.runs import BATCH_SIZE

__all__ = [
    "BATCH_SIZE",
    "activate_due",
    "close_figures",
    "count_requests",
    "count_to_activate",
    "count_to_expire",
    "expire_due",
    "process_requests",
]
