"""What a card has done in its life, added up by type of transaction."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from schemes.tests.factories import BurnRateFactory
from transactions import ledger, sweeps, totals
from transactions.ledger import Order
from transactions.models import Transaction
from transactions.tests.grants import grant
from transactions.tests.helpers import card_with
from transactions.totals import NOTHING, Total

DAY = timedelta(days=1)
Type = Transaction.Type
pytestmark = pytest.mark.django_db


@pytest.fixture
def totals_of(now):
    def of_card(card, at=now):
        return totals.of_cards(cards=[card], at=at)[card.pk]

    return of_card


def test_each_type_is_added_up_with_its_money(simple_card, now, totals_of):
    BurnRateFactory(
        card_definition=simple_card.definition, floor=1, ceiling=100, step=1, rate=2
    )
    for amount in (1000, 2050):
        order = Order(reference=f"W-{amount}", amount=amount)
        ledger.earn(card=simple_card, order=order, now=now)
    ledger.spend(card=simple_card, points=7, now=now)
    ledger.spend(card=simple_card, points=3, now=now, reward="Mug")

    found = totals_of(simple_card)

    assert found.of(Type.POINTS_EARNED) == Total(points=30, amount=3050)
    assert found.of(Type.POINTS_SPENT_ON_ORDER) == Total(points=-7, amount=14)
    assert found.of(*Transaction.SPENDS) == Total(points=-10, amount=20)


def test_what_never_happened_adds_up_to_nothing(simple_card, totals_of):
    assert totals_of(simple_card).of(Type.ADMIN_DEBIT) == NOTHING
    assert totals_of(simple_card).of() == NOTHING


def test_points_without_money_have_an_amount_of_nothing(simple_card, now, totals_of):
    grant(simple_card, 5, now=now)

    assert totals_of(simple_card).of(Type.POINTS_EARNED) == Total(points=5)


def test_waiting_points_are_added_up_apart(recipe_card, now, totals_of):
    grant(recipe_card, 10, now=now)
    bucket = grant(recipe_card, 5, now=now)
    ledger.activate(bucket=bucket, now=now)

    found = totals_of(recipe_card)

    assert found.of(Type.PENDING_POINTS_ADDED) == Total(pending_points=15)
    activated = found.of(Type.PENDING_POINTS_ACTIVATED)
    assert activated == Total(points=5, pending_points=-5)


def test_an_activation_counts_from_its_date_on_whether_it_is_written_or_not(
    recipe_card, now, totals_of
):
    bucket = grant(recipe_card, 10, now=now)
    early = grant(recipe_card, 5, now=now)
    ledger.activate(bucket=early, now=now)
    due = bucket.activates_at

    before, after = (
        totals_of(recipe_card, at=at).of(Type.PENDING_POINTS_ACTIVATED)
        for at in (due - timedelta(seconds=1), due)
    )
    sweeps.activate_due(now=due)
    written = totals_of(recipe_card, at=due).of(Type.PENDING_POINTS_ACTIVATED)

    assert before == Total(points=5, pending_points=-5)
    assert after == written == Total(points=15, pending_points=-15)


def test_only_what_was_approved_counts(simple_card, now, totals_of):
    grant(simple_card, 10, now=now)
    held, released = (
        ledger.hold(card=simple_card, points=3, until=now + DAY, now=now)
        for _ in range(2)
    )
    ledger.release(hold=released, now=now)
    assert totals_of(simple_card).of(*Transaction.SPENDS) == NOTHING

    ledger.capture(hold=held, now=now)

    assert totals_of(simple_card).of(*Transaction.SPENDS) == Total(points=-3)


def test_a_page_of_cards_is_added_up_in_two_queries_and_each_for_itself(now):
    cards = [card_with() for _ in range(5)]
    for number, card in enumerate(cards):
        if number:
            grant(card, number, now=now)

    with CaptureQueriesContext(connection) as captured:
        found = totals.of_cards(cards=cards, at=now)

    assert len(captured) == 2
    earned = [found[card.pk].of(Type.POINTS_EARNED).points for card in cards]
    assert earned == [0, 1, 2, 3, 4]
