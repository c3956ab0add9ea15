"""Pending points are taken back: all that wait, or a part."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Card
from loyalty.errors import Refusal
from transactions import ledger
from transactions.ledger import Cause, Order
from transactions.models import Bucket
from transactions.tests.helpers import (
    SHUT,
    TICK,
    assert_adds_up,
    everything,
    london,
    refused,
    shut,
    story,
)

ACTIVATES = london(2025, 6, 15, 15)
ADDED = ("PENDING_POINTS_ADDED", 0, 200)


@pytest.fixture
def waiting(recipe_card: Card, now: datetime) -> Bucket:
    """200 points of an order that wait until 15 June."""
    order = Order(reference="A-1", amount=20_000)
    ledger.earn(card=recipe_card, order=order, now=now)
    return Bucket.objects.get()


def test_canceling_takes_back_all_that_waits_for_good(
    waiting: Bucket, now: datetime
) -> None:
    canceled = ledger.cancel(
        bucket=waiting, now=now, cause=Cause(actor="staff:anna", reason="Fraud")
    )

    waiting.refresh_from_db()
    assert story(waiting.card) == [ADDED, ("PENDING_POINTS_CANCELED", 0, -200)]
    assert (canceled.bucket, canceled.order_reference) == (waiting, "A-1")
    assert (canceled.actor, canceled.reason) == ("staff:anna", "Fraud")
    assert (waiting.status, waiting.points, waiting.remaining) == ("CANCELED", 200, 0)
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=waiting.card, points=100, now=ACTIVATES)
    assert_adds_up(waiting.card)


def test_canceling_a_part_leaves_the_rest_waiting_for_its_own_date(
    waiting: Bucket, now: datetime
) -> None:
    ledger.cancel(bucket=waiting, points=99, now=now)
    ledger.cancel(bucket=waiting, points=1, now=now)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.remaining) == ("PENDING", 100)
    assert waiting.activates_at == ACTIVATES
    assert ledger.spend(card=waiting.card, points=100, now=ACTIVATES).points == -100
    assert story(waiting.card) == [
        ADDED,
        ("PENDING_POINTS_CANCELED", 0, -99),
        ("PENDING_POINTS_CANCELED", 0, -1),
        ("PENDING_POINTS_ACTIVATED", 100, -100),
        ("POINTS_SPENT_ON_ORDER", -100, 0),
    ]
    assert_adds_up(waiting.card)


def test_parts_that_take_all_cancel_the_bucket(waiting: Bucket, now: datetime) -> None:
    ledger.cancel(bucket=waiting, points=1, now=now)
    ledger.cancel(bucket=waiting, points=199, now=now)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.remaining) == ("CANCELED", 0)
    assert_adds_up(waiting.card)


def test_canceling_all_after_a_part_takes_what_is_left(
    waiting: Bucket, now: datetime
) -> None:
    ledger.cancel(bucket=waiting, points=50, now=now)

    assert ledger.cancel(bucket=waiting, now=now).pending_points == -150


@pytest.mark.parametrize("points", [201, 2**53 - 1, 2**53, 0, -1, True, 1.0, "1"])
def test_anything_but_one_to_all_that_wait_is_refused(
    waiting: Bucket, now: datetime, points: Any
) -> None:
    with refused(ledger.InvalidPoints, field="points"):
        ledger.cancel(bucket=waiting, points=points, now=now)


def test_no_more_can_be_canceled_than_a_first_part_left(
    waiting: Bucket, now: datetime
) -> None:
    ledger.cancel(bucket=waiting, points=150, now=now)

    with refused(ledger.InvalidPoints, field="points"):
        ledger.cancel(bucket=waiting, points=51, now=now)


def test_points_can_be_canceled_until_just_before_they_activate(
    waiting: Bucket,
) -> None:
    ledger.cancel(bucket=waiting, now=ACTIVATES - TICK)

    assert story(waiting.card)[1:] == [("PENDING_POINTS_CANCELED", 0, -200)]


@pytest.mark.parametrize("points", [None, 10])
def test_points_that_are_due_cannot_be_canceled_though_no_job_ran(
    waiting: Bucket, points: int | None
) -> None:
    with refused(ledger.BucketNotPending):
        ledger.cancel(bucket=waiting, points=points, now=ACTIVATES)


def test_active_points_cannot_be_canceled(waiting: Bucket, now: datetime) -> None:
    ledger.activate(bucket=waiting, now=now)

    with refused(ledger.BucketNotPending):
        ledger.cancel(bucket=waiting, now=now)


def test_points_are_canceled_once(waiting: Bucket, now: datetime) -> None:
    ledger.cancel(bucket=waiting, now=now)

    with refused(ledger.BucketNotPending):
        ledger.cancel(bucket=waiting, now=now)
    with refused(ledger.BucketNotPending):
        ledger.cancel(bucket=waiting, points=1, now=now)


def test_a_cancellation_that_is_recorded_late_counts_from_when_it_happened(
    waiting: Bucket, now: datetime
) -> None:
    later = now + timedelta(days=2)

    canceled = ledger.cancel(bucket=waiting, now=later, cause=Cause(occurred_at=now))

    assert (canceled.effective_at, canceled.created_at) == (now, later)


def test_a_cancellation_before_the_points_were_earned_is_refused(
    waiting: Bucket, now: datetime
) -> None:
    with refused(ledger.BucketNotPending):
        ledger.cancel(bucket=waiting, now=now, cause=Cause(occurred_at=now - TICK))


def test_a_cancellation_in_the_future_or_without_a_time_zone_is_refused(
    waiting: Bucket, now: datetime
) -> None:
    naive = now.replace(tzinfo=None)

    for moment in (now + TICK, naive):
        with refused(ledger.InvalidMoment, field="occurred_at"):
            ledger.cancel(bucket=waiting, now=now, cause=Cause(occurred_at=moment))
    with refused(ledger.InvalidMoment, field="now"):
        ledger.cancel(bucket=waiting, now=naive)


@pytest.mark.parametrize("how", SHUT)
def test_nothing_is_canceled_on_what_is_shut(
    waiting: Bucket, now: datetime, how: str
) -> None:
    shut(waiting.card, how, now=now)
    before = everything()

    with pytest.raises(Refusal) as caught:
        ledger.cancel(bucket=waiting, now=now)

    assert (caught.value.key, caught.value.status) == (SHUT[how], 423)
    assert everything() == before


def test_one_buckets_cancellation_leaves_the_others_alone(
    waiting: Bucket, now: datetime
) -> None:
    other = ledger.earn(card=waiting.card, points=300, now=now).bucket
    active = ledger.credit(card=waiting.card, points=400, now=now).bucket
    assert other
    assert active

    ledger.cancel(bucket=waiting, now=now)

    for bucket, left in ((other, 300), (active, 400)):
        bucket.refresh_from_db()
        assert bucket.remaining == left
    assert_adds_up(waiting.card)
