"""The sections of Voucherify's card definition, turned into the rules of ours."""

from collections.abc import Callable, Mapping
from typing import Any

from loyalty.errors import BadInput
from schemes.models import CardDefinition

Given = Mapping[str, Any]

DOOR = "voucherify"

# What a section says that was left out, or is null.
DEFAULTS: Mapping[str, Given] = {
    "code_config": {},
    "points_expiration": {"type": "NO_EXPIRATION"},
    "pending_points": {"type": "IMMEDIATE"},
    "earning_limits": {"global": None, "transactions": None},
    "spending_limits": {"global": None, "transactions": None},
    "refunds": {"spent_points": None, "earned_points": None},
    "balance_settings": {"allow_negative": False},
    "metadata": {},
}

# Our columns, and the section that each belongs to: a refusal names the section.
SECTIONS = {
    "code_pattern": "code_config",
    "expiry_period": "points_expiration",
    "expiry_dates": "points_expiration",
    "slides_on_earn": "points_expiration",
    "pending_period": "pending_points",
    "pending_dates": "pending_points",
    "pending_events": "pending_points",
    "pending_deadline": "pending_points",
    "max_balance": "earning_limits",
    "earn_limit": "earning_limits",
    "max_points_per_earn": "earning_limits",
    "max_points_per_spend": "spending_limits",
    "allow_negative": "balance_settings",
}


def write(definition: CardDefinition, given: Given) -> None:
    """Let a definition have the sections that were given; it is not saved.

    given: validated by the serializers.
    :raises BadInput: if sections contradict each other.
    """
    if given.get("name"):
        definition.name = given["name"]
    for section, columns in COLUMNS.items():
        if section in given:
            value = given[section]
            said = DEFAULTS[section] if value is None else value
            for name, column in columns(said).items():
                setattr(definition, name, column)
    if "refunds" in given:
        kept = definition.door_fields.get(DOOR, {})
        spent = (given["refunds"] or DEFAULTS["refunds"])["spent_points"]
        definition.door_fields = {
            **definition.door_fields,
            DOOR: {**kept, "spent_points": spent},
        }
    if given.keys() - {"name", "metadata"}:
        _check(definition)


def _check(definition: CardDefinition) -> None:
    """Voucherify's own rules between sections; ours are checked when it is saved."""
    rules, modes = CardDefinition, CardDefinition.ExpiryMode
    if definition.allow_negative and definition.expiry_mode != modes.NONE:
        message = "allow_negative needs points that never expire (NO_EXPIRATION)."
        raise BadInput(message, field="balance_settings")
    if (
        definition.refunds == rules.Refunds.FROM_PENDING
        and definition.pending_mode == rules.PendingMode.IMMEDIATE
    ):
        message = "REVOKE_FROM_PENDING needs points that wait, not IMMEDIATE."
        raise BadInput(message, field="refunds")


def _code(given: Given) -> Given:
    """A pattern may be whole, or stand between the prefix and the postfix."""
    prefix, postfix = given.get("prefix") or "", given.get("postfix") or ""
    pattern = given.get("pattern") or "#" * (given.get("length") or 10)
    if not pattern.startswith(prefix):
        pattern = prefix + pattern
    if not pattern.endswith(postfix):
        pattern += postfix
    return {"code_pattern": pattern}


def _expiry(given: Given) -> Given:
    """Voucherify counts whole days, and from the moment that points become active."""
    modes = CardDefinition.ExpiryMode
    columns: dict[str, Any] = {
        "expiry_mode": modes.NONE,
        "expiry_from": CardDefinition.CountedFrom.ACTIVATED,
        "expiry_period": "",
        "expiry_rounding": CardDefinition.ExpiryRounding.NONE,
        "expiry_dates": [],
    }
    if rolling := given.get("rolling_expiration"):
        rounding = rolling.get("rounding") or {"type": "DAY"}
        columns |= {
            "expiry_mode": modes.ROLLING,
            "expiry_period": rolling["period"],
            "expiry_rounding": rounding["type"],
        }
    if calendar := given.get("calendar_expiration"):
        dates = [dict(day) for day in calendar["expiration_dates"]]
        columns |= {"expiry_mode": modes.CALENDAR, "expiry_dates": dates}
    if sliding := given.get("sliding_expiration"):
        columns |= {
            "expiry_mode": modes.SLIDING,
            "expiry_period": sliding["period"],
            "expiry_rounding": "DAY",
            "slides_on_earn": sliding["earning_activity"],
            "slides_on_spend": sliding["spending_activity"],
        }
    return columns


def _pending(given: Given) -> Given:
    columns: dict[str, Any] = {
        "pending_mode": given["type"],
        "pending_period": "",
        "pending_rounds_up": False,
        "pending_dates": [],
        "pending_events": [],
        "pending_deadline": "",
    }
    if period := given.get("period_based"):
        columns["pending_period"] = period["period"]
    if fixed := given.get("fixed_dates"):
        columns["pending_dates"] = [dict(day) for day in fixed["dates"]]
    if event := given.get("event_based"):
        columns["pending_events"] = event["event_types"]
        columns["pending_deadline"] = event["cancel_period"]
    return columns


def _earning_limits(given: Given) -> Given:
    limit = given["global"] or {}
    period = limit.get("period")
    return {
        "max_balance": limit.get("max"),
        "earn_limit": limit["points"]["max"] if period else None,
        "earn_limit_period": period["current_period"]["unit"] if period else "",
        "max_points_per_earn": _max(given["transactions"]),
    }


def _spending_limits(given: Given) -> Given:
    return {"max_points_per_spend": _max(given["transactions"])}


def _max(limit: Given | None) -> Any:
    return limit["max"] if limit else None


def _refunds(given: Given) -> Given:
    method = given["earned_points"]
    if method is None:
        return {"refunds": CardDefinition.Refunds.NONE}
    return {"refunds": method.get("mode", CardDefinition.Refunds.FROM_PENDING)}


def _balance(given: Given) -> Given:
    return {"allow_negative": given["allow_negative"]}


def _metadata(given: Given) -> Given:
    return {"metadata": dict(given)}


COLUMNS: Mapping[str, Callable[[Given], Given]] = {
    "code_config": _code,
    "points_expiration": _expiry,
    "pending_points": _pending,
    "earning_limits": _earning_limits,
    "spending_limits": _spending_limits,
    "refunds": _refunds,
    "balance_settings": _balance,
    "metadata": _metadata,
}
