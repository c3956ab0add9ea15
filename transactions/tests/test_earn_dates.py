"""When earned points become spendable and when they lapse."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Card
from schemes.policies import ExpiresBeforeActivation
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


def dates_of_grant(at: datetime, **rules: Any) -> tuple[Any, Any]:
    """When ten points earned at `at` under these rules activate and expire."""
    ledger.earn(card=card_with(**rules), now=at, points=10)
    bucket = Bucket.objects.get()
    return bucket.activates_at, bucket.expires_at


@pytest.mark.parametrize(
    ("period", "earned_at", "activates_at"),
    [
        ("1M", london(2025, 1, 31, 9), london(2025, 2, 28, 9)),
        ("1M", london(2024, 1, 31, 9), london(2024, 2, 29, 9)),
        ("1Y", london(2024, 2, 29, 9), london(2025, 2, 28, 9)),
        ("1D", london(2024, 2, 28, 9), london(2024, 2, 29, 9)),
        ("3W", london(2025, 12, 20, 9), london(2026, 1, 10, 9)),
        # Spring and autumn: the hour on the wall stays, the hour in UTC does not.
        ("5D", london(2025, 3, 28, 15), datetime(2025, 4, 2, 14, tzinfo=UTC)),
        ("5D", london(2025, 10, 24, 15), datetime(2025, 10, 29, 15, tzinfo=UTC)),
        # 01:30 does not exist in London on 30 March 2025.
        ("1D", london(2025, 3, 29, 1, 30), london(2025, 3, 30, 2, 30)),
        ("24H", london(2025, 3, 29, 15), london(2025, 3, 30, 16)),
    ],
)
def test_a_pending_period_is_counted_on_the_schemes_wall_clock(
    period: str, earned_at: datetime, activates_at: datetime
) -> None:
    dates = dates_of_grant(
        earned_at, pending_mode="PERIOD_BASED", pending_period=period
    )

    # In UTC: two times of one zone are compared by the wall alone.
    assert dates == (activates_at.astimezone(UTC), None)


@pytest.mark.parametrize(
    ("earned_at", "activates_at"),
    [
        (london(2025, 6, 10, 15), london(2025, 6, 16)),
        (london(2025, 6, 10), london(2025, 6, 15)),
        (london(2025, 6, 10) + TICK, london(2025, 6, 16)),
    ],
)
def test_a_wait_can_be_rounded_up_to_the_start_of_the_next_local_day(
    earned_at: datetime, activates_at: datetime
) -> None:
    dates = dates_of_grant(
        earned_at,
        pending_mode="PERIOD_BASED",
        pending_period="5D",
        pending_rounds_up=True,
    )

    assert dates == (activates_at, None)


@pytest.mark.parametrize(
    ("earned_at", "activates_at"),
    [
        (london(2025, 6, 10, 15), london(2025, 6, 30)),
        (london(2025, 6, 30), london(2026, 2, 28)),
        (london(2024, 1, 1), london(2024, 2, 29)),
    ],
)
def test_points_with_fixed_dates_wait_for_the_next_listed_day_to_begin(
    earned_at: datetime, activates_at: datetime
) -> None:
    dates = dates_of_grant(
        earned_at,
        pending_mode="FIXED_DATES",
        pending_dates=[{"month": 2, "day": 29}, {"month": 6, "day": 30}],
    )

    assert dates == (activates_at, None)


@pytest.mark.parametrize(
    ("earned_at", "expires_at"),
    [
        (london(2025, 6, 10, 15), london(2026, 1, 1)),
        (london(2025, 6, 30, 23, 59), london(2026, 1, 1)),
        (london(2025, 7, 1), london(2026, 2, 1)),
        (london(2025, 8, 31, 12), london(2026, 3, 1)),
        # As April begins in London it is 31 March, 23:00 in UTC.
        (london(2024, 9, 30, 12), datetime(2025, 3, 31, 23, tzinfo=UTC)),
        # Just before midnight in London is June, whatever UTC says.
        (datetime(2025, 5, 31, 23, 30, tzinfo=UTC), london(2026, 1, 1)),
    ],
)
def test_a_rolling_expiry_rounded_to_the_month_ends_as_the_next_month_begins(
    earned_at: datetime, expires_at: datetime
) -> None:
    _, lapse = dates_of_grant(
        earned_at,
        expiry_mode="ROLLING",
        expiry_period="6M",
        expiry_rounding="MONTH",
    )

    assert lapse == expires_at.astimezone(UTC)


def test_an_expiry_can_be_counted_from_the_activation() -> None:
    dates = dates_of_grant(
        london(2025, 6, 10, 15),
        pending_mode="PERIOD_BASED",
        pending_period="1M",
        expiry_mode="ROLLING",
        expiry_period="1M",
        expiry_from="ACTIVATED",
    )

    assert dates == (london(2025, 7, 10, 15), london(2025, 8, 10, 15))


@pytest.mark.parametrize("expiry_period", ["5D", "4D"])
def test_points_that_would_lapse_by_the_time_they_activate_are_refused(
    now: datetime, expiry_period: str
) -> None:
    card = card_with(
        pending_mode="PERIOD_BASED",
        pending_period="5D",
        expiry_mode="ROLLING",
        expiry_period=expiry_period,
    )

    with refused(ExpiresBeforeActivation, field="valid_to"):
        ledger.earn(card=card, now=now, points=10)


@pytest.mark.parametrize(
    ("thresholds", "points", "amount", "waits"),
    [
        ({"pending_min_points": 10}, 9, None, False),
        ({"pending_min_points": 10}, 10, None, True),
        ({"pending_min_amount": 500}, 10, 499, False),
        ({"pending_min_amount": 500}, 10, 500, True),
        ({"pending_min_amount": 500}, 10, None, False),
        ({"pending_min_points": 10, "pending_min_amount": 500}, 9, 500, True),
    ],
)
def test_only_grants_that_reach_a_threshold_wait(
    now: datetime,
    thresholds: dict[str, int],
    points: int,
    amount: int | None,
    waits: bool,
) -> None:
    card = card_with(pending_mode="PERIOD_BASED", pending_period="5D", **thresholds)
    order = Order(reference="A-1", amount=amount)

    ledger.earn(card=card, now=now, order=order, points=points)

    assert Bucket.objects.get().status == ("PENDING" if waits else "ACTIVE")
    assert_adds_up(card)


def test_the_dates_of_a_late_record_are_counted_from_when_it_happened(
    recipe_card: Card, now: datetime
) -> None:
    earlier = now - timedelta(days=10)

    earned = ledger.earn(
        card=recipe_card, now=now, points=200, cause=Cause(occurred_at=earlier)
    )

    bucket = Bucket.objects.get()
    assert (earned.effective_at, earned.created_at) == (earlier, now)
    assert (bucket.earned_at, bucket.created_at) == (earlier, now)
    assert bucket.activates_at == london(2025, 6, 5, 15)
    assert bucket.expires_at == london(2025, 12, 1)


def test_late_points_whose_wait_is_over_can_be_spent_at_once(
    recipe_card: Card, now: datetime
) -> None:
    earlier = now - timedelta(days=5)
    ledger.earn(card=recipe_card, now=now, points=200, cause=Cause(occurred_at=earlier))

    ledger.spend(card=recipe_card, points=200, now=now)

    assert story(recipe_card)[-1] == ("POINTS_SPENT_ON_ORDER", -200, 0)
    assert_adds_up(recipe_card)


def test_what_happens_now_is_no_late_record_and_what_happens_later_is_refused(
    simple_card: Card, now: datetime
) -> None:
    ledger.earn(card=simple_card, now=now, points=1, cause=Cause(occurred_at=now))

    with refused(ledger.InvalidMoment, field="occurred_at"):
        ledger.earn(
            card=simple_card, now=now, points=1, cause=Cause(occurred_at=now + TICK)
        )


@pytest.mark.parametrize("field", ["now", "occurred_at", "valid_from", "valid_to"])
def test_a_moment_without_a_time_zone_is_refused(
    simple_card: Card, now: datetime, field: str
) -> None:
    naive = now.replace(tzinfo=None)
    moments: dict[str, Any] = {"now": now, field: naive}
    if field == "occurred_at":
        moments = {"now": now, "cause": Cause(occurred_at=naive)}

    with refused(ledger.InvalidMoment, field=field):
        ledger.earn(card=simple_card, points=5, **moments)
