"""Eagle Eye's POS Connect: a basket comes back, and so do the points it had earned."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import operations
from accounts.models import Card
from loyalty.tests.till import (
    PLACE,
    basket,
    coming_back,
    make_till,
    nothing_written,
    refused,
    second_account,
)
from transactions import ledger
from transactions.models import Bucket
from transactions.tests.helpers import assert_adds_up

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ORIGINAL = {"originalTransaction": {"reference": "A-1"}}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def now():
    return NOON


@pytest.fixture
def till():
    """A shopper who settled a basket of 70.00, which earned 70 points."""
    made = make_till()
    made.settle("A-1", 7000)
    yield made
    assert_adds_up(made.card)


@pytest.fixture
def waiting_till():
    """The same, with points that wait for five days."""
    made = make_till(recipe=True)
    made.settle("A-1", 7000)
    yield made
    assert_adds_up(made.card)


def give_back(till, *costs, reference="R-1"):
    """The answer to a refund of these lines, or of everything."""
    sent = {"basket": coming_back(*costs)} if costs else {}
    return till.post("refund", reference=reference, **ORIGINAL, **sent)


def test_returned_lines_take_back_their_share_of_the_points(till):
    earned = till.card.transactions.get()

    answer = give_back(till, 1500, 500).json()

    (line,) = answer["accountTransactions"]
    assert (line["event"], line["value"]) == ("REFUND_DEBIT", 20)
    assert line["parentAccountTransactionId"] == str(earned.pk)
    (journey,) = answer["walletTransactions"]
    assert (journey["type"], journey["status"]) == ("REFUND", "SETTLED")
    assert (journey["reference"], journey["location"]) == ("R-1", PLACE)
    assert journey["parentWalletTransactionId"] == str(earned.pk)
    points = journey["basket"]["summary"]["results"]["points"]
    assert (points["refund"], points["earn"]) == (20, 0)
    assert till.holds() == (50, 50, 0, 0)
    assert till.balances()["lifetime"] == 50


def test_without_a_basket_everything_comes_back(till):
    give_back(till, 2000)

    answer = give_back(till, reference="R-2").json()

    assert answer["accountTransactions"][0]["value"] == 50
    assert till.holds() == (0, 0, 0, 0)


def test_points_that_wait_become_fewer_and_no_date_moves(waiting_till, clock):
    before = Bucket.objects.get()
    clock.shift(DAY)

    answer = give_back(waiting_till, 2000).json()

    (line,) = answer["accountTransactions"]
    assert (line["event"], line["value"]) == ("REFUND_DEBIT", 20)
    after = Bucket.objects.get()
    assert after.remaining == 50
    assert (after.activates_at, after.expires_at) == (
        before.activates_at,
        before.expires_at,
    )
    assert waiting_till.holds() == (50, 0, 0, 50)


def test_what_was_returned_while_it_waited_is_never_released(waiting_till, clock):
    give_back(waiting_till, 7000)

    clock.shift(6 * DAY)

    assert waiting_till.holds() == (0, 0, 0, 0)


def test_points_that_are_spent_are_taken_from_others_as_far_as_there_are_any(till):
    till.card.definition.burn_rates.all().delete()
    till.gets(5)
    till.call("spend", reference="S-1", points=70)

    answer = give_back(till).json()

    assert answer["accountTransactions"][0]["value"] == 5
    assert till.holds() == (0, 0, 0, 0)


def test_parts_of_a_basket_add_up_to_the_whole_and_to_no_more(till):
    for number, cost in enumerate((2333, 2333, 2334)):
        assert give_back(till, cost, reference=f"R-{number}").status_code == 200

    assert till.holds() == (0, 0, 0, 0)
    with nothing_written():
        response = give_back(till, 1, reference="R-9")
    assert refused(response) == (400, "REFUND_EXCEEDS_ORDER")
    assert response.json()["errorDescription"].startswith("basket")


def test_the_same_refund_again_gets_the_first_answer(till, clock):
    first = give_back(till, 2000)
    clock.shift(DAY)

    with nothing_written():
        again = give_back(till, 2000)

    assert (again.status_code, again.json()) == (200, first.json())


@pytest.mark.parametrize("reference", ["R-1", "A-1"])
def test_a_reference_names_one_refund_only(till, reference):
    give_back(till, 2000)

    with nothing_written():
        response = give_back(till, 1000, reference=reference)

    assert refused(response) == (409, "REFERENCE_TAKEN")


def test_every_account_that_earned_gives_its_share(till):
    other = second_account(till)
    till.settle("A-2", 5000)

    answer = till.call(
        "refund",
        reference="R-1",
        originalTransaction={"reference": "A-2"},
        basket=coming_back(5000),
    )

    lines = answer["accountTransactions"]
    assert [(line["accountId"], line["value"]) for line in lines] == [
        (str(till.card.pk), 50),
        (str(other.pk), 100),
    ]
    assert till.holds() == (70, 70, 0, 0)
    assert till.balances(other)["current"] == 0


def test_one_account_that_refuses_stops_the_whole_refund(till):
    second_account(till, refunds="NONE")
    till.settle("A-2", 5000)

    with nothing_written():
        response = till.post(
            "refund", reference="R-1", originalTransaction={"reference": "A-2"}
        )

    assert refused(response) == (423, "REFUNDS_NOT_ALLOWED")


def test_the_receipt_is_enough_to_return_a_basket(till):
    till.call("refund", reference="R-1", identity=None, **ORIGINAL)

    assert till.holds() == (0, 0, 0, 0)


def test_a_receipt_that_two_wallets_share_needs_an_identity(till):
    other = make_till(scheme=till.card.definition.scheme)
    order = ledger.Order(reference="A-1", amount=1000)
    ledger.earn(card=other.card, order=order, now=NOON)

    with nothing_written():
        response = till.post("refund", reference="R-1", identity=None, **ORIGINAL)

    assert refused(response) == (400, "INVALID_INPUT")
    assert response.json()["errorDescription"].startswith("identity")
    assert give_back(till).status_code == 200


def test_nobody_returns_what_another_wallet_or_unit_has_settled(till):
    neighbour = make_till(scheme=till.card.definition.scheme)
    stranger = make_till()

    for other in (neighbour, stranger):
        with nothing_written():
            response = give_back(other)
        assert refused(response) == (404, "ORDER_NOT_FOUND")
    response = stranger.post("refund", reference="R-1", identity=None, **ORIGINAL)
    assert refused(response) == (404, "ORDER_NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"originalTransaction": None}, "originalTransaction"),
        ({"originalTransaction": {}}, "originalTransaction.reference"),
        ({"originalTransaction": "A-1"}, "originalTransaction"),
        ({"basket": {}}, "basket.contents"),
        ({"basket": {"contents": []}}, "basket.contents"),
        ({"basket": basket(2000)}, "basket.contents"),
        (
            {"basket": {"contents": [{"salesKey": "SALE", "totalUnitCost": 1}]}},
            "basket.contents",
        ),
        (
            {"basket": {"contents": [{"salesKey": "REFUND"}]}},
            "basket.contents[0].totalUnitCost",
        ),
        ({"basket": coming_back(-100)}, "basket.contents[0].totalUnitCost"),
        ({"basket": coming_back(0)}, "basket"),
        ({"basket": coming_back(10**20)}, "basket.contents[0].totalUnitCost"),
    ],
)
def test_a_refund_that_makes_no_sense_is_refused_by_name(till, body, field):
    with nothing_written():
        response = till.post("refund", **{"reference": "R-1", **ORIGINAL, **body})

    assert refused(response)[0] == 400
    assert response.json()["errorDescription"].startswith(field)


def test_lines_that_are_kept_are_not_returned(till):
    lines = [
        {"salesKey": "SALE", "totalUnitCost": 5000},
        {
            "salesKey": "REFUND",
            "totalUnitCost": 2500,
            "totalUnitCostAfterDiscount": 2000,
        },
    ]

    till.call("refund", reference="R-1", **ORIGINAL, basket={"contents": lines})

    assert till.holds() == (50, 50, 0, 0)


def test_a_blocked_account_gives_nothing_back(till):
    operations.change_card_status(card=till.card, status=Card.Status.BLOCKED)

    with nothing_written():
        response = give_back(till)

    assert refused(response) == (423, "CARD_NOT_ACTIVE")
