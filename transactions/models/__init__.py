"""What happened: lots of points, the events that moved them, and the sweeps' record.

Only `transactions.ledger` and `transactions.sweeps` write these rows. A *bucket* is
points granted together; a *transaction* is one business event on a card; an
*allocation* says how much one transaction drew from one bucket.
"""

from transactions.models.allocation import Allocation
from transactions.models.bucket import Bucket
from transactions.models.sweep_run import SweepRun
from transactions.models.transaction import Transaction

__all__ = ["Allocation", "Bucket", "SweepRun", "Transaction"]
