"""The scopes an API client can have: what each lets a program do."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "schemes:read": "See schemes, card definitions and their rates.",
        "schemes:write": "Make and change schemes, card definitions and their rates.",
        "members:read": "See members and their identities.",
        "members:write": "Enrol and change members and their identities.",
        "cards:read": "See cards, their balances and schedules.",
        "cards:write": "Open, block, close and replace cards.",
        "points:read": "See buckets and transactions.",
        "points:write": "Earn, credit, spend, debit, give back and refund points.",
        "buckets:write": "Activate, cancel, reschedule and expire buckets.",
        "runs:read": "See what the sweeps did.",
    }
)


def unknown_scopes(names: Iterable[str]) -> list[str]:
    """Those of the names that are no scope, in their order."""
    return [name for name in names if name not in SCOPES]
