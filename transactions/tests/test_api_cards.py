"""The API of cards: open, block, replace; earn, credit, spend, debit; what they hold."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.models import Card
from accounts.tests.factories import CardFactory, MemberFactory
from loyalty.tests.api import client, created, refusal, shown
from schemes.tests.factories import CardDefinitionFactory
from transactions import ledger
from transactions.models import Allocation, Bucket, Transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(recipe_card):
    return recipe_card


@pytest.fixture
def api(card):
    return client(card.member.unit)


@pytest.fixture
def at(card):
    return f"cards/{card.uuid}/"


def written():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Bucket, Transaction, Allocation, Card)
    ]


def give(api, at, points=500):
    return created(api.post(at + "credit/", {"points": points, "waits": False}))


def test_a_card_is_opened_for_a_member_with_a_drawn_code(api, card):
    member = MemberFactory(unit=card.member.unit)
    body = {
        "member": str(member.uuid),
        "card_definition": str(card.definition.uuid),
    }
    response = api.post("cards/", body)
    opened = created(response)
    assert opened["member"] == body["member"]
    assert opened["card_definition"] == body["card_definition"]
    assert len(opened["code"]) == 10
    assert opened["balance"]["active"] == 0
    assert shown(api.get(response["Location"])) == opened
    assert refusal(api.post("cards/", body)) == (409, "card_exists")


def test_a_card_is_opened_with_the_code_that_is_given(api, card):
    member = MemberFactory(unit=card.member.unit)
    body = {
        "member": str(member.uuid),
        "card_definition": str(card.definition.uuid),
        "code": "ABC-1",
    }
    assert created(api.post("cards/", body))["code"] == "ABC-1"
    assert api.ids("cards/", code="ABC-1")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"member": str(uuid4())}, "not_found"),
        ({"card_definition": str(uuid4())}, "not_found"),
        ({"member": "x"}, "invalid_input"),
        ({"member": None}, "invalid_input"),
        ({"code": "a b"}, "invalid_input"),
        ({"status": "CLOSED"}, "invalid_input"),
    ],
)
def test_a_card_is_not_opened_with_what_is_wrong(api, card, change, key):
    body = {
        "member": str(MemberFactory(unit=card.member.unit).uuid),
        "card_definition": str(card.definition.uuid),
    }
    response = api.post("cards/", body | change)
    assert refusal(response)[1] == key
    (field,) = change
    assert response.json()["details"].startswith(f"{field}: ")


def test_a_blocked_card_refuses_points_until_it_is_activated_again(api, at):
    give(api, at)
    assert shown(api.post(at + "block/"))["status"] == "BLOCKED"
    for verb in ("earn", "credit", "debit"):
        response = api.post(f"{at}{verb}/", {"points": 100})
        assert refusal(response) == (423, "card_not_active")
    assert shown(api.post(at + "activate/"))["status"] == "ACTIVE"
    assert api.post(at + "debit/", {"points": 100}).status_code == 201


def test_a_closed_card_keeps_what_it_holds(api, at):
    give(api, at)
    closed = shown(api.post(at + "close/"))
    assert (closed["status"], closed["balance"]["active"]) == ("CLOSED", 500)


def test_a_replaced_card_has_another_code_and_the_same_points(api, at, card):
    give(api, at)
    replaced = shown(api.post(at + "replace/", {}))
    assert replaced["id"] == str(card.uuid)
    assert replaced["code"] != card.code
    assert replaced["balance"]["active"] == 500
    assert shown(api.post(at + "replace/", {"code": "N-1"}))["code"] == "N-1"


def test_a_card_is_not_replaced_with_a_code_that_is_taken(api, at, card):
    other = CardFactory(definition=card.definition)
    response = api.post(at + "replace/", {"code": other.code})
    assert refusal(response)[0] == 409


def test_an_order_earns_points_that_wait(api, at, card):
    body = {
        "order": {
            "reference": "A-1",
            "amount": 12_345,
            "currency": "GBP",
            "lines": [{"sku": "tea"}],
        },
        "reference": "till-1",
        "reason": "Purchase",
        "metadata": {"till": 4},
        "occurred_at": (timezone.now() - timedelta(hours=1)).isoformat(),
    }
    response = api.post(at + "earn/", body)
    earned = created(response)
    assert (earned["pending_points"], earned["points"]) == (123, 0)
    assert (earned["order_reference"], earned["amount"]) == ("A-1", 12_345)
    assert earned["details"]["metadata"] == {"till": 4, "lines": [{"sku": "tea"}]}
    assert earned["reason"] == "Purchase"
    assert shown(api.get(response["Location"])) == earned
    again = created(api.post(at + "earn/", body))
    assert again["id"] == earned["id"]
    assert shown(api.get(at))["balance"]["pending"] == 123


def test_points_are_credited_spent_and_debited(api, at):
    give(api, at, 500)
    spent = created(api.post(at + "spend/", {"points": 200, "reward": "Tea"}))
    assert spent["points"] == -200
    assert sum(each["points"] for each in spent["allocations"]) == 200
    assert created(api.post(at + "debit/", {"points": 50}))["points"] == -50
    order = {"reference": "A-2", "amount": 100}
    paid = created(api.post(at + "spend/", {"points": 100, "order": order}))
    assert paid["order_reference"] == "A-2"
    assert shown(api.get(at))["balance"]["active"] == 150


def test_more_than_a_card_holds_cannot_be_spent(api, at):
    response = api.post(at + "spend/", {"points": 100, "reward": "Tea"})
    assert refusal(response) == (409, "insufficient_points")


@pytest.mark.parametrize("verb", ["earn", "credit", "spend", "debit"])
@pytest.mark.parametrize("points", [0, -1, 1.5, "10", True, 10**19, 10**400, [], {}])
def test_points_are_a_whole_number_of_at_least_one(api, at, verb, points):
    response = api.post(f"{at}{verb}/", {"points": points})
    assert refusal(response) == (400, "invalid_input")
    assert response.json()["details"].startswith("points: ")


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("earn", {"order": {"reference": "A-9", "amount": 5_000}}),
        ("credit", {"points": 5}),
        ("spend", {"points": 100, "reward": "Tea"}),
        ("debit", {"points": 5}),
    ],
)
def test_a_dry_run_answers_what_would_happen_and_writes_nothing(api, at, verb, body):
    give(api, at)
    before = written()
    previewed = shown(api.post(f"{at}{verb}/?dry_run=true", body))
    assert written() == before
    booked = created(api.post(f"{at}{verb}/", body))
    same = ("type", "status", "points", "pending_points", "order_reference")
    assert [previewed[name] for name in same] == [booked[name] for name in same]


def test_a_dry_run_is_refused_like_the_verb_itself(api, at):
    response = api.post(at + "spend/?dry_run=true", {"points": 100, "reward": "Tea"})
    assert refusal(response) == (409, "insufficient_points")
    assert refusal(api.post(at + "debit/?dry_run=yes", {"points": 1}))[0] == 400


def test_a_balance_is_told_of_any_moment(api, at, card):
    now = timezone.now()
    order = ledger.Order(reference="A-1", amount=10_000)
    ledger.earn(card=card, order=order, now=now)
    told = shown(api.get(at + "balance/"))
    assert (told["active"], told["pending"]) == (0, 100)
    assert told["next_activation"]["points"] == 100
    for days, active, pending in ((-1, 0, 0), (6, 100, 0), (400, 0, 0)):
        moment = (now + timedelta(days=days)).isoformat()
        told = shown(api.get(at + "balance/", at=moment))
        assert (told["active"], told["pending"]) == (active, pending)


def test_a_schedule_tells_what_activates_and_what_lapses(api, at, card):
    order = ledger.Order(reference="A-1", amount=10_000)
    ledger.earn(card=card, order=order, now=timezone.now())
    told = shown(api.get(at + "schedule/"))
    assert [each["points"] for each in told["activations"]] == [100]
    assert [each["points"] for each in told["expiries"]] == [100]
    later = (timezone.now() + timedelta(days=10)).isoformat()
    assert shown(api.get(at + "schedule/", at=later))["activations"] == []


@pytest.mark.parametrize("name", ["balance", "schedule"])
@pytest.mark.parametrize(
    "moment",
    [
        "x",
        "2025-01-01",
        "2025-01-01T00:00:00",
        "2025-13-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_a_moment_has_its_offset_from_utc(api, at, name, moment):
    response = api.get(f"{at}{name}/", at=moment)
    assert refusal(response) == (400, "invalid_input")
    assert response.json()["details"].startswith("at: ")


@pytest.mark.parametrize("moment", ["0001-01-02T00:00:00Z", "9999-12-31T00:00:00Z"])
def test_a_balance_is_told_at_the_ends_of_time(api, at, moment):
    give(api, at)
    assert api.get(at + "balance/", at=moment).status_code == 200
    assert api.get(at + "schedule/", at=moment).status_code == 200


def test_cards_are_filtered(api, card):
    unit = card.member.unit
    other = CardFactory(definition=CardDefinitionFactory(scheme__unit=unit))
    Card.objects.filter(pk=other.pk).update(status="BLOCKED")
    for parameters in (
        {"member": other.member.uuid},
        {"card_definition": other.definition.uuid},
        {"scheme": other.definition.scheme.uuid},
        {"status": "BLOCKED"},
        {"code": other.code},
    ):
        assert api.ids("cards/", **parameters) == [str(other.uuid)], parameters
    assert [UUID(each) for each in api.ids("cards/", ordering="id")] == [
        card.uuid,
        other.uuid,
    ]
    for parameters in ({"member": "x"}, {"status": "LOST"}, {"colour": "red"}):
        assert refusal(api.get("cards/", **parameters)) == (400, "invalid_input")
