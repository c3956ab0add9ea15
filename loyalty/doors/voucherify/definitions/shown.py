"""A card definition of ours, as Voucherify shows it."""

from collections.abc import Mapping
from typing import Any

from loyalty.doors.voucherify import ids
from loyalty.doors.voucherify.definitions.columns import DOOR
from loyalty.doors.voucherify.ids import Kind
from loyalty.doors.voucherify.shown import moment
from schemes.models import CardDefinition
from schemes.policies import Period

UNITS = {"H": "HOUR", "D": "DAY", "W": "WEEK", "M": "MONTH", "Y": "YEAR"}

Section = dict[str, Any]


def shown(definition: CardDefinition) -> Section:
    """The definition; of each section only what applies.

    The row has `made_at` and `changed_at` (`history.dated`).
    """
    return {
        "id": ids.write(Kind.CARD_DEFINITION, definition.uuid),
        "name": definition.name,
        "type": "INDIVIDUAL",
        "status": definition.status,
        "code_config": _code(definition.code_pattern),
        "points_expiration": _expiration(definition),
        "pending_points": _pending(definition),
        "earning_limits": {
            "global": _limits(_global_limits(definition)),
            "transactions": _limits(_of_each(definition.max_points_per_earn)),
        },
        "spending_limits": {
            "global": _limits([]),
            "transactions": _limits(_of_each(definition.max_points_per_spend)),
        },
        "refunds": _refunds(definition),
        "balance_settings": {"allow_negative": definition.allow_negative},
        "pay_with_points": {"type": "NO_PAYMENTS"},
        "metadata": definition.metadata,
        "created_at": moment(definition.made_at),  # type: ignore[attr-defined]  # annotated
        "updated_at": moment(definition.changed_at),  # type: ignore[attr-defined]  # annotated
        "object": "card_definition",
    }


def _code(pattern: str) -> Section:
    return {
        "pattern": pattern,
        "length": pattern.count("#"),
        "charset": "0123456789",
        "prefix": pattern[: pattern.index("#")],
        "postfix": pattern[pattern.rindex("#") + 1 :],
    }


def _period(text: str) -> Section:
    period = Period.parse(text)
    return {"unit": UNITS[period.unit], "value": period.count}


def _expiration(definition: CardDefinition) -> Section:
    modes = CardDefinition.ExpiryMode
    if definition.expiry_mode == modes.CALENDAR:
        dates = {"expiration_dates": definition.expiry_dates}
        return {"type": "CALENDAR_EXPIRATION", "calendar_expiration": dates}
    if definition.expiry_mode == modes.ROLLING:
        rolling = {
            "period": _period(definition.expiry_period),
            "rounding": _rounding(definition.expiry_rounding),
        }
        return {"type": "ROLLING_EXPIRATION", "rolling_expiration": rolling}
    if definition.expiry_mode == modes.SLIDING:
        sliding = {
            "period": _period(definition.expiry_period),
            "earning_activity": definition.slides_on_earn,
            "spending_activity": definition.slides_on_spend,
            "custom_activity": False,
            "custom_activity_types": [],
        }
        return {"type": "SLIDING_EXPIRATION", "sliding_expiration": sliding}
    return {"type": "NO_EXPIRATION"}


def _rounding(rounding: str) -> Mapping[str, str] | None:
    roundings = CardDefinition.ExpiryRounding
    if rounding in (roundings.NONE, roundings.DAY):
        return None
    return {"type": f"END_OF_{rounding}"}


def _pending(definition: CardDefinition) -> Section:
    modes, mode = CardDefinition.PendingMode, definition.pending_mode
    if mode == modes.PERIOD_BASED:
        period = {"period": _period(definition.pending_period)}
        return {"type": mode, "period_based": period}
    if mode == modes.FIXED_DATES:
        return {"type": mode, "fixed_dates": {"dates": definition.pending_dates}}
    if mode == modes.EVENT_BASED:
        event = {
            "event_types": definition.pending_events,
            "cancel_period": _period(definition.pending_deadline),
        }
        return {"type": mode, "event_based": event}
    return {"type": mode}


def _global_limits(definition: CardDefinition) -> list[Section]:
    limits: list[Section] = []
    if definition.max_balance is not None:
        limits.append({"type": "BALANCE_BASED", "max": definition.max_balance})
    if definition.earn_limit is not None:
        unit = {"unit": definition.earn_limit_period}
        limit = {
            "type": "TIME_BASED",
            "period": {"type": "CURRENT_PERIOD", "current_period": unit},
            "points": {"max": definition.earn_limit},
        }
        limits.append(limit)
    return limits


def _of_each(most: int | None) -> list[Section]:
    return [] if most is None else [{"type": "POINTS", "max": most}]


def _limits(limits: list[Section]) -> Section:
    return {"type": "LIMITED" if limits else "NO_LIMIT", "limits": limits}


def _refunds(definition: CardDefinition) -> Section:
    refunds, earned = CardDefinition.Refunds, list[Section]()
    if definition.refunds == refunds.FROM_PENDING:
        earned = [{"type": "REVOKE_FROM_PENDING"}]
    elif definition.refunds != refunds.NONE:
        mode = f"REVOKE_{definition.refunds}"
        earned = [{"type": "REVOKE_FROM_BALANCE", "mode": mode}]
    spent = definition.door_fields.get(DOOR, {}).get("spent_points")
    return {
        "spent_points": _methods([spent] if spent else []),
        "earned_points": _methods(earned),
    }


def _methods(methods: list[Section]) -> Section:
    return {"type": "REFUNDABLE" if methods else "NONE", "methods": methods}
