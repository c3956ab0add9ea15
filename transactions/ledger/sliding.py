"""Sliding expiry: an activity gives all that a card holds a new expiry date."""

from datetime import datetime
from typing import Any

from accounts.models import Card
from schemes.policies import expiry_moment
from transactions.ledger.book import Book
from transactions.models import Bucket


def slide(book: Book, card: Card, *, at: datetime) -> dict[str, Any]:
    """Re-date the card's sliding buckets for an activity at `at`; never to earlier.

    Answers the details that the activity's transaction keeps: the new date, and the
    old one of each bucket by its uuid.
    """
    rules = card.definition
    if not rules.slides:
        return {}
    new = expiry_moment(
        rule=rules.expiry_rule, earned_at=at, activates_at=at, zone=rules.scheme.zone
    )
    if new is None:
        return {}
    old: dict[str, str | None] = {}
    for bucket in book.buckets(card):
        if _slides(bucket, at=at, new=new):
            old[str(bucket.uuid)] = bucket.dates["expires_at"]
            bucket.expires_at = new
    return {"slid_to": new.isoformat(), "slid_from": old} if old else {}


def _slides(bucket: Bucket, *, at: datetime, new: datetime) -> bool:
    return (
        bucket.status in (Bucket.Status.PENDING, Bucket.Status.ACTIVE)
        and bool(bucket.remaining)
        and bucket.expiry_mode == "SLIDING"
        and bucket.expires_at is not None
        and at < bucket.expires_at < new
    )
