"""Voucherify's orders that are refused, are somebody else's, or earn nothing."""

from urllib.parse import unquote

import pytest

from accounts.tests.factories import MemberFactory
from loyalty.tests.api import client, shown
from loyalty.tests.voucherify_cards import refused
from transactions.tests.helpers import story

ORDERS = "/v1/orders"

EARNED = ("POINTS_EARNED", 100, 0)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def card(simple_card):
    """A card that earns a point for each 100, and gives back what a refund takes."""
    simple_card.definition.refunds = "TO_ZERO"
    simple_card.definition.save()
    return simple_card


@pytest.fixture
def api(card):
    return client(card.member.unit)


@pytest.fixture
def order(card):
    """A paid order of 100.00."""
    return {
        "source_id": "A-1",
        "status": "PAID",
        "amount": 10_000,
        "customer": {"source_id": card.member.external_id},
    }


@pytest.mark.parametrize("status", ["CREATED", "PAID", "CANCELED"])
def test_a_customer_whom_nobody_knows_is_not_found(api, card, order, status):
    stranger = MemberFactory()  # another unit's
    for name in (stranger.external_id, "nobody", "\N{WRAPPED PRESENT}"):
        body = order | {"status": status, "customer": {"source_id": name}}
        response = api.post(ORDERS, body)
        assert refused(response) == (404, "not_found")
        assert response.json()["resource_type"] == "customer"
        assert response.json()["resource_id"] == name


def test_another_units_order_of_the_same_name_is_left_alone(api, card, order):
    shown(api.post(ORDERS, order))
    stranger = client(MemberFactory().unit)
    shown(stranger.post(ORDERS, {"source_id": "A-1", "status": "CANCELED"}))
    assert story(card) == [EARNED]


def test_a_canceled_order_of_another_customer_is_left_alone(api, card, order):
    shown(api.post(ORDERS, order))
    other = MemberFactory(unit=card.member.unit)
    body = order | {"status": "CANCELED", "customer": {"id": other.external_id}}
    shown(api.post(ORDERS, body))
    assert story(card) == [EARNED]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"source_id": None}, "source_id"),
        ({"source_id": 7}, "source_id"),
        ({"source_id": ""}, "source_id"),
        ({"source_id": "x" * 201}, "source_id"),
        ({"status": "LOST"}, "status"),
        ({"status": ["PAID"]}, "status"),
        ({"amount": "10"}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": 10**400}, "amount"),
        ({"customer": "Ada"}, "customer"),
        ({"customer": {}}, "customer.source_id"),
        ({"customer": {"id": ""}}, "customer.id"),
        ({"customer": {"id": 7}}, "customer.id"),
        ({"metadata": []}, "metadata"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(api, card, order, change, field):
    response = api.post(ORDERS, order | change)
    assert refused(response) == (400, "invalid_payload")
    assert field in response.json()["details"]
    assert story(card) == []


@pytest.mark.parametrize("missing", ["source_id", "amount"])
def test_a_paid_order_says_which_it_is_and_how_much(api, card, order, missing):
    del order[missing]
    response = api.post(ORDERS, order)
    assert refused(response) == (400, "invalid_payload")
    assert missing in response.json()["details"]


def test_a_guest_s_order_earns_nothing(api, card, order):
    del order["customer"]
    assert api.post(ORDERS, order).status_code == 200
    assert story(card) == []


@pytest.mark.parametrize("missing", ["amount", "customer"])
def test_an_order_that_is_paid_later_says_again_whose_it_is(api, card, order, missing):
    api.post(ORDERS, {**order, "status": "CREATED"})
    del order[missing]
    response = api.send("put", f"{ORDERS}/A-1", order)
    assert refused(response) == (400, "invalid_payload")
    assert missing in response.json()["details"]


@pytest.mark.parametrize("body", [[], [1], "PAID", 7])
@pytest.mark.parametrize(
    ("method", "address"), [("post", ORDERS), ("put", f"{ORDERS}/A-1")]
)
def test_a_body_that_is_no_object_is_refused(api, method, address, body):
    response = api.http.generic(
        method.upper(), address, str(body), content_type="application/json"
    )
    assert refused(response) == (400, "invalid_payload")


def test_an_address_names_the_order_of_its_body(api, order):
    response = api.send("put", f"{ORDERS}/A-2", order)
    assert refused(response) == (400, "invalid_payload")
    assert "source_id" in response.json()["details"]


@pytest.mark.parametrize("name", ["ord_zz", "ord_ff", "ord", "a%2Fb", "caf%C3%A9"])
def test_an_odd_name_of_an_order_is_a_source_id(api, card, order, name):
    del order["source_id"]
    answer = shown(api.send("put", f"{ORDERS}/{name}", order))
    assert answer["source_id"] == unquote(name)
    again = shown(api.send("put", f"{ORDERS}/{answer['id']}", order))
    assert again["source_id"] == answer["source_id"]
    assert story(card) == [EARNED]


def test_an_address_with_a_slash_at_its_end_names_no_order(api, card, order):
    del order["source_id"]
    response = api.send("put", f"{ORDERS}/A-1/", order)
    assert refused(response) == (404, "not_found")
    assert story(card) == []


def test_an_order_whose_name_cannot_be_kept_is_refused(api, order):
    del order["source_id"]
    response = api.send("put", f"{ORDERS}/%00", order)
    assert refused(response) == (400, "invalid_payload")


def test_orders_need_their_scope(card, order):
    api = client(card.member.unit, {"points:read", "buckets:write"})
    assert refused(api.post(ORDERS, order)) == (403, "not_permitted")
