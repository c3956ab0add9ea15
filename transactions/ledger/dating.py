"""The dates that a grant keeps: its rules' own, or those that the caller gives it."""

from datetime import datetime
from typing import Any

from schemes import policies
from schemes.models import CardDefinition
from transactions.ledger.call import Call
from transactions.ledger.values import require_aware
from transactions.models import Bucket


def dates_of_grant(
    call: Call, *, waits: bool, valid_from: datetime | None, valid_to: datetime | None
) -> dict[str, Any]:
    """The status, dates and terms that a grant made at `call.at` keeps from then on.

    :raises InvalidRule: if the points would expire before they activate.
    """
    rules, at = call.card.definition, call.at
    zone = rules.scheme.zone
    mode = rules.pending_mode if waits else CardDefinition.PendingMode.IMMEDIATE
    activates_at: datetime | None = at
    cancels_at: datetime | None = None
    terms: dict[str, Any] | None = None
    if valid_from is not None:
        mode = CardDefinition.PendingMode.FIXED_DATES
        activates_at = max(at, require_aware(valid_from, field="valid_from"))
    elif waits:
        rule = rules.pending_rule
        activates_at = policies.activation_moment(rule=rule, earned_at=at, zone=zone)
        cancels_at = policies.cancellation_moment(rule=rule, earned_at=at, zone=zone)
        if activates_at is None:
            terms = {
                "events": list(rule.events),
                "deadline": cancels_at and cancels_at.isoformat(),
                "expiry": rules.expiry_terms,
            }
    if valid_to is not None:
        expires_at: datetime | None = require_aware(valid_to, field="valid_to")
        if terms is not None:
            terms["expiry"] = None
    else:
        expires_at = policies.expiry_moment(
            rule=rules.expiry_rule, earned_at=at, activates_at=activates_at, zone=zone
        )
    policies.check_grant(activates_at=activates_at or at, expires_at=expires_at)
    if cancels_at is not None and expires_at is not None:
        cancels_at = min(cancels_at, expires_at)
    pending = activates_at is None or activates_at > at
    return {
        "status": Bucket.Status.PENDING if pending else Bucket.Status.ACTIVE,
        "pending_mode": mode if pending else CardDefinition.PendingMode.IMMEDIATE,
        "activates_at": activates_at,
        "cancels_at": cancels_at,
        "expires_at": expires_at,
        "terms": terms,
        # A date of the caller's own is not moved by an activity.
        "expiry_mode": rules.expiry_mode if valid_to is None else "CALENDAR",
    }
