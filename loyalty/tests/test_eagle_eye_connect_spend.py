"""Eagle Eye's POS Connect: points are spent at once, or locked for a basket."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from loyalty.tests.till import (
    PLACE,
    journeys_of,
    line_of,
    make_till,
    nothing_written,
    refused,
    second_account,
)
from transactions import ledger
from transactions.tests.helpers import assert_adds_up

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

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


def test_a_lock_keeps_points_from_being_spent_and_takes_none(till):
    quote = till.quote(points=300)

    answer = till.call(
        "spend",
        reference="S-1",
        parentWalletTransactionReference="A-1",
        lock=True,
        spendAdjudicationResults=quote,
    )

    assert line_of(answer) == ("LOCK", 300)
    assert journeys_of(answer) == [("SPEND", "ACTIVE", "S-1")]
    (journey,) = answer["walletTransactions"]
    assert journey["location"] == PLACE
    assert journey["basket"]["summary"]["spendAdjudicationResults"] == quote
    assert journey["basket"]["summary"]["results"]["points"]["spend"] == 300
    assert till.holds() == (1000, 700, 300, 0)


def test_without_a_lock_points_are_spent_at_once(till):
    answer = till.call("spend", reference="S-1", points=300)

    assert line_of(answer) == ("SPEND", 300)
    assert journeys_of(answer) == [("SPEND", "SETTLED", "S-1")]
    assert till.holds() == (700, 700, 0, 0)


def test_the_address_that_eagle_eye_has_recorded_is_the_same(till):
    till.call("spend/spend", reference="S-1", points=300)

    assert till.holds() == (700, 700, 0, 0)


@pytest.mark.parametrize("lock", [True, False])
def test_points_that_went_after_the_quote_are_not_spent_again(till, lock):
    quote = till.quote(points=1000)
    till.call("spend", reference="S-1", points=100)

    with nothing_written():
        response = till.post(
            "spend", reference="S-2", lock=lock, spendAdjudicationResults=quote
        )

    assert refused(response) == (409, "INSUFFICIENT_POINTS")


def test_a_quote_that_was_tampered_with_is_judged_again(till):
    quote = till.quote(points=300)
    quote["operations"][0]["value"] = 150
    quote["monetaryValue"] = 99_999

    response = till.post("spend", reference="S-1", spendAdjudicationResults=quote)

    assert refused(response) == (400, "BURN_RATE_NOT_MET")


def test_a_quote_of_several_accounts_is_spent_on_all_or_none(till):
    other = second_account(till)
    ledger.credit(card=other, points=50, now=timezone.now())
    operations_of = [
        till.quote(points=points, accountId=str(card.pk))["operations"][0]
        for card, points in ((other, 50), (till.card, 300))
    ]
    quote = {"operations": operations_of}

    answer = till.call(
        "spend", reference="S-1", lock=True, spendAdjudicationResults=quote
    )
    with nothing_written():
        response = till.post(
            "spend", reference="S-2", lock=True, spendAdjudicationResults=quote
        )

    assert len(answer["accountTransactions"]) == 2
    assert journeys_of(answer) == [("SPEND", "ACTIVE", "S-1")]
    assert refused(response) == (409, "INSUFFICIENT_POINTS")
    assert till.balances(other)["locked"] == 50


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "spendAdjudicationResults"),
        ({"spendAdjudicationResults": []}, "spendAdjudicationResults"),
        ({"spendAdjudicationResults": {}}, "spendAdjudicationResults.operations"),
        (
            {"spendAdjudicationResults": {"operations": []}},
            "spendAdjudicationResults.operations",
        ),
        (
            {"spendAdjudicationResults": {"operations": [{"value": 100}]}},
            "spendAdjudicationResults.operations[0].accountId",
        ),
        ({"points": 100, "reference": ""}, "reference"),
        ({"points": 100, "reference": None}, "reference"),
        ({"points": 100, "reference": ["S-1"]}, "reference"),
        ({"points": 100, "reference": "S" * 201}, "reference"),
        ({"points": 100, "lock": "maybe"}, "lock"),
        ({"points": 100, "location": "outlet1"}, "location"),
    ],
)
def test_a_spend_that_makes_no_sense_is_refused_by_name(till, body, field):
    with nothing_written():
        response = till.post("spend", **{"reference": "S-1", **body})

    assert refused(response)[0] == 400
    assert response.json()["errorDescription"].startswith(field)


def test_a_quote_names_each_account_once(till):
    operation = till.quote(points=100)["operations"][0]
    quote = {"operations": [operation, operation]}

    response = till.post("spend", reference="S-1", spendAdjudicationResults=quote)

    assert refused(response) == (400, "INVALID_INPUT")


def test_a_quote_for_another_wallet_is_of_no_use(till):
    other = make_till(scheme=till.card.definition.scheme)
    other.gets(500)
    quote = other.quote(points=100)

    with nothing_written():
        response = till.post("spend", reference="S-1", spendAdjudicationResults=quote)

    assert refused(response) == (404, "NOT_FOUND")


@pytest.mark.parametrize("lock", [True, False])
def test_the_same_spend_again_gets_the_first_answer(till, clock, lock):
    body = {"reference": "S-1", "points": 1000, "lock": lock}
    first = till.call("spend", **body)
    clock.shift(MINUTE)

    with nothing_written():
        again = till.call("spend", **body)

    assert again == first


@pytest.mark.parametrize("lock", [True, False])
@pytest.mark.parametrize("change", [{"points": 200}, {"lock": None}])
def test_a_reference_names_one_spend_only(till, lock, change):
    body = {"reference": "S-1", "points": 100, "lock": lock}
    till.call("spend", **body)
    if "lock" in change:
        change = {"lock": not lock}

    with nothing_written():
        response = till.post("spend", **{**body, **change})

    assert refused(response) == (409, "REFERENCE_TAKEN")
