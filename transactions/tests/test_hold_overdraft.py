"""Refunds and debits beside a hold: they stop at it, or leave it to be owed."""

from datetime import timedelta

import pytest

from transactions import balances, ledger
from transactions.audit import disagreements
from transactions.tests.grants import drawn, grant, remaining
from transactions.tests.helpers import assert_adds_up, card_with, refused

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def owing(now):
    """A card that may owe: ten points of an order, eight of them held."""
    card = card_with(allow_negative=True, refunds="BELOW_ZERO")
    grant(card, 10, now=now, order="A-1", amount=1000)
    return card


def hold(card, points, *, now):
    return ledger.hold(card=card, points=points, until=now + 9 * DAY, now=now)


def overdraft(card):
    card.refresh_from_db()
    return card.overdraft


def test_a_refund_to_zero_stops_at_held_points(now):
    card = card_with(refunds="TO_ZERO")
    grant(card, 10, now=now, order="A-1", amount=1000)
    held = hold(card, 8, now=now)

    refund = ledger.refund_order(card=card, order_reference="A-1", now=now)

    assert (refund.points, refund.details["unrecovered"]) == (-2, 8)
    ledger.capture(hold=held, now=now)
    assert_adds_up(card)


def test_a_refund_takes_waiting_points_whatever_is_held(now):
    card = card_with(refunds="TO_ZERO")
    waiting = grant(card, 10, now=now, order="A-1", waits_days=5)
    grant(card, 8, now=now)
    held = hold(card, 8, now=now)

    refund = ledger.refund_order(card=card, order_reference="A-1", now=now)

    assert (refund.details["from_pending"], refund.details["unrecovered"]) == (10, 0)
    assert remaining(waiting) == [0]
    ledger.capture(hold=held, now=now)


def test_more_held_than_there_is_leaves_a_refund_nothing(now):
    card = card_with(refunds="TO_ZERO")
    grant(card, 5, now=now, days=1)
    grant(card, 5, now=now, order="A-1", amount=500)
    hold(card, 8, now=now)

    refund = ledger.refund_order(card=card, order_reference="A-1", now=now + DAY)

    assert (refund.points, refund.details["unrecovered"]) == (0, 5)


@pytest.mark.parametrize("how", ["refund", "debit"])
def test_where_an_overdraft_is_allowed_held_points_go_and_the_capture_owes(
    owing, now, how
):
    held = hold(owing, 8, now=now)

    if how == "refund":
        taken = ledger.refund_order(card=owing, order_reference="A-1", now=now)
    else:
        taken = ledger.debit(card=owing, points=10, now=now)
    assert (taken.points, overdraft(owing)) == (-10, 0)
    balance = balances.balance(card=owing, at=now, now=now)
    assert (balance.active, balance.held) == (0, 8)

    captured = ledger.capture(hold=held, now=now)
    assert (captured.points, captured.details["overdraft"]) == (-8, 8)
    assert overdraft(owing) == 8
    assert_adds_up(owing)
    assert not list(disagreements(card=owing))


def test_a_capture_draws_what_is_left_and_owes_the_rest(owing, now):
    held = hold(owing, 8, now=now)
    ledger.debit(card=owing, points=7, now=now)

    captured = ledger.capture(hold=held, now=now)

    assert [points for _, points in drawn(captured)] == [3]
    assert (captured.details["overdraft"], overdraft(owing)) == (5, 5)


def test_an_overdraft_does_not_let_a_member_spend_what_is_held(owing, now):
    hold(owing, 8, now=now)

    with refused(ledger.InsufficientPoints):
        ledger.spend(card=owing, points=3, now=now)
    with refused(ledger.InsufficientPoints):
        hold(owing, 3, now=now)


def test_points_that_lapsed_while_held_are_owed_where_that_is_allowed(now):
    card = card_with(allow_negative=True)
    grant(card, 10, now=now, days=1)
    held = hold(card, 8, now=now)

    ledger.capture(hold=held, now=now + DAY)

    assert overdraft(card) == 8
    assert_adds_up(card)


def test_what_a_capture_owes_is_repaid_by_the_next_points(owing, now):
    held = hold(owing, 8, now=now)
    ledger.debit(card=owing, points=10, now=now)
    ledger.capture(hold=held, now=now)

    grant(owing, 10, now=now)
    ledger.debit(card=owing, points=1, now=now)

    assert overdraft(owing) == 0
    assert balances.balance(card=owing, at=now, now=now).active == 1
    assert_adds_up(owing)


@pytest.mark.parametrize("points", [2, 4, 8])
def test_a_capture_that_owed_can_be_given_back(owing, now, points):
    held = hold(owing, 8, now=now)
    ledger.debit(card=owing, points=6, now=now)
    captured = ledger.capture(hold=held, now=now)  # draws 4, owes 4

    ledger.give_back(spend=captured, points=points, now=now)

    balance = balances.balance(card=owing, at=now, now=now)
    assert balance.active - balance.overdraft == points - 4
    assert_adds_up(owing)
    assert not list(disagreements(card=owing))


def test_staff_may_let_points_lapse_that_are_held(simple_card, now):
    bucket = grant(simple_card, 10, now=now)
    held = hold(simple_card, 8, now=now)

    ledger.expire(bucket=bucket, now=now)

    with refused(ledger.InsufficientPoints):
        ledger.capture(hold=held, now=now)
    assert_adds_up(simple_card)
