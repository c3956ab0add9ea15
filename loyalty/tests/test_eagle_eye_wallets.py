"""Eagle Eye's wallets: opened, found, changed, closed for ever."""

from datetime import UTC, datetime

import pytest

from accounts.models import Identity, Member
from accounts.tests.factories import IdentityFactory, MemberFactory
from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import refusal, said, shop
from loyalty.tests.eagle_eye_wallets import new_account, new_wallet, shopper, wallet_at
from schemes.models import Unit

MOMENT = "2026-03-02T20:37:26+00:00"
BOTH = ("services/wallet", "wallet")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def now():
    return datetime(2026, 3, 2, 20, 37, 26, tzinfo=UTC)


@pytest.fixture
def caller():
    return shop()


def unit():
    return Unit.objects.get(incoming_identifier="aeplc")


def shown(caller, wallet):
    return api.shown(caller.get(wallet_at(wallet)))


# --- Opening --------------------------------------------------------------------------


def test_a_wallet_is_kept_as_it_was_said(caller):
    body = {
        "type": "CONSUMER",
        "status": "ACTIVE",
        "state": "EARNBURN",
        "friendlyName": "Ada",
        "meta": {"colour": "green"},
    }
    wallet = api.created(caller.post("/wallet", body))
    assert wallet == {
        **body,
        "walletId": wallet["walletId"],
        "relationships": [],
        "dateCreated": MOMENT,
        "lastUpdated": MOMENT,
    }
    assert shown(caller, wallet) == wallet
    assert wallet["walletId"].isdigit()


def test_a_wallet_may_say_nothing_of_itself(caller):
    wallet = api.created(caller.post("/wallet", {}))
    assert (wallet["type"], wallet["status"], wallet["state"]) == (
        "CONSUMER",
        "ACTIVE",
        "DEFAULT",
    )
    assert wallet["meta"] == []


def test_a_wallet_is_opened_with_its_identities(caller):
    wallet = new_wallet(caller, "7001", "ada@example.com")
    assert [each["value"] for each in wallet["identities"]] == [
        "7001",
        "ada@example.com",
    ]
    member = Member.objects.get()
    assert member.external_id == "7001"
    assert str(member.pk) == wallet["walletId"]


def test_a_wallet_bears_the_shop_s_own_name_of_the_customer(caller):
    new_wallet(caller, "7001", reference="customer-1")
    assert Member.objects.get().external_id == "customer-1"
    answer = caller.post("/services/wallet", {"reference": "customer-1"})
    assert refusal(answer) == (409, "EXTERNAL_ID_TAKEN")


def test_a_wallet_whose_identity_is_taken_is_not_opened(caller):
    new_wallet(caller, "7001")
    identities = [{"value": "7002"}, {"value": "7001"}]
    answer = caller.post("/services/wallet", {"identities": identities})
    assert refusal(answer) == (409, "IDENTITY_TAKEN")
    assert Member.objects.count() == Identity.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "DELETED"}, "status"),
        ({"status": 1}, "status"),
        ({"type": None}, "type"),
        ({"state": 5}, "state"),
        ({"friendlyName": ["Ada"]}, "friendlyName"),
        ({"friendlyName": "x" * 201}, "friendlyName"),
        ({"meta": "text"}, "meta"),
        ({"reference": ""}, "reference"),
        ({"identities": {}}, "identities"),
        ({"identities": ["7001"]}, "identities"),
        ({"identities": [{}]}, "identities[0].value"),
        ({"identities": [{"value": 7001}]}, "identities[0].value"),
        ({"identities": [{"value": "x" * 201}]}, "identities[0].value"),
        ({"identities": [{"value": "7001", "secret": "1234"}]}, "secret"),
        ({"identities": [{"value": str(n)} for n in range(51)]}, "identities"),
        ({"walletType": "CONSUMER"}, "walletType"),
    ],
)
def test_a_wallet_that_is_none_is_refused_by_its_field(caller, body, field):
    assert field in said(caller.post("/services/wallet", body))
    assert not Member.objects.exists()


@pytest.mark.parametrize("body", [[], "wallet", 5, None])
def test_a_body_that_is_no_object_is_refused(caller, body):
    answer = caller.http.post(
        "/services/wallet",
        data="null" if body is None else body,
        content_type="application/json",
    )
    assert answer.status_code == 400


# --- Finding --------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["Seven", "SEVEN", " seven "])
def test_an_identity_opens_its_wallet_whatever_its_case(caller, value):
    wallet = new_wallet(caller, "Seven")
    found = api.shown(caller.get("/wallet", **{"identity-value": value}))
    assert found["walletId"] == wallet["walletId"]


@pytest.mark.parametrize(
    "value", ["unknown", "a\x00b", "x" * 5000, "\uff17\uff10\uff10\uff11", "%00"]
)
def test_an_unknown_identity_opens_nothing(caller, value):
    new_wallet(caller, "7001")
    answer = caller.get("/wallet", **{"identity-value": value})
    assert refusal(answer) == (404, "NOT_FOUND")


