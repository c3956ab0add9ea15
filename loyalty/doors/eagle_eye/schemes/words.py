"""The words of a scheme for our columns, and what is said where nothing was sent."""

from collections.abc import Mapping
from typing import Any

from loyalty.doors.eagle_eye.words import DOOR
from schemes.models import CardDefinition

# How a period is written here, and with us.
PERIODS = {"DAY": "D", "WEEK": "W", "MONTH": "M", "YEAR": "Y"}
ROUNDINGS = {"MONTHEND": "MONTH", "YEAREND": "YEAR", None: "NONE"}

ACCOUNT_CLIENT_TYPE = "RETAILPOINTS"
SERVICES = (
    "autoTopup",
    "credit",
    "debit",
    "goodwill",
    "spend",
    "earn",
    "exchange",
    "gift",
)
TEXTS = (
    "alternativeName",
    "alternativeDescription",
    "printerMessage",
    "screenMessage",
    "tags",
)
# Kept and given back; those with a default are shown even if they were never sent.
DEFAULTS: Mapping[str, Any] = {
    "relationships": [],
    "rules": {"creation": {"schemeLimit": None, "consumerLimit": None}},
    "timeoutOverride": None,
    "custom": None,
}
EXTRAS = (
    "negativeBalance",
    "autoReduce",
    "pointsLimitPerPeriod",
    "earnTransactionLimit",
    "tiers",
    "rewardBank",
    "tags",
)
NEVER_PENDING: Mapping[str, Any] = {"enabled": False, "value": None, "criteria": None}


def kept_of(definition: CardDefinition) -> Mapping[str, Any]:
    """What this door's clients have said of a scheme, and our rules do not read."""
    kept: Mapping[str, Any] = definition.door_fields.get(DOOR, {})
    return kept
