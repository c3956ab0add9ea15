"""A retry with the same `Idempotency-Key` gets the first answer and does nothing."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from loyalty.api import idempotency
from loyalty.models import IdempotentAnswer
from loyalty.testing import race
from loyalty.tests.program import make_client, make_program
from transactions import balances, ledger
from transactions.models import Transaction

SPENDS = (Transaction.Type.POINTS_SPENT_ON_ORDER,)


def send(api, address, body, key, **headers):
    return api.post(
        address,
        body,
        content_type="application/json",
        headers={"Idempotency-Key": key, **headers},
    )


def spend(api, card, key, points=100, **headers):
    return send(api, f"/api/v1/cards/{card.uuid}/spend/", {"points": points}, key)


def spends(card):
    return Transaction.objects.filter(card=card, type__in=SPENDS).count()


def test_a_retry_gets_the_first_answer_and_does_nothing(api, program):
    first = spend(api, program.card, "k1")
    again = spend(api, program.card, "k1")
    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert again["Content-Type"] == first["Content-Type"]
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert spends(program.card) == 1


def test_a_retry_of_an_edit_gets_its_etag_again(api, program):
    address = f"/api/v1/schemes/{program.card.definition.scheme.uuid}/"
    answers = [
        api.patch(
            address,
            {"name": "New"},
            content_type="application/json",
            headers={"Idempotency-Key": "k1"},
        )
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0]["ETag"] == answers[1]["ETag"]


def test_a_retry_of_a_spend_that_emptied_the_card_is_no_refusal(api, program):
    assert spend(api, program.card, "k1", points=500).status_code == 201
    assert spend(api, program.card, "k1", points=500).status_code == 201
    assert spend(api, program.card, "k2", points=100).status_code == 409


def test_another_body_or_address_under_the_same_key_is_refused(api, program):
    spend(api, program.card, "k1")
    for answer in (
        spend(api, program.card, "k1", points=200),
        send(api, f"/api/v1/cards/{program.card.uuid}/debit/", {"points": 100}, "k1"),
    ):
        assert answer.status_code == 422
        assert answer.json()["key"] == "idempotency_conflict"
    assert spends(program.card) == 1


@pytest.mark.parametrize("key", ["x" * 255, "with space", "~!@#$%^&*()"])
def test_a_key_of_up_to_255_characters_will_do(api, program, key):
    assert spend(api, program.card, key).status_code == 201
    assert spend(api, program.card, key)["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 256, "\x00", "a\tb"])
def test_an_empty_or_long_or_unprintable_key_is_refused(api, program, key):
    answer = spend(api, program.card, key)
    assert answer.status_code == 400
    assert answer.json()["key"] == "invalid_idempotency_key"
    assert answer.json()["request_id"] == answer["X-Request-Id"]
    assert spends(program.card) == 0


def test_a_refusal_is_not_remembered(api, program):
    assert spend(api, program.card, "k1", points=600).status_code == 409
    assert not IdempotentAnswer.objects.exists()
    ledger.credit(card=program.card, points=100, now=timezone.now())
    answer = spend(api, program.card, "k1", points=600)
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer


def test_reading_and_trying_out_remember_nothing(api, program):
    headers = {"Idempotency-Key": "k1"}
    assert api.get("/api/v1/members/", headers=headers).status_code == 200
    address = f"/api/v1/cards/{program.card.uuid}/spend/?dry_run=true"
    assert send(api, address, {"points": 100}, "k1").status_code == 200
    assert not IdempotentAnswer.objects.exists()


def test_what_cannot_be_remembered_is_not_done(api, program, monkeypatch):
    def fail(**values):
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr(IdempotentAnswer.objects, "create", fail)
    api.raise_request_exception = False
    answer = spend(api, program.card, "k1")
    assert (answer.status_code, answer.json()["key"]) == (500, "internal_error")
    assert spends(program.card) == 0


def test_what_failed_is_not_remembered(api, program, monkeypatch):
    def fail(**values):
        raise RuntimeError("A bug.")

    api.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "spend", fail)
        assert spend(api, program.card, "k1").status_code == 500
    assert not IdempotentAnswer.objects.exists()
    assert spend(api, program.card, "k1").status_code == 201


def test_every_caller_has_keys_of_its_own(api, program):
    client, secret = make_client(program.client.unit)
    other = Client(headers={"X-App-Id": client.client_id, "X-App-Token": secret})
    spend(api, program.card, "k1")
    answer = spend(other, program.card, "k1")
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer
    assert spends(program.card) == 2


def test_a_stranger_learns_nothing_from_a_key(api, program):
    spend(api, program.card, "k1")
    assert spend(Client(), program.card, "k1").status_code == 401


def test_a_client_that_lost_its_secret_gets_no_answer_again(api, program):
    spend(api, program.card, "k1")
    program.client.is_active = False
    program.client.save()
    assert spend(api, program.card, "k1").status_code == 401


def test_answers_are_forgotten_after_a_week(api, program):
    spend(api, program.card, "k1")
    now = timezone.now()
    assert idempotency.forget_old(now=now + timedelta(days=6, hours=23)) == 0
    assert idempotency.forget_old(now=now + timedelta(days=7, minutes=1)) == 1
    assert not IdempotentAnswer.objects.exists()


# --- Many at once -----------------------------------------------------------------------

needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time"
)


@pytest.fixture
def committed_program(transactional_db):
    """The program, where other connections see it."""
    return make_program()


def at_once(program, keys):
    def call(key):
        return lambda: spend(Client(headers=program.headers), program.card, key)

    return race(*(call(key) for key in keys))


@pytest.mark.postgresql
@needs_postgresql
def test_while_the_first_is_running_the_second_is_told_to_come_again(
    committed_program, monkeypatch
):
    program = committed_program
    begun, go_on = threading.Event(), threading.Event()
    real = ledger.spend

    def slow(**arguments):
        begun.set()
        assert go_on.wait(timeout=10)
        return real(**arguments)

    monkeypatch.setattr(ledger, "spend", slow)
    answers = []

    def first():
        try:
            client = Client(headers=program.headers)
            answers.append(spend(client, program.card, "k1"))
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(timeout=10)
    second = spend(Client(headers=program.headers), program.card, "k1")
    go_on.set()
    thread.join(timeout=10)
    assert (second.status_code, second.json()["key"]) == (409, "request_running")
    assert second["Retry-After"] == "1"
    assert answers[0].status_code == 201
    third = spend(Client(headers=program.headers), program.card, "k1")
    assert third["Idempotency-Replayed"] == "true"


@pytest.mark.postgresql
@needs_postgresql
def test_one_key_sent_50_times_at_once_spends_once(committed_program):
    program = committed_program
    answers = at_once(program, ["k1"] * 50)
    codes = [answer.status_code for answer in answers]
    assert set(codes) <= {201, 409}
    assert spends(program.card) == 1
    done = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in done}) == 1
    assert {
        answer.json()["key"] for answer in answers if answer.status_code == 409
    } <= {"request_running"}


@pytest.mark.postgresql
@needs_postgresql
def test_fifty_keys_at_once_spend_exactly_as_far_as_the_balance_goes(committed_program):
    program = committed_program
    answers = at_once(program, [f"k{number}" for number in range(50)])
    codes = [answer.status_code for answer in answers]
    assert (codes.count(201), codes.count(409)) == (5, 45)
    assert spends(program.card) == 5
    now = timezone.now()
    assert balances.balance(card=program.card, at=now, now=now).active == 0
