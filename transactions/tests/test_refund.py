"""An order is refunded: what is taken back from where, under each refund rule."""

from datetime import timedelta

import pytest

from accounts.models import Card
from loyalty.errors import BadInput
from transactions import ledger
from transactions.ledger import Cause, Order
from transactions.tests.grants import drawn, grant, remaining, rows
from transactions.tests.helpers import assert_adds_up, story

DAY = timedelta(days=1)


def set_rule(card: Card, refunds: str) -> None:
    rules = card.definition
    rules.refunds = refunds
    rules.allow_negative = refunds == "BELOW_ZERO"
    rules.save()


def buy(card: Card, amount: int, *, now, reference: str = "W-1"):
    return ledger.earn(
        card=card, now=now, order=Order(reference=reference, amount=amount)
    )


def taken(refund) -> dict[str, int]:
    return {key: value for key, value in refund.details.items() if key != "due"}


@pytest.mark.parametrize(
    ("rule", "points", "from_active", "overdraft", "unrecovered", "left"),
    [
        ("FROM_PENDING", 0, 0, 0, 20, [0, 5, 7]),
        ("TO_ZERO", -12, 12, 0, 8, [0, 0, 0]),
        ("BELOW_ZERO", -20, 12, 8, 0, [0, 0, 0]),
    ],
)
def test_a_refund_takes_from_each_place_in_turn_as_far_as_its_rule_goes(
    simple_card, now, rule, points, from_active, overdraft, unrecovered, left
):
    """30 points of the order: 10 still wait, 5 are left of 20, 15 were spent."""
    set_rule(simple_card, rule)
    own = grant(simple_card, 20, now=now, days=9, order="W-1")
    other = grant(simple_card, 7, now=now)
    ledger.spend(card=simple_card, points=15, now=now)
    waiting = grant(simple_card, 10, now=now, waits_days=5, order="W-1")

    refund = ledger.refund_order(card=simple_card, order_reference="W-1", now=now)

    assert (refund.type, refund.points) == ("POINTS_REFUNDED", points)
    assert refund.details == {
        "due": 30,
        "from_pending": 10,
        "from_active": from_active,
        "overdraft": overdraft,
        "unrecovered": unrecovered,
    }
    assert remaining(waiting, own, other) == left
    assert Card.objects.get(pk=simple_card.pk).overdraft == overdraft
    canceled = refund.children.get()
    assert canceled.type == "PENDING_POINTS_CANCELED"
    assert (canceled.bucket, canceled.pending_points) == (waiting, -10)
    assert_adds_up(simple_card)


def test_a_definition_that_takes_nothing_back_refuses_refunds(simple_card, now):
    set_rule(simple_card, "NONE")
    buy(simple_card, 1000, now=now)
    before = rows()

    with pytest.raises(ledger.RefundsNotAllowed) as refusal:
        ledger.refund_order(card=simple_card, order_reference="W-1", now=now)

    assert refusal.value.status == 423
    assert rows() == before


def test_points_of_the_order_go_before_others_that_expire_sooner(simple_card, now):
    soon = grant(simple_card, 10, now=now, days=2)
    own = grant(simple_card, 10, now=now, order="W-1")

    refund = ledger.refund_order(card=simple_card, order_reference="W-1", now=now)

    assert drawn(refund) == [(own.pk, 10)]
    assert remaining(soon, own) == [10, 0]


def test_other_points_are_taken_soonest_expiry_first(simple_card, now):
    own = grant(simple_card, 10, now=now, days=1, order="W-1")
    ledger.spend(card=simple_card, points=10, now=now)
    never, soon = grant(simple_card, 6, now=now), grant(simple_card, 6, now=now, days=2)

    refund = ledger.refund_order(card=simple_card, order_reference="W-1", now=now)

    assert drawn(refund) == [(soon.pk, 6), (never.pk, 4)]
    assert remaining(own, soon, never) == [0, 0, 2]
    assert_adds_up(simple_card)


def test_waiting_points_of_another_order_are_not_touched(recipe_card, now):
    set_rule(recipe_card, "BELOW_ZERO")
    buy(recipe_card, 1000, now=now, reference="W-1")
    other = buy(recipe_card, 1000, now=now, reference="W-2").bucket
    activated = recipe_card.buckets.get(order_reference="W-1")
    ledger.activate(bucket=activated, now=now)
    ledger.debit(card=recipe_card, points=10, now=now)

    ledger.refund_order(card=recipe_card, order_reference="W-1", now=now)

    assert remaining(other) == [10]
    assert Card.objects.get(pk=recipe_card.pk).overdraft == 10
    assert_adds_up(recipe_card)


