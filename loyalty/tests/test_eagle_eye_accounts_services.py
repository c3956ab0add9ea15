"""Eagle Eye's wallet services: points with a wallet transaction, and backend points."""

import pytest

from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import asked, made, refusal, said, shop
from loyalty.tests.eagle_eye_wallets import (
    Shopper,
    new_account,
    new_wallet,
    shopper,
    wallet_at,
)
from schemes.tests.factories import CardDefinitionFactory
from transactions.tests.helpers import assert_adds_up

WHERE = {"storeId": "outlet1", "storeParentId": "banner1"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder():
    made = shopper(scheme=asked("pendingPoints.enabled", False))
    yield made
    assert_adds_up(made.card)


def shopper_beside(holder):
    """Another shopper of the same scheme."""
    wallet = new_wallet(holder.caller, "7002")
    account = new_account(holder.caller, wallet, holder.scheme)
    return Shopper(holder.caller, holder.scheme, wallet, account)


def service(holder, verb, amount=None, **body):
    """A call of a service about the account."""
    said = {"accountId": holder.account["accountId"], "location": WHERE, **body}
    if amount is not None:
        said["amount"] = amount
    address = f"/services{wallet_at(holder.wallet)}/transaction/{verb}"
    return holder.caller.post(address, said)


def backend(holder, points, **body):
    """A correction by the service desk."""
    said = {
        "walletId": holder.wallet["walletId"],
        "pointsValue": points,
        "reasonCode": "SORRY",
        "location": WHERE,
        "walletTransactionType": "ADJUSTMENT",
        "walletTransactionState": "ORIGINAL",
        **body,
    }
    return holder.caller.post("/services/wallet/backendpoints", said)


@pytest.mark.parametrize(
    ("verb", "type_", "event", "left"),
    [
        ("credit", "CREDIT", "CREDIT", 510),
        ("goodwill", "GOODWILL", "CREDIT", 510),
        ("debit", "DEBIT", "DEBIT", 490),
    ],
)
def test_points_move_within_a_wallet_transaction(holder, verb, type_, event, left):
    holder.do("goodwill", value=500)

    answer = api.shown(service(holder, verb, 10, walletTransaction={"reference": "R"}))

    around, line = answer["walletTransaction"], answer["accountTransaction"]
    assert around == {
        "walletTransactionId": line["accountTransactionId"],
        "parentWalletTransactionId": "",
        "walletId": holder.wallet["walletId"],
        "type": type_,
        "status": "SETTLED",
        "state": "ORIGINAL",
        "reference": "R",
        "location": WHERE,
        "dateCreated": line["dateCreated"],
        "lastUpdated": line["dateCreated"],
    }
    assert (line["event"], line["value"]) == (event, 10)
    assert line["account"]["balances"] == holder.balances()
    assert holder.balances()["usable"] == left


def test_a_service_s_credit_waits_and_its_goodwill_does_not():
    holder = shopper()
    service(holder, "credit", 10)
    service(holder, "credit", 5, ignorePendingPoints=True)
    service(holder, "goodwill", balances={"current": 3})
    holder.holds(current=18, pending=10, usable=8, lifetime=8)


def test_a_wallet_transaction_s_reference_is_used_once(holder):
    once = {"walletTransaction": {"reference": "R"}}
    first = api.shown(service(holder, "credit", 10, **once))
    assert api.shown(service(holder, "credit", 10, **once)) == first
    answer = service(holder, "credit", 11, **once)
    assert refusal(answer) == (409, "REFERENCE_TAKEN")
    assert "walletTransaction.reference" in answer.json()["details"][0]
    assert holder.balances()["current"] == 10


def test_a_wallet_transaction_s_reference_is_of_one_wallet(holder):
    other = shopper_beside(holder)
    api.shown(service(holder, "credit", 10, walletTransaction={"reference": "R"}))

    again = [
        service(other, "credit", 10, walletTransaction={"reference": "R"}),
        service(other, "debit", 10, walletTransaction={"reference": "R"}),
        backend(
            other,
            10,
            schemeReference=holder.scheme["reference"],
            walletTransactionReference="R",
        ),
    ]

    assert [refusal(each) for each in again] == [(409, "REFERENCE_TAKEN")] * 3
    other.holds()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "amount"),
        ({"amount": 5, "balances": {"current": 5}}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 5, "accountId": None}, "accountId"),
        ({"amount": 5, "walletTransaction": "R"}, "walletTransaction"),
        ({"amount": 5, "walletTransaction": {"reference": 5}}, "reference"),
        ({"amount": 5, "debitAccountTransaction": []}, "debitAccountTransaction"),
    ],
)
@pytest.mark.parametrize("verb", ["credit", "goodwill", "debit"])
def test_a_service_s_call_that_is_none_is_refused(holder, verb, body, field):
    assert field in said(service(holder, verb, **body))
    assert not holder.card.transactions.exists()


