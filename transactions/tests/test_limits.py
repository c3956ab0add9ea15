"""How much of a grant the limits of a definition leave."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Card
from schemes.models import CardDefinition
from transactions import ledger
from transactions.ledger import Cause, Order
from transactions.models import Bucket
from transactions.tests.helpers import (
    TICK,
    assert_adds_up,
    card_with,
    london,
    refused,
    story,
)

pytestmark = pytest.mark.django_db


def limited_card(**limits: Any) -> Card:
    """A card in London with these limits."""
    return card_with(**limits)


def granted(card: Card, points: int, *, now: datetime, **more: Any) -> int:
    """How many of so many points are really granted."""
    earned = ledger.earn(card=card, points=points, now=now, **more)
    return earned.points + earned.pending_points


@pytest.mark.parametrize(
    ("points", "left", "withheld"), [(99, 99, None), (100, 100, None), (101, 100, 1)]
)
def test_one_grant_gives_at_most_its_limit_and_says_what_it_withheld(
    now: datetime, points: int, left: int, withheld: int | None
) -> None:
    card = limited_card(max_points_per_earn=100)

    earned = ledger.earn(card=card, points=points, now=now)

    assert earned.points == Bucket.objects.get().points == left
    assert earned.details.get("withheld") == withheld
    assert granted(card, 100, now=now) == 100
    assert_adds_up(card)


def test_a_limit_of_zero_leaves_a_record_without_a_bucket(now: datetime) -> None:
    card = limited_card(max_points_per_earn=0)

    earned = ledger.earn(
        card=card, points=10, now=now, order=Order(reference="A-1", amount=1_000)
    )

    assert story(card) == [("POINTS_EARNED", 0, 0)]
    assert (earned.details["withheld"], earned.amount) == (10, 1_000)
    assert not Bucket.objects.exists()


def test_the_balance_grows_up_to_its_limit_and_waiting_points_count(
    now: datetime,
) -> None:
    card = limited_card(
        max_balance=100, pending_mode="PERIOD_BASED", pending_period="5D"
    )
    ledger.credit(card=card, points=30, now=now)

    grants = [granted(card, 40, now=now) for _ in range(3)]

    assert grants == [40, 30, 0]
    assert_adds_up(card)


def test_points_that_are_spent_make_room_in_the_balance(now: datetime) -> None:
    card = limited_card(max_balance=100)
    ledger.earn(card=card, points=100, now=now)

    ledger.spend(card=card, points=25, now=now)

    assert granted(card, 100, now=now) == 25
    assert_adds_up(card)


def test_points_that_lapsed_by_date_make_room_though_no_job_ran(now: datetime) -> None:
    card = limited_card(max_balance=100, expiry_mode="ROLLING", expiry_period="1M")
    ledger.earn(card=card, points=100, now=now)
    lapse = london(2025, 7, 10, 15)

    before, after = granted(card, 70, now=lapse - TICK), granted(card, 70, now=lapse)

    assert (before, after) == (0, 70)
    assert_adds_up(card)


def test_points_whose_event_did_not_come_make_room_though_no_job_ran(
    now: datetime,
) -> None:
    card = limited_card(
        max_balance=100,
        pending_mode="EVENT_BASED",
        pending_events=["delivered"],
        pending_deadline="1M",
    )
    ledger.earn(card=card, points=100, now=now)
    deadline = london(2025, 7, 10, 15)

    before = granted(card, 70, now=deadline - TICK)
    after = granted(card, 70, now=deadline)

    assert (before, after) == (0, 70)
    assert_adds_up(card)


def test_what_the_member_owes_is_room_in_the_balance(now: datetime) -> None:
    card = limited_card(max_balance=100, allow_negative=True)
    ledger.debit(card=card, points=20, now=now)

    assert granted(card, 500, now=now) == 120
    assert Bucket.objects.get().remaining == 100
    assert_adds_up(card)


@pytest.mark.parametrize(
    ("period", "first", "last", "next_"),
    [
        ("DAY", (2025, 6, 10), (2025, 6, 10, 23, 59), (2025, 6, 11)),
        ("WEEK", (2025, 6, 9), (2025, 6, 15, 23, 59), (2025, 6, 16)),
        ("MONTH", (2024, 2, 1), (2024, 2, 29, 23, 59), (2024, 3, 1)),
        ("YEAR", (2025, 1, 1), (2025, 12, 31, 23, 59), (2026, 1, 1)),
        # Days of 23 and of 25 hours.
        ("DAY", (2025, 3, 30), (2025, 3, 30, 23, 59), (2025, 3, 31)),
        ("DAY", (2025, 10, 26), (2025, 10, 26, 23, 59), (2025, 10, 27)),
    ],
)
def test_earnings_of_a_local_period_are_limited_together_and_start_anew(
    period: str,
    first: tuple[int, int, int],
    last: tuple[int, int, int, int, int],
    next_: tuple[int, int, int],
) -> None:
    card = limited_card(earn_limit=100, earn_limit_period=period)

    before = granted(card, 100, now=london(*first) - TICK)
    within = [granted(card, 70, now=london(*at)) for at in (first, last)]
    after = granted(card, 70, now=london(*next_))

    assert (before, within, after) == (100, [70, 30], 70)
    assert_adds_up(card)


def test_waiting_points_count_as_earned_and_credits_do_not(now: datetime) -> None:
    card = limited_card(
        earn_limit=100,
        earn_limit_period="DAY",
        pending_mode="PERIOD_BASED",
        pending_period="1D",
    )
    ledger.credit(card=card, points=90, now=now)

    assert [granted(card, 60, now=now) for _ in range(2)] == [60, 40]


def test_points_that_were_spent_still_count_as_earned(now: datetime) -> None:
    card = limited_card(earn_limit=100, earn_limit_period="DAY")
    ledger.earn(card=card, points=100, now=now)
    ledger.spend(card=card, points=100, now=now)

    assert granted(card, 1, now=now) == 0


def test_a_late_record_counts_in_the_period_in_which_it_happened(
    now: datetime,
) -> None:
    card = limited_card(earn_limit=100, earn_limit_period="DAY")
    yesterday = Cause(occurred_at=now - timedelta(days=1))
    ledger.earn(card=card, points=100, now=now)

    late = [granted(card, 60, now=now, cause=yesterday) for _ in range(2)]

    assert late == [60, 40]
    assert granted(card, 1, now=now) == 0


def test_what_is_earned_as_the_next_period_begins_does_not_count(
    now: datetime,
) -> None:
    card = limited_card(earn_limit=100, earn_limit_period="DAY")
    midnight = london(2025, 6, 10)
    ledger.earn(card=card, points=100, now=now, cause=Cause(occurred_at=midnight))

    late = Cause(occurred_at=midnight - TICK)

    assert granted(card, 100, now=now, cause=late) == 100


def test_a_limit_lowered_below_what_is_held_takes_nothing_away(now: datetime) -> None:
    card = limited_card(max_balance=100)
    ledger.earn(card=card, points=100, now=now)
    CardDefinition.objects.update(max_balance=50)

    earned = ledger.earn(card=card, points=10, now=now)

    assert (earned.points, earned.details["withheld"]) == (0, 10)
    assert Bucket.objects.get().remaining == 100


def test_another_cards_earnings_and_balance_do_not_count(now: datetime) -> None:
    card = limited_card(max_balance=100, earn_limit=100, earn_limit_period="DAY")
    other = card_with(card.definition)
    ledger.earn(card=other, points=100, now=now)

    assert granted(card, 100, now=now) == 100


def test_the_tightest_of_several_limits_decides(now: datetime) -> None:
    card = limited_card(
        max_points_per_earn=50,
        max_balance=70,
        earn_limit=60,
        earn_limit_period="DAY",
    )

    today = [granted(card, 99, now=now) for _ in range(3)]
    tomorrow = granted(card, 99, now=now + timedelta(days=1))

    assert (today, tomorrow) == ([50, 10, 0], 10)
    assert_adds_up(card)


@pytest.mark.parametrize("points", [1, 49, 50])
def test_one_spend_takes_up_to_its_limit(now: datetime, points: int) -> None:
    card = limited_card(max_points_per_spend=50)
    ledger.earn(card=card, points=200, now=now)

    assert ledger.spend(card=card, points=points, now=now).points == -points


@pytest.mark.parametrize("points", [51, 200, 201])
def test_one_spend_of_more_than_its_limit_is_refused(
    now: datetime, points: int
) -> None:
    card = limited_card(max_points_per_spend=50)
    ledger.earn(card=card, points=200, now=now)

    with refused(ledger.SpendLimitExceeded, field="points"):
        ledger.spend(card=card, points=points, now=now)
