"""Voucherify's door: who comes in, and what is not found there."""

import pytest
from django.test import Client

from accounts import clients
from accounts.tests.factories import CardFactory, MemberFactory
from loyalty.tests.api import client, shown
from loyalty.tests.program import make_client
from loyalty.tests.voucherify_cards import expire, of_card, pending, refused
from schemes.tests.factories import CardDefinitionFactory, SchemeFactory
from transactions.models import Bucket
from transactions.tests.helpers import everything

UNKNOWN = "0" * 32
KINDS = (
    ("lprg_", "program"),
    ("lmbr_", "member"),
    ("lcrd_", "card"),
    ("lcppb_", "card_pending_points_bucket"),
)


@pytest.fixture
def bucket(program):
    """100 points that wait, on the card of a program with points in every state."""
    return Bucket.objects.get(status="PENDING")


@pytest.fixture
def credentials(bucket):
    """The headers with which a program may come in, by their names."""
    made, secret = make_client(bucket.card.member.unit)
    token = clients.token(client=made, secret=secret)
    return {
        "Authorization": f"Bearer {token}",
        "X-App-Id": made.client_id,
        "X-App-Token": secret,
    }


def ids_in(address):
    """The ids in the address of a bucket, by their prefixes."""
    found = [part for part in address.split("/") if "_" in part]
    return dict(zip([prefix for prefix, _ in KINDS], found, strict=True))


@pytest.mark.parametrize(
    "names",
    [
        ("Authorization",),
        ("X-App-Id", "X-App-Token"),
        ("Authorization", "X-App-Id", "X-App-Token"),
    ],
)
def test_each_way_to_log_in_and_all_at_once_will_do(bucket, credentials, names):
    headers = {name: credentials[name] for name in names}
    response = Client().post(pending(bucket, "activate"), headers=headers)
    assert shown(response)["status"] == "TRANSACTION_CREATED"


def test_an_app_token_may_be_the_whole_token(bucket, credentials):
    headers = {
        "X-App-Id": credentials["X-App-Id"],
        "X-App-Token": credentials["Authorization"].removeprefix("Bearer "),
    }
    assert Client().post(pending(bucket, "cancel"), headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({}, "not_authenticated"),
        ({"X-App-Id": "nobody", "X-App-Token": "nothing"}, "invalid_credentials"),
        ({"Authorization": "Bearer nobody.nothing"}, "invalid_credentials"),
    ],
)
def test_a_stranger_gets_nowhere(bucket, wrong, key):
    before = everything()
    response = Client().post(pending(bucket, "activate"), headers=wrong)
    assert refused(response) == (401, key)
    assert everything() == before


@pytest.mark.parametrize(
    ("method", "rest", "scope"),
    [
        ("get", "pending-points", "points:read"),
        ("get", "expiring-points", "points:read"),
        ("get", "transactions", "points:read"),
        ("post", "points", "points:write"),
        ("post", f"pending-points/{UNKNOWN}/activate", "buckets:write"),
        ("post", f"pending-points/{UNKNOWN}/cancel", "buckets:write"),
        ("post", f"expiring-points/{UNKNOWN}/expire", "buckets:write"),
    ],
)
def test_each_action_needs_its_scope(program, method, rest, scope):
    address = of_card(program.card, rest)
    others = {"points:read", "points:write", "buckets:write"} - {scope}
    without = client(program.client.unit, others)
    assert refused(without.send(method, address, {})) == (403, "not_permitted")
    within = client(program.client.unit, {scope})
    assert within.send(method, address, {"points": 0}).status_code in (200, 404)


