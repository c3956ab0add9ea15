"""The caller's own dates for one grant, earned or credited, in place of the rules'."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Card
from schemes.policies import ExpiresBeforeActivation
from transactions import ledger
from transactions.ledger import Cause
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import TICK, assert_adds_up, london, refused

LATER = london(2025, 9, 26, 8)
LATEST = london(2025, 11, 26, 8)

Grant = Callable[..., Transaction]
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("grant", [ledger.earn, ledger.credit]),
]


def test_points_valid_from_a_future_moment_wait_until_it(
    simple_card: Card, now: datetime, grant: Grant
) -> None:
    granted = grant(
        card=simple_card, points=10, now=now, valid_from=LATER, valid_to=LATEST
    )

    bucket = Bucket.objects.get()
    assert (granted.points, granted.pending_points) == (0, 10)
    assert (bucket.status, bucket.activates_at) == ("PENDING", LATER)
    assert bucket.expires_at == LATEST
    assert_adds_up(simple_card)


@pytest.mark.parametrize("at", [LATER, LATEST - TICK])
def test_points_can_be_spent_from_valid_from_to_just_before_valid_to(
    simple_card: Card, now: datetime, grant: Grant, at: datetime
) -> None:
    grant(card=simple_card, points=10, now=now, valid_from=LATER, valid_to=LATEST)

    spent = ledger.spend(card=simple_card, points=10, now=at)

    assert spent.points == -10


@pytest.mark.parametrize("at", [LATER - TICK, LATEST])
def test_points_cannot_be_spent_outside_of_their_validity(
    simple_card: Card, now: datetime, grant: Grant, at: datetime
) -> None:
    grant(card=simple_card, points=10, now=now, valid_from=LATER, valid_to=LATEST)

    with refused(ledger.InsufficientPoints):
        ledger.spend(card=simple_card, points=10, now=at)


@pytest.mark.parametrize("ago", [timedelta(0), TICK, timedelta(days=400)])
def test_points_valid_from_now_or_earlier_are_active_now_whatever_the_rule(
    recipe_card: Card, now: datetime, grant: Grant, ago: timedelta
) -> None:
    granted = grant(card=recipe_card, points=10, now=now, valid_from=now - ago)

    bucket = Bucket.objects.get()
    assert (granted.points, granted.pending_points) == (10, 0)
    assert (bucket.status, bucket.activates_at) == ("ACTIVE", now)
    assert bucket.expires_at == london(2026, 1, 1)
    assert_adds_up(recipe_card)


@pytest.mark.parametrize("early", [timedelta(0), TICK, timedelta(days=30)])
def test_a_validity_that_ends_by_the_time_it_begins_is_refused(
    simple_card: Card, now: datetime, grant: Grant, early: timedelta
) -> None:
    with refused(ExpiresBeforeActivation, field="valid_to"):
        grant(
            card=simple_card,
            points=10,
            now=now,
            valid_from=LATER,
            valid_to=LATER - early,
        )


def test_a_validity_that_is_over_already_is_refused(
    simple_card: Card, now: datetime, grant: Grant
) -> None:
    with refused(ExpiresBeforeActivation, field="valid_to"):
        grant(card=simple_card, points=10, now=now, valid_to=now)


def test_a_validity_that_begins_after_the_rules_expiry_is_refused(
    recipe_card: Card, now: datetime, grant: Grant
) -> None:
    with refused(ExpiresBeforeActivation, field="valid_to"):
        grant(card=recipe_card, points=10, now=now, valid_from=london(2026, 1, 1))


def test_a_late_grant_judges_its_validity_at_the_moment_it_happened(
    simple_card: Card, now: datetime, grant: Grant
) -> None:
    granted = grant(
        card=simple_card,
        points=10,
        now=LATER + timedelta(days=1),
        valid_from=LATER,
        cause=Cause(occurred_at=now),
    )

    assert granted.pending_points == 10
    assert Bucket.objects.get().activates_at == LATER


def test_the_zone_in_which_a_validity_is_written_makes_no_difference(
    simple_card: Card, now: datetime, grant: Grant
) -> None:
    grant(card=simple_card, points=10, now=now, valid_from=LATER.astimezone(UTC))

    assert Bucket.objects.get().activates_at == LATER


@pytest.mark.parametrize("field", ["valid_from", "valid_to"])
def test_a_validity_without_a_time_zone_is_refused(
    simple_card: Card, now: datetime, grant: Grant, field: str
) -> None:
    naive: dict[str, Any] = {field: LATER.replace(tzinfo=None)}

    with refused(ledger.InvalidMoment, field=field):
        grant(card=simple_card, points=10, now=now, **naive)


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Tokyo")])
def test_a_validity_that_no_calendar_can_show_everywhere_is_refused(
    simple_card: Card, now: datetime, grant: Grant, zone: tzinfo
) -> None:
    last = datetime(9999, 12, 31, tzinfo=UTC)

    with refused(ledger.InvalidMoment, field="valid_to"):
        end = (last + TICK).astimezone(zone)
        grant(card=simple_card, points=10, now=now, valid_to=end)

    grant(card=simple_card, points=10, now=now, valid_to=last)
    assert Bucket.objects.get().expires_at == last
