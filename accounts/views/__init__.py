"""The API of members."""

from accounts.views.members import MemberViewSet

__all__ = ["MemberViewSet"]
