"""The API of orders: refund what one earned, activate or cancel what still waits."""

import pytest
from django.utils import timezone

from accounts.tests.factories import CardFactory
from loyalty.tests.api import client, created, refusal, shown
from schemes.models import CardDefinition
from transactions import balances, ledger
from transactions.models import Allocation, Bucket, Transaction

ORDER = "orders/A-1/"

pytestmark = pytest.mark.django_db


def earn(card, reference="A-1", amount=10_000):
    order = ledger.Order(reference=reference, amount=amount)
    return ledger.earn(card=card, order=order, now=timezone.now())


@pytest.fixture
def card(recipe_card):
    """A card that has 100 points of an order waiting; refunds may take them."""
    CardDefinition.objects.update(refunds="TO_ZERO")
    recipe_card.definition.refresh_from_db()
    earn(recipe_card)
    return recipe_card


@pytest.fixture
def other(card):
    """Another member's card that earned on the same order."""
    made = CardFactory(definition=card.definition)
    earn(made, amount=5_000)
    return made


@pytest.fixture
def api(card):
    return client(card.member.unit)


def pending(card):
    now = timezone.now()
    return balances.balance(card=card, at=now, now=now).pending


def written():
    models = (Bucket, Transaction, Allocation)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_whole_order_is_refunded(api, card):
    response = api.post(ORDER + "refund/", {})
    refunded = created(response)
    assert refunded["details"]["due"] == 100
    assert refunded["order_reference"] == "A-1"
    assert shown(api.get(response["Location"])) == refunded
    assert pending(card) == 0


@pytest.mark.parametrize("body", [{"amount": 4_000}, {"points": 40}])
def test_a_part_of_an_order_is_refunded(api, card, body):
    assert created(api.post(ORDER + "refund/", body))["details"]["due"] == 40
    assert pending(card) == 60


@pytest.mark.parametrize("body", [{}, {"amount": 4_000}, {"points": 40}])
def test_a_preview_of_a_refund_writes_nothing(api, body):
    before = written()
    told = shown(api.post(ORDER + "refund/?dry_run=true", body))
    assert written() == before
    booked = created(api.post(ORDER + "refund/", body))
    same = ("type", "points", "pending_points", "order_reference", "amount", "details")
    assert [told[name] for name in same] == [booked[name] for name in same]


def test_no_more_is_refunded_than_the_order_was(api, card):
    response = api.post(ORDER + "refund/", {"amount": 10_001})
    assert refusal(response) == (400, "refund_exceeds_order")
    assert pending(card) == 100


@pytest.mark.parametrize(
    "body",
    [
        {"amount": 0},
        {"amount": "40"},
        {"points": -1},
        {"card": "x"},
        {"amount": 1, "points": 1},
        {"sum": 1},
    ],
)
def test_a_refund_of_what_makes_no_sense_is_refused(api, card, body):
    assert api.post(ORDER + "refund/", body).status_code == 400
    assert pending(card) == 100


def test_an_order_that_nobody_earned_on_is_not_found(api):
    response = api.post("orders/B-7/refund/", {})
    assert refusal(response) == (404, "order_not_found")


def test_refunds_that_the_rules_do_not_allow_are_refused(api):
    CardDefinition.objects.update(refunds="NONE")
    response = api.post(ORDER + "refund/", {})
    assert refusal(response) == (423, "refunds_not_allowed")


def test_where_several_cards_earned_one_must_be_named(api, card, other):
    response = api.post(ORDER + "refund/", {})
    assert refusal(response) == (400, "invalid_input")
    assert response.json()["details"].startswith("card: ")
    named = {"card": str(other.uuid)}
    refunded = created(api.post(ORDER + "refund/", named))
    assert refunded["card"] == str(other.uuid)
    assert pending(other) == 0
    assert pending(card) == 100


def test_a_refund_with_a_reference_happens_once(api, card):
    body = {"amount": 4_000, "reference": "return-1"}
    ids = {created(api.post(ORDER + "refund/", body))["id"] for _ in range(2)}
    assert len(ids) == 1
    assert pending(card) == 60


def test_all_that_waits_of_an_order_is_activated_on_every_card(api, card, other):
    earn(card, reference="A-2")
    done = created(api.post(ORDER + "activate/", {"reason": "Delivered"}))
    assert sorted(each["points"] for each in done["results"]) == [50, 100]
    assert {each["card"] for each in done["results"]} == {
        str(card.uuid),
        str(other.uuid),
    }
    assert (pending(card), pending(other)) == (100, 0)


def test_all_that_waits_of_an_order_is_canceled_on_one_card(api, card, other):
    body = {"card": str(card.uuid)}
    (done,) = created(api.post(ORDER + "cancel/", body))["results"]
    assert done["pending_points"] == -100
    assert (pending(card), pending(other)) == (0, 50)


@pytest.mark.parametrize("verb", ["activate", "cancel"])
def test_a_dry_run_on_an_order_writes_nothing(api, card, other, verb):
    before = written()
    told = shown(api.post(f"{ORDER}{verb}/?dry_run=true", {}))
    assert sorted(each["pending_points"] for each in told["results"]) == [-100, -50]
    assert written() == before


@pytest.mark.parametrize("verb", ["activate", "cancel"])
def test_where_nothing_waits_nothing_is_done(api, verb):
    created(api.post(ORDER + "activate/"))
    assert created(api.post(f"{ORDER}{verb}/"))["results"] == []


def test_an_order_with_slashes_and_blanks_in_its_reference_is_found(api, card):
    earn(card, reference="shop/2025/ä 7")
    address = "orders/shop/2025/%C3%A4%207/cancel/"
    (done,) = created(api.post(address))["results"]
    assert done["order_reference"] == "shop/2025/ä 7"


def test_the_scopes_of_an_orders_verbs_are_theirs(card):
    seller = client(card.member.unit, scopes=["points:write"])
    assert refusal(seller.post(ORDER + "cancel/", {}))[0] == 403
    assert seller.post(ORDER + "refund/", {}).status_code == 201
