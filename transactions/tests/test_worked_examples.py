"""Stories of a shop and its customers, told from beginning to end.

The first ones play the recipe "Loyalty Points Recipe - Pending Points": one point for
every 1.00 spent, available five days later, spent in hundreds, and lost at the end of
the month that is six months away.
"""

from datetime import datetime

import pytest

from accounts.models import Card
from accounts.tests.factories import CardFactory
from loyalty.testing import LONDON
from schemes.policies import BurnRateNotMet
from schemes.tests.factories import CardDefinitionFactory, EarnRateFactory
from transactions import balances, ledger
from transactions.ledger import Cause, Order
from transactions.tests.helpers import assert_adds_up, story


def on(day: int, month: int, year: int = 2025, hour: int = 15) -> datetime:
    """A moment on the shop's clock in London."""
    return datetime(year, month, day, hour, tzinfo=LONDON)


def active_and_pending(card: Card, *, at: datetime) -> tuple[int, int]:
    """What the customer sees in the app at that moment."""
    assert_adds_up(card)
    balance = balances.balance(card=card, at=at, now=at)
    return balance.active, balance.pending


def buy(card: Card, pounds: int, *, at: datetime, order: str):
    bought = Order(reference=order, amount=pounds * 100)
    return ledger.earn(card=card, order=bought, now=at)


def test_the_recipe_from_the_purchase_to_the_last_day_of_the_points(recipe_card):
    # Ada buys a bicycle for 250.99 on 10 June at three in the afternoon.
    bicycle = Order(reference="W-1001", amount=250_99)
    earned = ledger.earn(card=recipe_card, order=bicycle, now=on(10, 6))

    # She sees 250 points that are on their way: the pence earn nothing.
    assert active_and_pending(recipe_card, at=on(10, 6)) == (0, 250)
    assert earned.bucket.activates_at == on(15, 6)
    # Six months later is 10 December; they last to the end of that month.
    assert earned.bucket.expires_at == on(1, 1, 2026, hour=0)

    # At two on the fifth day they still wait, at three they are hers.
    assert active_and_pending(recipe_card, at=on(15, 6, hour=14)) == (0, 250)
    assert active_and_pending(recipe_card, at=on(15, 6)) == (250, 0)

    # At the till she pays with points: in hundreds, and at least one hundred.
    with pytest.raises(BurnRateNotMet):
        ledger.spend(card=recipe_card, points=50, now=on(20, 6))
    with pytest.raises(BurnRateNotMet):
        ledger.spend(card=recipe_card, points=250, now=on(20, 6))
    spent = ledger.spend(card=recipe_card, points=200, now=on(20, 6))
    assert (spent.amount, spent.currency) == (200, "GBP")  # 200 points pay 2.00
    assert active_and_pending(recipe_card, at=on(20, 6)) == (50, 0)

    # On New Year's Eve the other 50 can still be spent, in the new year no more.
    assert active_and_pending(recipe_card, at=on(31, 12, hour=23)) == (50, 0)
    assert active_and_pending(recipe_card, at=on(1, 1, 2026, hour=0)) == (0, 0)


def test_the_customer_sends_everything_back_before_the_points_arrive(recipe_card):
    buy(recipe_card, 250, at=on(10, 6), order="W-1001")

    ledger.refund_order(card=recipe_card, order_reference="W-1001", now=on(12, 6))

    # The points never became hers, so nobody has to take anything from her.
    assert story(recipe_card) == [
        ("PENDING_POINTS_ADDED", 0, 250),
        ("POINTS_REFUNDED", 0, 0),
        ("PENDING_POINTS_CANCELED", 0, -250),
    ]
    assert active_and_pending(recipe_card, at=on(16, 6)) == (0, 0)


def test_the_customer_sends_one_of_three_shirts_back(recipe_card):
    buy(recipe_card, 90, at=on(10, 6), order="W-1001")

    ledger.refund_order(
        card=recipe_card, order_reference="W-1001", amount=30_00, now=on(12, 6)
    )

    assert active_and_pending(recipe_card, at=on(12, 6)) == (0, 60)
    assert active_and_pending(recipe_card, at=on(15, 6)) == (60, 0)


def test_the_customer_spends_the_points_and_sends_the_goods_back_afterwards(
    recipe_card,
):
    # 300 points from a coat, and 120 from shoes that are kept.
    buy(recipe_card, 300, at=on(10, 6), order="COAT")
    buy(recipe_card, 120, at=on(11, 6), order="SHOES")
    ledger.spend(card=recipe_card, points=200, now=on(20, 6))

    # The coat comes back: 100 of its points are left, and the shoes' 120 pay too.
    refund = ledger.refund_order(
        card=recipe_card, order_reference="COAT", now=on(21, 6)
    )

    assert refund.points == -220
    assert refund.details["unrecovered"] == 80  # the shop lets these go
    assert active_and_pending(recipe_card, at=on(21, 6)) == (0, 0)


def test_a_shop_that_does_not_let_points_go_is_paid_by_the_next_purchase(recipe_card):
    rules = recipe_card.definition
    rules.refunds, rules.allow_negative = "BELOW_ZERO", True
    rules.save()
    buy(recipe_card, 300, at=on(10, 6), order="COAT")
    ledger.spend(card=recipe_card, points=200, now=on(20, 6))
    ledger.refund_order(card=recipe_card, order_reference="COAT", now=on(21, 6))

    assert (
        balances.balance(card=recipe_card, at=on(21, 6), now=on(21, 6)).overdraft == 200
    )

    # 250 new points: when they arrive they pay the 200 back, and 50 are left.
    buy(recipe_card, 250, at=on(1, 7), order="BICYCLE")
    assert active_and_pending(recipe_card, at=on(5, 7)) == (0, 250)
    assert active_and_pending(recipe_card, at=on(6, 7)) == (50, 0)


