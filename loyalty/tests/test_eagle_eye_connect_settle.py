"""Eagle Eye's POS Connect: a basket is opened and settled, and earns points."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import operations
from accounts.models import Card
from loyalty.tests.till import (
    PLACE,
    basket,
    make_till,
    nothing_written,
    promised_by,
    refused,
    second_account,
)
from schemes.tests.factories import EarnRateFactory
from transactions.models import Transaction

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)

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


def test_a_settle_earns_what_the_open_promised(waiting_till):
    promised = promised_by(waiting_till.call("open", basket=basket(12_345)))

    answer = waiting_till.settle("A-1", 12_345)

    card = waiting_till.card
    assert promised == [(str(card.pk), 123)]
    (journey,) = answer["walletTransactions"]
    (line,) = answer["accountTransactions"]
    assert (line["event"], line["value"]) == ("EARN", 123)
    assert line["transactionDetails"]["merchant_store_id"] == "outlet1"
    assert journey["walletTransactionId"] == line["accountTransactionId"]
    assert (journey["type"], journey["status"], journey["state"]) == (
        "SETTLE",
        "SETTLED",
        "ORIGINAL",
    )
    assert (journey["reference"], journey["location"]) == ("A-1", PLACE)
    assert journey["dateCreated"] == "2026-01-31T12:00:00+00:00"
    summary = journey["basket"]["summary"]
    assert summary["totalBasketValue"] == 12_345
    assert summary["expectedPoints"] == [
        {
            "schemeId": str(card.definition_id),
            "earn": 123,
            "credit": 0,
            "isPending": True,
        }
    ]
    assert waiting_till.holds() == (123, 0, 0, 123)


def test_what_waits_is_spendable_after_its_time_without_any_job(waiting_till, clock):
    waiting_till.settle("A-1", 10_000)

    clock.move_to(NOON + 5 * DAY)

    assert waiting_till.holds() == (100, 100, 0, 0)


def test_a_month_is_over_at_the_end_of_a_shorter_one(clock):
    till = make_till(pending_mode="PERIOD_BASED", pending_period="1M")
    till.settle("A-1", 10_000)

    clock.move_to(datetime(2026, 2, 28, 11, 59, 59, tzinfo=UTC))
    assert till.holds() == (100, 0, 0, 100)
    clock.move_to(datetime(2026, 2, 28, 12, tzinfo=UTC))
    assert till.holds() == (100, 100, 0, 0)


def test_the_same_settle_again_gets_the_first_answer(till, clock):
    first = till.settle("A-1", 10_000)
    clock.shift(DAY)

    with nothing_written():
        again = till.settle("A-1", 10_000)

    assert again == first


def test_a_settle_again_earns_on_the_same_accounts_as_before(till):
    other = second_account(till)
    first = till.settle("A-1", 10_000)
    operations.change_card_status(card=till.card, status=Card.Status.CLOSED)
    other.definition.earn_rates.all().delete()
    second_account(till)

    with nothing_written():
        again = till.settle("A-1", 10_000)

    assert again == first


def test_a_reference_names_one_settle_only(till):
    till.settle("A-1", 10_000)

    with nothing_written():
        response = till.post("settle", reference="A-1", basket=basket(20_000))

    assert refused(response) == (409, "REFERENCE_TAKEN")


def test_a_reference_names_a_settle_of_one_wallet_only(till):
    other = make_till(scheme=till.card.definition.scheme)
    till.settle("A-1", 10_000)

    with nothing_written():
        response = other.post("settle", reference="A-1", basket=basket(10_000))

    assert refused(response) == (409, "REFERENCE_TAKEN")


def test_without_a_total_the_lines_after_discounts_add_up(till):
    lines = [
        {"totalUnitCost": 2000, "totalUnitCostAfterDiscount": 1500},
        {"totalUnitCost": 1000, "totalUnitCostAfterDiscount": None},
        {"totalUnitCost": 500, "totalUnitCostAfterDiscount": 0},
    ]

    till.call("settle", reference="A-1", basket={"contents": lines})

    assert till.holds() == (25, 25, 0, 0)
    assert Transaction.objects.get().amount == 2500


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (None, "basket"),
        ({}, "basket.summary.totalBasketValue"),
        ({"summary": {"totalBasketValue": None}}, "basket.summary.totalBasketValue"),
        ({"summary": {"totalBasketValue": -1}}, "basket.summary.totalBasketValue"),
        ({"summary": {"totalBasketValue": 1.5}}, "basket.summary.totalBasketValue"),
        ({"summary": {"totalBasketValue": "9"}}, "basket.summary.totalBasketValue"),
        ({"summary": {"totalBasketValue": 10**30}}, "basket.summary.totalBasketValue"),
        ({"contents": [{"totalUnitCost": 1}, {}]}, "basket.contents[1].totalUnitCost"),
        ({"contents": [{"totalUnitCost": 2**53 - 1}] * 2}, "basket"),
        ({"contents": {"totalUnitCost": 1}}, "basket.contents"),
        ([], "basket"),
        ("basket", "basket"),
    ],
)
def test_a_basket_that_cannot_be_counted_is_refused_by_name(till, sent, field):
    with nothing_written():
        response = till.post("settle", reference="A-1", basket=sent)

    assert refused(response)[0] == 400
    assert response.json()["errorDescription"].startswith(field)


def test_a_basket_too_small_for_a_point_is_settled_all_the_same(till):
    answer = till.settle("A-1", 0)

    (line,) = answer["accountTransactions"]
    assert (line["event"], line["value"]) == ("EARN", 0)


def test_the_till_may_name_a_rate(till):
    EarnRateFactory(card_definition=till.card.definition, name="double", points=2)

    promised = promised_by(till.call("open", basket=basket(500), rateName="double"))
    till.settle("A-1", 500, rateName="double")

    assert promised == [(str(till.card.pk), 10)]
    assert till.holds() == (10, 10, 0, 0)


@pytest.mark.parametrize("call", ["open", "settle"])
def test_a_rate_that_nobody_knows_is_refused_by_name(till, call):
    response = till.post(call, reference="A-1", basket=basket(500), rateName="vip")

    assert refused(response) == (400, "NO_EARN_RATE")
    assert response.json()["errorDescription"].startswith("rateName")


def test_every_account_of_the_wallet_earns(till):
    other = second_account(till)

    answer = till.settle("A-1", 500)

    lines = answer["accountTransactions"]
    assert [(line["accountId"], line["value"]) for line in lines] == [
        (str(till.card.pk), 5),
        (str(other.pk), 10),
    ]
    (journey,) = answer["walletTransactions"]
    assert journey["basket"]["summary"]["results"]["points"]["earn"] == 15
    assert len(journey["accounts"]) == 2


def test_one_account_that_refuses_stops_the_whole_settle(till):
    other = second_account(till)
    operations.change_card_status(card=other, status=Card.Status.BLOCKED)

    with nothing_written():
        response = till.post("settle", reference="A-1", basket=basket(500))

    assert refused(response) == (423, "CARD_NOT_ACTIVE")


def test_closed_accounts_and_schemes_without_a_rate_earn_nothing(till):
    operations.change_card_status(card=till.card, status=Card.Status.CLOSED)
    second_account(till).definition.earn_rates.all().delete()

    answer = till.settle("A-1", 500)

    assert answer["accountTransactions"] == []
    (journey,) = answer["walletTransactions"]
    assert (journey["walletTransactionId"], journey["status"]) == ("", "SETTLED")
    assert not Transaction.objects.exists()


def test_a_settle_may_name_the_wallet_by_its_id(till):
    body = {"walletId": str(till.card.member_id), "identity": None}

    till.settle("A-1", 500, **body)

    assert till.call("open", **body)["identity"] is None
    assert till.holds() == (5, 5, 0, 0)
