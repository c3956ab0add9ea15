"""The API of transactions: which there are, and giving a spend back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import CardFactory
from loyalty.tests.api import client, created, refusal, shown
from transactions import balances, ledger
from transactions.models import Transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def card(recipe_card, now):
    """A card with 500 points credited yesterday and 200 of them spent today."""
    yesterday = ledger.Cause(occurred_at=now - timedelta(days=1))
    ledger.credit(card=recipe_card, points=500, now=now, cause=yesterday)
    cause = ledger.Cause(reference="till-1")
    order = ledger.Order(reference="A-1", amount=20_000)
    ledger.spend(card=recipe_card, points=200, order=order, now=now, cause=cause)
    return recipe_card


@pytest.fixture
def api(card):
    return client(card.member.unit)


@pytest.fixture
def credit(card):
    return str(Transaction.objects.get(card=card, points=500).uuid)


@pytest.fixture
def spend(card):
    return str(Transaction.objects.get(card=card, points=-200).uuid)


def active(card):
    now = timezone.now()
    return balances.balance(card=card, at=now, now=now).active


def test_a_transaction_tells_what_happened(api, card, spend):
    told = shown(api.get(f"transactions/{spend}/"))
    assert told["card"] == str(card.uuid)
    assert told["type"] == "POINTS_SPENT_ON_ORDER"
    assert told["status"] == "APPROVED"
    assert (told["points"], told["pending_points"]) == (-200, 0)
    assert (told["order_reference"], told["amount"]) == ("A-1", 200)  # their worth
    assert told["reference"] == "till-1"
    (drawn,) = told["allocations"]
    assert drawn["points"] == 200
    assert shown(api.get(f"buckets/{drawn['bucket']}/"))["remaining"] == 300


def test_transactions_are_filtered(api, card, credit, spend, now):
    other = CardFactory(definition=card.definition)
    ledger.credit(card=other, points=1, now=now)
    bucket = shown(api.get(f"transactions/{spend}/"))["allocations"][0]["bucket"]
    for parameters, expected in (
        ({"card": card.uuid}, [spend, credit]),
        ({"member": card.member.uuid}, [spend, credit]),
        ({"bucket": bucket}, [credit]),
        ({"card": card.uuid, "type": "POINTS_SPENT_ON_ORDER"}, [spend]),
        ({"card": card.uuid, "status": "APPROVED"}, [spend, credit]),
        ({"status": "PENDING"}, []),
        ({"reference": "till-1"}, [spend]),
        ({"order_reference": "A-1"}, [spend]),
        ({"reference": "till"}, []),
    ):
        assert api.ids("transactions/", **parameters) == expected, parameters
    scheme = card.definition.scheme.uuid
    assert len(api.ids("transactions/", scheme=scheme)) == 3


def test_a_range_of_dates_has_its_beginning_and_not_its_end(api, credit, spend):
    moments = {
        uuid: Transaction.objects.get(uuid=uuid).effective_at.isoformat()
        for uuid in (credit, spend)
    }
    for parameters, expected in (
        ({"effective_from": moments[credit]}, [spend, credit]),
        ({"effective_from": moments[spend]}, [spend]),
        ({"effective_before": moments[spend]}, [credit]),
        ({"effective_before": moments[credit]}, []),
        (
            {"effective_from": moments[credit], "effective_before": moments[spend]},
            [credit],
        ),
    ):
        assert api.ids("transactions/", **parameters) == expected, parameters


@pytest.mark.parametrize(
    ("ordering", "latest_first"),
    [("id", False), ("-id", True), ("effective_at", False), ("-effective_at", True)],
)
def test_transactions_are_ordered(api, credit, spend, ordering, latest_first):
    expected = [spend, credit] if latest_first else [credit, spend]
    card = Transaction.objects.get(uuid=spend).card
    assert api.ids("transactions/", ordering=ordering, card=card.uuid) == expected


@pytest.mark.parametrize("ordering", ["effective_at", "-effective_at"])
def test_what_would_sort_all_transactions_of_the_unit_is_refused(api, ordering):
    answer = api.get("transactions/", ordering=ordering)

    assert answer.status_code == 400
    assert "Name a card or member" in answer.json()["details"]


@pytest.mark.parametrize(
    "ordering", ["points", "card__member__name", "-password", "fingerprint", "x"]
)
def test_an_ordering_that_is_not_offered_changes_nothing(api, credit, spend, ordering):
    response = api.get("transactions/", ordering=ordering)
    if response.status_code == 200:
        assert [each["id"] for each in response.json()["results"]] == [spend, credit]
    else:
        assert refusal(response) == (400, "invalid_input")


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": "GIFT"},
        {"status": "DONE"},
        {"card": "1"},
        {"effective_from": "x"},
        {"effective_before": "2025-02-30T00:00:00Z"},
        {"from": "2025-01-01T00:00:00Z"},
        {"actor": "client:x"},
        {"card__member__unit": "1"},
    ],
)
def test_filters_that_make_no_sense_are_refused(api, parameters):
    response = api.get("transactions/", **parameters)
    assert refusal(response) == (400, "invalid_input")
    (name,) = parameters
    assert response.json()["details"].startswith(f"{name}: ")


def test_a_spend_is_given_back_whole(api, card, spend):
    response = api.post(f"transactions/{spend}/give-back/", {})
    given = created(response)
    assert (given["points"], given["parent"]) == (200, spend)
    assert [each["points"] for each in given["allocations"]] == [-200]
    assert shown(api.get(response["Location"])) == given
    assert active(card) == 500
    again = api.post(f"transactions/{spend}/give-back/", {})
    assert refusal(again) == (409, "nothing_to_give_back")


def test_a_spend_is_given_back_in_parts(api, card, spend):
    address = f"transactions/{spend}/give-back/"
    assert created(api.post(address, {"points": 50}))["points"] == 50
    assert api.post(address, {"points": 151}).status_code in (400, 409)
    assert created(api.post(address))["points"] == 150
    assert active(card) == 500


def test_what_is_no_spend_is_not_given_back(api, credit):
    response = api.post(f"transactions/{credit}/give-back/", {})
    assert refusal(response) == (423, "not_a_spend")


def test_a_dry_run_gives_nothing_back(api, card, spend):
    address = f"transactions/{spend}/give-back/?dry_run=true"
    assert shown(api.post(address, {"points": 50}))["points"] == 50
    assert active(card) == 300
    assert Transaction.objects.count() == 2


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_nobody_changes_or_deletes_a_transaction(api, spend, method):
    response = api.send(method, f"transactions/{spend}/", {"points": 1})
    assert refusal(response) == (405, "method_not_allowed")


def test_nobody_posts_a_transaction_but_by_its_verb(api):
    response = api.post("transactions/", {"points": 1})
    assert refusal(response) == (405, "method_not_allowed")