def test_a_service_moves_no_points_of_another_wallet(holder):
    other = new_wallet(holder.caller, "7002")
    address = f"/services{wallet_at(other)}/transaction/credit"
    body = {"accountId": holder.account["accountId"], "amount": 5}
    assert refusal(holder.caller.post(address, body)) == (404, "NOT_FOUND")


def test_too_large_a_debit_moves_nothing(holder):
    assert refusal(service(holder, "debit", 5)) == (409, "INSUFFICIENT_POINTS")
    holder.holds()


# --- Backend points -------------------------------------------------------------------


def test_backend_points_are_given_and_taken(holder):
    scheme = {"schemeReference": holder.scheme["reference"]}
    given = api.shown(backend(holder, 30, reason="Late", **scheme))
    assert given["walletTransaction"]["type"] == "ADJUSTMENT"
    line = given["accountTransaction"]
    assert (line["event"], line["properties"]["reasonCode"]) == ("CREDIT", "SORRY")
    taken = api.shown(backend(holder, -10, schemeId=holder.scheme["id"]))
    assert taken["accountTransaction"]["event"] == "DEBIT"
    holder.holds(current=20, usable=20, lifetime=30)


def test_backend_points_that_come_again_are_booked_once(holder):
    body = {"schemeId": holder.scheme["id"], "walletTransactionReference": "R"}
    first = api.shown(backend(holder, 30, **body))
    assert api.shown(backend(holder, 30, **body)) == first
    assert holder.balances()["current"] == 30


def test_backend_points_go_to_the_account_of_the_scheme(holder):
    other = made(holder.caller)
    body = {"schemeId": other["id"]}
    assert refusal(backend(holder, 5, **body)) == (404, "NOT_FOUND")
    new_account(holder.caller, holder.wallet, other)
    backend(holder, 5, **body)
    holder.holds()
    for unknown in ({"schemeReference": "none"}, {"schemeId": "9" * 400}):
        assert refusal(backend(holder, 5, **unknown)) == (404, "NOT_FOUND")


def test_a_reference_that_several_schemes_share_names_none(holder):
    definition = CardDefinitionFactory(scheme=holder.card.definition.scheme)
    new_account(holder.caller, holder.wallet, {"id": str(definition.pk)})
    answer = backend(holder, 5, schemeReference=holder.scheme["reference"])
    assert "schemeId" in said(answer)
    holder.holds()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"pointsValue": 0}, "pointsValue"),
        ({"pointsValue": "5"}, "pointsValue"),
        ({"pointsValue": -(2**53)}, "pointsValue"),
        ({"walletId": {}}, "walletId"),
        ({"schemeId": None}, "schemeId"),
        ({"schemeReference": "R"}, "schemeId"),
        ({"walletTransactionType": "SETTLE"}, "walletTransactionType"),
    ],
)
def test_backend_points_that_are_none_are_refused(holder, body, field):
    answer = backend(holder, **{"points": 5, "schemeId": holder.scheme["id"]} | body)
    assert field in said(answer)
    assert not holder.card.transactions.exists()


def test_another_unit_s_wallet_gets_no_backend_points(holder):
    holder.caller = shop("other")
    answer = backend(holder, 5, schemeId=holder.scheme["id"])
    assert refusal(answer) == (404, "NOT_FOUND")
    assert not holder.card.transactions.exists()
