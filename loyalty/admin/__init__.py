"""The admin's frame: what the pages of every app share, staff log-ins, the sidebar."""

from loyalty.admin import staff

__all__ = ["staff"]
