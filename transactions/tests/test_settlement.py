"""What the dates say has happened is written under the lock, in the dates' order."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.transaction import atomic

from accounts.models import Card
from schemes.models import CardDefinition
from transactions import ledger
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import (
    TICK,
    assert_adds_up,
    card_with,
    everything,
    london,
    refused,
    story,
)

START = london(2025, 6, 10, 15)
ACTIVATED = "PENDING_POINTS_ACTIVATED"
CANCELED = "PENDING_POINTS_CANCELED"
EXPIRED = "POINTS_EXPIRED"
REPAID = ("OVERDRAFT_REPAID", 0, 0)

pytestmark = pytest.mark.django_db


def day(number: float) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=number)


def owing_card(points: int = 0, **rules: Any) -> Card:
    """A card whose member owes so many points since the start."""
    rules = {"allow_negative": True} | rules
    card: Card = card_with(**rules)
    if points:
        ledger.debit(card=card, points=points, now=START)
    return card


def grant(
    card: Card, points: int, *, begins: float = 0, ends: float | None = None
) -> Bucket:
    """Points granted at the start, in force between two days."""
    bucket = ledger.credit(
        card=card,
        points=points,
        now=START,
        valid_from=day(begins),
        valid_to=None if ends is None else day(ends),
    ).bucket
    assert bucket
    return bucket


def settle(card: Card, at: datetime) -> None:
    """Write what is due by `at`, at that moment: a timely sweep."""
    with atomic():
        ledger.settle(
            card=Card.objects.select_for_update().get(pk=card.pk), at=at, now=at
        )


def holdings(card: Card) -> list[tuple[Any, ...]]:
    """What the card's member can see: each bucket and its dates, and what is owed."""
    buckets = Bucket.objects.filter(card=card).order_by("pk")
    columns = ("points", "remaining", "status", "activates_at", "expires_at")
    owed = Card.objects.values_list("overdraft", flat=True).get(pk=card.pk)
    return [*buckets.values_list(*columns), (owed,)]


def events(card: Card) -> list[tuple[Any, ...]]:
    """What happened on the card and when it became true."""
    approved = Transaction.objects.filter(card=card, status="APPROVED")
    columns = ("effective_at", "type", "points", "pending_points")
    return sorted(approved.values_list(*columns))


def test_a_debit_first_writes_what_is_due_in_the_order_of_the_dates() -> None:
    card = card_with(
        pending_mode="EVENT_BASED",
        pending_events=["delivered"],
        pending_deadline="7D",
    )
    grant(card, 1, begins=10)
    grant(card, 2, begins=5, ends=12)
    grant(card, 3, ends=6)
    ledger.earn(card=card, points=4, now=START)
    begun = Transaction.objects.count()

    ledger.spend(card=card, points=1, now=day(20))

    written = Transaction.objects.order_by("pk")[begun:]
    assert [(each.type, each.effective_at) for each in written] == [
        (ACTIVATED, day(5)),
        (EXPIRED, day(6)),
        (CANCELED, day(7)),
        (ACTIVATED, day(10)),
        (EXPIRED, day(12)),
        ("POINTS_SPENT_ON_ORDER", day(20)),
    ]
    assert {each.created_at for each in written} == {day(20)}
    assert {each.actor for each in written[:5]} == {"system"}
    assert_adds_up(card)


def test_points_that_activated_and_expired_unseen_leave_both_traces() -> None:
    card = card_with()
    bucket = grant(card, 50, begins=5, ends=6)

    settle(card, day(30))

    bucket.refresh_from_db()
    assert story(card)[1:] == [(ACTIVATED, 50, -50), (EXPIRED, -50, 0)]
    assert (bucket.status, bucket.remaining) == ("EXPIRED", 0)
    assert_adds_up(card)


@pytest.mark.parametrize(
    ("at", "status"),
    [
        (day(5) - TICK, "PENDING"),
        (day(5), "ACTIVE"),
        (day(6) - TICK, "ACTIVE"),
        (day(6), "EXPIRED"),
    ],
)
def test_a_date_is_reached_at_its_own_moment(at: datetime, status: str) -> None:
    card = card_with()
    bucket = grant(card, 50, begins=5, ends=6)

    settle(card, at)

    bucket.refresh_from_db()
    assert bucket.status == status
    assert_adds_up(card)


def test_what_is_settled_is_settled_once() -> None:
    card = owing_card(20)
    grant(card, 50, begins=5, ends=6)
    settle(card, day(30))
    after = everything()

    settle(card, day(30))
    settle(card, day(60))

    assert everything() == after


