"""Calls about points of Eagle Eye's accounts that cannot be used as they are."""

import pytest

from loyalty.tests.eagle_eye_schemes import asked, refusal, said
from loyalty.tests.eagle_eye_wallets import new_wallet, shopper, wallet_at

VERBS = ("earn", "credit", "goodwill", "debit", "spend")

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder():
    return shopper(scheme=asked("pendingPoints.enabled", False))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "balances"),
        ({"balances": None}, "balances"),
        ({"balances": []}, "balances"),
        ({"balances": {}}, "balances.current"),
        ({"balances": {"current": 0}}, "balances.current"),
        ({"balances": {"current": -5}}, "balances.current"),
        ({"balances": {"current": "5"}}, "balances.current"),
        ({"balances": {"current": 1.5}}, "balances.current"),
        ({"balances": {"current": 2**53}}, "balances.current"),
        ({"balances": {"current": 5, "usable": 5}}, "balances.usable"),
        ({"balances": {"current": 5}, "reference": 5}, "reference"),
        ({"balances": {"current": 5}, "reference": "x" * 201}, "reference"),
        ({"balances": {"current": 5}, "location": "outlet1"}, "location"),
        ({"balances": {"current": 5}, "reasonCode": ["x"]}, "reasonCode"),
        ({"balances": {"current": 5}, "ignorePending": True}, "ignorePending"),
    ],
)
def test_points_that_are_none_are_refused_by_their_field(holder, verb, body, field):
    holder.do("goodwill", value=400)
    assert field in said(holder.patch(verb, **body))
    assert holder.card.transactions.count() == 1


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("earn", {"value": 1.5}, "value"),
        ("earn", {"value": -1}, "value"),
        ("earn", {"value": 2**53}, "value"),
        ("earn", {"value": 5, "balances": {"current": 5}}, "balances"),
        ("earn", {"value": 5, "totalTransactionValue": 5}, "balances"),
        ("earn", {"value": 5, "rateName": 5}, "rateName"),
        ("credit", {"balances": {"current": 5}, "ignorePendingPoints": "no"}, "ignore"),
        ("goodwill", {"value": 0}, "value"),
        ("refund", {}, "orderReference"),
        ("refund", {"orderReference": "a", "parentAccountTransactionId": "1"}, "order"),
        ("refund", {"parentAccountTransactionId": []}, "parentAccountTransactionId"),
        ("refund", {"orderReference": "a", "value": 0}, "value"),
        (
            "refund",
            {"orderReference": "a", "value": 1, "balances": {"current": 1}},
            "value",
        ),
    ],
)
def test_a_call_that_is_none_is_refused_by_its_field(holder, verb, body, field):
    assert field in said(holder.patch(verb, **body))
    assert not holder.card.transactions.exists()


def test_the_largest_numbers_are_understood():
    holder = shopper(scheme=asked("pendingPoints", None))
    most = 2**53 - 1
    holder.do("goodwill", value=most)
    holder.do("earn", value=most)
    assert holder.balances()["current"] == most + most // 100


def test_an_account_of_another_wallet_is_not_found(holder):
    other = new_wallet(holder.caller, "7002")
    account_id = holder.account["accountId"]
    address = f"{wallet_at(other)}/account/{account_id}"
    for verb in VERBS:
        answer = holder.caller.patch(f"{address}/{verb}", {"balances": {"current": 1}})
        assert refusal(answer) == (404, "NOT_FOUND")
