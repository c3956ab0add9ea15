"""Who calls the API: a program of one unit, or staff acting for one."""

from collections.abc import Callable
from dataclasses import dataclass

from schemes.models import Unit


@dataclass(frozen=True, kw_only=True)
class Caller:
    """What a view needs to know of whoever calls it: `request.auth`.

    unit: the tenant; nothing of another one exists for this call.
    actor: what transactions remember, for example "client:lp_4f…" or "staff:anna".
    may: whether a scope, such as "points:write", is granted.
    """

    unit: Unit
    actor: str
    may: Callable[[str], bool]
    rate_limit: int | None = None
