"""The API of batches: an outcome for every row, and few statements for all of them."""

from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Card
from accounts.tests.factories import CardFactory
from loyalty.tests.api import client, refusal, shown, statements
from transactions import balances
from transactions.models import Allocation, Bucket, Transaction
from transactions.tests.batches import column, row, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(simple_card):
    return simple_card


@pytest.fixture
def api(card):
    return client(card.member.unit)


def active(card):
    now = timezone.now()
    return balances.balance(card=card, at=now, now=now).active


def written():
    return [model.objects.count() for model in (Bucket, Transaction, Allocation)]


def test_every_row_has_its_index_its_status_and_an_id_or_a_key(api, card):
    answer = send(
        api,
        [
            row(card, "earn", points=500),
            row(card, "spend", points=9_999, reward="Tea"),
            {"verb": "credit", "card": str(uuid4()), "points": 1},
            row(card, pointz=1),
            {"verb": "dance", "card": str(card.uuid)},
            row(card, "debit", points=200),
        ],
    )
    assert column(answer, "index") == [0, 1, 2, 3, 4, 5]
    assert column(answer, "status") == ["BOOKED"] + ["REFUSED"] * 4 + ["BOOKED"]
    assert column(answer, "key") == [
        None,
        "insufficient_points",
        "not_found",
        "invalid_input",
        "invalid_input",
        None,
    ]
    assert (answer["booked"], answer["refused"]) == (2, 4)
    ids = column(answer, "id")
    assert ids[1:5] == [None] * 4
    assert Transaction.objects.filter(uuid__in=[ids[0], ids[5]]).count() == 2
    assert "pointz" in column(answer, "message")[3]
    assert active(card) == 300


def test_rows_of_one_card_follow_one_another(api, card):
    rows = [
        row(card, "spend", 10, reward="Tea"),
        row(card, "credit", 30),
        row(card, "spend", 20, reward="Tea"),
        row(card, "spend", 20, reward="Tea"),
        row(card, "debit", 10),
        row(card, "earn", 5),
    ]
    answer = send(api, rows)
    refused = [each["index"] for each in answer["results"] if each["key"]]
    assert refused == [0, 3]
    assert active(card) == 5


def test_rows_take_orders_and_the_callers_name(api, card):
    order = {"reference": "A-1", "amount": 12_345, "lines": [{"sku": "x"}]}
    rows = [{"verb": "earn", "card": str(card.uuid), "order": order}]
    (result,) = send(api, rows)["results"]
    earned = Transaction.objects.get(uuid=result["id"])
    assert (earned.points, earned.order_reference) == (123, "A-1")
    assert earned.details["metadata"] == {"lines": [{"sku": "x"}]}
    assert earned.actor.startswith("client:")


def test_all_or_nothing_undoes_every_row_if_one_is_refused(api, card):
    before = written()
    rows = [row(card), row(card, "spend", 9_999, reward="Tea"), row(card)]
    answer = send(api, rows, all_or_nothing=True)
    assert column(answer, "status") == ["UNDONE", "REFUSED", "UNDONE"]
    assert column(answer, "key") == [None, "insufficient_points", None]
    assert column(answer, "id") == [None] * 3
    assert written() == before


@pytest.mark.parametrize("wrong", [{"pointz": 1}, {"card": "x"}, {"verb": "dance"}])
def test_all_or_nothing_books_nothing_if_a_row_cannot_be_read(api, card, wrong):
    before = written()
    answer = send(api, [row(card), row(card) | wrong], all_or_nothing=True)
    assert column(answer, "status") == ["UNDONE", "REFUSED"]
    assert written() == before


def test_all_or_nothing_books_every_row_if_all_are_good(api, card):
    answer = send(api, [row(card), row(card, "debit", 4)], all_or_nothing=True)
    assert column(answer, "status") == ["BOOKED", "BOOKED"]
    assert active(card) == 6


def test_the_same_reference_twice_in_a_batch_is_booked_once(api, card):
    same = row(card, reference="R-1")
    ids = column(send(api, [same, same]), "id")
    assert ids[0] == ids[1]
    assert column(send(api, [same]), "id") == ids[:1]
    assert active(card) == 10


def test_a_reference_used_for_something_else_is_refused(api, card):
    rows = [row(card, reference="R-1"), row(card, points=11, reference="R-1")]
    assert column(send(api, rows), "key") == [None, "reference_taken"]
    assert active(card) == 10


def test_a_reference_is_the_cards_own(api, card):
    other = CardFactory(definition=card.definition)
    rows = [row(each, reference="R-1") for each in (card, other)]
    ids = column(send(api, rows), "id")
    assert len(set(ids)) == 2


