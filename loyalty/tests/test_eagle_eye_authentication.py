"""Eagle Eye's clients sign each request, where staff have allowed them to."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import clients
from accounts.models import ApiClient, ApiSecret
from loyalty.tests.eagle_eye_schemes import POINTS, contract, refusal
from loyalty.tests.program import make_client
from schemes.tests.factories import UnitFactory

REFUSED = (401, "INVALID_CREDENTIALS")

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return UnitFactory(incoming_identifier="aeplc")


@pytest.fixture
def signer(unit):
    """A client that may sign, and its secret."""
    return make_client(unit, allow_eagle_eye_hash=True)


def send(signer, uri, *, method="GET", body="", signed_uri=None, signed=None, **extra):
    """A signed request, or one whose signature is of another uri or body."""
    client, secret = signer
    hashed = clients.eagle_eye_hash(
        uri=uri if signed_uri is None else signed_uri,
        body=(body if signed is None else signed).encode(),
        secret=secret,
    )
    headers = {"X-EES-AUTH-CLIENT-ID": client.client_id, "X-EES-AUTH-HASH": hashed}
    return Client(**extra).generic(
        method, uri, body, content_type="application/json", headers=headers
    )


def test_the_hash_of_the_documentation_is_ours():
    documented = "76e132ab2154bb7139258b65134ddaf74c12a4242ce136b87a7335292fddc068"

    assert (
        clients.eagle_eye_hash(uri="/wallet/555555", body=b"", secret="0987654321")
        == documented
    )


@pytest.mark.parametrize(
    "uri",
    [
        POINTS,
        f"/2.0{POINTS}",
        f"{POINTS}?limit=5&offset=0",
        f"/2.0{POINTS}?orderBy=dateCreated,DESC",
        f"{POINTS}?orderBy=dateCreated%2CASC",
    ],
)
def test_a_signed_request_gets_in_by_its_path_and_query_as_they_were_called(
    signer, uri
):
    assert send(signer, uri).status_code == 200
    secret = ApiSecret.objects.get()
    assert secret.last_used_at is not None


def test_what_is_signed_is_the_address_as_the_web_server_heard_it(signer):
    # Django would write it without the quoting, which nothing here needs.
    called = "/schemes/p%6fints?"
    answer = send(signer, POINTS, signed_uri=called, RAW_URI=called)
    assert answer.status_code == 200


def test_a_signed_query_may_have_brackets(signer):
    made = send(signer, POINTS, method="POST", body=json.dumps(contract("request")))
    at = f"/scheme/{made.json()['id']}/earn/calculate?totalTransactionValue=500"

    answer = send(signer, f"{at}&location[storeId]=1&location[storeParentId]=2")

    assert answer.status_code == 200
    assert answer.json()["points"] == 5


def test_a_signed_body_gets_in_with_its_very_bytes(signer):
    body = json.dumps(contract("request"), indent=3)

    assert send(signer, POINTS, method="POST", body=body).status_code == 201


@pytest.mark.parametrize(
    ("uri", "signed_uri"),
    [
        (f"/2.0{POINTS}", POINTS),
        (POINTS, f"/2.0{POINTS}"),
        (f"{POINTS}?limit=5", POINTS),
        (f"{POINTS}?limit=5", f"{POINTS}?limit=50"),
        (POINTS, f"https://resources.uk.eagleeye.com{POINTS}"),
        (POINTS, "/schemes/1"),
    ],
)
def test_a_hash_of_another_address_is_refused(signer, uri, signed_uri):
    assert refusal(send(signer, uri, signed_uri=signed_uri)) == REFUSED


def test_a_body_that_was_changed_on_the_way_is_refused(signer):
    body = json.dumps(contract("request"))

    for signed in (body + " ", body.replace("5D", "1D"), ""):
        answer = send(signer, POINTS, method="POST", body=body, signed=signed)
        assert refusal(answer) == REFUSED


def test_the_secret_of_another_client_is_refused(unit, signer):
    client, _ = signer
    _, secret = make_client(unit, allow_eagle_eye_hash=True)

    assert refusal(send((client, secret), POINTS)) == REFUSED


def test_a_client_for_which_it_is_not_switched_on_is_refused_but_has_its_token(unit):
    client, secret = make_client(unit)

    assert refusal(send((client, secret), POINTS)) == REFUSED
    token = clients.token(client=client, secret=secret)
    bearer = Client(headers={"Authorization": f"Bearer {token}"})
    assert bearer.get(POINTS).status_code == 200


def test_a_client_for_which_it_was_switched_off_again_is_refused(signer):
    ApiClient.objects.update(allow_eagle_eye_hash=False)

    assert refusal(send(signer, POINTS)) == REFUSED


def test_it_takes_a_secret_made_since_it_was_switched_on(unit):
    client, before = make_client(unit)
    ApiClient.objects.update(allow_eagle_eye_hash=True)
    client.refresh_from_db()

    _, since = clients.add_secret(client=client, now=timezone.now())

    refused = send((client, before), POINTS)
    assert refusal(refused) == REFUSED
    assert refused.json() == send((client, "wrong"), POINTS).json()
    assert send((client, since), POINTS).status_code == 200


def test_both_live_secrets_sign_while_a_client_changes_over(signer):
    client, first = signer
    _, second = clients.add_secret(client=client, now=timezone.now())

    for secret in (first, second):
        assert send((client, secret), POINTS).status_code == 200


def test_a_secret_that_was_revoked_or_has_expired_is_refused(signer):
    client, _ = signer
    now = timezone.now()
    day = timedelta(days=1)
    _, short = clients.add_secret(client=client, now=now - day, expires_at=now)
    assert refusal(send((client, short), POINTS)) == REFUSED

    clients.revoke_secret(secret=ApiSecret.objects.order_by("pk")[0], now=now)
    assert refusal(send(signer, POINTS)) == REFUSED


def test_a_client_that_is_switched_off_is_refused(signer):
    ApiClient.objects.update(is_active=False)

    assert refusal(send(signer, POINTS)) == REFUSED


def test_a_signed_request_from_elsewhere_is_refused(unit):
    signer = make_client(
        unit, allow_eagle_eye_hash=True, allowed_addresses=["10.0.0.0/8"]
    )

    assert refusal(send(signer, POINTS, REMOTE_ADDR="192.0.2.1")) == (
        403,
        "ADDRESS_NOT_ALLOWED",
    )
    assert send(signer, POINTS, REMOTE_ADDR="10.1.2.3").status_code == 200


@pytest.mark.parametrize(
    ("client_id", "hashed", "expected"),
    [
        ("", "", "NOT_AUTHENTICATED"),
        ("lp_unknown", "", "NOT_AUTHENTICATED"),
        ("", "0" * 64, "NOT_AUTHENTICATED"),
        ("lp_unknown", "0" * 64, "INVALID_CREDENTIALS"),
        ("\x00", "0" * 64, "INVALID_CREDENTIALS"),
        ("é", "é" * 10_000, "INVALID_CREDENTIALS"),
    ],
)
def test_headers_that_prove_nobody_are_refused(client_id, hashed, expected):
    headers = {"X-EES-AUTH-CLIENT-ID": client_id, "X-EES-AUTH-HASH": hashed}

    assert refusal(Client().get(POINTS, headers=headers)) == (401, expected)


def test_a_client_id_without_a_hash_is_refused_whatever_else_is_shown(signer):
    client, secret = signer
    token = clients.token(client=client, secret=secret)
    headers = {
        "X-EES-AUTH-CLIENT-ID": client.client_id,
        "Authorization": f"Bearer {token}",
    }

    assert refusal(Client().get(POINTS, headers=headers)) == (401, "NOT_AUTHENTICATED")


def test_a_signed_request_acts_for_its_own_unit_and_within_its_scopes(unit, signer):
    send(signer, POINTS, method="POST", body=json.dumps(contract("request")))
    reader = make_client(unit, allow_eagle_eye_hash=True, scopes=["schemes:read"])
    stranger = make_client(UnitFactory(), allow_eagle_eye_hash=True)

    assert send(reader, POINTS).json()["total"] == 1
    assert send(stranger, POINTS).json()["total"] == 0
    answer = send(reader, POINTS, method="POST", body="{}")
    assert refusal(answer) == (403, "NOT_PERMITTED")
