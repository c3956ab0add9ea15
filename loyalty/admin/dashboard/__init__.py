"""The admin's first page: what a scheme has issued, holds and owes, and what comes."""

from loyalty.admin.dashboard.page import callback

__all__ = ["callback"]