def test_the_points_that_are_lost_first_are_spent_first(recipe_card):
    buy(recipe_card, 100, at=on(10, 6), order="JUNE")  # until the end of December
    buy(recipe_card, 100, at=on(10, 9), order="SEPTEMBER")  # until the end of March

    ledger.spend(card=recipe_card, points=100, now=on(20, 9))

    # At the end of the year nothing is lost: June's points are what was spent.
    assert active_and_pending(recipe_card, at=on(1, 1, 2026, hour=0)) == (100, 0)
    assert active_and_pending(recipe_card, at=on(31, 3, 2026, hour=23)) == (100, 0)
    assert active_and_pending(recipe_card, at=on(1, 4, 2026, hour=0)) == (0, 0)


def test_a_till_that_loses_the_answer_and_asks_again_spends_once(recipe_card):
    ledger.credit(card=recipe_card, points=100, now=on(10, 6))
    cause = Cause(idempotency_key="till-7-receipt-42")

    first = ledger.spend(card=recipe_card, points=100, now=on(10, 6), cause=cause)
    second = ledger.spend(card=recipe_card, points=100, now=on(10, 6), cause=cause)

    assert second == first
    assert active_and_pending(recipe_card, at=on(10, 6)) == (0, 0)


def test_a_canceled_order_gives_the_spent_points_back_with_their_old_date(recipe_card):
    earned = buy(recipe_card, 100, at=on(10, 6), order="W-1001")
    spent = ledger.spend(card=recipe_card, points=100, now=on(20, 6))

    ledger.give_back(spend=spent, now=on(25, 6))

    assert active_and_pending(recipe_card, at=on(25, 6)) == (100, 0)
    assert recipe_card.buckets.get().expires_at == earned.bucket.expires_at


def test_an_order_canceled_after_its_points_lapsed_gives_a_month_of_grace(recipe_card):
    buy(recipe_card, 100, at=on(10, 6), order="W-1001")
    spent = ledger.spend(card=recipe_card, points=100, now=on(30, 12))

    ledger.give_back(spend=spent, now=on(5, 1, 2026))

    assert active_and_pending(recipe_card, at=on(4, 2, 2026, hour=14)) == (100, 0)
    assert active_and_pending(recipe_card, at=on(4, 2, 2026)) == (0, 0)


def test_the_office_is_closed_for_a_month_and_no_customer_notices(recipe_card):
    """No sweep ran. The dates of the points say all that a customer sees."""
    buy(recipe_card, 200, at=on(10, 6), order="W-1001")
    bonus = {"points": 500, "valid_to": on(30, 6)}
    ledger.earn(card=recipe_card, now=on(10, 6), **bonus)

    assert active_and_pending(recipe_card, at=on(29, 6)) == (700, 0)
    assert active_and_pending(recipe_card, at=on(10, 7)) == (200, 0)
    with pytest.raises(ledger.InsufficientPoints):
        ledger.spend(card=recipe_card, points=300, now=on(10, 7))
    ledger.spend(card=recipe_card, points=200, now=on(10, 7))

    # What had happened meanwhile is written with the dates on which it did.
    written = recipe_card.transactions.order_by("pk").values_list(
        "type", "effective_at"
    )
    assert list(written)[2:] == [
        ("PENDING_POINTS_ACTIVATED", on(15, 6)),
        ("PENDING_POINTS_ACTIVATED", on(15, 6)),
        ("POINTS_EXPIRED", on(30, 6)),
        ("POINTS_SPENT_ON_ORDER", on(10, 7)),
    ]


def test_goods_that_are_delivered_release_their_points(db):
    """Points wait for the parcel; if it never arrives they are canceled."""
    definition = CardDefinitionFactory(
        pending_mode="EVENT_BASED", pending_events=["delivered"], pending_deadline="30D"
    )
    EarnRateFactory(card_definition=definition)
    card = CardFactory(definition=definition)
    buy(card, 80, at=on(10, 6), order="PARCEL")

    assert active_and_pending(card, at=on(20, 6)) == (0, 80)
    ledger.activate_on_event(card=card, event="delivered", now=on(21, 6))
    assert active_and_pending(card, at=on(21, 6)) == (80, 0)

    buy(card, 40, at=on(22, 6), order="LOST")
    assert active_and_pending(card, at=on(22, 7, hour=14)) == (80, 40)
    assert active_and_pending(card, at=on(22, 7)) == (80, 0)


def test_staff_make_up_for_a_bad_day_and_correct_a_slip(recipe_card):
    sorry = Cause(actor="staff:anna", reason="late delivery")

    # What staff give is there at once, although the recipe lets points wait.
    ledger.credit(card=recipe_card, points=1000, now=on(10, 6), cause=sorry)
    assert active_and_pending(recipe_card, at=on(10, 6)) == (1000, 0)

    # It should have been 100.
    ledger.debit(card=recipe_card, points=900, now=on(10, 6), cause=sorry)
    assert active_and_pending(recipe_card, at=on(10, 6)) == (100, 0)
    assert [row.actor for row in recipe_card.transactions.all()] == ["staff:anna"] * 2
