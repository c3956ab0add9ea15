"""What is refused before a view is asked is told in each door's own shape too."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from loyalty.api import idempotency
from loyalty.models import IdempotentAnswer
from loyalty.tests.api import client, refusal
from loyalty.tests.eagle_eye_schemes import contract
from loyalty.tests.eagle_eye_schemes import refusal as refusal_of_eagle_eye
from loyalty.tests.voucherify_cards import refused as refusal_of_voucherify
from schemes.tests.factories import UnitFactory

pytestmark = pytest.mark.django_db

KEPT = {"Idempotency-Key": "once"}
VOUCHERIFY_KEYS = {
    "invalid_input": "invalid_payload",
    "invalid_json": "invalid_payload",
}


@dataclass(frozen=True, kw_only=True)
class Door:
    """A write that succeeds, what leads nowhere, and how the API says no."""

    address: str
    body: Any
    nowhere: str
    told: Callable[[Any], tuple[int, str]]
    key: Callable[[str], str]


def of_voucherify(address: str, body: Any, nowhere: str) -> Door:
    return Door(
        address=address,
        body=body,
        nowhere=nowhere,
        told=refusal_of_voucherify,
        key=lambda key: VOUCHERIFY_KEYS.get(key, key),
    )


def of_eagle_eye(prefix: str) -> Door:
    return Door(
        address=f"{prefix}/schemes/points",
        body=contract("request"),
        nowhere=f"{prefix}/wallet/7/coupons",
        told=refusal_of_eagle_eye,
        key=str.upper,
    )


DOORS = {
    "voucherify": of_voucherify(
        "/v2/loyalties/programs", {"name": "Club"}, "/v2/vouchers"
    ),
    "voucherify-orders": of_voucherify(
        "/v1/orders", {"source_id": "order-1", "amount": 100}, "/v1/vouchers"
    ),
    "eagle-eye": of_eagle_eye(""),
    "eagle-eye-2.0": of_eagle_eye("/2.0"),
    "engage": Door(
        address="/api/v3/point-accounts/transactions",
        body=[{}],
        nowhere="/api/v3/vouchers",
        told=refusal,
        key=str,
    ),
}


@pytest.fixture(params=DOORS)
def door(request):
    return DOORS[request.param]


@pytest.fixture
def unit():
    return UnitFactory(incoming_identifier="aeplc")


@pytest.fixture
def http(unit):
    """Django's test client with the credentials of a program that may do everything."""
    return client(unit).http


def send(http, door, body=None, **more):
    """A write. A text or bytes are sent as they are, whatever else as JSON."""
    sent = door.body if body is None else body
    content = sent if isinstance(sent, bytes) else json.dumps(sent)
    options = {"content_type": "application/json", **more}
    return http.generic("POST", door.address, content, **options)


def expect(answer, door, status, key):
    """Refuse any other answer than this refusal in the door's shape."""
    assert answer["Content-Type"] == "application/json"
    assert door.told(answer) == (status, door.key(key))


def test_a_write_succeeds_where_nothing_stands_in_its_way(http, door):
    assert send(http, door).status_code in (200, 201)


@pytest.mark.parametrize("headers", [{}, KEPT])
def test_a_stranger(door, headers):
    answer = send(Client(), door, headers=headers)

    expect(answer, door, 401, "not_authenticated")
    assert answer["WWW-Authenticate"]


@pytest.mark.parametrize("headers", [{}, KEPT])
def test_a_secret_that_is_none(door, headers):
    wrong = {"Authorization": "Bearer nobody.nothing", **headers}

    expect(send(Client(), door, headers=wrong), door, 401, "invalid_credentials")


@pytest.mark.parametrize("headers", [{}, KEPT])
def test_a_program_that_may_not(unit, door, headers):
    reader = client(unit, scopes=["members:read"]).http

    expect(send(reader, door, headers=headers), door, 403, "not_permitted")


@pytest.mark.parametrize("headers", [{}, KEPT])
def test_too_many_requests(http, door, settings, headers):
    settings.API_RATE_LIMIT = 1
    send(http, door, headers=headers)
    answer = send(http, door, headers={**headers, "Idempotency-Key": "other"})

    expect(answer, door, 429, "too_many_requests")
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize("headers", [{}, KEPT])
def test_what_is_no_json(http, door, headers):
    expect(send(http, door, b"{", headers=headers), door, 400, "invalid_json")


@pytest.mark.parametrize("headers", [{}, KEPT])
def test_a_body_that_is_too_large(http, door, settings, headers):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1

    expect(send(http, door, headers=headers), door, 413, "body_too_large")


@pytest.mark.parametrize("headers", [{}, KEPT])
def test_another_kind_of_body(http, door, headers):
    answer = send(http, door, content_type="text/xml", headers=headers)

    expect(answer, door, 415, "unsupported_media_type")


def test_a_method_that_there_is_not(http, door):
    answer = http.generic("TRACE", door.address)

    expect(answer, door, 405, "method_not_allowed")


def test_an_address_that_leads_nowhere(http, door):
    expect(http.get(door.nowhere), door, 404, "not_found")


def test_a_host_that_is_not_ours(http, door, settings):
    settings.ALLOWED_HOSTS = ["points.example.com"]

    answer = send(http, door, HTTP_HOST="elsewhere.example.com")

    expect(answer, door, 400, "invalid_input")


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_idempotency_key_that_is_none(http, door, key):
    answer = send(http, door, headers={"Idempotency-Key": key})

    expect(answer, door, 400, "invalid_idempotency_key")


def test_an_idempotency_key_of_another_request(http, door):
    send(http, door, headers=KEPT)
    answer = send(http, door, b"[]  ", headers=KEPT)

    expect(answer, door, 422, "idempotency_conflict")


def test_an_idempotency_key_whose_first_request_is_running(http, door, monkeypatch):
    monkeypatch.setattr(idempotency, "try_to_lock_name", lambda name: False)

    answer = send(http, door, headers=KEPT)

    expect(answer, door, 409, "request_running")
    assert answer["Retry-After"] == "1"


def test_what_fails_around_the_view(http, door, monkeypatch):
    def fail(**values):
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr(IdempotentAnswer.objects, "create", fail)
    http.raise_request_exception = False

    expect(send(http, door, headers=KEPT), door, 500, "internal_error")
