"""Points get another activation or expiry date."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Card
from loyalty.errors import BadInput, Refusal
from schemes.policies import ExpiresBeforeActivation
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
LATER = london(2025, 7, 1)
MOVED = ("BUCKET_RESCHEDULED", 0, 0)


pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(recipe_card: Card, now: datetime) -> Bucket:
    """200 points of the recipe's card that wait until 15 June."""
    ledger.earn(card=recipe_card, points=200, now=now)
    return Bucket.objects.get()


@pytest.fixture
def active(recipe_card: Card, now: datetime) -> Bucket:
    """200 active points of the recipe's card that expire as 2026 begins."""
    bucket = ledger.credit(card=recipe_card, points=200, now=now).bucket
    assert bucket
    return bucket


def event_bucket(now: datetime, **rules: Any) -> Bucket:
    """200 points that await a delivery for 30 days."""
    rules = {
        "pending_mode": "EVENT_BASED",
        "pending_events": ["delivered"],
        "pending_deadline": "30D",
    } | rules
    card = card_with(**rules)
    bucket = ledger.earn(card=card, points=200, now=now).bucket
    assert bucket
    return bucket


def dates(bucket: Bucket) -> tuple[Any, Any]:
    """The bucket's dates as they are now."""
    bucket.refresh_from_db()
    return bucket.activates_at, bucket.expires_at


def test_a_new_activation_date_is_when_the_points_become_spendable(
    waiting: Bucket, now: datetime
) -> None:
    ledger.reschedule(bucket=waiting, activates_at=LATER, now=now)

    assert story(waiting.card)[1:] == [MOVED]
    assert dates(waiting) == (LATER, EXPIRES)
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=waiting.card, points=200, now=LATER - TICK)
    assert ledger.spend(card=waiting.card, points=200, now=LATER).points == -200
    assert_adds_up(waiting.card)


def test_a_new_expiry_date_is_when_the_points_lapse(
    active: Bucket, now: datetime
) -> None:
    ledger.reschedule(bucket=active, expires_at=LATER, now=now)

    assert dates(active) == (now, LATER)
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=active.card, points=100, now=LATER)
    assert ledger.spend(card=active.card, points=100, now=LATER - TICK).points == -100
    assert_adds_up(active.card)


def test_both_dates_before_and_after_are_kept(waiting: Bucket, now: datetime) -> None:
    moved = ledger.reschedule(
        bucket=waiting, activates_at=LATER, expires_at=None, now=now
    )

    before, after = moved.details["dates_before"], moved.details["dates_after"]
    assert datetime.fromisoformat(before["activates_at"]) == ACTIVATES
    assert datetime.fromisoformat(before["expires_at"]) == EXPIRES
    assert datetime.fromisoformat(after["activates_at"]) == LATER
    assert after["expires_at"] is None
    assert moved.bucket == waiting


def test_points_without_an_expiry_date_never_expire(
    active: Bucket, now: datetime
) -> None:
    ledger.reschedule(bucket=active, expires_at=None, now=now)

    centuries = london(2925, 1, 1)
    assert ledger.spend(card=active.card, points=200, now=centuries).points == -200


def test_dates_can_be_moved_again_and_again(waiting: Bucket, now: datetime) -> None:
    ledger.reschedule(bucket=waiting, activates_at=LATER, now=now)
    ledger.reschedule(bucket=waiting, activates_at=now + TICK, now=now)

    assert dates(waiting) == (now + TICK, EXPIRES)
    assert story(waiting.card)[1:] == [MOVED, MOVED]


@pytest.mark.parametrize("ago", [timedelta(0), TICK, timedelta(days=1)])
@pytest.mark.parametrize("field", ["activates_at", "expires_at"])
def test_a_new_date_that_is_not_in_the_future_is_refused(
    waiting: Bucket, now: datetime, field: str, ago: timedelta
) -> None:
    new: dict[str, Any] = {field: now - ago}

    with refused(ledger.InvalidMoment, field=field):
        ledger.reschedule(bucket=waiting, now=now, **new)


@pytest.mark.parametrize("field", ["activates_at", "expires_at"])
def test_a_new_date_without_a_time_zone_is_refused(
    waiting: Bucket, now: datetime, field: str
) -> None:
    new: dict[str, Any] = {field: LATER.replace(tzinfo=None)}

    with refused(ledger.InvalidMoment, field=field):
        ledger.reschedule(bucket=waiting, now=now, **new)


