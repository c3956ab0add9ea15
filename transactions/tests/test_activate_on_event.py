"""Pending points await an event: it activates them, its deadline cancels them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Card
from loyalty.errors import Refusal
from schemes.models import CardDefinition
from transactions import ledger
from transactions.ledger import Cause
from transactions.models import Bucket, Transaction
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

EVENT = "order_delivered"
DEADLINE = london(2025, 7, 10, 15)
HEARD = ("EVENT_RECEIVED", 0, 0)
ACTIVATED = ("PENDING_POINTS_ACTIVATED", 20, -20)
CANCELED = ("PENDING_POINTS_CANCELED", 0, -20)

pytestmark = pytest.mark.django_db


def event_card(**rules: Any) -> Card:
    """A card whose points await a delivery for 30 days."""
    rules = {
        "pending_mode": "EVENT_BASED",
        "pending_events": [EVENT, "order_collected"],
        "pending_deadline": "30D",
    } | rules
    return card_with(**rules)


def bucket_of(granted: Transaction) -> Bucket:
    """The bucket of a grant, as it is now."""
    return Bucket.objects.get(transactions=granted)


def test_points_that_await_an_event_have_a_deadline_and_no_activation_date(
    now: datetime,
) -> None:
    card = event_card()

    bucket = bucket_of(ledger.earn(card=card, points=20, now=now))

    assert story(card) == [("PENDING_POINTS_ADDED", 0, 20)]
    assert (bucket.status, bucket.activates_at) == ("PENDING", None)
    assert bucket.cancels_at == DEADLINE
    assert_adds_up(card)


@pytest.mark.parametrize(
    "wait", [timedelta(0), DEADLINE - TICK - london(2025, 6, 10, 15)]
)
@pytest.mark.parametrize("event", [EVENT, "order_collected"])
def test_any_awaited_event_activates_points_until_just_before_the_deadline(
    now: datetime, event: str, wait: timedelta
) -> None:
    card = event_card()
    granted = ledger.earn(card=card, points=20, now=now)

    (activated,) = ledger.activate_on_event(card=card, event=event, now=now + wait)

    bucket = bucket_of(granted)
    assert story(card)[1:] == [HEARD, ACTIVATED]
    assert (activated.bucket, activated.effective_at) == (bucket, now + wait)
    assert (bucket.status, bucket.activates_at) == ("ACTIVE", now + wait)
    assert ledger.spend(card=card, points=20, now=now + wait).points == -20
    assert_adds_up(card)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=100)])
def test_an_event_at_the_deadline_or_later_finds_the_points_canceled(
    now: datetime, late: timedelta
) -> None:
    card = event_card()
    granted = ledger.earn(card=card, points=20, now=now)

    answer = ledger.activate_on_event(card=card, event=EVENT, now=DEADLINE + late)

    bucket = bucket_of(granted)
    assert answer == []
    assert sorted(story(card)[1:]) == sorted([CANCELED, HEARD])
    assert (bucket.status, bucket.remaining) == ("CANCELED", 0)
    canceled = Transaction.objects.get(type="PENDING_POINTS_CANCELED")
    assert canceled.effective_at == DEADLINE
    assert_adds_up(card)


def test_points_whose_deadline_has_passed_cannot_be_activated_by_hand(
    now: datetime,
) -> None:
    card = event_card()
    granted = ledger.earn(card=card, points=20, now=now)

    with refused(ledger.BucketNotPending):
        ledger.activate(bucket=bucket_of(granted), now=DEADLINE)


def test_points_that_await_an_event_can_be_activated_by_hand_before_the_deadline(
    now: datetime,
) -> None:
    card = event_card()
    granted = ledger.earn(card=card, points=20, now=now)

    ledger.activate(bucket=bucket_of(granted), now=DEADLINE - TICK)

    assert story(card)[1:] == [ACTIVATED]
    assert bucket_of(granted).activates_at == DEADLINE - TICK
    assert_adds_up(card)


def test_an_event_nobody_awaits_is_recorded_and_activates_nothing(
    now: datetime,
) -> None:
    card = event_card()
    granted = ledger.earn(card=card, points=20, now=now)
    before = Bucket.objects.values().get(transactions=granted)

    answer = ledger.activate_on_event(
        card=card, event="order_paid", now=now, cause=Cause(reference="R-1")
    )

    received = Transaction.objects.get(type="EVENT_RECEIVED")
    assert answer == []
    assert (received.reference, received.details["event"]) == ("R-1", "order_paid")
    assert story(card)[1:] == [HEARD]
    assert Bucket.objects.values().get() == before
    assert_adds_up(card)


def test_an_event_activates_all_that_awaits_it_on_this_card_and_only_that(
    now: datetime,
) -> None:
    card, other = event_card(), event_card()
    ledger.earn(card=other, points=20, now=now)
    first = ledger.earn(card=card, points=20, now=now)
    second = ledger.earn(card=card, points=30, now=now)
    dated = ledger.credit(
        card=card, points=40, now=now, valid_from=now + timedelta(days=9)
    )

    answers = ledger.activate_on_event(card=card, event=EVENT, now=now)

    assert [each.bucket for each in answers] == [first.bucket, second.bucket]
    assert [each.points for each in answers] == [20, 30]
    received = Transaction.objects.get(type="EVENT_RECEIVED")
    assert {each.parent for each in answers} == {received}
    assert bucket_of(dated).status == "PENDING"
    assert story(other) == [("PENDING_POINTS_ADDED", 0, 20)]
    assert_adds_up(card)


def test_an_event_activates_points_once(now: datetime) -> None:
    card = event_card()
    ledger.earn(card=card, points=20, now=now)

    ledger.activate_on_event(card=card, event=EVENT, now=now)
    again = ledger.activate_on_event(card=card, event=EVENT, now=now)

    assert again == []
    assert story(card)[1:] == [HEARD, ACTIVATED, HEARD]


def test_an_event_activates_no_points_that_were_earned_after_it(now: datetime) -> None:
    card = event_card()
    ledger.earn(card=card, points=20, now=now)

    answer = ledger.activate_on_event(
        card=card, event=EVENT, now=now, cause=Cause(occurred_at=now - TICK)
    )

    assert answer == []
    assert story(card)[1:] == [HEARD]


@pytest.mark.parametrize("swept", [False, True])
def test_an_event_heard_of_after_the_deadline_is_too_late_swept_or_not(
    now: datetime, swept: bool
) -> None:
    """Whether a job has written the cancellation already makes no difference."""
    card, heard_at = event_card(), DEADLINE + timedelta(days=1)
    granted = ledger.earn(card=card, points=20, now=now)
    if swept:
        ledger.settle(card=card, at=heard_at, now=heard_at)

    activated = ledger.activate_on_event(
        card=card,
        event=EVENT,
        now=heard_at,
        cause=Cause(occurred_at=DEADLINE - TICK),
    )

    assert activated == []
    assert bucket_of(granted).status == "CANCELED"


def test_the_event_that_was_promised_counts_whatever_is_awaited_today(
    now: datetime,
) -> None:
    card = event_card()
    ledger.earn(card=card, points=20, now=now)
    CardDefinition.objects.update(pending_events=["order_paid"])

    assert ledger.activate_on_event(card=card, event="order_paid", now=now) == []
    ledger.activate_on_event(card=card, event=EVENT, now=now)

    assert story(card)[1:] == [HEARD, HEARD, ACTIVATED]


def test_an_expiry_counted_from_activation_begins_with_the_event_as_promised(
    now: datetime,
) -> None:
    card = event_card(
        expiry_mode="ROLLING", expiry_period="1M", expiry_from="ACTIVATED"
    )
    granted = ledger.earn(card=card, points=20, now=now)
    waiting = bucket_of(granted)
    CardDefinition.objects.update(expiry_period="9M")

    ledger.activate_on_event(card=card, event=EVENT, now=london(2025, 6, 30, 9))

    assert (waiting.expires_at, waiting.cancels_at) == (None, DEADLINE)
    assert bucket_of(granted).expires_at == london(2025, 7, 30, 9)


def test_an_expiry_counted_from_earning_does_not_move_with_the_event(
    now: datetime,
) -> None:
    card = event_card(expiry_mode="ROLLING", expiry_period="2M")
    granted = ledger.earn(card=card, points=20, now=now)

    ledger.activate_on_event(card=card, event=EVENT, now=london(2025, 6, 30, 9))

    assert bucket_of(granted).expires_at == london(2025, 8, 10, 15)


def test_points_wait_no_longer_than_until_they_would_expire(now: datetime) -> None:
    card = event_card()

    bucket = bucket_of(
        ledger.earn(card=card, points=20, now=now, valid_to=now + timedelta(days=3))
    )

    assert bucket.cancels_at == bucket.expires_at == now + timedelta(days=3)
    ledger.activate_on_event(card=card, event=EVENT, now=now + timedelta(days=3))
    assert sorted(story(card)[1:]) == sorted([CANCELED, HEARD])


@pytest.mark.parametrize("how", SHUT)
def test_no_event_activates_points_on_what_is_shut(now: datetime, how: str) -> None:
    card = event_card()
    ledger.earn(card=card, points=20, now=now)
    shut(card, how, now=now)
    before = everything()

    with pytest.raises(Refusal) as caught:
        ledger.activate_on_event(card=card, event=EVENT, now=now)

    assert (caught.value.key, caught.value.status) == (SHUT[how], 423)
    assert everything() == before


def test_an_event_in_the_future_or_without_a_time_zone_is_refused(
    now: datetime,
) -> None:
    card = event_card()
    ledger.earn(card=card, points=20, now=now)
    naive = now.replace(tzinfo=None)

    for moment in (now + TICK, naive):
        with refused(ledger.InvalidMoment, field="occurred_at"):
            ledger.activate_on_event(
                card=card, event=EVENT, now=now, cause=Cause(occurred_at=moment)
            )
    with refused(ledger.InvalidMoment, field="now"):
        ledger.activate_on_event(card=card, event=EVENT, now=naive)
