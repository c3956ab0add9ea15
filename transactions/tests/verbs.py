"""Every verb, called on a card that was prepared for it: for what all have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Card
from transactions import ledger
from transactions.ledger import Cause, Order
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import card_with, london

NOW = london(2025, 6, 10, 15)
TOMORROW = london(2025, 6, 11, 15)
ORDER = Order(reference="A-1", amount=50_000)


@dataclass
class Stage:
    """A card with two waiting buckets, two active ones, two spends and a hold."""

    card: Card
    waiting: Bucket
    waiting_too: Bucket
    active: Bucket
    active_too: Bucket
    spend: Transaction
    spend_too: Transaction
    held: Transaction


def stage(card: Card | None = None) -> Stage:
    """A card on which every verb has something to do."""
    card = card or card_with(
        pending_mode="EVENT_BASED",
        pending_events=["delivered", "collected"],
        pending_deadline="30D",
    )

    def bucket(grant: Callable[..., Transaction], **more: Any) -> Bucket:
        granted = grant(card=card, points=500, now=NOW, **more).bucket
        assert granted
        return granted

    return Stage(
        card=card,
        waiting=bucket(ledger.earn, order=Order(reference="A-1")),
        waiting_too=bucket(ledger.earn, order=Order(reference="A-2")),
        active=bucket(ledger.credit),
        active_too=bucket(ledger.credit),
        spend=ledger.spend(card=card, points=100, now=NOW),
        spend_too=ledger.spend(card=card, points=100, now=NOW),
        held=ledger.hold(card=card, points=20, until=TOMORROW, now=NOW),
    )


Act = Callable[[Stage, datetime, Cause], Any]

# Of each verb: one call, and a call with other content.
VERBS: dict[str, tuple[Act, Act]] = {
    "earn": (
        lambda on, now, cause: ledger.earn(
            card=on.card, points=5, order=ORDER, now=now, cause=cause
        ),
        lambda on, now, cause: ledger.earn(
            card=on.card, points=5, now=now, cause=cause
        ),
    ),
    "credit": (
        lambda on, now, cause: ledger.credit(
            card=on.card, points=5, now=now, cause=cause
        ),
        lambda on, now, cause: ledger.credit(
            card=on.card, points=5, waits=True, now=now, cause=cause
        ),
    ),
    "activate": (
        lambda on, now, cause: ledger.activate(bucket=on.waiting, now=now, cause=cause),
        lambda on, now, cause: ledger.activate(
            bucket=on.waiting_too, now=now, cause=cause
        ),
    ),
    "activate_on_event": (
        lambda on, now, cause: ledger.activate_on_event(
            card=on.card, event="delivered", now=now, cause=cause
        ),
        lambda on, now, cause: ledger.activate_on_event(
            card=on.card, event="collected", now=now, cause=cause
        ),
    ),
    "cancel": (
        lambda on, now, cause: ledger.cancel(bucket=on.waiting, now=now, cause=cause),
        lambda on, now, cause: ledger.cancel(
            bucket=on.waiting, points=5, now=now, cause=cause
        ),
    ),
    "reschedule": (
        lambda on, now, cause: ledger.reschedule(
            bucket=on.active, expires_at=london(2026, 1, 1), now=now, cause=cause
        ),
        lambda on, now, cause: ledger.reschedule(
            bucket=on.active, expires_at=None, now=now, cause=cause
        ),
    ),
    "spend": (
        lambda on, now, cause: ledger.spend(
            card=on.card, points=700, now=now, cause=cause
        ),
        lambda on, now, cause: ledger.spend(
            card=on.card, points=700, reward="Mug", now=now, cause=cause
        ),
    ),
    "hold": (
        lambda on, now, cause: ledger.hold(
            card=on.card, points=700, until=TOMORROW, now=now, cause=cause
        ),
        lambda on, now, cause: ledger.hold(
            card=on.card, points=700, until=london(2025, 6, 12), now=now, cause=cause
        ),
    ),
    "give_back": (
        lambda on, now, cause: ledger.give_back(spend=on.spend, now=now, cause=cause),
        lambda on, now, cause: ledger.give_back(
            spend=on.spend_too, now=now, cause=cause
        ),
    ),
    "refund_order": (
        lambda on, now, cause: ledger.refund_order(
            card=on.card, order_reference="A-1", now=now, cause=cause
        ),
        lambda on, now, cause: ledger.refund_order(
            card=on.card, order_reference="A-1", points=5, now=now, cause=cause
        ),
    ),
    "debit": (
        lambda on, now, cause: ledger.debit(
            card=on.card, points=700, now=now, cause=cause
        ),
        lambda on, now, cause: ledger.debit(
            card=on.card, points=699, now=now, cause=cause
        ),
    ),
    "expire": (
        lambda on, now, cause: ledger.expire(bucket=on.active, now=now, cause=cause),
        lambda on, now, cause: ledger.expire(
            bucket=on.active_too, now=now, cause=cause
        ),
    ),
    "request_activation": (
        lambda on, now, cause: ledger.request_activation(
            bucket=on.waiting, now=now, cause=cause
        ),
        lambda on, now, cause: ledger.request_activation(
            bucket=on.waiting_too, now=now, cause=cause
        ),
    ),
    "request_cancellation": (
        lambda on, now, cause: ledger.request_cancellation(
            bucket=on.waiting, now=now, cause=cause
        ),
        lambda on, now, cause: ledger.request_cancellation(
            bucket=on.waiting_too, now=now, cause=cause
        ),
    ),
}

# What decides a hold: it is its own key, and there is no other content.
DECISIONS: dict[str, Callable[..., Transaction]] = {
    "capture": ledger.capture,
    "release": ledger.release,
}
