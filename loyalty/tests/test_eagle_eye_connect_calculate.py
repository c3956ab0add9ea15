"""Eagle Eye's POS Connect: how many points could be spent, and what they would pay."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from accounts import operations
from accounts.models import Member
from loyalty.tests.till import (
    make_till,
    nothing_written,
    refused,
    second_account,
)
from schemes.tests.factories import BurnRateFactory
from transactions import ledger
from transactions.tests.helpers import assert_adds_up

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def now():
    return NOON


@pytest.fixture
def till():
    """A shopper with 1,000 points, which are spent by the hundred at 1 each."""
    made = make_till()
    made.gets(1000)
    yield made
    assert_adds_up(made.card)


def test_a_quote_is_of_the_most_points_that_can_be_spent(till):
    with nothing_written():
        quote = till.quote(points=350)

    account_id, scheme_id = str(till.card.pk), str(till.card.definition_id)
    assert quote == {
        "pointsValue": 300,
        "pointsRemainder": 50,
        "monetaryValue": 300,
        "balanceAfter": {
            "current": 700,
            "usable": 700,
            "locked": 0,
            "lifetime": 1000,
            "lifetimeSpend": 300,
            "lifetimeSpendValue": 300,
            "pending": 0,
        },
        "appliedTier": {
            "floor": 100,
            "ceiling": 99_999,
            "step": 100,
            "rate": 1,
            "bonus": None,
            "pointsBack": None,
        },
        "operations": [
            {
                "resourceType": "SCHEME",
                "resourceId": scheme_id,
                "accountId": account_id,
                "walletId": str(till.card.member_id),
                "operationType": "spend",
                "details": None,
                "value": 300,
                "balances": {
                    "current": 300,
                    "lifetime_spend": 300,
                    "lifetime_spend_value": 300,
                },
            }
        ],
        "analysedDateTime": "2026-01-31T12:00:00+00:00",
        "excludedProducts": [],
    }


@pytest.mark.parametrize(
    ("wish", "points"),
    [
        ({"points": 100}, 100),
        ({"points": 10**15}, 1000),
        ({"monetaryValue": 100}, 100),
        ({"monetaryValue": 999}, 900),
        ({"monetaryValue": 5000}, 1000),
    ],
)
def test_a_quote_stays_within_the_wish_and_the_balance(till, wish, points):
    assert till.quote(**wish)["pointsValue"] == points


def test_a_quote_leaves_locked_points_alone(till):
    till.lock("S-1", 400)

    quote = till.quote(points=1000)

    assert (quote["pointsValue"], quote["balanceAfter"]["usable"]) == (600, 0)
    assert quote["balanceAfter"]["locked"] == 400


def test_a_quote_shows_a_rate_of_less_than_one(till):
    till.card.definition.burn_rates.update(rate="0.5")

    quote = till.quote(monetaryValue=200)

    assert (quote["pointsValue"], quote["monetaryValue"]) == (400, 200)
    assert quote["appliedTier"]["rate"] == 0.5


def test_without_a_burn_rate_every_number_can_be_spent_and_has_no_worth():
    till = make_till(burns=False)
    till.gets(7)

    quote = till.quote(points=9)

    assert (quote["pointsValue"], quote["monetaryValue"]) == (7, None)
    assert quote["appliedTier"] is None
    assert refused(till.post("spend/calculate", monetaryValue=100)) == (
        400,
        "BURN_RATE_NOT_MET",
    )


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({"points": 99}, "BURN_RATE_NOT_MET", "points"),
        ({"monetaryValue": 99}, "BURN_RATE_NOT_MET", "monetaryValue"),
        ({"points": 0}, "INVALID_INPUT", "points"),
        ({"points": -100}, "INVALID_INPUT", "points"),
        ({"points": 2**60}, "INVALID_INPUT", "points"),
        ({"points": "100"}, "INVALID_INPUT", "points"),
        ({"points": True}, "INVALID_INPUT", "points"),
        ({"points": [100]}, "INVALID_INPUT", "points"),
        ({"monetaryValue": 0}, "INVALID_INPUT", "monetaryValue"),
        ({"points": 100, "monetaryValue": 100}, "INVALID_INPUT", "points"),
        ({}, "INVALID_POINTS", "points"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_by_name(till, wish, code, field):
    response = till.post("spend/calculate", **wish)

    assert refused(response) == (400, code)
    assert response.json()["errorDescription"].startswith(field)


def test_who_has_too_few_points_is_told_so():
    till = make_till()
    till.gets(60)

    response = till.post("spend/calculate", points=100)

    assert refused(response) == (409, "INSUFFICIENT_POINTS")
    assert "60 active points" in response.json()["errorMessage"]


@pytest.mark.parametrize("call", ["spend/calculate", "spend"])
def test_who_may_not_spend_is_told_when_it_is_calculated(till, call):
    operations.change_member_status(
        member=till.card.member, status=Member.Status.INACTIVE
    )

    response = till.post(call, reference="S-1", points=100)

    assert refused(response) == (423, "MEMBER_NOT_ACTIVE")


def test_of_several_accounts_one_must_be_meant(till):
    other = second_account(till)
    ledger.credit(card=other, points=50, now=timezone.now())
    scheme_id = str(other.definition_id)

    by_scheme = till.quote(points=50, schemeId=scheme_id)
    by_account = till.quote(points=50, accountId=str(other.pk))
    unclear = till.post("spend/calculate", points=50)
    unknown = till.post("spend/calculate", points=50, accountId="9" * 400)

    assert by_scheme == by_account
    assert by_scheme["operations"][0]["accountId"] == str(other.pk)
    assert refused(unclear) == (400, "INVALID_INPUT")
    assert refused(unknown) == (404, "NOT_FOUND")


def test_the_till_may_name_a_burn_rate(till):
    BurnRateFactory(card_definition=till.card.definition, name="double", rate=2)

    assert till.quote(points=100, rateName="double")["monetaryValue"] == 200
    till.call("spend", reference="S-1", points=100, rateName="double")
    assert till.balances()["lifetimeSpendValue"] == 200
