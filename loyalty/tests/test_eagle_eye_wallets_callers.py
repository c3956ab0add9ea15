"""Who may call Eagle Eye's wallets: with which scope, in which unit, by which ids."""

import pytest
from django.test import Client

from accounts.models import Member
from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import refusal, shop
from loyalty.tests.eagle_eye_wallets import shopper
from schemes.models import Unit
from transactions.models import Transaction

ACCOUNT = "/wallet/{wallet}/account/{account}"
CALLS = [
    ("members:read", "get", "/wallet?identity-value=7001"),
    ("members:read", "get", "/wallet/{wallet}"),
    ("members:read", "get", "/wallet/{wallet}/identities"),
    ("members:read", "get", "/wallet/{wallet}/identity/{identity}"),
    ("members:write", "post", "/wallet"),
    ("members:write", "post", "/services/wallet"),
    ("members:write", "post", "/services/wallet/accounts"),
    ("members:write", "patch", "/wallet/{wallet}"),
    ("members:write", "patch", "/wallet/{wallet}/suspend"),
    ("members:write", "patch", "/wallet/{wallet}/activate"),
    ("members:write", "patch", "/wallet/{wallet}/terminate"),
    ("members:write", "patch", "/wallet/{wallet}/state"),
    ("members:write", "delete", "/wallet/{wallet}"),
    ("members:write", "delete", "/services/wallet/{wallet}"),
    ("members:write", "post", "/wallet/{wallet}/identity"),
    ("members:write", "patch", "/wallet/{wallet}/identity/{identity}"),
    ("members:write", "patch", "/wallet/{wallet}/identity/{identity}/lost"),
    ("members:write", "patch", "/wallet/{wallet}/identity/{identity}/state"),
    ("members:write", "delete", "/wallet/{wallet}/identity/{identity}"),
    ("cards:read", "get", "/wallet/accounts?identity-value=7001"),
    ("cards:read", "get", "/wallet/{wallet}/accounts"),
    ("cards:read", "get", ACCOUNT),
    ("cards:write", "post", "/wallet/{wallet}/scheme/{scheme}/account"),
    ("cards:write", "patch", f"{ACCOUNT}/block"),
    ("cards:write", "patch", f"{ACCOUNT}/state"),
    ("points:read", "get", f"{ACCOUNT}/transactions"),
    ("points:read", "get", f"{ACCOUNT}/points/available"),
    *(
        ("points:write", "patch", f"{ACCOUNT}/{verb}")
        for verb in ("earn", "credit", "goodwill", "debit", "spend", "refund")
    ),
    ("points:write", "patch", f"{ACCOUNT}/transaction/{{transaction}}/void"),
    *(
        ("points:write", "post", f"/services/wallet/{{wallet}}/transaction/{verb}")
        for verb in ("credit", "debit", "goodwill")
    ),
    ("points:write", "post", "/services/wallet/backendpoints"),
]
OF_A_WALLET = [call for call in CALLS if "{wallet}" in call[2]]

POINTS = {"balances": {"current": 1}}
# Bodies that are in order, so that nothing but the id is at fault.
BODIES = {
    "identity": {"value": "7002"},
    "state": {"state": "EARNBURN"},
    "refund": {"orderReference": "order-1"},
    "earn": {"value": 100},
    "spend": POINTS,
    "goodwill": POINTS,
    "credit": POINTS,
    "debit": POINTS,
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder():
    made = shopper("7001")
    made.do("earn", 10, reference="order-1")
    return made


def ids_of(holder):
    return {
        "wallet": holder.wallet["walletId"],
        "identity": holder.wallet["identities"][0]["identityId"],
        "account": holder.account["accountId"],
        "scheme": holder.scheme["id"],
        "transaction": str(Transaction.objects.get().pk),
    }


def body_of(address, ids):
    last = address.rsplit("/", 1)[-1]
    if "/transaction/" in address and last != "void":
        return {"accountId": ids["account"], "amount": 1}
    return BODIES.get(last, {})


def send(caller, method, address, ids):
    return caller.send(method, address.format(**ids), body_of(address, ids))


@pytest.mark.parametrize(("scope", "method", "address"), CALLS)
def test_each_call_needs_its_scope_and_somebody_known(holder, scope, method, address):
    ids, unit = ids_of(holder), Unit.objects.get(incoming_identifier="aeplc")
    others = [each for each in api.SCOPES if each != scope]
    answer = send(api.client(unit, scopes=others), method, address, ids)
    assert refusal(answer) == (403, "NOT_PERMITTED")
    answer = send(api.Caller(Client()), method, address, ids)
    assert refusal(answer) == (401, "NOT_AUTHENTICATED")
    answer = send(api.client(unit, scopes=[scope]), method, address, ids)
    assert answer.status_code not in (401, 403, 404, 405, 500)


def test_nothing_of_another_unit_is_found(holder):
    other = shop("other")
    for _, method, address in OF_A_WALLET:
        answer = send(other, method, address, ids_of(holder))
        assert refusal(answer) == (404, "NOT_FOUND"), address
    assert holder.card.status == "ACTIVE"
    assert Transaction.objects.count() == 1


@pytest.mark.parametrize(
    "text", ["0", "-1", "x", "\uff11", "9" * 19, "9" * 400, "%00", "1.0"]
)
def test_an_id_that_there_cannot_be_finds_nothing(holder, text):
    ids = ids_of(holder) | {"wallet": text}
    for _, method, address in OF_A_WALLET:
        answer = send(holder.caller, method, address, ids)
        assert refusal(answer) == (404, "NOT_FOUND"), address


@pytest.mark.parametrize("name", ["identity", "account", "transaction"])
@pytest.mark.parametrize("text", ["999999", "x", "9" * 400, "%00"])
def test_an_id_within_a_wallet_that_there_cannot_be_finds_nothing(holder, name, text):
    ids = ids_of(holder) | {name: text}
    for _, method, address in CALLS:
        if f"{{{name}}}" in address:
            answer = send(holder.caller, method, address, ids)
            assert refusal(answer) == (404, "NOT_FOUND"), address


@pytest.mark.parametrize(
    "address",
    [
        "/wallet/{wallet}/consumer",
        "/wallet/{wallet}/identity/{identity}/move",
        "/wallet/{wallet}/join/{wallet}/child",
        "/services/wallet/{wallet}/merge/{wallet}",
        f"{ACCOUNT}/exchange",
    ],
)
def test_what_is_not_spoken_leads_nowhere(holder, address):
    answer = holder.caller.patch(address.format(**ids_of(holder)), {})
    assert refusal(answer) == (404, "NOT_FOUND")
    assert Member.objects.get().status == "ACTIVE"


def test_an_idempotency_key_opens_one_wallet():
    caller = shop()
    headers = {"Idempotency-Key": "K-1"}
    first = caller.post("/services/wallet", {}, headers=headers)
    again = caller.post("/services/wallet", {}, headers=headers)
    assert first.json() == again.json()
    assert Member.objects.count() == 1
