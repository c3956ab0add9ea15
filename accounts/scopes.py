"""The scopes an API client can have: what each lets a program do."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

SCOPES: Mapping[str, Any] = MappingProxyType(
    {
        "schemes:read": _("See schemes, card definitions and their rates."),
        "schemes:write": _(
            "Make and change schemes, card definitions and their rates."
        ),
        "members:read": _("See members and their identities."),
        "members:write": _("Enrol and change members and their identities."),
        "cards:read": _("See cards, their balances and schedules."),
        "cards:write": _("Open, block, close and replace cards."),
        "points:read": _("See buckets and transactions."),
        "points:write": _("Earn, credit, spend, debit, give back and refund points."),
        "buckets:write": _("Activate, cancel, reschedule and expire buckets."),
        "runs:read": _("See what the sweeps did."),
    }
)


def unknown_scopes(names: Iterable[str]) -> list[str]:
    """Those of the names that are no scope, in their order."""
    return [name for name in names if name not in SCOPES]
