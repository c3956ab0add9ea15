"""An activity gives the points of a card a new expiry date, never an earlier one."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Card
from schemes.models import CardDefinition
from transactions import ledger
from transactions.ledger import Cause
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import TICK, assert_adds_up, card_with, london, refused

FIRST = london(2025, 12, 10, 15)
LATER = london(2025, 7, 1, 9)
SLID = london(2026, 1, 1, 9)

pytestmark = pytest.mark.django_db


def sliding_card(**rules: Any) -> Card:
    """A card whose points expire six months after the last activity."""
    rules = {"expiry_mode": "SLIDING", "expiry_period": "6M"} | rules
    return card_with(**rules)


def expiry_of(granted: Transaction) -> datetime | None:
    """When the granted points expire, as things stand."""
    return Bucket.objects.get(transactions=granted).expires_at


def test_without_activity_points_expire_a_period_after_they_were_earned(
    now: datetime,
) -> None:
    card = sliding_card()
    granted = ledger.earn(card=card, points=10, now=now)

    assert expiry_of(granted) == FIRST
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=card, points=10, now=FIRST)


def test_earning_gives_all_points_of_the_card_the_new_date(now: datetime) -> None:
    card, other = sliding_card(), sliding_card()
    granted = ledger.earn(card=card, points=10, now=now)
    elsewhere = ledger.earn(card=other, points=10, now=now)

    activity = ledger.earn(card=card, points=1, now=LATER)

    assert expiry_of(granted) == expiry_of(activity) == SLID
    assert expiry_of(elsewhere) == FIRST
    assert datetime.fromisoformat(activity.details["slid_to"]) == SLID
    old = activity.details["slid_from"]
    assert {pk: datetime.fromisoformat(at) for pk, at in old.items()} == {
        str(card.buckets.get(points=10).uuid): FIRST
    }
    assert_adds_up(card)


def test_spending_gives_what_is_left_the_new_date(now: datetime) -> None:
    card = sliding_card()
    granted = ledger.earn(card=card, points=10, now=now)

    ledger.spend(card=card, points=1, now=LATER)

    assert expiry_of(granted) == SLID
    assert ledger.spend(card=card, points=9, now=SLID - TICK).points == -9
    assert_adds_up(card)


@pytest.mark.parametrize(
    ("rules", "earning", "spending"),
    [
        ({"slides_on_earn": True, "slides_on_spend": False}, SLID, FIRST),
        ({"slides_on_earn": False, "slides_on_spend": True}, FIRST, SLID),
    ],
)
def test_only_the_activity_that_the_rule_names_moves_the_date(
    now: datetime, rules: dict[str, bool], earning: datetime, spending: datetime
) -> None:
    earner, spender = sliding_card(**rules), sliding_card(**rules)
    earned = ledger.earn(card=earner, points=10, now=now)
    kept = ledger.earn(card=spender, points=10, now=now)

    ledger.earn(card=earner, points=1, now=LATER)
    ledger.spend(card=spender, points=1, now=LATER)

    assert (expiry_of(earned), expiry_of(kept)) == (earning, spending)


def test_points_that_have_lapsed_are_not_revived_though_no_job_ran(
    now: datetime,
) -> None:
    card = sliding_card()
    granted = ledger.earn(card=card, points=10, now=now)

    ledger.earn(card=card, points=1, now=FIRST)

    assert expiry_of(granted) == FIRST
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=card, points=2, now=FIRST)


def test_an_activity_until_just_before_the_expiry_saves_the_points(
    now: datetime,
) -> None:
    card = sliding_card()
    ledger.earn(card=card, points=10, now=now)

    ledger.earn(card=card, points=1, now=FIRST - TICK)

    assert ledger.spend(card=card, points=11, now=FIRST).points == -11


def test_a_refused_spend_is_no_activity(now: datetime) -> None:
    card = sliding_card()
    granted = ledger.earn(card=card, points=10, now=now)

    with refused(ledger.InsufficientPoints):
        ledger.spend(card=card, points=11, now=LATER)

    assert expiry_of(granted) == FIRST


def test_an_activity_that_is_recorded_late_never_moves_a_date_back(
    now: datetime,
) -> None:
    card = sliding_card()
    granted = ledger.earn(card=card, points=10, now=now)
    ledger.earn(card=card, points=1, now=LATER)

    late = ledger.earn(
        card=card,
        points=1,
        now=LATER + timedelta(days=9),
        cause=Cause(occurred_at=now + timedelta(days=1)),
    )

    assert expiry_of(granted) == SLID
    assert "slid_to" not in late.details


def test_a_date_is_rounded_as_the_rule_says(now: datetime) -> None:
    card = sliding_card(expiry_rounding="MONTH")
    granted = ledger.earn(card=card, points=10, now=now)

    ledger.earn(card=card, points=1, now=LATER)

    assert expiry_of(granted) == london(2026, 2, 1)


def test_points_that_still_wait_slide_too(now: datetime) -> None:
    card = sliding_card(pending_mode="PERIOD_BASED", pending_period="3M")
    granted = ledger.earn(card=card, points=10, now=now)

    ledger.earn(card=card, points=1, now=LATER)

    bucket = Bucket.objects.get(transactions=granted)
    assert (bucket.activates_at, bucket.expires_at) == (london(2025, 9, 10, 15), SLID)


def test_an_event_does_not_undo_what_an_activity_moved(now: datetime) -> None:
    card = sliding_card(
        pending_mode="EVENT_BASED",
        pending_events=["delivered"],
        pending_deadline="2M",
    )
    granted = ledger.earn(card=card, points=10, now=now)
    ledger.earn(card=card, points=1, now=LATER, valid_from=LATER)

    ledger.activate_on_event(card=card, event="delivered", now=LATER + TICK)

    assert expiry_of(granted) == SLID


def test_points_with_a_date_of_their_own_keep_it(now: datetime) -> None:
    card = sliding_card()
    own = london(2025, 9, 1)
    granted = ledger.earn(card=card, points=10, now=now, valid_to=own)

    ledger.earn(card=card, points=1, now=LATER)
    ledger.spend(card=card, points=1, now=LATER)

    assert expiry_of(granted) == own


@pytest.mark.parametrize("date", [london(2027, 1, 1), None])
def test_points_rescheduled_to_a_later_expiry_keep_it(
    now: datetime, date: datetime | None
) -> None:
    card = sliding_card()
    granted = ledger.earn(card=card, points=10, now=now)
    assert granted.bucket
    ledger.reschedule(bucket=granted.bucket, expires_at=date, now=now)

    ledger.earn(card=card, points=1, now=LATER)

    assert expiry_of(granted) == date


def test_points_granted_before_the_rule_slid_keep_their_date(now: datetime) -> None:
    card = sliding_card(expiry_mode="ROLLING")
    granted = ledger.earn(card=card, points=10, now=now)
    CardDefinition.objects.update(expiry_mode="SLIDING")

    ledger.earn(card=card, points=1, now=LATER)

    assert expiry_of(granted) == FIRST


def test_points_stop_to_slide_but_keep_their_date_when_the_rule_changes(
    now: datetime,
) -> None:
    card = sliding_card()
    granted = ledger.earn(card=card, points=10, now=now)
    CardDefinition.objects.update(expiry_mode="NONE")

    ledger.earn(card=card, points=1, now=LATER)

    assert expiry_of(granted) == FIRST
