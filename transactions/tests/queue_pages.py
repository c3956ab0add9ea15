"""Pending points for tests of the queue: cards of a unit, and the addresses of its pages."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import Card
from accounts.tests.factories import CardFactory
from transactions.models import Bucket
from transactions.tests.grants import grant
from transactions.tests.helpers import card_with

QUEUE = "admin:transactions_bucket_pending"
MONITORING = "admin:transactions_sweeprun_monitoring"


def bulk(way: str, query: str = "") -> str:
    """The preview of a bulk action, for the buckets that the query finds."""
    return reverse(f"{QUEUE}_bulk", args=(way,)) + query


def pending(card: Card, *, days: int = 5, ago_days: int = 0, **how: Any) -> Bucket:
    """Ten points that become active in so many days, granted some days ago."""
    now = timezone.now() - timedelta(days=ago_days)
    return grant(card, 10, now=now, waits_days=days + ago_days, **how)


def overdue(card: Card, **how: Any) -> Bucket:
    """Points whose date came two days ago, and that no sweep has seen."""
    return pending(card, days=-2, ago_days=5, **how)


def make_queue(number: int, **rules: Any) -> list[Card]:
    """Cards of one unit, each with pending points."""
    first = card_with(**rules)
    more: Any = [CardFactory(definition=first.definition) for _ in range(number - 1)]
    cards = [first, *more]
    for card in cards:
        pending(card)
    return cards
