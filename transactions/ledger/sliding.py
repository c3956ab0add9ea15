"""Sliding expiry: an activity gives all that a card holds a new expiry date."""

from datetime import datetime
from typing import Any

from accounts.models import Card
from schemes.policies import expiry_moment


def slide(card: Card, *, at: datetime) -> dict[str, Any]:
    """Re-date the card's sliding buckets for an activity at `at`; never to earlier.

    The card must be locked. Answers the details that the activity's transaction
    keeps: the new date, and the old one of each bucket by its id.
    """
    rules = card.definition
    if not rules.slides:
        return {}
    new = expiry_moment(
        rule=rules.expiry_rule, earned_at=at, activates_at=at, zone=rules.scheme.zone
    )
    if new is None:
        return {}
    sliding = (
        card.buckets.open()
        .filter(expiry_mode="SLIDING", expires_at__gt=at, expires_at__lt=new)
        .select_for_update(of=("self",))
    )
    old = {str(bucket.pk): bucket.dates["expires_at"] for bucket in sliding}
    if not old:
        return {}
    card.buckets.filter(pk__in=old).update(expires_at=new)
    return {"slid_to": new.isoformat(), "slid_from": old}
