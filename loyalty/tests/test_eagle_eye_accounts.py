"""Eagle Eye's points accounts: opened once for a scheme, listed, blocked, canceled."""

import pytest

from accounts.models import Card
from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import asked, made, refusal, said, shop
from loyalty.tests.eagle_eye_wallets import (
    new_account,
    new_wallet,
    shopper,
    wallet_at,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder():
    return shopper("7001")


def account_at(holder, scheme_id):
    return f"{wallet_at(holder.wallet)}/scheme/{scheme_id}/account"


def verb(holder, name, **body):
    return holder.caller.patch(f"{holder.address}/{name}", body)


def test_a_wallet_has_one_account_of_a_scheme(holder):
    answer = holder.caller.post(account_at(holder, holder.scheme["id"]), {})
    assert refusal(answer) == (409, "CARD_EXISTS")
    assert Card.objects.count() == 1


def test_an_account_of_an_unknown_scheme_is_not_opened(holder):
    for scheme_id in ("999999", "x", "9" * 400, "0", "-1"):
        answer = holder.caller.post(account_at(holder, scheme_id), {})
        assert refusal(answer) == (404, "NOT_FOUND")
    foreign = made(shop("other"), asked("rates", None))
    answer = holder.caller.post(account_at(holder, foreign["id"]), {})
    assert refusal(answer) == (404, "NOT_FOUND")


def test_an_account_may_be_opened_inactive():
    caller = shop()
    wallet = new_wallet(caller)
    account = new_account(caller, wallet, made(caller), status="INACTIVE")
    assert account["status"] == "INACTIVE"
    assert Card.objects.get().status == "BLOCKED"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "LOCKED"}, "status"),
        ({"state": 1}, "state"),
        ({"state": None}, "state"),
        ({"balances": {"current": 5}}, "balances"),
        ([], ""),
    ],
)
def test_an_account_that_is_none_is_refused_by_its_field(body, field):
    caller = shop()
    wallet, scheme = new_wallet(caller), made(caller)
    address = f"{wallet_at(wallet)}/scheme/{scheme['id']}/account"
    assert field in said(caller.post(address, body)) + str(body)
    assert not Card.objects.exists()


@pytest.mark.parametrize(
    ("name", "status"),
    [("inactivate", "INACTIVE"), ("block", "LOCKED"), ("cancel", "CANCELLED")],
)
def test_only_an_active_account_earns_and_spends(holder, name, status):
    holder.do("goodwill", value=500)
    assert api.shown(verb(holder, name))["status"] == status
    assert api.shown(holder.caller.get(holder.address))["status"] == status
    for action in ("earn", "credit", "goodwill", "debit", "spend"):
        assert refusal(holder.patch(action, 100)) == (423, "CARD_NOT_ACTIVE")
    holder.holds(current=500, usable=500, lifetime=500)


@pytest.mark.parametrize(
    "way", [("inactivate", "activate"), ("block", "unblock"), ("block", "block")]
)
def test_an_account_changes_its_status_and_back(holder, way):
    statuses = [api.shown(verb(holder, name))["status"] for name in way]
    assert statuses[1] == ("LOCKED" if way[1] == "block" else "ACTIVE")


@pytest.mark.parametrize(
    "way",
    [
        ("inactivate", "unblock"),
        ("block", "activate"),
        ("block", "inactivate"),
        *(("cancel", name) for name in ("activate", "inactivate", "block", "unblock")),
    ],
)
def test_a_verb_that_does_not_fit_the_status_is_refused(holder, way):
    first, second = way
    status = api.shown(verb(holder, first))["status"]
    assert refusal(verb(holder, second)) == (409, "STATUS_CONFLICT")
    assert api.shown(holder.caller.get(holder.address))["status"] == status


def test_a_state_is_the_client_s_own(holder):
    assert api.shown(verb(holder, "state", state="EARNONLY"))["state"] == "EARNONLY"
    assert api.shown(verb(holder, "block", state="CLOSED"))["state"] == "CLOSED"
    assert "state" in said(verb(holder, "state"))
    verb(holder, "cancel")
    answer = verb(holder, "state", state="EARNBURN")
    assert refusal(answer) == (409, "STATUS_CONFLICT")


def test_a_card_that_staff_blocked_is_locked(holder):
    verb(holder, "inactivate")
    verb(holder, "activate")
    Card.objects.update(status="BLOCKED")
    assert api.shown(holder.caller.get(holder.address))["status"] == "LOCKED"


# --- Lists ----------------------------------------------------------------------------


def test_the_accounts_of_a_wallet_are_listed_in_pages(holder):
    second = made(holder.caller)
    newest = new_account(holder.caller, holder.wallet, second)
    address = f"{wallet_at(holder.wallet)}/accounts"

    answer = api.shown(
        holder.caller.get(
            address, type="POINTS", orderBy="dateCreated,DESC", limit=1, offset=0
        )
    )

    assert answer == {
        "total": 2,
        "limit": 1,
        "offset": 0,
        "orderBy": [{"name": "dateCreated", "order": "DESC"}],
        "filter": [{"name": "type", "value": ["POINTS"]}],
        "results": [newest],
    }


def test_the_accounts_of_an_identity_s_wallet_are_listed(holder):
    parameters = {"identity-value": "7001", "type": "POINTS"}
    rows = holder.caller.rows("/wallet/accounts", **parameters)
    assert [row["accountId"] for row in rows] == [holder.account["accountId"]]
    answer = holder.caller.get("/wallet/accounts", **{"identity-value": "x"})
    assert refusal(answer) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 2),
        ({"status": "ACTIVE"}, 1),
        ({"status": "LOCKED"}, 1),
        ({"status": "CANCELLED"}, 0),
        ({"state[]": ["EARNBURN", "CLOSED"]}, 2),
        ({"state[]": "CLOSED"}, 1),
        ({"state": "CLOSED", "status": "LOCKED"}, 0),
        ({"type": "ECOUPON"}, 0),
    ],
)
def test_accounts_are_filtered(holder, query, count):
    new_account(holder.caller, holder.wallet, made(holder.caller), state="CLOSED")
    verb(holder, "block")
    rows = holder.caller.rows(f"{wallet_at(holder.wallet)}/accounts", **query)
    assert len(rows) == count


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("orderBy", "status,ASC"),
        ("orderBy", "dateCreated"),
        ("limit", "0"),
        ("limit", "many"),
        ("limit", "9" * 400),
        ("offset", "-1"),
        ("offset", "9" * 400),
        ("colour", "green"),
    ],
)
def test_a_list_that_there_cannot_be_is_refused(holder, name, value):
    for list_ in (
        f"{wallet_at(holder.wallet)}/accounts",
        f"{holder.address}/transactions",
        f"{holder.address}/points/available",
    ):
        assert name in said(holder.caller.get(list_, **{name: value}))


def test_a_list_costs_as_many_queries_for_many_accounts_as_for_one(holder):
    def costs():
        address = f"{wallet_at(holder.wallet)}/accounts"
        return len(api.statements(lambda: holder.caller.rows(address)))

    holder.do("goodwill", value=500)
    few = costs()
    for _ in range(5):
        scheme = made(holder.caller)
        account = new_account(holder.caller, holder.wallet, scheme)
        address = f"{wallet_at(holder.wallet)}/account/{account['accountId']}"
        holder.caller.patch(f"{address}/goodwill", {"value": 300})
        spent = holder.caller.patch(f"{address}/spend", {"balances": {"current": 100}})
        transaction_id = spent.json()["accountTransactionId"]
        holder.caller.patch(f"{address}/transaction/{transaction_id}/void")
    assert costs() == few <= 12
