"""What happened: lots of points, the events that moved them, and the sweeps' record.

Only `transactions.ledger` and `transactions.sweeps` write these rows. A *bucket* is
points granted together; a *transaction* is one business event on a card; an
*allocation* says how much one transaction drew from one bucket. A *job* is what staff
asked for and the worker does in pieces. *Figures* are sums of all this, kept.
"""

from transactions.models.allocation import Allocation
from transactions.models.bucket import Bucket
from transactions.models.figures import (
    CalendarFigure,
    DailyFigure,
    FigureMark,
    Undecided,
)
from transactions.models.job import Job, JobChunk, JobRefusal
from transactions.models.sweep_run import SweepRun
from transactions.models.transaction import Transaction

__all__ = [
    "Allocation",
    "Bucket",
    "CalendarFigure",
    "DailyFigure",
    "FigureMark",
    "Job",
    "JobChunk",
    "JobRefusal",
    "SweepRun",
    "Transaction",
    "Undecided",
]
