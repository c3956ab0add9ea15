"""Eagle Eye's POS Connect: what becomes of a spend: it lapses, is settled or voided."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import operations
from accounts.models import Card
from loyalty.tests.till import (
    basket,
    journeys_of,
    line_of,
    make_till,
    nothing_written,
    refused,
)
from transactions.tests.helpers import assert_adds_up

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

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


# --- Locks lapse ----------------------------------------------------------------------


def test_a_lock_lapses_after_half_an_hour_without_any_job(till, clock):
    till.lock("S-1", 1000)

    clock.shift(30 * MINUTE - timedelta(seconds=1))
    assert till.holds() == (1000, 0, 1000, 0)
    clock.shift(timedelta(seconds=1))

    assert till.holds() == (1000, 1000, 0, 0)
    till.call("spend", reference="S-2", points=1000)


def test_a_scheme_says_how_long_its_locks_last(till, clock):
    definition = till.card.definition
    definition.door_fields = {"eagle_eye": {"timeoutOverride": 2}}
    definition.save()

    till.lock("S-1", 1000)
    clock.shift(2 * MINUTE)

    assert till.holds() == (1000, 1000, 0, 0)


def test_a_lock_that_has_lapsed_is_told_as_voided(till, clock):
    till.lock("S-1", 1000)
    clock.shift(DAY)

    again = till.lock("S-1", 1000)

    assert line_of(again) == ("VOID", 1000)
    assert journeys_of(again) == [("SPEND", "VOIDED", "S-1")]


def test_a_lock_that_has_lapsed_is_no_part_of_the_basket(till, clock):
    till.lock("S-1", 300, parentWalletTransactionReference="A-1")
    clock.shift(DAY)

    answer = till.settle("A-1", 5000)

    assert journeys_of(answer) == [("SETTLE", "SETTLED", "A-1")]
    assert till.holds() == (1050, 1050, 0, 0)


# --- Settle ---------------------------------------------------------------------------


def test_settling_the_basket_settles_the_spend_too(till):
    till.lock("S-1", 300, parentWalletTransactionReference="A-1")
    till.lock("S-2", 200)

    answer = till.settle("A-1", 5000)

    lines = [(each["event"], each["value"]) for each in answer["accountTransactions"]]
    assert lines == [("SPEND", 300), ("EARN", 50)]
    assert journeys_of(answer) == [
        ("SETTLE", "SETTLED", "A-1"),
        ("SPEND", "SETTLED", "S-1"),
    ]
    parent, child = answer["walletTransactions"]
    assert child["parentWalletTransactionId"] == parent["walletTransactionId"]
    points = parent["basket"]["summary"]["results"]["points"]
    assert (points["spend"], points["earn"]) == (300, 50)
    assert points["totalMonetaryValue"] == 300
    # The other lock waits for another basket.
    assert till.holds() == (750, 550, 200, 0)
    assert till.balances()["lifetimeSpend"] == 300


def test_the_settle_of_a_spend_again_gets_the_first_answer(till, clock):
    till.lock("S-1", 300, parentWalletTransactionReference="A-1")
    first = till.settle("A-1", 5000)
    clock.shift(DAY)

    with nothing_written():
        again = till.settle("A-1", 5000)

    assert again == first


def test_a_basket_that_cannot_earn_settles_no_spend_either(till):
    till.lock("S-1", 300, parentWalletTransactionReference="A-1")

    with nothing_written():
        response = till.post(
            "settle", reference="A-1", basket=basket(100), rateName="vip"
        )

    assert refused(response) == (400, "NO_EARN_RATE")


@pytest.mark.parametrize("parent", [None, "A-1"])
def test_a_spend_is_settled_by_its_own_reference_without_a_basket(till, parent):
    till.lock("S-1", 300, parentWalletTransactionReference=parent)

    answer = till.call("settle", reference="S-1")

    assert line_of(answer) == ("SPEND", 300)
    assert journeys_of(answer) == [("SPEND", "SETTLED", "S-1")]
    assert till.holds() == (700, 700, 0, 0)


# --- Void -----------------------------------------------------------------------------


@pytest.mark.parametrize("lock", [True, False])
def test_a_void_makes_the_points_usable_again_once(till, lock):
    till.call("spend", reference="S-1", points=300, lock=lock)

    first = till.call("spend/void", reference="S-1")
    with nothing_written():
        again = till.call("spend/void", reference="S-1")

    assert again == first
    assert line_of(first) == ("VOID" if lock else "UNSPEND", 300)
    assert journeys_of(first) == [("SPEND", "VOIDED", "S-1")]
    assert till.holds() == (1000, 1000, 0, 0)
    assert till.balances()["lifetimeSpend"] == 0


def test_a_spend_that_was_settled_is_given_back(till):
    till.lock("S-1", 300, parentWalletTransactionReference="A-1")
    till.settle("A-1", 0)

    assert line_of(till.call("spend/void", reference="S-1")) == ("UNSPEND", 300)
    assert till.holds() == (1000, 1000, 0, 0)


def test_a_lock_that_was_voided_is_not_settled(till):
    till.lock("S-1", 300, parentWalletTransactionReference="A-1")
    till.call("spend/void", reference="S-1")

    till.settle("A-1", 5000)

    assert till.holds() == (1050, 1050, 0, 0)
    response = till.post("settle", reference="S-1")
    assert refused(response) == (400, "INVALID_INPUT")


def test_only_a_spend_of_the_wallet_is_voided(till):
    other = make_till(scheme=till.card.definition.scheme)
    till.lock("S-1", 300)
    till.settle("A-1", 5000)

    assert refused(other.post("spend/void", reference="S-1")) == (404, "NOT_FOUND")
    assert refused(till.post("spend/void", reference="A-1")) == (404, "NOT_FOUND")
    assert refused(till.post("spend/void", reference="S-9")) == (404, "NOT_FOUND")


def test_a_lock_is_voided_though_the_account_was_closed_since(till):
    till.lock("S-1", 300)
    operations.change_card_status(card=till.card, status=Card.Status.CLOSED)

    assert line_of(till.call("spend/void", reference="S-1")) == ("VOID", 300)
