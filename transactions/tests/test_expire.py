"""Active points lapse by hand."""

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
    everything,
    london,
    refused,
    shut,
    story,
)

EXPIRES = london(2026, 1, 1)
ACTIVATES = london(2025, 6, 15, 15)


@pytest.fixture
def active(recipe_card: Card, now: datetime) -> Bucket:
    """300 active points of the recipe's card that expire as 2026 begins."""
    ledger.credit(card=recipe_card, points=300, now=now)
    return Bucket.objects.get()


def test_points_that_expire_by_hand_are_gone_at_once(
    active: Bucket, now: datetime
) -> None:
    expired = ledger.expire(
        bucket=active, now=now, cause=Cause(actor="staff:anna", reason="Left us")
    )

    active.refresh_from_db()
    assert story(active.card)[1:] == [("ADMIN_POINTS_EXPIRATION", -300, 0)]
    assert (expired.bucket, expired.effective_at) == (active, now)
    assert (expired.actor, expired.reason) == ("staff:anna", "Left us")
    assert (active.status, active.remaining, active.points) == ("EXPIRED", 0, 300)
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=active.card, points=100, now=now)
    assert_adds_up(active.card)


def test_only_what_remains_of_a_bucket_expires(active: Bucket, now: datetime) -> None:
    ledger.spend(card=active.card, points=200, now=now)

    ledger.expire(bucket=active, now=now)

    assert story(active.card)[-1] == ("ADMIN_POINTS_EXPIRATION", -100, 0)
    assert_adds_up(active.card)


def test_the_other_buckets_keep_their_points(active: Bucket, now: datetime) -> None:
    other = ledger.credit(card=active.card, points=500, now=now).bucket
    assert other

    ledger.expire(bucket=active, now=now)

    other.refresh_from_db()
    assert (other.status, other.remaining) == ("ACTIVE", 500)


def test_a_spent_out_bucket_has_nothing_to_expire(
    active: Bucket, now: datetime
) -> None:
    ledger.spend(card=active.card, points=300, now=now)

    with refused(ledger.BucketNotActive):
        ledger.expire(bucket=active, now=now)


def test_points_expire_once(active: Bucket, now: datetime) -> None:
    ledger.expire(bucket=active, now=now)

    with refused(ledger.BucketNotActive):
        ledger.expire(bucket=active, now=now)
    with refused(ledger.BucketNotActive):
        ledger.expire(bucket=active, now=EXPIRES)


def test_points_that_still_wait_are_canceled_not_expired(
    recipe_card: Card, now: datetime
) -> None:
    waiting = ledger.earn(card=recipe_card, points=200, now=now).bucket
    assert waiting

    with refused(ledger.BucketNotActive):
        ledger.expire(bucket=waiting, now=ACTIVATES - TICK)


def test_points_whose_wait_is_over_can_expire_though_no_job_ran(
    recipe_card: Card, now: datetime
) -> None:
    waiting = ledger.earn(card=recipe_card, points=200, now=now).bucket
    assert waiting

    ledger.expire(bucket=waiting, now=ACTIVATES)

    assert story(recipe_card)[1:] == [
        ("PENDING_POINTS_ACTIVATED", 200, -200),
        ("ADMIN_POINTS_EXPIRATION", -200, 0),
    ]
    assert_adds_up(recipe_card)


def test_points_can_expire_by_hand_until_just_before_their_date(
    active: Bucket,
) -> None:
    ledger.expire(bucket=active, now=EXPIRES - TICK)

    assert story(active.card)[-1] == ("ADMIN_POINTS_EXPIRATION", -300, 0)


def test_points_that_lapsed_by_date_cannot_expire_by_hand_though_no_job_ran(
    active: Bucket,
) -> None:
    with refused(ledger.BucketNotActive):
        ledger.expire(bucket=active, now=EXPIRES)


def test_an_expiry_that_is_recorded_late_counts_from_when_it_happened(
    active: Bucket, now: datetime
) -> None:
    later = now + timedelta(days=2)

    expired = ledger.expire(bucket=active, now=later, cause=Cause(occurred_at=now))

    assert (expired.effective_at, expired.created_at) == (now, later)


def test_points_cannot_expire_before_they_were_active(
    active: Bucket, now: datetime
) -> None:
    with refused(ledger.BucketNotActive):
        ledger.expire(bucket=active, now=now, cause=Cause(occurred_at=now - TICK))


def test_an_expiry_in_the_future_or_without_a_time_zone_is_refused(
    active: Bucket, now: datetime
) -> None:
    naive = now.replace(tzinfo=None)

    for moment in (now + TICK, naive):
        with refused(ledger.InvalidMoment, field="occurred_at"):
            ledger.expire(bucket=active, now=now, cause=Cause(occurred_at=moment))
    with refused(ledger.InvalidMoment, field="now"):
        ledger.expire(bucket=active, now=naive)


@pytest.mark.parametrize("how", SHUT)
def test_nothing_expires_by_hand_on_what_is_shut(
    active: Bucket, now: datetime, how: str
) -> None:
    shut(active.card, how, now=now)
    before = everything()

    with pytest.raises(Refusal) as caught:
        ledger.expire(bucket=active, now=now)

    assert (caught.value.key, caught.value.status) == (SHUT[how], 423)
    assert everything() == before
