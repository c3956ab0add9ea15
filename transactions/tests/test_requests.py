"""An activation or cancellation is asked for now, and decided by the worker."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import Card
from transactions import ledger
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import (
    TICK,
    assert_adds_up,
    card_with,
    everything,
    london,
    refused,
    shut,
    story,
)

ACTIVATES = london(2025, 6, 15, 15)
ADDED = ("PENDING_POINTS_ADDED", 0, 200)
ACTIVATED = ("PENDING_POINTS_ACTIVATED", 200, -200)
CANCELED = ("PENDING_POINTS_CANCELED", 0, -200)

Request = Callable[..., Transaction]
both = pytest.mark.parametrize(
    "request_", [ledger.request_activation, ledger.request_cancellation]
)


@pytest.fixture
def waiting(recipe_card: Card, now: datetime) -> Bucket:
    """200 points of the recipe's card that wait until 15 June."""
    ledger.earn(card=recipe_card, points=200, now=now)
    return Bucket.objects.get()


@both
def test_a_request_moves_nothing_until_it_is_processed(
    waiting: Bucket, now: datetime, request_: Request
) -> None:
    before = Bucket.objects.values().get()

    requested = request_(bucket=waiting, now=now)

    assert (requested.status, requested.bucket) == ("PENDING", waiting)
    assert requested.processed_at is None
    assert Bucket.objects.values().get() == before
    assert story(waiting.card) == [ADDED]
    assert_adds_up(waiting.card)


def test_a_processed_activation_makes_the_points_spendable_from_then_on(
    waiting: Bucket, now: datetime
) -> None:
    requested = ledger.request_activation(bucket=waiting, now=now)
    later = now + timedelta(hours=1)

    (processed,) = ledger.process(requests=[requested], now=later)

    waiting.refresh_from_db()
    assert (processed, processed.status) == (requested, "APPROVED")
    assert (processed.effective_at, processed.processed_at) == (later, later)
    assert story(waiting.card) == [ADDED, ACTIVATED]
    assert (waiting.status, waiting.activates_at) == ("ACTIVE", later)
    assert ledger.spend(card=waiting.card, points=200, now=later).points == -200
    assert_adds_up(waiting.card)


def test_a_processed_cancellation_takes_the_points_for_good(
    waiting: Bucket, now: datetime
) -> None:
    requested = ledger.request_cancellation(bucket=waiting, now=now)

    ledger.process(requests=[requested], now=now)

    waiting.refresh_from_db()
    assert story(waiting.card) == [ADDED, CANCELED]
    assert (waiting.status, waiting.remaining) == ("CANCELED", 0)
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=waiting.card, points=100, now=ACTIVATES)
    assert_adds_up(waiting.card)


@both
def test_a_request_takes_what_waits_when_it_is_processed(
    waiting: Bucket, now: datetime, request_: Request
) -> None:
    requested = request_(bucket=waiting, now=now)
    ledger.cancel(bucket=waiting, points=150, now=now)

    (processed,) = ledger.process(requests=[requested], now=now)

    assert processed.pending_points == -50
    assert_adds_up(waiting.card)


@both
def test_a_request_is_processed_once(
    waiting: Bucket, now: datetime, request_: Request
) -> None:
    requested = request_(bucket=waiting, now=now)
    ledger.process(requests=[requested, requested], now=now)
    after = everything()

    assert ledger.process(requests=[requested], now=now + timedelta(days=1)) == []
    assert everything() == after
    assert len(story(waiting.card)) == 2


@both
@pytest.mark.parametrize(
    ("move", "reason"),
    [
        ("activated", "bucket_not_pending"),
        ("canceled", "bucket_not_pending"),
        ("due", "bucket_already_due"),
        ("card", "card_not_active"),
    ],
)
def test_a_request_is_rejected_with_a_reason_if_the_world_moved_on(
    waiting: Bucket, now: datetime, request_: Request, move: str, reason: str
) -> None:
    requested = request_(bucket=waiting, now=now)
    later = ACTIVATES if move == "due" else ACTIVATES - TICK
    match move:
        case "activated":
            ledger.activate(bucket=waiting, now=now)
        case "canceled":
            ledger.cancel(bucket=waiting, now=now)
        case "card":
            shut(waiting.card, "blocked card", now=now)
    before, moved = Bucket.objects.values().get(), story(waiting.card)

    (processed,) = ledger.process(requests=[requested], now=later)

    assert (processed.status, processed.processed_at) == ("REJECTED", later)
    assert processed.details["rejection"]["reason"] == reason
    assert Bucket.objects.values().get() == before
    assert story(waiting.card) == moved
    assert_adds_up(waiting.card)


def test_many_requests_are_each_decided_on_their_own(
    waiting: Bucket, now: datetime
) -> None:
    card = waiting.card
    buckets = [waiting]
    for points in (300, 400):
        bucket = ledger.earn(card=card, points=points, now=now).bucket
        assert bucket
        buckets.append(bucket)
    requests = [
        ledger.request_activation(bucket=buckets[0], now=now),
        ledger.request_activation(bucket=buckets[1], now=now),
        ledger.request_cancellation(bucket=buckets[2], now=now),
    ]
    ledger.cancel(bucket=buckets[1], now=now)

    processed = ledger.process(requests=requests, now=now)

    assert [each.status for each in processed] == ["APPROVED", "REJECTED", "APPROVED"]
    left = Bucket.objects.order_by("pk").values_list("status", "remaining")
    assert list(left) == [("ACTIVE", 200), ("CANCELED", 0), ("CANCELED", 0)]
    assert_adds_up(card)


@both
def test_one_request_per_bucket_is_open_at_most(
    waiting: Bucket, now: datetime, request_: Request
) -> None:
    ledger.request_activation(bucket=waiting, now=now)

    with refused(ledger.RequestAlreadyOpen):
        request_(bucket=waiting, now=now)


def test_another_bucket_can_be_asked_for_while_a_request_is_open(
    waiting: Bucket, now: datetime
) -> None:
    other = ledger.earn(card=waiting.card, points=300, now=now).bucket
    assert other

    ledger.request_activation(bucket=waiting, now=now)

    assert ledger.request_activation(bucket=other, now=now).status == "PENDING"


def test_a_bucket_can_be_asked_for_again_after_a_rejection(
    waiting: Bucket, now: datetime
) -> None:
    requested = ledger.request_activation(bucket=waiting, now=now)
    shut(waiting.card, "blocked card", now=now)
    ledger.process(requests=[requested], now=now)
    Card.objects.update(status="ACTIVE")

    again = ledger.request_activation(bucket=waiting, now=now)
    ledger.process(requests=[again], now=now)

    assert story(waiting.card) == [ADDED, ACTIVATED]


def test_no_requests_are_processed_at_no_harm(waiting: Bucket, now: datetime) -> None:
    before = everything()

    assert ledger.process(requests=[], now=now) == []
    assert everything() == before


@pytest.mark.django_db
def test_a_processed_activation_repays_what_the_member_owes(now: datetime) -> None:
    card = card_with(
        allow_negative=True,
        pending_mode="PERIOD_BASED",
        pending_period="5D",
    )
    ledger.debit(card=card, points=30, now=now)
    bucket = ledger.earn(card=card, points=50, now=now).bucket
    assert bucket
    requested = ledger.request_activation(bucket=bucket, now=now)

    ledger.process(requests=[requested], now=now)

    card.refresh_from_db()
    bucket.refresh_from_db()
    assert (card.overdraft, bucket.remaining) == (0, 20)
    assert_adds_up(card)