def test_an_order_refunded_while_its_points_wait_never_moves_a_balance(
    recipe_card, now
):
    bucket = buy(recipe_card, 1000, now=now).bucket

    refund = ledger.refund_order(card=recipe_card, order_reference="W-1", now=now + DAY)

    bucket.refresh_from_db()
    assert (bucket.status, bucket.remaining) == ("CANCELED", 0)
    assert story(recipe_card) == [
        ("PENDING_POINTS_ADDED", 0, 10),
        ("POINTS_REFUNDED", 0, 0),
        ("PENDING_POINTS_CANCELED", 0, -10),
    ]
    assert (refund.amount, refund.currency) == (1000, "GBP")
    assert_adds_up(recipe_card)


def test_points_that_are_due_are_taken_as_active_ones_however_late_the_sweep_is(
    recipe_card, now
):
    buy(recipe_card, 1000, now=now)

    refund = ledger.refund_order(
        card=recipe_card, order_reference="W-1", now=now + 5 * DAY
    )

    assert (refund.points, taken(refund)["from_active"]) == (-10, 10)
    assert_adds_up(recipe_card)


def test_from_pending_takes_nothing_once_the_points_are_active(recipe_card, now):
    set_rule(recipe_card, "FROM_PENDING")
    bucket = buy(recipe_card, 1000, now=now).bucket

    refund = ledger.refund_order(
        card=recipe_card, order_reference="W-1", now=now + 5 * DAY
    )

    assert (refund.points, taken(refund)["unrecovered"]) == (0, 10)
    assert remaining(bucket) == [10]


def test_a_refund_works_after_a_spend_was_given_back(simple_card, now):
    bucket = buy(simple_card, 1000, now=now).bucket
    spent = ledger.spend(card=simple_card, points=10, now=now)
    ledger.give_back(spend=spent, now=now)

    refund = ledger.refund_order(card=simple_card, order_reference="W-1", now=now)

    assert drawn(refund) == [(bucket.pk, 10)]
    assert_adds_up(simple_card)


@pytest.mark.parametrize("reference", ["W-2", ""])
def test_an_order_that_earned_nothing_cannot_be_refunded(simple_card, now, reference):
    buy(simple_card, 1000, now=now)
    before = rows()

    with pytest.raises(ledger.OrderNotFound) as refusal:
        ledger.refund_order(card=simple_card, order_reference=reference, now=now)

    assert refusal.value.status == 404
    assert rows() == before


def test_an_order_of_another_card_is_not_found(simple_card, recipe_card, now):
    buy(recipe_card, 1000, now=now)

    with pytest.raises(ledger.OrderNotFound):
        ledger.refund_order(card=simple_card, order_reference="W-1", now=now)


def test_a_preview_tells_what_a_refund_would_do_and_writes_nothing(recipe_card, now):
    bucket = buy(recipe_card, 1000, now=now).bucket
    before = rows()
    request = {"card": recipe_card, "order_reference": "W-1", "amount": 500}

    foreseen = ledger.preview(ledger.refund_order, now=now, **request)

    assert rows() == before
    assert remaining(bucket) == [10]
    done = ledger.refund_order(now=now, **request)
    for column in ("type", "points", "amount", "details"):
        assert getattr(foreseen, column) == getattr(done, column)
    assert remaining(bucket) == [5]


def test_a_preview_refuses_what_the_refund_would_refuse(simple_card, now):
    with pytest.raises(ledger.OrderNotFound):
        ledger.preview(
            ledger.refund_order, card=simple_card, order_reference="W-1", now=now
        )


def test_a_retry_of_a_refund_gets_its_first_answer(simple_card, now):
    buy(simple_card, 1000, now=now)
    request = {"card": simple_card, "order_reference": "W-1", "amount": 500}
    cause = Cause(idempotency_key="desk-1")

    first = ledger.refund_order(now=now, cause=cause, **request)
    again = ledger.refund_order(now=now + DAY, cause=cause, **request)

    assert again == first
    assert simple_card.transactions.filter(type="POINTS_REFUNDED").count() == 1


def test_nothing_is_refunded_on_a_card_that_is_blocked(simple_card, now):
    buy(simple_card, 1000, now=now)
    type(simple_card).objects.update(status="BLOCKED")

    with pytest.raises(ledger.CardNotActive):
        ledger.refund_order(card=simple_card, order_reference="W-1", now=now)


@pytest.mark.parametrize(
    ("amount", "points", "field"),
    [
        (0, None, "amount"),
        (-1, None, "amount"),
        (1.5, None, "amount"),
        (True, None, "amount"),
        (None, 0, "points"),
        (None, True, "points"),
        (500, 5, "points"),
    ],
)
def test_a_refund_of_so_much_makes_no_sense(simple_card, now, amount, points, field):
    buy(simple_card, 1000, now=now)
    before = rows()

    with pytest.raises(BadInput) as refusal:
        ledger.refund_order(
            card=simple_card,
            order_reference="W-1",
            now=now,
            amount=amount,
            points=points,
        )

    assert refusal.value.field == field
    assert rows() == before
