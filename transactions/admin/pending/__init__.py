"""The queue of points that wait: to look through, to activate, to cancel."""

from transactions.admin.pending.page import PendingPoints

__all__ = ["PendingPoints"]
