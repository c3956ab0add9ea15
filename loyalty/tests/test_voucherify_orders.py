"""Voucherify's door: an order that is paid earns once; one that is canceled gives back."""

import pytest
from django.db import connection

from accounts.tests.factories import CardFactory
from loyalty.testing import race
from loyalty.tests.api import client, shown
from loyalty.tests.voucherify_cards import refused
from schemes.tests.factories import (
    CardDefinitionFactory,
    EarnRateFactory,
    SchemeFactory,
)
from transactions import ledger
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import assert_adds_up, everything, story

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


def another_card(card, **options):
    """A card of the same member, in a program of its own."""
    scheme = SchemeFactory(unit=card.member.unit)
    definition = CardDefinitionFactory(scheme=scheme, **options)
    return CardFactory(definition=definition, member=card.member)


def test_a_paid_order_earns_and_is_given_back_as_sent(api, card, order):
    body = order | {"items": [{"sku": "tea"}], "metadata": {"till": 7}}
    answer = shown(api.post(ORDERS, body))
    assert answer == body | {"id": "ord_412d31", "object": "order"}
    assert story(card) == [EARNED]
    earned = Transaction.objects.get()
    assert (earned.order_reference, earned.amount) == ("A-1", 10_000)
    assert earned.actor.startswith("client:")


def test_what_nobody_has_set_may_be_null(api, card, order):
    # As the vendor's own client for Python sends it.
    customer = {**order["customer"], "id": None, "object": "customer"}
    order |= {"customer": customer, "items": None, "metadata": None}
    assert api.post(ORDERS, order).status_code == 200
    again = {**order, "source_id": None, "status": "FULFILLED"}
    assert api.send("put", f"{ORDERS}/A-1", again).status_code == 200
    assert story(card) == [EARNED]


def test_an_order_that_is_told_again_earns_nothing_more(api, card, order):
    shown(api.post(ORDERS, order))
    before = everything()
    shown(api.post(ORDERS, order))
    shown(api.post(ORDERS, order | {"status": "FULFILLED"}))
    shown(api.send("put", f"{ORDERS}/A-1", order))
    shown(api.send("put", f"{ORDERS}/ord_412d31", order | {"amount": 20_000}))
    assert everything() == before


def test_an_order_earns_when_it_is_paid_not_before(api, card, order):
    shown(api.post(ORDERS, order | {"status": "CREATED"}))
    assert story(card) == []
    paid = {name: order[name] for name in ("status", "amount", "customer")}
    answer = shown(api.send("put", f"{ORDERS}/ord_412d31", paid))
    assert (answer["id"], answer["source_id"]) == ("ord_412d31", "A-1")
    assert story(card) == [EARNED]


def test_an_order_without_a_status_is_only_created(api, card):
    answer = shown(api.post(ORDERS, {"source_id": "A-1"}))
    assert answer["status"] == "CREATED"
    assert story(card) == []


def test_a_fulfilled_order_that_was_never_told_paid_earns_too(api, card, order):
    shown(api.post(ORDERS, order | {"status": "FULFILLED"}))
    assert story(card) == [EARNED]


def test_a_canceled_order_gives_back_what_it_earned_once(api, card, order):
    shown(api.post(ORDERS, order))
    canceled = {"status": "CANCELED"}
    for _ in range(2):
        answer = shown(api.send("put", f"{ORDERS}/A-1", canceled))
        assert answer["status"] == "CANCELED"
        assert story(card) == [EARNED, ("POINTS_REFUNDED", -100, 0)]
    shown(api.post(ORDERS, order))  # it has earned already
    assert len(story(card)) == 2
    assert_adds_up(card)


def test_what_was_refunded_before_is_not_taken_again(api, card, order, now):
    shown(api.post(ORDERS, order))
    ledger.refund_order(card=card, order_reference="A-1", amount=4_000, now=now)
    shown(api.post(ORDERS, order | {"status": "CANCELED"}))
    refunds = [points for type_, points, _ in story(card)[1:]]
    assert refunds == [-40, -60]


def test_where_the_rules_take_nothing_back_a_canceled_order_takes_nothing(
    api, card, order
):
    shown(api.post(ORDERS, order))
    card.definition.refunds = "NONE"
    card.definition.save()
    shown(api.post(ORDERS, order | {"status": "CANCELED"}))
    assert story(card) == [EARNED]


def test_an_order_that_earned_nothing_can_be_canceled(api, card, order):
    shown(api.post(ORDERS, order | {"status": "CANCELED"}))
    assert story(card) == []


def test_points_of_an_order_wait_where_the_rules_say_so(api, card, order, recipe_card):
    definition = recipe_card.definition
    definition.refunds = "FROM_PENDING"
    definition.save()
    api = client(recipe_card.member.unit)
    order["customer"] = {"id": recipe_card.member.external_id}
    shown(api.post(ORDERS, order))
    assert story(recipe_card) == [("PENDING_POINTS_ADDED", 0, 100)]
    shown(api.post(ORDERS, order | {"status": "CANCELED"}))
    assert Bucket.objects.get().status == "CANCELED"
    assert_adds_up(recipe_card)


def test_every_open_card_of_the_customer_earns_by_its_own_rate(api, card, order, now):
    second = another_card(card)
    EarnRateFactory(card_definition=second.definition, points=2)
    rateless = another_card(card)
    shut = [another_card(card), another_card(card, status="DRAFT"), another_card(card)]
    shut[0].status = "BLOCKED"
    shut[0].save()
    over = shut[2].definition.scheme
    over.ends_at = now
    over.save()
    for each in shut:
        EarnRateFactory(card_definition=each.definition)
    shown(api.post(ORDERS, order))
    assert story(card) == [EARNED]
    assert story(second) == [("POINTS_EARNED", 200, 0)]
    assert [story(each) for each in (rateless, *shut)] == [[], [], [], []]


def test_a_card_that_joins_later_earns_when_the_order_is_told_again(api, card, order):
    shown(api.post(ORDERS, order))
    second = another_card(card)
    EarnRateFactory(card_definition=second.definition)
    shown(api.post(ORDERS, order))
    assert (story(card), story(second)) == ([EARNED], [EARNED])


def test_a_member_who_is_not_active_blocks_the_order(api, card, order):
    card.member.status = "INACTIVE"
    card.member.save()
    assert refused(api.post(ORDERS, order)) == (423, "non_active_member")
    assert story(card) == []


def test_a_refusal_for_one_card_undoes_the_others(api, card, order, now):
    second = another_card(card)
    EarnRateFactory(card_definition=second.definition)
    ledger.earn(
        card=second,
        points=1,
        now=now,
        cause=ledger.Cause(idempotency_key="voucherify order paid: A-1"),
    )
    before = everything()
    assert refused(api.post(ORDERS, order)) == (422, "idempotency_conflict")
    assert everything() == before


@pytest.mark.postgresql
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time"
)
@pytest.mark.django_db(transaction=True)
def test_the_same_order_twice_at_once_earns_once(api, card, order):
    answers = race(*[lambda: api.post(ORDERS, order).status_code] * 4)
    assert answers == [200] * 4
    assert story(card) == [EARNED]
