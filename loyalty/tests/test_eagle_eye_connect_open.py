"""Eagle Eye's POS Connect: a wallet is opened, and told what a basket would earn."""

from datetime import UTC, datetime

import pytest

from accounts import operations
from accounts.models import Card
from loyalty.tests.api import statements
from loyalty.tests.till import (
    basket,
    make_till,
    nothing_written,
    promised_by,
    refused,
    second_account,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def now():
    return NOON


@pytest.fixture
def till():
    """A till whose points are active at once."""
    return make_till()


@pytest.fixture
def waiting_till():
    """A till whose points wait for five days."""
    return make_till(recipe=True)


def test_an_open_shows_the_wallet_and_what_settling_would_earn(till):
    till.gets(30)
    sent = {**basket(12_345), "contents": [{"upc": "1", "totalUnitCost": 12_345}]}

    with nothing_written():
        answer = till.call("open", reference="A-1", lock=False, basket=sent)

    assert answer["wallet"]["walletId"] == str(till.card.member_id)
    assert answer["identity"]["value"] == till.value
    (account,) = answer["accounts"]
    assert account["accountId"] == str(till.card.pk)
    assert account["balances"]["usable"] == 30
    assert account["enriched"] == {
        "enrichmentType": "POINTS",
        "schemeName": till.card.definition.name,
        "schemeReference": till.card.definition.scheme.reference,
        "pointsExpiry": [],
    }
    analysis = answer["analyseBasketResults"]
    assert analysis["basket"]["type"] == "ENRICHED"
    assert analysis["basket"]["contents"] == sent["contents"]
    assert analysis["basket"]["summary"]["totalItems"] == 1
    assert analysis["points"] == [
        {
            "resourceType": "SCHEME",
            "resourceId": str(till.card.definition_id),
            "relatedSchemeId": str(till.card.definition_id),
            "operationType": "earn",
            "value": 123,
            "accountId": str(till.card.pk),
            "walletId": str(till.card.member_id),
            "details": None,
        }
    ]


def test_an_open_shows_when_points_lapse(waiting_till):
    waiting_till.settle("A-1", 10_000)

    (account,) = waiting_till.call("open")["accounts"]

    assert account["balances"]["pending"] == 100
    # Six months later, at the end of that month in London, which is in summer time.
    expiry = {"validTo": "2026-07-31T23:00:00+00:00", "points": 100}
    assert account["enriched"]["pointsExpiry"] == [expiry]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"basket": None},
        {"basket": basket(500), "options": {"analyseBasket": {"enabled": False}}},
    ],
)
def test_an_open_may_leave_the_basket_alone(till, body):
    assert till.call("open", **body)["analyseBasketResults"] is None


def test_an_account_that_is_blocked_is_promised_nothing(till):
    other = second_account(till)
    operations.change_card_status(card=till.card, status=Card.Status.BLOCKED)

    answer = till.call("open", basket=basket(500))

    assert len(answer["accounts"]) == 2
    assert promised_by(answer) == [(str(other.pk), 10)]


def test_a_whole_wallet_is_not_locked(till):
    response = till.post("open", lock=True, basket=basket(500))

    assert refused(response) == (400, "INVALID_INPUT")
    assert "lock" in response.json()["errorDescription"]


def test_a_wallet_of_many_accounts_is_opened_in_as_many_statements_as_one(till):
    till.call("open", basket=basket(500))  # which notes that the secret is in use
    one = statements(lambda: till.call("open", basket=basket(500)))
    others = [second_account(till) for _ in range(4)]

    five = statements(lambda: till.call("open", basket=basket(500)))

    assert len(five) == len(one)
    assert promised_by(till.call("open", basket=basket(500))) == [
        (str(till.card.pk), 5),
        *[(str(other.pk), 10) for other in others],
    ]
