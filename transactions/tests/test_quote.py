"""A quote says what could be spent now: as much as is wished, allowed and there."""

from datetime import timedelta

import pytest

from loyalty.errors import BadInput, Refusal
from schemes.policies import BurnRateNotMet
from schemes.tests.factories import BurnRateFactory
from transactions import ledger
from transactions.ledger import Order
from transactions.tests.grants import grant
from transactions.tests.helpers import SHUT, everything, refused, shut

DAY = timedelta(days=1)


@pytest.fixture
def card(simple_card, now):
    """A card with 450 points, which are spent by the hundred at 1 each."""
    BurnRateFactory(card_definition=simple_card.definition)
    grant(simple_card, 450, now=now)
    return simple_card


def limit_spends(card, most):
    type(card.definition).objects.filter(pk=card.definition.pk).update(
        max_points_per_spend=most
    )
    card.refresh_from_db()


@pytest.mark.parametrize(
    ("wish", "points", "wished"),
    [
        ({"points": 350}, 300, 350),
        ({"points": 400}, 400, 400),
        ({"points": 9999}, 400, 9999),
        ({"amount": 350}, 300, 300),
        ({"amount": 9999}, 400, 9900),
    ],
)
def test_a_quote_is_the_most_that_a_spend_would_take(card, now, wish, points, wished):
    before = everything()

    quote = ledger.quote(card=card, now=now, **wish)

    assert (quote.points, quote.wished, quote.worth) == (points, wished, points)
    assert quote.band == card.definition.burn_rates.get().band
    assert everything() == before
    spent = ledger.spend(card=card, points=quote.points, now=now)
    assert spent.amount == quote.worth


def test_a_quote_stays_within_the_limit_of_one_spend(card, now):
    limit_spends(card, 250)

    assert ledger.quote(card=card, points=400, now=now).points == 200


def test_held_points_and_those_that_wait_or_lapsed_are_not_quoted(card, now):
    grant(card, 1000, now=now, waits_days=5)
    grant(card, 1000, now=now - 2 * DAY, days=1)
    ledger.hold(card=card, points=100, until=now + DAY, now=now)

    assert ledger.quote(card=card, points=9000, now=now).points == 300
    # The hold has lapsed, and no job has run.
    assert ledger.quote(card=card, points=9000, now=now + DAY).points == 400
    assert ledger.quote(card=card, points=9000, now=now + 5 * DAY).points == 1400


def test_a_named_rate_is_quoted_by(card, now):
    rules = {"card_definition": card.definition, "name": "double"}
    BurnRateFactory(rate=2, step=50, **rules)

    quote = ledger.quote(
        card=card, points=170, now=now, order=Order(reference="A", rate_name="double")
    )

    assert (quote.points, quote.worth) == (150, 300)


def test_without_a_burn_rate_every_number_can_be_spent_and_has_no_worth(
    simple_card, now
):
    grant(simple_card, 7, now=now)

    quote = ledger.quote(card=simple_card, points=9, now=now)

    assert (quote.points, quote.worth, quote.band) == (7, None, None)
    with refused(BurnRateNotMet, field="amount"):
        ledger.quote(card=simple_card, amount=9, now=now)


def test_where_nothing_can_be_spent_the_refusal_is_that_of_the_spend(card, now):
    with refused(BurnRateNotMet, field="points"):
        ledger.quote(card=card, points=99, now=now)
    with refused(BurnRateNotMet, field="amount"):
        ledger.quote(card=card, amount=99, now=now)
    ledger.spend(card=card, points=400, now=now)
    with refused(ledger.InsufficientPoints, field="points"):
        ledger.quote(card=card, points=100, now=now)
    with refused(ledger.InsufficientPoints, field="points"):
        ledger.quote(card=card, amount=100, now=now)


def test_a_limit_below_every_spend_is_named(card, now):
    limit_spends(card, 50)

    with refused(ledger.SpendLimitExceeded, field="points"):
        ledger.quote(card=card, points=100, now=now)


@pytest.mark.parametrize("how", SHUT)
def test_nothing_is_quoted_for_a_card_that_is_shut(card, now, how):
    shut(card, how, now=now)

    with pytest.raises(Refusal) as refusal:
        ledger.quote(card=card, points=100, now=now)

    assert refusal.value.key == SHUT[how]


@pytest.mark.parametrize("points", [None, 0, -1, True, 2**53, "100", 1.5])
def test_a_wish_of_points_is_a_whole_number(card, now, points):
    with refused(ledger.InvalidPoints, field="points"):
        ledger.quote(card=card, points=points, now=now)


@pytest.mark.parametrize("amount", [-1, True, 2**53, "100", 1.5])
def test_a_wish_of_money_is_a_whole_number_of_minor_units(card, now, amount):
    with pytest.raises(BadInput) as refusal:
        ledger.quote(card=card, amount=amount, now=now)

    assert refusal.value.field == "amount"