def test_a_wallet_is_not_looked_for_without_an_identity(caller):
    assert "identity-value" in said(caller.get("/wallet"))


def test_a_member_who_was_enrolled_elsewhere_is_a_wallet_too(caller):
    member = MemberFactory(unit=unit(), name="Ada Example", status="INACTIVE")
    IdentityFactory(member=member, type="EMAIL", value="ada@example.com")
    found = api.shown(caller.get("/wallet", **{"identity-value": "ada@example.com"}))
    assert (found["friendlyName"], found["status"]) == ("Ada Example", "INACTIVE")
    identities = caller.rows(f"/wallet/{member.pk}/identities")
    assert [(each["type"], each["status"]) for each in identities] == [
        ("EMAIL", "ACTIVE")
    ]


# --- Changing -------------------------------------------------------------------------


def test_what_is_said_of_a_wallet_can_be_changed(caller, clock):
    wallet = new_wallet(caller, "7001", friendlyName="Ada", state="DEFAULT")
    clock.shift(60)
    answer = api.shown(caller.patch(wallet_at(wallet), {"friendlyName": "Grace"}))
    assert (answer["friendlyName"], answer["state"]) == ("Grace", "DEFAULT")
    assert answer["lastUpdated"] == "2026-03-02T20:38:26+00:00"
    assert answer["dateCreated"] == MOMENT
    answer = api.shown(caller.patch(f"{wallet_at(wallet)}/state", {"state": "CLOSED"}))
    assert (answer["friendlyName"], answer["state"]) == ("Grace", "CLOSED")
    assert "state" in said(caller.patch(f"{wallet_at(wallet)}/state", {}))


def test_a_suspended_wallet_earns_nothing_until_it_is_active_again():
    holder = shopper()
    at, caller = wallet_at(holder.wallet), holder.caller
    assert api.shown(caller.patch(f"{at}/suspend"))["status"] == "SUSPENDED"
    assert shown(caller, holder.wallet)["status"] == "SUSPENDED"
    assert refusal(holder.patch("earn", 10)) == (423, "MEMBER_NOT_ACTIVE")
    assert api.shown(caller.patch(f"{at}/activate"))["status"] == "ACTIVE"
    holder.do("earn", 10)


def test_a_wallet_made_inactive_by_a_patch_earns_nothing():
    holder = shopper()
    holder.caller.patch(wallet_at(holder.wallet), {"status": "INACTIVE"})
    assert refusal(holder.patch("earn", 10)) == (423, "MEMBER_NOT_ACTIVE")


def test_a_terminated_wallet_can_only_be_read():
    holder = shopper()
    at, caller = wallet_at(holder.wallet), holder.caller
    assert api.shown(caller.patch(f"{at}/terminate"))["status"] == "TERMINATED"
    assert shown(caller, holder.wallet)["status"] == "TERMINATED"
    identity = holder.wallet["identities"][0]["identityId"]
    for method, address, body in (
        ("patch", f"{at}/activate", {}),
        ("patch", at, {"friendlyName": "Ada"}),
        ("post", f"{at}/identity", {"value": "7002"}),
        ("patch", f"{at}/identity/{identity}/lost", {}),
        ("delete", f"{at}/identity/{identity}", {}),
        ("post", f"{at}/scheme/{holder.scheme['id']}/account", {}),
        ("patch", f"{holder.address}/block", {}),
    ):
        answer = caller.send(method, address, body)
        assert refusal(answer) == (409, "WALLET_CLOSED"), address
    assert refusal(holder.patch("earn", 10))[0] == 423


# --- Closing --------------------------------------------------------------------------


@pytest.mark.parametrize("root", BOTH)
def test_a_deleted_wallet_is_gone_and_its_identity_free(root):
    holder = shopper("7001")
    caller = holder.caller
    holder.do("goodwill", value=50)

    answer = caller.send("delete", f"/{root}/{holder.wallet['walletId']}", {})

    assert (answer.status_code, answer.content) == (204, b"")
    card = holder.card
    assert (card.status, card.member.status) == ("CLOSED", "INACTIVE")
    assert (card.member.name, card.member.external_id[:8]) == ("", "deleted-")
    assert card.transactions.count() == 1
    at = wallet_at(holder.wallet)
    for method, address in (
        ("get", at),
        ("patch", f"{at}/activate"),
        ("delete", at),
        ("get", f"{at}/identities"),
        ("get", f"{at}/accounts"),
        ("get", holder.address),
        ("patch", f"{holder.address}/earn"),
    ):
        assert refusal(caller.send(method, address, {})) == (404, "NOT_FOUND"), address
    assert caller.get("/wallet", **{"identity-value": "7001"}).status_code == 404
    again = new_wallet(caller, "7001")
    assert again["walletId"] != holder.wallet["walletId"]
    new_account(caller, again, holder.scheme)
