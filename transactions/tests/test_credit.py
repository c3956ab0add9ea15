"""Points are given outright, by staff, an import or a program."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Card
from loyalty.errors import Refusal
from schemes.models import CardDefinition
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

MOST = 2**53 - 1


def test_a_credit_is_active_at_once_though_a_pending_rule_is_on(
    recipe_card: Card, now: datetime
) -> None:
    cause = Cause(actor="staff:anna", reason="Broken glass", metadata={"ticket": 7})

    credited = ledger.credit(card=recipe_card, points=200, now=now, cause=cause)

    bucket = Bucket.objects.get()
    assert story(recipe_card) == [("ADMIN_CREDIT", 200, 0)]
    assert (credited.actor, credited.reason) == ("staff:anna", "Broken glass")
    assert credited.details["metadata"] == {"ticket": 7}
    assert (bucket.status, bucket.activates_at) == ("ACTIVE", now)
    assert bucket.expires_at == london(2026, 1, 1)
    assert ledger.spend(card=recipe_card, points=200, now=now).points == -200
    assert_adds_up(recipe_card)


def test_a_credit_that_shall_wait_follows_the_pending_rule(
    recipe_card: Card, now: datetime
) -> None:
    ledger.credit(card=recipe_card, points=200, now=now, waits=True)

    bucket = Bucket.objects.get()
    assert story(recipe_card) == [("ADMIN_CREDIT", 0, 200)]
    assert (bucket.status, bucket.activates_at) == ("PENDING", london(2025, 6, 15, 15))
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=recipe_card, points=200, now=now)
    assert_adds_up(recipe_card)


def test_a_credit_that_shall_wait_is_active_where_nothing_waits(
    simple_card: Card, now: datetime
) -> None:
    ledger.credit(card=simple_card, points=200, now=now, waits=True)

    assert story(simple_card) == [("ADMIN_CREDIT", 200, 0)]


@pytest.mark.parametrize(("points", "pending"), [(99, 0), (100, 100)])
def test_a_credit_that_shall_wait_does_so_from_the_rules_threshold_on(
    recipe_card: Card, now: datetime, points: int, pending: int
) -> None:
    CardDefinition.objects.update(pending_min_points=100)

    ledger.credit(card=recipe_card, points=points, now=now, waits=True)

    assert story(recipe_card) == [("ADMIN_CREDIT", points - pending, pending)]


@pytest.mark.parametrize("points", [1, MOST])
def test_from_one_point_to_the_most_that_json_holds_can_be_credited(
    simple_card: Card, now: datetime, points: int
) -> None:
    ledger.credit(card=simple_card, points=points, now=now)
    ledger.credit(card=simple_card, points=points, now=now)

    assert story(simple_card) == [("ADMIN_CREDIT", points, 0)] * 2
    assert_adds_up(simple_card)


@pytest.mark.parametrize("points", [0, -1, MOST + 1, True, 1.0, "1", None])
def test_anything_else_than_one_to_the_most_whole_points_is_refused(
    simple_card: Card, now: datetime, points: Any
) -> None:
    with refused(ledger.InvalidPoints, field="points"):
        ledger.credit(card=simple_card, points=points, now=now)


def test_the_expiry_of_a_late_credit_is_counted_from_when_it_happened(
    recipe_card: Card, now: datetime
) -> None:
    earlier = now - timedelta(days=10)

    credited = ledger.credit(
        card=recipe_card, points=5, now=now, cause=Cause(occurred_at=earlier)
    )

    bucket = Bucket.objects.get()
    assert (credited.effective_at, credited.created_at) == (earlier, now)
    assert (bucket.earned_at, bucket.activates_at) == (earlier, earlier)
    assert bucket.expires_at == london(2025, 12, 1)


def test_a_credit_in_the_future_or_without_a_time_zone_is_refused(
    simple_card: Card, now: datetime
) -> None:
    naive = now.replace(tzinfo=None)

    for moment in (now + TICK, naive):
        with refused(ledger.InvalidMoment, field="occurred_at"):
            ledger.credit(
                card=simple_card, points=5, now=now, cause=Cause(occurred_at=moment)
            )
    with refused(ledger.InvalidMoment, field="now"):
        ledger.credit(card=simple_card, points=5, now=naive)


@pytest.mark.parametrize("how", SHUT)
def test_nothing_is_credited_to_what_is_shut(
    simple_card: Card, now: datetime, how: str
) -> None:
    shut(simple_card, how, now=now)
    before = everything()

    with pytest.raises(Refusal) as caught:
        ledger.credit(card=simple_card, points=10, now=now)

    assert (caught.value.key, caught.value.status) == (SHUT[how], 423)
    assert everything() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("points", "left", "owed"), [(29, 0, 1), (30, 0, 0), (31, 1, 0)]
)
def test_a_credit_repays_what_the_member_owes_first(
    now: datetime, points: int, left: int, owed: int
) -> None:
    card = card_with(allow_negative=True)
    ledger.debit(card=card, points=30, now=now)

    ledger.credit(card=card, points=points, now=now)

    card.refresh_from_db()
    assert (Bucket.objects.get().remaining, card.overdraft) == (left, owed)
    assert story(card) == [
        ("ADMIN_DEBIT", -30, 0),
        ("ADMIN_CREDIT", points, 0),
        ("OVERDRAFT_REPAID", 0, 0),
    ]
    assert_adds_up(card)


@pytest.mark.django_db
def test_a_credit_that_waits_repays_nothing_until_it_is_active(now: datetime) -> None:
    card = card_with(allow_negative=True)
    ledger.debit(card=card, points=30, now=now)

    ledger.credit(card=card, points=50, now=now, valid_from=now + timedelta(days=1))

    card.refresh_from_db()
    assert (Bucket.objects.get().remaining, card.overdraft) == (50, 30)
    assert_adds_up(card)