@pytest.mark.parametrize("action", ["activate", "cancel"])
@pytest.mark.parametrize(("prefix", "type_"), KINDS)
@pytest.mark.parametrize(
    "id_",
    [
        UNKNOWN,
        "",
        "nobody",
        "9" * 400,
        "%00",
        "%F0%9F%8E%81",
        "' OR 1=1 --",
        "{0}",
    ],
)
def test_an_id_that_nobody_has_is_not_found(bucket, action, prefix, type_, id_):
    api = client(bucket.card.member.unit)
    address = pending(bucket, action)
    before = everything()
    response = api.post(address.replace(ids_in(address)[prefix], f"{prefix}{id_}"))
    assert refused(response) == (404, "not_found")
    assert response.json()["resource_type"] == type_
    assert response.json()["message"] == "Resource not found"
    assert everything() == before


@pytest.mark.parametrize(("prefix", "type_"), KINDS)
def test_what_another_unit_has_is_not_found(bucket, prefix, type_):
    api = client(CardFactory().member.unit)
    response = api.post(pending(bucket, "activate"))
    assert refused(response) == (404, "not_found")
    assert response.json()["resource_type"] == "program"

    # Nor is it found from within what is the caller's own.
    own = CardFactory()
    address = pending(bucket, "activate")
    mine = {
        "lprg_": f"lprg_{own.definition.scheme.uuid.hex}",
        "lmbr_": f"lmbr_{own.member.uuid.hex}",
        "lcrd_": f"lcrd_{own.uuid.hex}",
    }
    for kind, id_ in ids_in(address).items():
        if kind == prefix:
            break
        address = address.replace(id_, mine[kind])
    response = client(own.member.unit).post(address)
    assert refused(response) == (404, "not_found")
    assert response.json()["resource_type"] == type_
    assert response.json()["resource_id"] == ids_in(pending(bucket, "x"))[prefix]


def test_what_is_of_another_program_of_the_unit_is_not_found(bucket):
    card = bucket.card
    scheme = SchemeFactory(unit=card.member.unit)
    other = CardFactory(
        definition=CardDefinitionFactory(scheme=scheme), member=card.member
    )
    api = client(card.member.unit)
    address = pending(bucket, "activate")
    ids = ids_in(address)
    elsewhere = address.replace(ids["lprg_"], f"lprg_{scheme.uuid.hex}")
    assert api.post(elsewhere).json()["resource_type"] == "card"
    crossed = elsewhere.replace(ids["lcrd_"], f"lcrd_{other.uuid.hex}")
    assert api.post(crossed).json()["resource_type"] == "card_pending_points_bucket"


def test_a_member_who_left_the_program_is_not_found(bucket):
    type(bucket.card).objects.update(status="CLOSED")
    response = client(bucket.card.member.unit).post(pending(bucket, "activate"))
    assert refused(response) == (404, "not_found")
    assert response.json()["resource_type"] == "member"


def test_a_member_of_no_program_is_not_found(bucket):
    member = MemberFactory(unit=bucket.card.member.unit)
    address = pending(bucket, "activate")
    address = address.replace(ids_in(address)["lmbr_"], f"lmbr_{member.uuid.hex}")
    response = client(member.unit).post(address)
    assert response.json()["resource_type"] == "member"


def test_an_expiring_bucket_that_is_not_there_has_its_own_name(bucket):
    address = expire(bucket).replace(bucket.uuid.hex, UNKNOWN)
    response = client(bucket.card.member.unit).post(address)
    assert refused(response) == (404, "not_found")
    assert response.json()["resource_type"] == "card_points_bucket"


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize(
    "address", ["/v2/loyalties", "/v2/loyalties/", "/v2/loyalties/nothing/here"]
)
def test_an_address_that_leads_nowhere_is_a_json_404(db, method, address):
    response = getattr(Client(), method)(address, follow=True)
    assert refused(response) == (404, "not_found")


def test_a_method_that_an_address_has_not_is_refused(bucket):
    api = client(bucket.card.member.unit)
    assert refused(api.get(pending(bucket, "activate"))) == (405, "method_not_allowed")
    assert refused(api.post(of_card(bucket.card, "transactions")))[0] == 405
