"""Pending points become active: on their date, or early by hand."""

from datetime import datetime, timedelta

import pytest

from accounts.models import Card
from loyalty.errors import Refusal
from transactions import ledger
from transactions.ledger import Cause
from transactions.models import Bucket
from transactions.tests.helpers import (
    SHUT,
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
EXPIRES = london(2026, 1, 1)
ADDED = ("PENDING_POINTS_ADDED", 0, 200)
ACTIVATED = ("PENDING_POINTS_ACTIVATED", 200, -200)


@pytest.fixture
def waiting(recipe_card: Card, now: datetime) -> Bucket:
    """200 points of the recipe's card that wait until 15 June."""
    ledger.earn(card=recipe_card, points=200, now=now)
    return Bucket.objects.get()


def test_points_activated_early_can_be_spent_from_that_moment_on(
    waiting: Bucket, now: datetime
) -> None:
    early = now + timedelta(days=1)

    activated = ledger.activate(
        bucket=waiting, now=early, cause=Cause(actor="staff:anna", reason="Birthday")
    )

    waiting.refresh_from_db()
    assert story(waiting.card) == [ADDED, ACTIVATED]
    assert (activated.bucket, activated.effective_at) == (waiting, early)
    assert (activated.actor, activated.reason) == ("staff:anna", "Birthday")
    assert (waiting.status, waiting.activates_at) == ("ACTIVE", early)
    assert (waiting.remaining, waiting.expires_at) == (200, EXPIRES)
    assert ledger.spend(card=waiting.card, points=200, now=early).points == -200
    assert_adds_up(waiting.card)


@pytest.mark.parametrize("late", [timedelta(0), TICK, timedelta(days=30)])
def test_points_activated_late_were_active_since_their_own_date(
    waiting: Bucket, late: timedelta
) -> None:
    activated = ledger.activate(bucket=waiting, now=ACTIVATES + late)

    waiting.refresh_from_db()
    assert story(waiting.card) == [ADDED, ACTIVATED]
    assert activated.effective_at == ACTIVATES
    assert activated.created_at == ACTIVATES + late
    assert (waiting.status, waiting.activates_at) == ("ACTIVE", ACTIVATES)
    assert_adds_up(waiting.card)


def test_an_activation_that_is_recorded_late_counts_from_when_it_happened(
    waiting: Bucket, now: datetime
) -> None:
    happened = now + timedelta(days=1)

    activated = ledger.activate(
        bucket=waiting,
        now=now + timedelta(days=2),
        cause=Cause(occurred_at=happened),
    )

    waiting.refresh_from_db()
    assert (activated.effective_at, waiting.activates_at) == (happened, happened)


def test_points_activated_after_they_expired_expire_at_once(waiting: Bucket) -> None:
    ledger.activate(bucket=waiting, now=EXPIRES)

    waiting.refresh_from_db()
    assert story(waiting.card) == [ADDED, ACTIVATED, ("POINTS_EXPIRED", -200, 0)]
    assert (waiting.status, waiting.remaining) == ("EXPIRED", 0)
    assert_adds_up(waiting.card)


def test_what_is_left_of_partly_canceled_points_is_activated(
    waiting: Bucket, now: datetime
) -> None:
    ledger.cancel(bucket=waiting, points=199, now=now)

    ledger.activate(bucket=waiting, now=now)

    assert story(waiting.card)[-1] == ("PENDING_POINTS_ACTIVATED", 1, -1)
    assert_adds_up(waiting.card)


def test_points_are_activated_once(waiting: Bucket, now: datetime) -> None:
    ledger.activate(bucket=waiting, now=now)

    with refused(ledger.BucketNotPending):
        ledger.activate(bucket=waiting, now=now)
    with refused(ledger.BucketNotPending):
        ledger.activate(bucket=waiting, now=ACTIVATES)


def test_canceled_points_are_never_activated(waiting: Bucket, now: datetime) -> None:
    ledger.cancel(bucket=waiting, now=now)

    with refused(ledger.BucketNotPending):
        ledger.activate(bucket=waiting, now=now)
    with refused(ledger.BucketNotPending):
        ledger.activate(bucket=waiting, now=ACTIVATES)


def test_points_that_never_waited_cannot_be_activated(
    simple_card: Card, now: datetime
) -> None:
    earned = ledger.earn(card=simple_card, points=5, now=now)
    assert earned.bucket

    with refused(ledger.BucketNotPending):
        ledger.activate(bucket=earned.bucket, now=now)


def test_an_activation_before_the_points_were_earned_is_refused(
    waiting: Bucket, now: datetime
) -> None:
    with refused(ledger.BucketNotPending):
        ledger.activate(bucket=waiting, now=now, cause=Cause(occurred_at=now - TICK))


def test_an_activation_in_the_future_or_without_a_time_zone_is_refused(
    waiting: Bucket, now: datetime
) -> None:
    naive = now.replace(tzinfo=None)

    for moment in (now + TICK, naive):
        with refused(ledger.InvalidMoment, field="occurred_at"):
            ledger.activate(bucket=waiting, now=now, cause=Cause(occurred_at=moment))
    with refused(ledger.InvalidMoment, field="now"):
        ledger.activate(bucket=waiting, now=naive)


@pytest.mark.parametrize("how", SHUT)
def test_nothing_is_activated_by_hand_on_what_is_shut(
    waiting: Bucket, now: datetime, how: str
) -> None:
    shut(waiting.card, how, now=now)
    before = everything()

    with pytest.raises(Refusal) as caught:
        ledger.activate(bucket=waiting, now=now)

    assert (caught.value.key, caught.value.status) == (SHUT[how], 423)
    assert everything() == before


def test_one_buckets_activation_leaves_the_others_waiting(
    waiting: Bucket, now: datetime
) -> None:
    other = ledger.earn(card=waiting.card, points=300, now=now).bucket
    assert other

    ledger.activate(bucket=waiting, now=now)

    other.refresh_from_db()
    assert (other.status, other.remaining) == ("PENDING", 300)
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=waiting.card, points=300, now=now)


@pytest.mark.django_db
def test_points_repay_what_the_member_owes_when_they_are_activated(
    now: datetime,
) -> None:
    card = card_with(
        allow_negative=True,
        pending_mode="PERIOD_BASED",
        pending_period="5D",
    )
    ledger.debit(card=card, points=30, now=now)
    bucket = ledger.earn(card=card, points=50, now=now).bucket
    assert bucket

    ledger.activate(bucket=bucket, now=now + timedelta(days=1))

    card.refresh_from_db()
    bucket.refresh_from_db()
    assert (card.overdraft, bucket.remaining) == (0, 20)
    assert_adds_up(card)
