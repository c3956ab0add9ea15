"""Eagle Eye's wallets that are opened together with their accounts."""

from datetime import UTC, datetime

import pytest

from accounts.models import Card, Member
from loyalty.tests import api
from loyalty.tests.eagle_eye_schemes import made, refusal, said, shop
from loyalty.tests.eagle_eye_wallets import new_wallet, wallet_at
from schemes.models import Unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def now():
    return datetime(2026, 3, 2, 20, 37, 26, tzinfo=UTC)


@pytest.fixture
def caller():
    return shop()


def unit():
    return Unit.objects.get(incoming_identifier="aeplc")


def with_accounts(caller, *scheme_ids, **body):
    accounts = {"scheme": [{"schemeId": each} for each in scheme_ids]}
    return caller.post("/services/wallet/accounts", {"accounts": accounts, **body})


def test_a_wallet_is_opened_with_identities_consumer_and_accounts(caller):
    scheme = made(caller)
    consumer = {"type": "DEFAULT", "data": {"personal": {"firstName": "Ada"}}}

    answer = api.created(
        with_accounts(
            caller,
            scheme["id"],
            identities=[{"type": "LCN", "value": "7001"}],
            consumer=consumer,
        )
    )

    assert [each["value"] for each in answer["identities"]] == ["7001"]
    assert answer["consumer"] == consumer
    accounts = answer["accounts"]["scheme"]
    assert accounts["total"] == accounts["successful"]["total"] == 1
    assert accounts["failed"] == {"total": 0, "results": []}
    (account,) = accounts["successful"]["results"]
    assert account["campaignId"] == scheme["id"]
    assert account["walletId"] == answer["walletId"]


def test_an_account_that_cannot_be_opened_leaves_the_others(caller):
    scheme = made(caller)
    answer = api.created(with_accounts(caller, scheme["id"], "999999", scheme["id"]))
    accounts = answer["accounts"]["scheme"]
    assert accounts["total"] == 3
    assert accounts["successful"]["total"] == 1
    failed = accounts["failed"]["results"]
    assert [(each["schemeId"], each["errorCode"]) for each in failed] == [
        ("999999", "NOT_FOUND"),
        (scheme["id"], "CARD_EXISTS"),
    ]
    assert Card.objects.count() == 1


def test_where_the_first_identity_is_known_its_wallet_gets_the_rest(caller):
    wallet, scheme = new_wallet(caller, "Seven"), made(caller)
    answer = api.created(
        with_accounts(
            caller,
            scheme["id"],
            identities=[{"value": "SEVEN"}, {"value": "8"}],
            friendlyName="Another",
            consumer={"type": "DEFAULT"},
        )
    )
    assert answer["walletId"] == wallet["walletId"]
    assert answer["friendlyName"] is None
    assert answer["consumer"] == {"type": "DEFAULT"}
    assert len(answer["identities"]) == Member.objects.count() == 1
    assert answer["accounts"]["scheme"]["successful"]["total"] == 1


def test_a_lost_identity_gets_no_accounts(caller):
    wallet, scheme = new_wallet(caller, "7001"), made(caller)
    identity_id = wallet["identities"][0]["identityId"]
    caller.patch(f"{wallet_at(wallet)}/identity/{identity_id}/lost")
    answer = with_accounts(caller, scheme["id"], identities=[{"value": "7001"}])
    assert refusal(answer) == (409, "STATUS_CONFLICT")
    assert not Card.objects.exists()


def test_accounts_are_opened_only_by_who_may_open_cards(caller):
    scheme = made(caller)
    enroller = api.client(unit(), scopes=["members:write"])
    answer = with_accounts(enroller, scheme["id"])
    assert refusal(answer) == (403, "NOT_PERMITTED")
    assert not Member.objects.exists()
    assert with_accounts(enroller).status_code == 201


@pytest.mark.parametrize(
    ("accounts", "field"),
    [
        ([], "accounts"),
        ({"scheme": [{}]}, "accounts.scheme[0].schemeId"),
        ({"scheme": [{"schemeId": True}]}, "schemeId"),
        ({"scheme": [{"schemeId": 10**400}]}, "schemeId"),
        ({"scheme": [{"schemeId": "1", "status": "LOST"}]}, "status"),
        ({"campaign": [{"campaignId": "1"}]}, "accounts.campaign"),
        ({"plan": []}, "plan"),
    ],
)
def test_accounts_that_are_none_are_refused_by_their_field(caller, accounts, field):
    assert field in said(with_accounts(caller, accounts=accounts))
    assert not Member.objects.exists()
