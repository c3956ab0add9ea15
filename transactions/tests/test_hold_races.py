"""Holds and what goes on beside them at once: points are spent once or kept for one.

As in `test_concurrency`, the last of these take the locks away and see it show.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.db.models import QuerySet

from transactions import ledger, sweeps
from transactions.ledger import Cause
from transactions.models import Transaction
from transactions.tests.grants import grant, remaining
from transactions.tests.helpers import assert_adds_up
from transactions.tests.racing import at_once, one_wins, row_locks, side_by_side

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("shared_database"),
]
DAY = timedelta(days=1)


def hold_of_all(card, now):
    """Ten points, all held for a day."""
    grant(card, 10, now=now)
    return ledger.hold(card=card, points=10, until=now + DAY, now=now)


def holds_of_everything(card, now) -> bool:
    grant(card, 10, now=now)
    hold = partial(ledger.hold, card=card, points=10, until=now + DAY, now=now)
    return one_wins(at_once(hold, times=4), refusal=ledger.InsufficientPoints)


def a_hold_and_a_spend_of_everything(card, now) -> bool:
    grant(card, 10, now=now)
    outcomes = side_by_side(
        partial(ledger.hold, card=card, points=10, until=now + DAY, now=now),
        partial(ledger.spend, card=card, points=10, now=now),
    )
    return one_wins(outcomes, refusal=ledger.InsufficientPoints)


def retries_of_one_hold(card, now) -> bool:
    grant(card, 100, now=now)
    call = partial(
        ledger.hold,
        card=card,
        points=10,
        until=now + DAY,
        now=now,
        cause=Cause(idempotency_key="till-1"),
    )
    outcomes = at_once(call, times=5)
    holds = list(Transaction.objects.open_holds())
    return len(holds) == 1 and outcomes == holds * 5


def a_capture_and_a_release(card, now) -> bool:
    hold = hold_of_all(card, now)
    outcomes = side_by_side(
        partial(ledger.capture, hold=hold, now=now),
        partial(ledger.release, hold=hold, now=now),
    )
    return one_wins(outcomes, refusal=ledger.HoldNotOpen)


def captures_of_one_hold(card, now) -> bool:
    hold = hold_of_all(card, now)
    outcomes = at_once(partial(ledger.capture, hold=hold, now=now), times=3)
    return outcomes == [hold] * 3 and hold.allocations.count() == 1


def a_spend_and_a_capture(card, now) -> bool:
    """Ten points in two buckets: both have their five, and not out of the same one."""
    buckets = [grant(card, 5, now=now, days=days) for days in (5, 9)]
    hold = ledger.hold(card=card, points=5, until=now + DAY, now=now)
    outcomes = side_by_side(
        partial(ledger.capture, hold=hold, now=now),
        partial(ledger.spend, card=card, points=5, now=now),
    )
    spent = [type(each) is Transaction for each in outcomes]
    return all(spent) and remaining(*buckets) == [0, 0]


RACES = [
    holds_of_everything,
    a_hold_and_a_spend_of_everything,
    retries_of_one_hold,
    a_capture_and_a_release,
    captures_of_one_hold,
    a_spend_and_a_capture,
]


@pytest.mark.parametrize("run", RACES)
def test_points_are_held_for_one_and_taken_once(simple_card, now, run):
    assert run(simple_card, now)
    assert_adds_up(simple_card)


@row_locks
@pytest.mark.parametrize("run", RACES)
def test_without_the_locks_the_same_race_goes_wrong(simple_card, now, run, monkeypatch):
    """So the races above would notice if a verb forgot its lock."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows._chain())

    assert not run(simple_card, now)


@pytest.mark.parametrize("decide", [ledger.capture, ledger.release])
def test_the_sweep_and_a_late_till_do_not_wait_for_each_other(simple_card, now, decide):
    """The till's clock is a little behind: for it, the hold has not lapsed yet."""
    hold = hold_of_all(simple_card, now)

    run, decided = side_by_side(
        partial(sweeps.process_requests, now=now + DAY),
        partial(decide, hold=hold, now=now + DAY - timedelta(seconds=1)),
    )

    hold.refresh_from_db()
    assert run.error == ""
    assert hold.status == "REJECTED" or decide is ledger.capture
    assert decided == hold or type(decided) is ledger.HoldNotOpen
    assert_adds_up(simple_card)


@row_locks
def test_a_capture_asked_again_and_a_give_back_do_not_wait_for_each_other(
    simple_card, now
):
    hold = hold_of_all(simple_card, now)
    spend = ledger.capture(hold=hold, now=now)

    again, *given = side_by_side(
        partial(ledger.capture, hold=hold, now=now),
        *[partial(ledger.give_back, spend=spend, points=2, now=now)] * 3,
    )

    assert again == hold
    assert [each.points for each in given] == [2, 2, 2]
    assert_adds_up(simple_card)
