"""The admin pages of what happened: to read. Cards are shown with what they hold."""

from transactions.admin.cards import CardWithBalanceAdmin
from transactions.admin.jobs import JobAdmin
from transactions.admin.ledger_rows import BucketAdmin, TransactionAdmin
from transactions.admin.members import MemberWithStoryAdmin
from transactions.admin.runs import SweepRunAdmin

__all__ = [
    "BucketAdmin",
    "CardWithBalanceAdmin",
    "JobAdmin",
    "MemberWithStoryAdmin",
    "SweepRunAdmin",
    "TransactionAdmin",
]
