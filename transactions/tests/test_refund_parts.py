"""An order is refunded in parts: each takes its share, and together they take all."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Card
from loyalty.errors import BadInput
from schemes.models import EarnRate
from transactions import ledger
from transactions.ledger import Cause, Order
from transactions.models import Transaction
from transactions.tests.grants import grant, remaining, rows
from transactions.tests.helpers import assert_adds_up

DAY = timedelta(days=1)


def buy(card: Card, amount: int, *, now) -> Transaction:
    return ledger.earn(card=card, now=now, order=Order(reference="W-1", amount=amount))


def refund(card: Card, *, now, **part: Any) -> Transaction:
    return ledger.refund_order(card=card, order_reference="W-1", now=now, **part)


@pytest.mark.parametrize(
    ("parts", "dues"),
    [
        ((999,), [9]),
        ((500, 499), [4, 5]),
        ((333, 333, 333), [3, 3, 3]),
        ((1, 998), [0, 9]),
        ((110, 110, 110, 669), [0, 1, 1, 7]),
    ],
)
def test_parts_take_their_share_and_add_up_to_what_was_granted(
    simple_card, now, parts, dues
):
    bucket = buy(simple_card, 999, now=now).bucket

    refunds = [refund(simple_card, now=now, amount=part) for part in parts]

    assert [each.details["due"] for each in refunds] == dues
    assert [each.amount for each in refunds] == list(parts)
    assert sum(dues) == bucket.points == 9
    assert remaining(bucket) == [0]
    assert_adds_up(simple_card)


def test_many_small_parts_add_up_and_the_bucket_is_canceled_with_the_last(
    recipe_card, now
):
    bucket = buy(recipe_card, 740, now=now).bucket

    for _ in range(10):
        refund(recipe_card, now=now, amount=74)
        assert_adds_up(recipe_card)

    bucket.refresh_from_db()
    assert (bucket.points, bucket.remaining, bucket.status) == (7, 0, "CANCELED")


def test_the_share_is_of_what_was_granted_whatever_the_rates_are_today(
    simple_card, now
):
    buy(simple_card, 1000, now=now)
    EarnRate.objects.update(points=50)

    assert refund(simple_card, now=now, amount=500).details["due"] == 5


def test_the_share_is_of_what_a_limit_let_through(simple_card, now):
    type(simple_card.definition).objects.update(max_points_per_earn=4)
    buy(simple_card, 1000, now=now)

    assert refund(simple_card, now=now, amount=500).details["due"] == 2
    assert refund(simple_card, now=now, amount=500).details["due"] == 2


def test_without_an_amount_all_that_is_left_is_refunded(simple_card, now):
    buy(simple_card, 999, now=now)
    refund(simple_card, now=now, amount=400)

    rest = refund(simple_card, now=now)

    assert (rest.amount, rest.details["due"]) == (599, 6)


def test_no_more_money_is_refunded_than_the_order_has_left(simple_card, now):
    buy(simple_card, 1000, now=now)
    refund(simple_card, now=now, amount=600)
    before = rows()

    with pytest.raises(ledger.RefundExceedsOrder) as refusal:
        refund(simple_card, now=now, amount=401)

    assert (refusal.value.status, refusal.value.field) == (400, "amount")
    assert "400 is left" in refusal.value.message
    assert rows() == before


def test_no_more_points_are_refunded_than_the_order_has_left(simple_card, now):
    buy(simple_card, 1000, now=now)
    refund(simple_card, now=now, points=6)

    with pytest.raises(ledger.RefundExceedsOrder) as refusal:
        refund(simple_card, now=now, points=5)

    assert "4 points are left" in refusal.value.message


def test_a_second_full_refund_takes_nothing_more(simple_card, now):
    buy(simple_card, 1000, now=now)
    other = grant(simple_card, 10, now=now)
    refund(simple_card, now=now)

    again = refund(simple_card, now=now)

    assert (again.points, again.details["due"], again.amount) == (0, 0, 0)
    assert remaining(other) == [10]
    assert_adds_up(simple_card)


def test_points_and_money_refunded_together_never_take_more_than_was_granted(
    simple_card, now
):
    buy(simple_card, 1000, now=now)
    other = grant(simple_card, 10, now=now)
    refund(simple_card, now=now, points=7)

    refund(simple_card, now=now, amount=1000)

    assert remaining(other) == [10]
    assert_adds_up(simple_card)


def test_an_order_recorded_without_an_amount_is_refunded_in_points(simple_card, now):
    grant(simple_card, 10, now=now, order="W-1")

    with pytest.raises(BadInput):
        refund(simple_card, now=now, amount=100)
    part = refund(simple_card, now=now, points=4)
    rest = refund(simple_card, now=now)

    assert (part.amount, part.points) == (None, -4)
    assert (rest.amount, rest.points) == (None, -6)


def test_what_could_not_be_recovered_is_not_asked_for_again(simple_card, now):
    """A refund that stopped at zero is done: points earned later are not its."""
    buy(simple_card, 1000, now=now)
    ledger.spend(card=simple_card, points=10, now=now)
    first = refund(simple_card, now=now)
    later = grant(simple_card, 10, now=now)

    again = refund(simple_card, now=now)

    assert (first.details["unrecovered"], again.details["due"]) == (10, 0)
    assert remaining(later) == [10]


def test_an_order_delivered_in_two_parts_is_refunded_as_one(simple_card, now):
    first = buy(simple_card, 600, now=now).bucket
    second = buy(simple_card, 400, now=now + DAY).bucket

    half = refund(simple_card, now=now + DAY, amount=500)
    rest = refund(simple_card, now=now + DAY, amount=500)

    assert [half.details["due"], rest.details["due"]] == [5, 5]
    assert remaining(first, second) == [0, 0]


def test_parts_add_up_even_if_the_order_earned_more_in_between(simple_card, now):
    """The share of the part refunded before is what it was, not what it would be."""
    grant(simple_card, 1, now=now, order="W-1", amount=1000)
    refund(simple_card, now=now, amount=500)
    grant(simple_card, 20, now=now, order="W-1", amount=1000)

    last = refund(simple_card, now=now, amount=1500)

    assert last.details["due"] == 21
    assert_adds_up(simple_card)


def test_an_order_too_small_for_a_point_is_refunded_with_none(simple_card, now):
    buy(simple_card, 99, now=now)

    nothing = refund(simple_card, now=now)

    assert (nothing.points, nothing.details["due"], nothing.amount) == (0, 0, 99)


def test_a_part_already_told_cannot_be_told_otherwise(simple_card, now):
    buy(simple_card, 1000, now=now)
    cause = Cause(reference="R-1")
    ledger.refund_order(
        card=simple_card, order_reference="W-1", amount=100, now=now, cause=cause
    )

    with pytest.raises(ledger.ReferenceTaken):
        ledger.refund_order(
            card=simple_card, order_reference="W-1", amount=200, now=now, cause=cause
        )
