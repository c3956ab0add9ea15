"""Points are earned: which grants wait, how many points there are, what is refused."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Card
from loyalty.errors import BadInput, Refusal
from schemes.models import CardDefinition, Scheme
from schemes.tests.factories import EarnRateFactory
from transactions import ledger
from transactions.ledger import Cause, Order
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import (
    SHUT,
    TICK,
    assert_adds_up,
    everything,
    london,
    refused,
    shut,
    story,
)

MOST = 2**53 - 1
ACTIVATES = london(2025, 6, 15, 15)
EXPIRES = london(2026, 1, 1)


def test_the_recipes_purchase_waits_five_days_and_lapses_as_january_begins(
    recipe_card: Card, now: datetime
) -> None:
    earned = ledger.earn(
        card=recipe_card, now=now, order=Order(reference="A-1", amount=12_345)
    )

    bucket = Bucket.objects.get()
    assert story(recipe_card) == [("PENDING_POINTS_ADDED", 0, 123)]
    assert (earned.status, earned.bucket) == ("APPROVED", bucket)
    assert (earned.order_reference, earned.amount, earned.currency) == (
        "A-1",
        12_345,
        "GBP",
    )
    assert (bucket.status, bucket.points, bucket.remaining) == ("PENDING", 123, 123)
    assert (bucket.earned_at, bucket.activates_at) == (now, ACTIVATES)
    assert (bucket.expires_at, bucket.order_reference) == (EXPIRES, "A-1")
    assert_adds_up(recipe_card)


def test_the_recipes_points_cannot_be_spent_until_the_last_moment_of_the_wait(
    recipe_card: Card, now: datetime
) -> None:
    ledger.earn(card=recipe_card, now=now, order=Order(reference="A-1", amount=12_345))

    with refused(ledger.InsufficientPoints):
        ledger.spend(card=recipe_card, points=100, now=ACTIVATES - TICK)


@pytest.mark.parametrize("at", [ACTIVATES, EXPIRES - TICK])
def test_the_recipes_points_can_be_spent_while_in_force_though_no_job_ran(
    recipe_card: Card, now: datetime, at: datetime
) -> None:
    ledger.earn(card=recipe_card, now=now, order=Order(reference="A-1", amount=12_345))

    ledger.spend(card=recipe_card, points=100, now=at)

    assert story(recipe_card) == [
        ("PENDING_POINTS_ADDED", 0, 123),
        ("PENDING_POINTS_ACTIVATED", 123, -123),
        ("POINTS_SPENT_ON_ORDER", -100, 0),
    ]
    assert Bucket.objects.get().remaining == 23
    assert_adds_up(recipe_card)


def test_the_recipes_points_cannot_be_spent_from_the_moment_they_expire(
    recipe_card: Card, now: datetime
) -> None:
    ledger.earn(card=recipe_card, now=now, order=Order(reference="A-1", amount=12_345))

    with refused(ledger.InsufficientPoints):
        ledger.spend(card=recipe_card, points=100, now=EXPIRES)


def test_without_a_pending_rule_points_are_active_at_once_and_for_ever(
    simple_card: Card, now: datetime
) -> None:
    ledger.earn(card=simple_card, now=now, order=Order(reference="A-1", amount=500))

    bucket = Bucket.objects.get()
    assert story(simple_card) == [("POINTS_EARNED", 5, 0)]
    assert (bucket.status, bucket.remaining) == ("ACTIVE", 5)
    assert (bucket.activates_at, bucket.expires_at) == (now, None)
    assert_adds_up(simple_card)


@pytest.mark.parametrize("amount", [0, 1, 99])
def test_an_order_too_small_for_a_point_is_recorded_without_a_bucket(
    recipe_card: Card, now: datetime, amount: int
) -> None:
    order = Order(reference="A-1", amount=amount)

    earned = ledger.earn(card=recipe_card, now=now, order=order)

    assert story(recipe_card) == [("POINTS_EARNED", 0, 0)]
    assert (earned.order_reference, earned.amount) == ("A-1", amount)
    assert not Bucket.objects.exists()


@pytest.mark.parametrize(
    ("amount", "points"), [(100, 1), (199, 1), (200, 2), (MOST, MOST // 100)]
)
def test_only_full_steps_of_the_whole_basket_earn(
    simple_card: Card, now: datetime, amount: int, points: int
) -> None:
    order = Order(reference="A-1", amount=amount)

    assert ledger.earn(card=simple_card, now=now, order=order).points == points


@pytest.mark.parametrize("points", [1, MOST])
def test_from_one_point_to_the_most_that_json_holds_can_be_earned(
    simple_card: Card, now: datetime, points: int
) -> None:
    ledger.earn(card=simple_card, now=now, points=points)
    ledger.earn(card=simple_card, now=now, points=points)

    assert story(simple_card) == [("POINTS_EARNED", points, 0)] * 2
    assert_adds_up(simple_card)


@pytest.mark.parametrize("points", [0, -1, MOST + 1, True, 1.0, "1", float("nan")])
def test_anything_else_than_one_to_the_most_whole_points_is_refused(
    simple_card: Card, now: datetime, points: Any
) -> None:
    with refused(ledger.InvalidPoints, field="points"):
        ledger.earn(card=simple_card, now=now, points=points)


@pytest.mark.parametrize("amount", [-1, MOST + 1, True, 100.0, "100"])
def test_an_amount_that_is_not_a_whole_number_of_minor_units_is_refused(
    simple_card: Card, now: datetime, amount: Any
) -> None:
    with refused(BadInput, field="amount"):
        ledger.earn(
            card=simple_card, now=now, order=Order(reference="A-1", amount=amount)
        )


def test_an_amount_that_would_earn_more_than_the_most_is_refused(
    simple_card: Card, now: datetime
) -> None:
    EarnRateFactory(
        card_definition=simple_card.definition, name="double", points=2, step=1
    )
    order = Order(reference="A-1", amount=MOST, rate_name="double")

    with refused(BadInput, field="amount"):
        ledger.earn(card=simple_card, now=now, order=order)


def test_points_that_are_given_stand_in_for_the_rate(
    simple_card: Card, now: datetime
) -> None:
    ledger.earn(
        card=simple_card,
        now=now,
        order=Order(reference="A-1", amount=500, rate_name="unheard of"),
        points=7,
    )
    ledger.earn(card=simple_card, now=now, order=Order(reference="A-2"), points=8)

    earned = Transaction.objects.order_by("pk").values_list(
        "points", "order_reference", "amount"
    )
    assert list(earned) == [(7, "A-1", 500), (8, "A-2", None)]


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (None, "points"),
        (Order(reference="A-1"), "amount"),
        (Order(reference="", amount=500), "order_reference"),
    ],
)
def test_a_grant_without_points_amount_or_order_reference_is_refused(
    simple_card: Card, now: datetime, order: Order | None, field: str
) -> None:
    with refused(BadInput, field=field):
        ledger.earn(card=simple_card, now=now, order=order)


@pytest.mark.parametrize(
    "order",
    [
        Order(reference="A-1", amount=500, rate_name="double"),
        Order(reference="A-1", amount=500, incoming_identifier="elsewhere"),
    ],
)
def test_an_order_at_an_unknown_rate_or_identifier_is_refused(
    simple_card: Card, now: datetime, order: Order
) -> None:
    with refused(ledger.NoEarnRate, field="rate_name"):
        ledger.earn(card=simple_card, now=now, order=order)


def test_a_named_rate_and_another_identifiers_rate_replace_the_default(
    simple_card: Card, now: datetime
) -> None:
    rules = simple_card.definition
    EarnRateFactory(card_definition=rules, name="double", points=2)
    EarnRateFactory(card_definition=rules, incoming_identifier="partner", points=3)

    for order in (
        Order(reference="A-1", amount=500, rate_name="double"),
        Order(reference="A-2", amount=500, incoming_identifier="partner"),
        Order(reference="A-3", amount=500),
    ):
        ledger.earn(card=simple_card, now=now, order=order)

    assert [points for _, points, _ in story(simple_card)] == [10, 15, 5]


def test_an_order_in_another_currency_is_refused(
    simple_card: Card, now: datetime
) -> None:
    with refused(ledger.WrongCurrency, field="currency"):
        ledger.earn(
            card=simple_card,
            now=now,
            order=Order(reference="A-1", amount=500, currency="EUR"),
        )

    order = Order(reference="A-1", amount=500, currency="GBP")
    assert ledger.earn(card=simple_card, now=now, order=order).currency == "GBP"


def test_an_order_that_comes_in_two_parts_earns_for_both(
    simple_card: Card, now: datetime
) -> None:
    order = Order(reference="A-1", amount=150)

    ledger.earn(card=simple_card, now=now, order=order)
    ledger.earn(card=simple_card, now=now, order=order)

    assert story(simple_card) == [("POINTS_EARNED", 1, 0)] * 2
    assert Bucket.objects.filter(order_reference="A-1").count() == 2


@pytest.mark.parametrize("how", SHUT)
def test_nothing_is_earned_on_what_is_shut(
    simple_card: Card, now: datetime, how: str
) -> None:
    shut(simple_card, how, now=now)
    before = everything()

    with pytest.raises(Refusal) as caught:
        ledger.earn(card=simple_card, now=now, points=10)

    assert (caught.value.key, caught.value.status) == (SHUT[how], 423)
    assert everything() == before


def test_a_scheme_is_open_from_its_beginning_to_just_before_its_end(
    simple_card: Card, now: datetime
) -> None:
    end = now + timedelta(days=1)
    Scheme.objects.update(starts_at=now, ends_at=end)

    ledger.earn(card=simple_card, now=now, points=1)
    ledger.earn(card=simple_card, now=end - TICK, points=2)
    ledger.earn(card=simple_card, now=end, points=3, cause=Cause(occurred_at=now))

    with refused(ledger.SchemeOutsideDates):
        ledger.earn(card=simple_card, now=end, points=4)
    with refused(ledger.SchemeOutsideDates):
        ledger.earn(
            card=simple_card, now=now, points=5, cause=Cause(occurred_at=now - TICK)
        )


def test_editing_the_rules_touches_no_points_already_granted(
    recipe_card: Card, now: datetime
) -> None:
    ledger.earn(card=recipe_card, now=now, points=123)
    granted = everything()

    CardDefinition.objects.update(
        pending_mode="IMMEDIATE", pending_period="", expiry_mode="NONE"
    )

    assert everything() == granted
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=recipe_card, points=100, now=ACTIVATES - TICK)
    with refused(ledger.InsufficientPoints):
        ledger.spend(card=recipe_card, points=100, now=EXPIRES)
