"""How many requests a minute a caller may make."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from accounts.callers import Caller


class CallerThrottle(SimpleRateThrottle):
    """The client's own limit, or API_RATE_LIMIT; counted in the cache."""

    rate = "1/min"  # replaced for each caller

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether the caller has requests left in this minute."""
        caller = request.auth
        if not isinstance(caller, Caller):
            return True
        self.num_requests = caller.rate_limit or settings.API_RATE_LIMIT
        self.duration = 60
        allowed: bool = super().allow_request(request, view)
        return allowed

    def get_cache_key(self, request: Request, view: Any) -> str:
        """One count for each caller, whatever it calls."""
        caller: Any = request.auth
        return f"requests:{caller.actor}"
