"""How a scheme looks in Eagle Eye's API, whoever made it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from loyalty.doors.eagle_eye.ids import write_id
from loyalty.doors.eagle_eye.schemes.words import (
    ACCOUNT_CLIENT_TYPE,
    DEFAULTS,
    EXTRAS,
    NEVER_PENDING,
    PERIODS,
    ROUNDINGS,
    SERVICES,
    TEXTS,
    kept_of,
)
from loyalty.doors.eagle_eye.words import write_moment
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme

PERIOD_TYPES = {letter: word for word, letter in PERIODS.items()}
ROUNDING_WORDS = {column: word for word, column in ROUNDINGS.items()}


def scheme(definition: Any) -> dict[str, Any]:
    """A scheme's JSON.

    definition: one of `history.dated_with_scheme`, with its scheme, unit and rates.
    Source: the answer in Eagle Eye's recipe "Loyalty Points Recipe - Pending Points".
    """
    kept = kept_of(definition)
    return {
        "id": write_id(definition.pk),
        "type": "LOYALTY",
        "accountClientType": kept.get("accountClientType", ACCOUNT_CLIENT_TYPE),
        "status": status(definition),
        "class": "POINTS",
        "reference": definition.scheme.reference,
        "details": _details(definition),
        "services": {
            **{name: kept.get("services", {}).get(name) for name in SERVICES},
            "expiryPoints": _expiry(definition),
        },
        "rates": _rates(definition),
        "pendingPoints": _pending(definition),
        **{name: kept.get(name, default) for name, default in DEFAULTS.items()},
        **{name: kept[name] for name in EXTRAS if name in kept},
        **_negative_balance(definition),
        "version": definition.scheme.version,
        "lastUpdatedBy": _last_updated_by(definition),
        "dateCreated": _moment(definition.made_at),
        "lastUpdated": _moment(definition.changed_at),
    }


def status(definition: CardDefinition) -> str:
    """The status: what stops the scheme around it stops the definition."""
    around = definition.scheme.status
    return definition.status if around == Scheme.Status.ACTIVE else around


def _details(definition: CardDefinition) -> dict[str, Any]:
    around, texts = definition.scheme, kept_of(definition).get("details", {})
    return {
        "name": definition.name,
        "description": around.description or texts.get("description"),
        **{name: texts.get(name) for name in TEXTS},
        "startDate": _exactly(around.starts_at),
        "endDate": _exactly(around.ends_at) if around.ends_at else None,
        "mode": "OPEN",
    }


def _expiry(definition: CardDefinition) -> Any:
    """The expiry; one that Eagle Eye has no words for has the name of our own mode."""
    if definition.expiry_mode == CardDefinition.ExpiryMode.NONE:
        return kept_of(definition).get("expiryPoints")
    period = definition.expiry_period
    period_type = PERIOD_TYPES.get(period[-1:])
    rounding = definition.expiry_rounding
    spoken = (
        definition.expiry_mode == CardDefinition.ExpiryMode.ROLLING
        and definition.expiry_from == CardDefinition.CountedFrom.EARNED
        and period_type is not None
        and rounding in ROUNDING_WORDS
    )
    return {
        "enabled": True,
        "rule": {
            "type": "CUTOFFDATE" if spoken else definition.expiry_mode,
            "periodType": period_type,
            "periodCount": int(period[:-1]) if period else None,
            "rounding": ROUNDING_WORDS.get(rounding, rounding),
        },
    }


def _pending(definition: CardDefinition) -> dict[str, Any]:
    """How points wait; a wait without a period has the name of our own mode."""
    mode = definition.pending_mode
    if mode == CardDefinition.PendingMode.IMMEDIATE:
        return {**NEVER_PENDING, **kept_of(definition).get("pendingPoints", {})}
    criteria = {
        "minimumPoints": definition.pending_min_points,
        "minimumAmount": definition.pending_min_amount,
    }
    periodic = mode == CardDefinition.PendingMode.PERIOD_BASED
    given = {name: least for name, least in criteria.items() if least is not None}
    return {
        "enabled": True,
        "value": definition.pending_period if periodic else mode,
        "criteria": given or None,
    }


def _negative_balance(definition: CardDefinition) -> dict[str, Any]:
    allowed = definition.allow_negative
    if not allowed and "negativeBalance" not in kept_of(definition):
        return {}
    return {"negativeBalance": {"enabled": allowed}}


def _last_updated_by(definition: CardDefinition) -> int:
    """Who changed it; 0 where that was done elsewhere, which raised the version."""
    stamp = kept_of(definition).get("lastUpdatedBy", {})
    here = stamp.get("version") == definition.scheme.version
    return int(stamp["client"]) if here else 0


def _rates(definition: CardDefinition) -> dict[str, Any]:
    texts = kept_of(definition).get("rates", {})
    earn: dict[str, Any] = {}
    burn: dict[str, Any] = {}
    for earned in _in_order(definition.earn_rates.all()):
        identifier, name = earned.incoming_identifier, earned.name
        said = texts.get(identifier, {}).get(name, {})
        rate = earn.setdefault(identifier, {}).setdefault(
            name, _earn_rate(earned.type, said)
        )
        rate["rates"].append(_earn_band(earned))
    for burned in _in_order(definition.burn_rates.all()):
        names = burn.setdefault(burned.incoming_identifier, {})
        names.setdefault(burned.name, {"rates": []})["rates"].append(_burn_band(burned))
    redemption = {
        identifier: names["default"]["rates"]
        for identifier, names in burn.items()
        if "default" in names
    }
    return {"earn": earn, "burn": burn, "redemption": redemption}


def _in_order(rates: Iterable[Any]) -> list[Any]:
    """Band after band, as the client wrote them."""
    return sorted(rates, key=lambda rate: (rate.incoming_identifier, rate.floor))


def _earn_rate(type_: str, texts: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "",
        "description": "",
        **texts,
        "type": type_,
        "product": None,
        "maximumQuantityPerProduct": None,
        "rates": [],
    }


def _earn_band(rate: EarnRate) -> dict[str, Any]:
    stepless = rate.type == EarnRate.Type.FIXED and rate.step == 1
    return {
        "amount": rate.points,
        "step": None if stepless else rate.step,
        "offset": rate.offset or None,
        "floor": rate.floor or None,
        "ceiling": rate.ceiling,
        "bonus": None,
    }


def _burn_band(rate: BurnRate) -> dict[str, Any]:
    return {
        "floor": rate.floor,
        "ceiling": rate.ceiling,
        "step": rate.step,
        "rate": _number(rate.rate),
        "bonus": None,
        "pointsBack": None,
    }


def _number(worth: Decimal) -> int | float:
    return int(worth) if worth == int(worth) else float(worth)


def _moment(at: datetime | None) -> str | None:
    """When it was; None where the history does not say."""
    return write_moment(at) if at else None


def _exactly(at: datetime) -> str:
    """A date that a client may send again: with its fractions, if it has any."""
    return at.astimezone(UTC).isoformat()
