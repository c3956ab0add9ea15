"""Sections of Voucherify's card definitions in tests: one function or name for each.

What is put into them need not make sense: tests send wrong values too.
"""

from collections.abc import Sequence
from typing import Any

Section = dict[str, Any]
Sections = Sequence[Section]

# What a card definition shows that says nothing of itself.
DEFAULTS = {
    "code_config": {
        "pattern": "##########",
        "length": 10,
        "charset": "0123456789",
        "prefix": "",
        "postfix": "",
    },
    "points_expiration": {"type": "NO_EXPIRATION"},
    "pending_points": {"type": "IMMEDIATE"},
    "earning_limits": {
        "global": {"type": "NO_LIMIT", "limits": []},
        "transactions": {"type": "NO_LIMIT", "limits": []},
    },
    "spending_limits": {
        "global": {"type": "NO_LIMIT", "limits": []},
        "transactions": {"type": "NO_LIMIT", "limits": []},
    },
    "refunds": {
        "spent_points": {"type": "NONE", "methods": []},
        "earned_points": {"type": "NONE", "methods": []},
    },
    "balance_settings": {"allow_negative": False},
    "pay_with_points": {"type": "NO_PAYMENTS"},
    "metadata": {},
}


def period(unit: Any, value: Any) -> Section:
    """So many days, months or years."""
    return {"period": {"unit": unit, "value": value}}


def rolling(unit: Any, value: Any, **rounding: Any) -> Section:
    """Points expire so long after they became active."""
    body = {**period(unit, value), "rounding": rounding or None}
    return {"type": "ROLLING_EXPIRATION", "rolling_expiration": body}


def sliding(unit: Any, value: Any, **activities: Any) -> Section:
    """Points expire so long after the last of these activities."""
    flags = {"earning_activity": False, "spending_activity": False, **activities}
    custom = {"custom_activity": False, "custom_activity_types": []}
    body = {**period(unit, value), **custom, **flags}
    return {"type": "SLIDING_EXPIRATION", "sliding_expiration": body}


def calendar(*dates: tuple[Any, Any]) -> Section:
    """Points expire on these days (day, month) of a year."""
    body = {"expiration_dates": [{"day": day, "month": month} for day, month in dates]}
    return {"type": "CALENDAR_EXPIRATION", "calendar_expiration": body}


def fixed(*dates: tuple[Any, Any]) -> Section:
    """Points wait for the next of these days (day, month) of a year."""
    body = {"dates": [{"day": day, "month": month} for day, month in dates]}
    return {"type": "FIXED_DATES", "fixed_dates": body}


def event(*events: str, unit: str = "DAY", value: int = 30) -> Section:
    """Points wait for one of these events, and no longer than so long."""
    cancel = period(unit, value)["period"]
    body = {"event_types": list(events), "cancel_period": cancel}
    return {"type": "EVENT_BASED", "event_based": body}


def setting(*items: Section, of: str = "limits") -> Section:
    """A setting that is on where it has items."""
    on, off = {"limits": ("LIMITED", "NO_LIMIT"), "methods": ("REFUNDABLE", "NONE")}[of]
    return {"type": on if items else off, of: list(items)}


def limits(in_all: Sections = (), each: Sections = ()) -> Section:
    """Limits of a card in all, and of each transaction."""
    return {"global": setting(*in_all), "transactions": setting(*each)}


def refunds(spent: Sections = (), earned: Sections = ()) -> Section:
    """What becomes of spent and of earned points where an order is returned."""
    return {
        "spent_points": setting(*spent, of="methods"),
        "earned_points": setting(*earned, of="methods"),
    }


def in_time(unit: str, most: int = 50) -> Section:
    """A limit of so many points in each of these periods."""
    current = {"type": "CURRENT_PERIOD", "current_period": {"unit": unit}}
    return {"type": "TIME_BASED", "period": current, "points": {"max": most}}


BALANCE = {"type": "BALANCE_BASED", "max": 500}
POINTS = {"type": "POINTS", "max": 70}
RETURN = {"type": "RETURN_POINTS", "mode": "REFUND_ALL"}
FROM_PENDING = {"type": "REVOKE_FROM_PENDING"}
TO_ZERO = {"type": "REVOKE_FROM_BALANCE", "mode": "REVOKE_TO_ZERO"}
BELOW_ZERO = {"type": "REVOKE_FROM_BALANCE", "mode": "REVOKE_BELOW_ZERO"}
WAIT = {"type": "PERIOD_BASED", "period_based": period("DAY", 10)}
NEGATIVE = {"allow_negative": True}
