"""What a card holds: now, at moments past and to come, and what its dates say next."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Card
from transactions import balances, ledger, sweeps
from transactions.balances import Due
from transactions.tests.backlog import make_backlog
from transactions.tests.cards import card_with, event_card, owing_card, sliding_card
from transactions.tests.grants import grant
from transactions.tests.helpers import TICK

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def held(card: Card, at: datetime, *, now: datetime | None = None) -> tuple[int, int]:
    """(active, pending) at a moment, seen from then unless told otherwise."""
    balance = balances.balance(card=card, at=at, now=now or at)
    return balance.active, balance.pending


def nexts(
    card: Card, at: datetime, *, now: datetime | None = None
) -> tuple[Due | None, Due | None]:
    """The next activation and the next expiry after a moment."""
    balance = balances.balance(card=card, at=at, now=now or at)
    return balance.next_activation, balance.next_expiry


def overdraft(card: Card, at: datetime, *, now: datetime | None = None) -> int:
    return balances.balance(card=card, at=at, now=now or at).overdraft


def test_a_card_without_points_holds_nothing(simple_card: Card, now: datetime) -> None:
    assert held(simple_card, now) == (0, 0)
    assert overdraft(simple_card, now) == 0
    assert nexts(simple_card, now) == (None, None)


def test_points_count_from_their_first_moment_to_just_before_their_last(
    recipe_card: Card, now: datetime
) -> None:
    grant(recipe_card, 10, now=now, waits_days=5, days=30)

    starts, ends = now + 5 * DAY, now + 30 * DAY
    for seen_from in (now, now + 99 * DAY):
        assert held(recipe_card, now - TICK, now=seen_from) == (0, 0)
        assert held(recipe_card, now, now=seen_from) == (0, 10)
        assert held(recipe_card, starts - TICK, now=seen_from) == (0, 10)
        assert held(recipe_card, starts, now=seen_from) == (10, 0)
        assert held(recipe_card, ends - TICK, now=seen_from) == (10, 0)
        assert held(recipe_card, ends, now=seen_from) == (0, 0)


def test_the_past_is_what_the_transactions_tell(
    recipe_card: Card, now: datetime
) -> None:
    grant(recipe_card, 200, now=now)
    grant(recipe_card, 100, now=now, waits_days=0)
    spent = ledger.spend(card=recipe_card, points=100, now=now + DAY)
    bucket = grant(recipe_card, 50, now=now + 2 * DAY)
    ledger.cancel(bucket=bucket, points=20, now=now + 3 * DAY)
    ledger.give_back(spend=spent, points=40, now=now + 4 * DAY)

    later = now + 100 * DAY
    assert [held(recipe_card, now + n * DAY, now=later) for n in range(8)] == [
        (100, 200),
        (0, 200),
        (0, 250),
        (0, 230),
        (40, 230),
        (240, 30),
        (240, 30),
        (270, 0),
    ]


def test_the_future_is_what_the_buckets_promise(
    simple_card: Card, now: datetime
) -> None:
    grant(simple_card, 10, now=now)
    grant(simple_card, 20, now=now, waits_days=2)
    grant(simple_card, 40, now=now, days=3)
    grant(simple_card, 80, now=now, waits_days=1, days=4)

    assert [held(simple_card, now + n * DAY, now=now) for n in range(6)] == [
        (50, 100),
        (130, 20),
        (150, 0),
        (110, 0),
        (30, 0),
        (30, 0),
    ]


def test_the_schedule_tells_all_that_is_to_come_and_adds_up_points_of_one_moment(
    simple_card: Card, now: datetime
) -> None:
    grant(simple_card, 10, now=now, waits_days=2, days=9)
    grant(simple_card, 20, now=now, waits_days=2)
    grant(simple_card, 30, now=now, waits_days=1, days=9)
    grant(simple_card, 40, now=now, days=4)

    schedule = balances.schedule(card=simple_card, at=now, now=now)

    assert schedule.activations == (
        Due(at=now + DAY, points=30),
        Due(at=now + 2 * DAY, points=30),
    )
    assert schedule.expiries == (
        Due(at=now + 4 * DAY, points=40),
        Due(at=now + 9 * DAY, points=40),
    )
    assert nexts(simple_card, now + DAY) == (
        Due(at=now + 2 * DAY, points=30),
        Due(at=now + 4 * DAY, points=40),
    )
    assert nexts(simple_card, now + 9 * DAY) == (None, None)


def test_an_awaited_event_is_on_no_schedule_and_stops_pending_at_its_deadline(
    now: datetime,
) -> None:
    card = event_card()
    ledger.earn(card=card, points=5, now=now)
    deadline = now + 30 * DAY

    assert nexts(card, now) == (None, None)
    assert held(card, deadline - TICK, now=now) == (0, 5)
    assert held(card, deadline, now=now) == (0, 0)
    ledger.activate_on_event(card=card, event="order_delivered", now=now + DAY)
    assert held(card, now + DAY - TICK, now=now + 9 * DAY) == (0, 5)
    assert held(card, now + DAY, now=now + 9 * DAY) == (5, 0)
    assert held(card, deadline, now=now + 9 * DAY) == (5, 0)


def test_before_points_were_activated_early_they_were_due_at_their_old_date(
    recipe_card: Card, now: datetime
) -> None:
    bucket = grant(recipe_card, 10, now=now, waits_days=5)
    ledger.activate(bucket=bucket, now=now + 2 * DAY)

    before = now + 2 * DAY - TICK
    assert held(recipe_card, before, now=now + 9 * DAY) == (0, 10)
    due, _ = nexts(recipe_card, before, now=now + 9 * DAY)
    assert due == Due(at=now + 5 * DAY, points=10)
    assert held(recipe_card, now + 2 * DAY, now=now + 9 * DAY) == (10, 0)
    assert nexts(recipe_card, now + 2 * DAY, now=now + 9 * DAY)[0] is None


def test_before_points_were_given_new_dates_they_had_their_old_ones(
    recipe_card: Card, now: datetime
) -> None:
    bucket = grant(recipe_card, 10, now=now, waits_days=5, days=20)
    for day, waits, lasts in ((1, 6, 21), (2, 7, 22)):
        ledger.reschedule(
            bucket=bucket,
            activates_at=now + waits * DAY,
            expires_at=now + lasts * DAY,
            now=now + day * DAY,
        )

    for day, waits, lasts in ((0, 5, 20), (1, 6, 21), (2, 7, 22)):
        for moment in (now + day * DAY, now + (day + 1) * DAY - TICK):
            assert nexts(recipe_card, moment, now=now + 3 * DAY) == (
                Due(at=now + waits * DAY, points=10),
                Due(at=now + lasts * DAY, points=10),
            )
    later = now + 50 * DAY
    assert held(recipe_card, now + 7 * DAY - TICK, now=later) == (0, 10)
    assert held(recipe_card, now + 22 * DAY - TICK, now=later) == (10, 0)
    assert held(recipe_card, now + 22 * DAY, now=later) == (0, 0)


def test_before_an_activity_points_had_the_expiry_of_the_activity_before(
    now: datetime,
) -> None:
    card = sliding_card()
    grant(card, 10, now=now)
    ledger.spend(card=card, points=1, now=now + 5 * DAY)
    ledger.spend(card=card, points=1, now=now + 9 * DAY)

    for day, points, ends in ((0, 10, 10), (5, 9, 15), (9, 8, 19)):
        due = Due(at=now + ends * DAY, points=points)
        assert nexts(card, now + day * DAY, now=now + 99 * DAY)[1] == due


def test_before_an_activity_waiting_points_had_the_activation_they_had_then(
    now: datetime,
) -> None:
    """The first later change tells the old expiry, the second the old activation."""
    card = sliding_card()
    grant(card, 10, now=now)
    bucket = grant(card, 20, now=now, waits_days=5)
    at_first = nexts(card, now)
    ledger.spend(card=card, points=1, now=now + DAY)
    ledger.activate(bucket=bucket, now=now + 2 * DAY)

    assert at_first[0] == Due(at=now + 5 * DAY, points=20)
    assert nexts(card, now, now=now + 3 * DAY) == at_first


def test_an_overdraft_is_owed_until_points_become_active(now: datetime) -> None:
    card = owing_card(30, now=now)
    grant(card, 20, now=now, waits_days=3)
    grant(card, 40, now=now, waits_days=5, days=10)
    days = {1: (30, 0), 3: (10, 0), 5: (0, 30), 10: (0, 0)}

    def seen(now_: datetime) -> dict[int, tuple[int, int]]:
        moments = {day: now + day * DAY for day in days}
        return {
            day: (overdraft(card, at, now=now_), held(card, at, now=now_)[0])
            for day, at in moments.items()
        }

    later = now + 60 * DAY
    for seen_from in (now + DAY, later):
        assert seen(seen_from) == days, "not swept"
    sweeps.expire_due(now=now + 50 * DAY)
    sweeps.activate_due(now=now + 50 * DAY)
    assert seen(later) == days, "swept late"


def test_what_repays_an_overdraft_does_not_lapse_later(now: datetime) -> None:
    card = owing_card(30, now=now)
    grant(card, 40, now=now + DAY, waits_days=2, days=9)

    assert nexts(card, now + DAY) == (
        Due(at=now + 3 * DAY, points=40),
        Due(at=now + 10 * DAY, points=10),
    )


def test_a_late_sweep_changes_nothing_that_is_seen_at_any_moment(
    now: datetime,
) -> None:
    card = card_with()
    for number in range(1, 8):
        grant(card, 10 * number, now=now, waits_days=number, days=3 * number)
    moments = [now + hours * timedelta(hours=12) for hours in range(60)]

    def seen() -> list[balances.Balance]:
        end = now + 40 * DAY
        return [
            *(balances.balance(card=card, at=at, now=end) for at in moments),
            balances.balance(card=card, at=end, now=end),
        ]

    unswept = seen()
    sweeps.activate_due(now=now + 30 * DAY)
    assert seen() == unswept
    sweeps.expire_due(now=now + 35 * DAY)
    assert seen() == unswept


def test_the_cards_of_a_page_take_three_queries_however_many(now: datetime) -> None:
    for cards in (1, 20):
        holders = make_backlog(buckets=3 * cards, cards=cards)
        with CaptureQueriesContext(connection) as captured:
            found = balances.of_cards(cards=holders, at=now)
        assert len(captured) == 3
        assert set(found) == {card.pk for card in holders}
        assert {each.pending for each in found.values()} == {600}


def test_each_card_of_a_page_has_its_own_balance(now: datetime) -> None:
    empty, rich = card_with(), card_with()
    grant(rich, 70, now=now)
    owes = owing_card(5, now=now)

    found = balances.of_cards(cards=[empty, rich, owes], at=now)

    assert [found[card.pk].active for card in (empty, rich, owes)] == [0, 70, 0]
    assert [found[card.pk].overdraft for card in (empty, rich, owes)] == [0, 0, 5]
    assert found[rich.pk] == balances.balance(card=rich, at=now, now=now)
