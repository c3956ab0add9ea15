"""The admin pages of what happened: to read. Cards are shown with what they hold."""

from transactions.admin.cards import CardWithBalanceAdmin
from transactions.admin.ledger_rows import BucketAdmin, SweepRunAdmin, TransactionAdmin

__all__ = ["BucketAdmin", "CardWithBalanceAdmin", "SweepRunAdmin", "TransactionAdmin"]