def test_a_refused_debit_writes_nothing_that_was_due() -> None:
    card = card_with()
    grant(card, 50, begins=5, ends=6)
    grant(card, 10, begins=5)

    with refused(ledger.InsufficientPoints):
        ledger.spend(card=card, points=11, now=day(6))


def test_one_cards_settlement_leaves_other_cards_alone() -> None:
    card, other = card_with(), card_with()
    grant(card, 50, begins=5)
    grant(other, 50, begins=5)

    ledger.spend(card=card, points=50, now=day(5))

    assert story(other) == [("ADMIN_CREDIT", 0, 50)]


def test_the_dates_go_on_though_card_member_and_rules_are_shut() -> None:
    card = card_with()
    grant(card, 50, begins=5, ends=6)
    Card.objects.update(status="CLOSED")
    CardDefinition.objects.update(status="INACTIVE")

    settle(card, day(6))

    assert story(card)[1:] == [(ACTIVATED, 50, -50), (EXPIRED, -50, 0)]


def test_an_overdraft_is_repaid_when_points_activate_before_these_expire() -> None:
    card = owing_card(30)
    bucket = grant(card, 50, begins=5, ends=6)

    settle(card, day(6))

    bucket.refresh_from_db()
    card.refresh_from_db()
    assert story(card)[2:] == [(ACTIVATED, 50, -50), REPAID, (EXPIRED, -20, 0)]
    repaid = Transaction.objects.get(type="OVERDRAFT_REPAID")
    assert (repaid.effective_at, repaid.details) == (day(5), {"repaid": 30})
    assert [each.points for each in repaid.allocations.all()] == [30]
    assert (card.overdraft, bucket.remaining, bucket.status) == (0, 0, "EXPIRED")
    assert_adds_up(card)


@pytest.mark.parametrize(
    ("owed", "left", "still_owed"),
    [(49, 1, 0), (50, 0, 0), (51, 0, 1), (2**53 - 1, 0, 2**53 - 51)],
)
def test_points_repay_as_much_of_an_overdraft_as_they_can(
    owed: int, left: int, still_owed: int
) -> None:
    card = owing_card(owed)
    bucket = grant(card, 50, begins=5)

    settle(card, day(5))

    bucket.refresh_from_db()
    card.refresh_from_db()
    assert (bucket.remaining, card.overdraft) == (left, still_owed)
    assert_adds_up(card)


def test_points_that_repaid_all_they_had_do_not_expire() -> None:
    card = owing_card(50)
    grant(card, 50, begins=5, ends=6)

    settle(card, day(6))

    assert story(card)[2:] == [(ACTIVATED, 50, -50), REPAID]
    assert_adds_up(card)


def credit(card: Card) -> None:
    ledger.credit(card=card, points=30, now=day(10), valid_to=day(90))


def activate(card: Card) -> None:
    waiting = Bucket.objects.filter(card=card, activates_at=day(40)).get()
    ledger.activate(bucket=waiting, now=day(10))


def process(card: Card) -> None:
    CardDefinition.objects.update(pending_mode="PERIOD_BASED", pending_period="1D")
    waiting = Bucket.objects.filter(card=card, activates_at=day(40)).get()
    asked = ledger.request_activation(bucket=waiting, now=day(10))
    ledger.process(requests=[asked], now=day(10))


def spend(card: Card) -> None:
    ledger.spend(card=card, points=1, now=day(10))


def debit(card: Card) -> None:
    ledger.debit(card=card, points=70, now=day(10))


@pytest.mark.parametrize("act", [credit, activate, process, spend, debit])
@pytest.mark.parametrize("owed", [0, 20, 50, 75])
@pytest.mark.parametrize("until", [10, 100])
def test_a_late_settlement_tells_the_same_story_as_a_timely_one(
    act: Callable[[Card], None], owed: int, until: int
) -> None:
    late, timely = (owing_card(owed) for _ in range(2))
    for card in (late, timely):
        grant(card, 40, begins=5, ends=60)
        grant(card, 30, begins=6, ends=8)
        grant(card, 20, begins=7, ends=50)
        grant(card, 25, begins=9)
        grant(card, 10, begins=40, ends=45)

    for number in (5, 6, 7, 8, 9, 10, 40, 45, 50, 60, 90, 100):
        settle(timely, day(min(number, until)))
        if number == 10:
            act(timely)
            act(late)
    settle(late, day(until))

    assert holdings(late) == holdings(timely)
    assert events(late) == events(timely)
    assert_adds_up(late)
    assert_adds_up(timely)