@pytest.mark.parametrize(
    "new",
    [
        {"activates_at": EXPIRES},
        {"expires_at": ACTIVATES},
        {"expires_at": ACTIVATES - TICK},
        {"activates_at": LATER, "expires_at": LATER},
    ],
)
def test_dates_that_leave_no_time_to_spend_are_refused(
    waiting: Bucket, now: datetime, new: dict[str, datetime]
) -> None:
    with refused(ExpiresBeforeActivation, field="valid_to"):
        ledger.reschedule(bucket=waiting, now=now, **new)  # type: ignore[arg-type]  # wrong on purpose


def test_no_new_date_at_all_is_refused(waiting: Bucket, now: datetime) -> None:
    with refused(BadInput, field="activates_at"):
        ledger.reschedule(bucket=waiting, now=now)


def test_active_points_have_no_activation_date_to_move(
    active: Bucket, now: datetime
) -> None:
    with refused(ledger.BucketNotPending):
        ledger.reschedule(bucket=active, activates_at=LATER, now=now)


def test_points_that_are_due_have_no_activation_date_to_move_though_no_job_ran(
    waiting: Bucket,
) -> None:
    with refused(ledger.BucketNotPending):
        ledger.reschedule(bucket=waiting, activates_at=LATER, now=ACTIVATES)


def test_expired_points_are_not_revived_though_no_job_ran(active: Bucket) -> None:
    with refused(ledger.BucketNotActive):
        ledger.reschedule(bucket=active, expires_at=None, now=EXPIRES)


def test_points_can_be_prolonged_until_just_before_they_expire(active: Bucket) -> None:
    ledger.reschedule(bucket=active, expires_at=EXPIRES + TICK, now=EXPIRES - TICK)

    assert ledger.spend(card=active.card, points=200, now=EXPIRES).points == -200


def test_a_bucket_that_holds_nothing_has_no_dates_to_move(
    waiting: Bucket, active: Bucket, now: datetime
) -> None:
    ledger.cancel(bucket=waiting, now=now)
    ledger.spend(card=active.card, points=200, now=now)

    for bucket in (waiting, active):
        with refused(ledger.BucketNotActive):
            ledger.reschedule(bucket=bucket, expires_at=LATER, now=now)


def test_a_date_in_place_of_an_event_ends_the_wait_for_it(now: datetime) -> None:
    bucket = event_bucket(now)

    ledger.reschedule(bucket=bucket, activates_at=london(2025, 9, 1), now=now)

    bucket.refresh_from_db()
    card = bucket.card
    assert bucket.cancels_at is None
    assert ledger.activate_on_event(card=card, event="delivered", now=now) == []
    spent = ledger.spend(card=card, points=200, now=london(2025, 9, 1))
    assert spent.points == -200
    assert_adds_up(card)


def test_an_expiry_counted_from_activation_counts_from_a_date_in_place_of_an_event(
    now: datetime,
) -> None:
    bucket = event_bucket(
        now, expiry_mode="ROLLING", expiry_period="1M", expiry_from="ACTIVATED"
    )

    ledger.reschedule(bucket=bucket, activates_at=LATER, now=now)

    with refused(ledger.InsufficientPoints):
        ledger.spend(card=bucket.card, points=200, now=london(2025, 8, 1))


@pytest.mark.parametrize("how", SHUT)
def test_no_date_is_moved_on_what_is_shut(
    waiting: Bucket, now: datetime, how: str
) -> None:
    shut(waiting.card, how, now=now)
    before = everything()

    with pytest.raises(Refusal) as caught:
        ledger.reschedule(bucket=waiting, expires_at=LATER, now=now)

    assert (caught.value.key, caught.value.status) == (SHUT[how], 423)
    assert everything() == before


def test_a_call_in_the_future_or_without_a_time_zone_is_refused(
    waiting: Bucket, now: datetime
) -> None:
    naive = now.replace(tzinfo=None)

    for moment in (now + TICK, naive):
        with refused(ledger.InvalidMoment, field="occurred_at"):
            ledger.reschedule(
                bucket=waiting,
                expires_at=LATER,
                now=now,
                cause=Cause(occurred_at=moment),
            )
    with refused(ledger.InvalidMoment, field="now"):
        ledger.reschedule(bucket=waiting, expires_at=LATER, now=naive)