def test_a_dry_run_answers_the_same_and_writes_nothing(api, card):
    before = written()
    body = {"rows": [row(card), row(card, "debit", 4), row(card, "debit", 7)]}
    answer = shown(api.post("batch/?dry_run=true", body))
    assert column(answer, "status") == ["BOOKED", "BOOKED", "REFUSED"]
    assert written() == before


def test_a_retry_with_the_same_key_gets_the_first_answer(api, card):
    headers = {"Idempotency-Key": "batch-1"}
    answers = [api.post("batch/", {"rows": [row(card)]}, headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert active(card) == 10


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_has_1_to_1000_rows(api, card, count):
    response = api.post("batch/", {"rows": [row(card)] * count})
    assert refusal(response) == (400, "invalid_input")
    assert response.json()["details"].startswith("rows: ")
    assert not Bucket.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"rows": None},
        {"rows": {}},
        {"rows": [1]},
        {"rows": [[]]},
        {"rows": [{}], "all_or_nothing": "perhaps"},
        {"rows": [{}], "atomic": True},
    ],
)
def test_a_body_that_is_no_batch_is_refused(api, body):
    assert refusal(api.post("batch/", body)) == (400, "invalid_input")


@pytest.mark.parametrize(
    "wrong",
    [
        {"verb": ["credit"]},
        {"verb": {}},
        {"verb": None},
        {"card": None},
        {"card": {}},
        {"card": 7},
        {"points": None},
        {"points": "10"},
        {"points": 1.5},
        {"points": True},
        {"points": 0},
        {"points": 10**30},
        {"reference": ""},
        {"reference": "x" * 201},
        {"occurred_at": "yesterday"},
        {"occurred_at": "2999-01-01T00:00:00Z"},
        {"valid_from": "0001-01-01T00:00:00+14:00"},
        {"valid_to": "2020-01-01T00:00:00Z"},
        {"metadata": []},
        {"dry_run": True},
    ],
)
def test_a_row_that_cannot_be_used_is_refused_and_the_others_booked(api, card, wrong):
    answer = send(api, [row(card), row(card) | wrong, row(card)])
    assert column(answer, "status") == ["BOOKED", "REFUSED", "BOOKED"]
    assert answer["results"][1]["key"]
    assert answer["results"][1]["message"]


def writes(call):
    """How many rows of statements a call writes with, beside savepoints."""
    return [sql for sql in statements(call) if sql.startswith(("INSERT", "UPDATE"))]


def cards_of(card, count):
    definition, unit = card.definition, card.member.unit
    return CardFactory.create_batch(count, definition=definition, member__unit=unit)


@pytest.mark.parametrize("verb", ["credit", "debit"])
def test_300_rows_are_written_with_as_many_statements_as_10(api, card, verb):
    cards = cards_of(card, 300)
    send(api, [row(each, points=100) for each in cards])
    counts = [
        len(writes(lambda n=n: send(api, [row(each, verb) for each in cards[:n]])))
        for n in (10, 300)
    ]
    if connection.vendor == "postgresql":
        assert counts[0] == counts[1]
    else:  # it takes so many parameters in one statement, and no more
        assert counts[1] <= 60


def test_300_rows_are_read_with_as_many_statements_as_10(api, card):
    cards = cards_of(card, 300)

    def reads(count):
        rows = [row(each, reference=f"R-{each.pk}") for each in cards[:count]]
        sent = statements(lambda: send(api, rows))
        return sum(sql.startswith("SELECT") for sql in sent)

    assert reads(10) == reads(300)


def test_a_thousand_rows_on_one_card_are_booked_in_their_order(api, card):
    rows = [row(card, reference=f"R-{number}") for number in range(1000)]
    answer = send(api, rows)
    assert answer["booked"] == 1000
    booked = Transaction.objects.order_by("pk").values_list("uuid", flat=True)
    assert [UUID(each) for each in column(answer, "id")] == list(booked)
    assert active(card) == 10_000


def test_a_blocked_card_refuses_its_own_rows_alone(api, card):
    (other,) = cards_of(card, 1)
    Card.objects.filter(pk=other.pk).update(status="BLOCKED")
    answer = send(api, [row(other), row(card)])
    assert column(answer, "key") == ["card_not_active", None]


def test_the_scope_of_a_batch_is_that_of_its_verbs(card):
    reader = client(card.member.unit, scopes=["points:read", "cards:write"])
    response = reader.post("batch/", {"rows": [row(card)]})
    assert refusal(response) == (403, "not_permitted")
    assert "points:write" in response.json()["message"]
