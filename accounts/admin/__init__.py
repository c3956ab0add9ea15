"""Admin pages of members, their cards, and API clients."""

from accounts.admin import clients, members

__all__ = ["clients", "members"]
