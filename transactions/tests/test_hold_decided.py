"""A hold is captured or released: once, and as the card's points are then."""

from datetime import timedelta

import pytest

from loyalty.errors import Refusal
from transactions import balances, ledger
from transactions.audit import disagreements
from transactions.ledger import Order
from transactions.models import Allocation, Transaction
from transactions.tests.cards import sliding_card
from transactions.tests.grants import drawn, grant, remaining
from transactions.tests.helpers import SHUT, assert_adds_up, refused, shut, story

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def hold(simple_card, now):
    """Six of ten points, held for a day."""
    grant(simple_card, 10, now=now)
    order = Order(reference="A-1")
    return ledger.hold(
        card=simple_card, points=6, until=now + DAY, order=order, now=now
    )


def shown(card, *, at):
    balance = balances.balance(card=card, at=at, now=at)
    return balance.active, balance.held


def test_a_captured_hold_is_a_spend(simple_card, now, hold):
    then = now + timedelta(hours=1)

    captured = ledger.capture(hold=hold, now=then, actor="client:till")

    assert (captured.pk, captured.status, captured.points) == (hold.pk, "APPROVED", -6)
    assert (captured.effective_at, captured.processed_at) == (then, then)
    assert (captured.created_at, captured.order_reference) == (now, "A-1")
    assert captured.details == {"decided_by": "client:till"}
    assert Transaction.objects.get(pk=hold.pk).status == "APPROVED"
    assert story(simple_card)[1:] == [("POINTS_SPENT_ON_ORDER", -6, 0)]
    assert shown(simple_card, at=then) == (4, 0)
    assert_adds_up(simple_card)
    assert not list(disagreements(card=simple_card))


def test_a_capture_draws_what_expires_soonest_at_that_moment(simple_card, now, hold):
    """A hold keeps a number of points, and no buckets."""
    (held_from,) = simple_card.buckets.all()
    soon = grant(simple_card, 5, now=now, days=3)
    lapsed = grant(simple_card, 5, now=now, days=1)

    captured = ledger.capture(hold=hold, now=now + DAY - MOMENT)

    assert drawn(captured) == [(lapsed.pk, 5), (soon.pk, 1)]
    assert remaining(held_from, soon, lapsed) == [10, 4, 0]
    assert_adds_up(simple_card)


def test_capturing_twice_spends_once(simple_card, now, hold):
    first = ledger.capture(hold=hold, now=now)
    again = ledger.capture(hold=hold, now=now + 2 * DAY)

    assert first == again
    assert again.processed_at == now
    assert Allocation.objects.count() == 1
    assert shown(simple_card, at=now) == (4, 0)


def test_a_released_hold_gives_its_points_free(simple_card, now, hold):
    released = ledger.release(hold=hold, now=now, reason="Changed their mind")

    assert (released.pk, released.status, released.processed_at) == (
        hold.pk,
        "REJECTED",
        now,
    )
    assert released.details["rejection"] == {
        "reason": "released",
        "details": "Changed their mind",
    }
    assert shown(simple_card, at=now) == (10, 0)
    ledger.spend(card=simple_card, points=10, now=now)
    assert_adds_up(simple_card)


def test_releasing_twice_keeps_the_first_answer(now, hold):
    ledger.release(hold=hold, now=now, reason="The first")
    again = ledger.release(hold=hold, now=now + DAY, reason="The second")

    assert again.processed_at == now
    assert again.details["rejection"]["details"] == "The first"


def test_what_was_released_cannot_be_captured(now, hold):
    ledger.release(hold=hold, now=now)

    with refused(ledger.HoldNotOpen):
        ledger.capture(hold=hold, now=now)


def test_what_was_captured_cannot_be_released(now, hold):
    ledger.capture(hold=hold, now=now)

    with refused(ledger.HoldNotOpen):
        ledger.release(hold=hold, now=now)


@pytest.mark.parametrize("decide", [ledger.capture, ledger.release])
def test_only_a_hold_is_decided(simple_card, now, decide):
    grant(simple_card, 10, now=now)
    spend = ledger.spend(card=simple_card, points=1, now=now)

    with refused(ledger.NotAHold):
        decide(hold=spend, now=now)


@pytest.mark.parametrize("how", SHUT)
def test_a_hold_is_not_captured_on_what_is_shut_but_released(
    simple_card, now, hold, how
):
    shut(simple_card, how, now=now)

    with pytest.raises(Refusal) as refusal:
        ledger.capture(hold=hold, now=now)
    assert refusal.value.key == SHUT[how]
    assert ledger.release(hold=hold, now=now).status == "REJECTED"


def test_a_capture_is_answered_again_after_the_card_was_shut(simple_card, now, hold):
    first = ledger.capture(hold=hold, now=now)
    shut(simple_card, "closed card", now=now)

    assert ledger.capture(hold=hold, now=now) == first


def test_what_a_capture_would_do_is_told_without_doing_it(simple_card, now, hold):
    foreseen = ledger.preview(ledger.capture, hold=hold, now=now)

    assert (foreseen.status, foreseen.processed_at) == ("APPROVED", now)
    assert shown(simple_card, at=now) == (10, 6)
    assert not Allocation.objects.exists()


def test_a_captured_hold_is_given_back_like_any_spend(simple_card, now, hold):
    (bucket,) = simple_card.buckets.all()
    captured = ledger.capture(hold=hold, now=now)

    ledger.give_back(spend=captured, points=4, now=now)
    ledger.give_back(spend=captured, now=now)

    assert remaining(bucket) == [10]
    assert_adds_up(simple_card)


def test_what_is_only_held_cannot_be_given_back(now, hold):
    with refused(ledger.NotASpend):
        ledger.give_back(spend=hold, now=now)
    released = ledger.release(hold=hold, now=now)
    with refused(ledger.NotASpend):
        ledger.give_back(spend=released, now=now)


def test_nothing_is_given_back_as_of_before_the_capture(now, hold):
    captured = ledger.capture(hold=hold, now=now + timedelta(hours=1))

    with refused(ledger.InvalidMoment, field="occurred_at"):
        ledger.give_back(
            spend=captured,
            now=now + DAY,
            cause=ledger.Cause(occurred_at=now + timedelta(minutes=59)),
        )


def test_an_expiry_slides_when_a_hold_is_captured_and_not_before(now):
    card = sliding_card()
    bucket = grant(card, 10, now=now)
    hold = ledger.hold(card=card, points=4, until=now + 5 * DAY, now=now + DAY)
    bucket.refresh_from_db()
    assert bucket.expires_at == now + 10 * DAY

    captured = ledger.capture(hold=hold, now=now + 2 * DAY)

    bucket.refresh_from_db()
    assert bucket.expires_at == now + 12 * DAY
    assert captured.details["slid_from"]
    past = balances.balance(card=card, at=now + DAY, now=now + 3 * DAY)
    assert past.next_expiry.at == now + 10 * DAY


def test_the_answers_of_a_decision_cannot_be_changed_any_more(now, hold):
    captured = ledger.capture(hold=hold, now=now)
    captured.held_until = now + 9 * DAY

    with pytest.raises(Exception, match="a finished transaction never changes"):
        captured.save()
