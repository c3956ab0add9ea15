"""Eagle Eye's identities: what opens a wallet, and what no longer does."""

import pytest

from accounts.models import Identity
from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import refusal, said, shop
from loyalty.tests.eagle_eye_wallets import new_wallet, wallet_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller():
    return shop()


@pytest.fixture
def wallet(caller):
    return new_wallet(caller, "7001")


def identity_at(wallet, number=0):
    return f"{wallet_at(wallet)}/identity/{wallet['identities'][number]['identityId']}"


def opens(caller, value):
    return caller.get("/wallet", **{"identity-value": value}).status_code == 200


def test_an_identity_is_kept_as_it_was_said(caller, wallet):
    body = {
        "type": "CRN",
        "value": "Customer 1",
        "friendlyName": "Number",
        "state": "REGISTERED",
        "status": "ACTIVE",
        "meta": {"a": [1]},
    }
    made = api.created(caller.post(f"{wallet_at(wallet)}/identity", body))
    moment = made["dateCreated"]
    assert made == {
        **body,
        "identityId": made["identityId"],
        "walletId": wallet["walletId"],
        "safeValue": None,
        "secret": None,
        "dates": {"start": moment, "end": "2038-01-19T03:14:07+00:00"},
        "lastUpdated": moment,
        "mobileWallet": None,
        "dateCreated": moment,
    }
    address = f"{wallet_at(wallet)}/identity/{made['identityId']}"
    assert api.shown(caller.get(address)) == made
    assert opens(caller, "customer 1")


@pytest.mark.parametrize(
    ("type_", "ours"),
    [("LCN", "CARD"), ("email", "EMAIL"), ("MOBILE", "PHONE"), ("CRN", "OTHER")],
)
def test_a_type_is_ours_where_there_is_one(caller, wallet, type_, ours):
    body = {"type": type_, "value": "x-1"}
    made = api.created(caller.post(f"{wallet_at(wallet)}/identity", body))
    assert made["type"] == type_
    assert Identity.objects.get(value="x-1").type == ours


def test_identities_are_listed_in_pages(caller, wallet):
    for value in ("7002", "7003"):
        caller.post(f"{wallet_at(wallet)}/identity", {"value": value})
    address = f"{wallet_at(wallet)}/identities"
    answer = api.shown(caller.get(address, limit=1, offset=1))
    assert [each["value"] for each in answer.pop("results")] == ["7002"]
    assert answer == {
        "total": 3,
        "limit": 1,
        "offset": 1,
        "orderBy": [{"name": "dateCreated", "order": "ASC"}],
        "filter": [],
    }


@pytest.mark.parametrize("value", ["7001", " 7001 "])
def test_a_value_opens_one_wallet_of_the_unit_only(caller, wallet, value):
    other = new_wallet(caller)
    answer = caller.post(f"{wallet_at(other)}/identity", {"value": value})
    assert refusal(answer) == (409, "IDENTITY_TAKEN")


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        ("suspend", "SUSPENDED"),
        ("lost", "LOST"),
        ("stolen", "STOLEN"),
        ("terminate", "TERMINATED"),
    ],
)
def test_only_an_active_identity_opens_its_wallet(caller, wallet, verb, status):
    answer = api.shown(caller.patch(f"{identity_at(wallet)}/{verb}"))
    assert answer["status"] == status
    assert api.shown(caller.get(identity_at(wallet)))["status"] == status
    assert not opens(caller, "7001")
    # Its value is not free for another wallet.
    other = new_wallet(caller)
    taken = caller.post(f"{wallet_at(other)}/identity", {"value": "7001"})
    assert refusal(taken) == (409, "IDENTITY_TAKEN")


@pytest.mark.parametrize("verb", ["suspend", "lost"])
def test_an_identity_that_was_found_again_opens_its_wallet(caller, wallet, verb):
    caller.patch(f"{identity_at(wallet)}/{verb}")
    assert api.shown(caller.patch(f"{identity_at(wallet)}/activate"))
    assert opens(caller, "7001")


@pytest.mark.parametrize("verb", ["stolen", "terminate"])
def test_a_stolen_identity_stays_stolen(caller, wallet, verb):
    caller.patch(f"{identity_at(wallet)}/{verb}")
    answer = caller.patch(f"{identity_at(wallet)}/activate")
    assert refusal(answer) == (409, "STATUS_CONFLICT")
    assert api.shown(caller.patch(f"{identity_at(wallet)}/{verb}"))
    assert not opens(caller, "7001")


def test_a_replaced_card_opens_the_same_wallet(caller, wallet):
    caller.post(f"{wallet_at(wallet)}/identity", {"type": "LCN", "value": "7002"})
    caller.patch(f"{identity_at(wallet)}/lost")
    found = api.shown(caller.get("/wallet", **{"identity-value": "7002"}))
    assert found["walletId"] == wallet["walletId"]


def test_what_is_said_of_an_identity_can_be_changed(caller, wallet):
    changed = {"friendlyName": "Card", "meta": [1], "state": "EARNBURN"}
    answer = api.shown(caller.patch(identity_at(wallet), changed))
    assert {name: answer[name] for name in changed} == changed
    answer = api.shown(
        caller.patch(f"{identity_at(wallet)}/state", {"state": "DEFAULT"})
    )
    assert (answer["state"], answer["friendlyName"]) == ("DEFAULT", "Card")
    assert "value" in said(caller.patch(identity_at(wallet), {"value": "1"}))


def test_a_deleted_identity_frees_its_value(caller, wallet):
    assert caller.send("delete", identity_at(wallet), {}).status_code == 204
    assert caller.get(identity_at(wallet)).status_code == 404
    assert not opens(caller, "7001")
    assert new_wallet(caller, "7001")["walletId"] != wallet["walletId"]


def test_an_identity_of_another_wallet_is_not_found(caller, wallet):
    other = new_wallet(caller, "7002")
    identity_id = other["identities"][0]["identityId"]
    for method in ("get", "patch", "delete"):
        address = f"{wallet_at(wallet)}/identity/{identity_id}"
        assert refusal(caller.send(method, address, {})) == (404, "NOT_FOUND")
    assert opens(caller, "7002")
