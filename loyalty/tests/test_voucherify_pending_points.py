"""Voucherify's door: points that wait are listed, activated and canceled by hand."""

from datetime import timedelta

import pytest
import time_machine

from loyalty.testing import LONDON
from loyalty.tests.api import client, shown
from loyalty.tests.voucherify_cards import listed, of_card, pending, refused
from transactions import balances, ledger, sweeps
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import (
    assert_adds_up,
    card_with,
    everything,
    london,
    shut,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

BOTH = pytest.mark.parametrize("action", ["activate", "cancel"])
WORDS = {
    "activate": ("activation", "PENDING_POINTS_ACTIVATED", "NO_ACTIVATION"),
    "cancel": ("cancellation", "PENDING_POINTS_CANCELED", "NO_CANCELLATION"),
}


@pytest.fixture
def bucket(recipe_card, now):
    """200 points of the recipe's card that wait until 15 June, 15:00 in London."""
    ledger.earn(card=recipe_card, points=200, now=now)
    return Bucket.objects.get()


@pytest.fixture
def api(recipe_card):
    return client(recipe_card.member.unit)


def held(card, *, at):
    """The points that are active, and those that wait."""
    balance = balances.of_cards(cards=[card], at=at)[card.pk]
    return balance.active, balance.pending


@BOTH
@pytest.mark.parametrize("body", [None, {}, {"reason": "goodwill", "n": [1]}])
def test_a_request_is_answered_before_it_is_processed(api, bucket, action, body, now):
    word, type_, _ = WORDS[action]
    answer = shown(api.post(pending(bucket, action), body))

    assert answer["status"] == "TRANSACTION_CREATED"
    assert answer["message"] == f"Points {word} transaction created"
    card = bucket.card
    told = answer["transaction"]
    assert told == {
        "id": f"lctx_{Transaction.objects.get(type=type_).uuid.hex}",
        "card_id": f"lcrd_{card.uuid.hex}",
        "program_id": f"lprg_{card.definition.scheme.uuid.hex}",
        "member_id": f"lmbr_{card.member.uuid.hex}",
        "card_definition_id": f"lcdef_{card.definition.uuid.hex}",
        "card_type": "INDIVIDUAL",
        "type": type_,
        "details": {
            "reason": f"Manual points {word}",
            "metadata": {},
            "rejection": None,
            "points": {"total": 200, "date": "2025-06-15", "type": "PERIOD_BASED"},
        },
        "status": "PENDING",
        "created_at": "2025-06-10T14:00:00.000Z",
        "updated_at": None,
        "object": "card_transaction",
    }
    assert held(card, at=now) == (0, 200)


def test_a_post_without_any_body_is_enough(api, bucket):
    assert api.http.post(pending(bucket, "activate")).status_code == 200


@pytest.mark.parametrize(
    ("action", "after"), [("activate", (200, 0)), ("cancel", (0, 0))]
)
def test_what_was_requested_is_done_as_soon_as_it_is_committed(
    api, bucket, action, after, now, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = shown(api.post(pending(bucket, action)))
    assert answer["transaction"]["status"] == "PENDING"
    assert held(bucket.card, at=now) == after
    (row, _) = listed(api, of_card(bucket.card, "transactions"), order="-id")
    assert row["id"] == answer["transaction"]["id"]
    assert row["status"] == "APPROVED"
    assert row["updated_at"] == "2025-06-10T14:00:00.000Z"
    # Of an early activation, too, the date is the one that was promised.
    assert row["details"]["points"] == {
        "total": 200,
        "date": "2025-06-15",
        "type": "PERIOD_BASED",
    }
    assert_adds_up(bucket.card)


@BOTH
def test_asking_again_makes_no_other_transaction(api, bucket, action):
    word, _, unneeded = WORDS[action]
    shown(api.post(pending(bucket, action)))
    before = everything()
    answer = shown(api.post(pending(bucket, action)))
    assert answer == {
        "status": unneeded,
        "message": f"Points {word} is being processed already, "
        "transaction was not created",
        "transaction": None,
    }
    assert everything() == before


@pytest.mark.parametrize(
    ("first", "second"), [("activate", "cancel"), ("cancel", "activate")]
)
def test_asking_for_the_opposite_finds_the_bucket_locked(api, bucket, first, second):
    shown(api.post(pending(bucket, first)))
    before = everything()
    assert refused(api.post(pending(bucket, second))) == (423, "resource_locked")
    assert everything() == before


def test_a_retry_with_its_key_gets_the_first_answer(api, bucket):
    key = {"Idempotency-Key": "first"}
    first = shown(api.post(pending(bucket, "activate"), headers=key))
    assert shown(api.post(pending(bucket, "activate"), headers=key)) == first


@BOTH
@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("draft scheme", "non_active_program"),
        ("inactive scheme", "non_active_program"),
        ("scheme not begun", "program_outside_validity_window"),
        ("scheme over", "program_outside_validity_window"),
        ("inactive member", "non_active_member"),
        ("blocked card", "non_active_member"),
        ("inactive definition", "non_active_card_definition"),
    ],
)
def test_what_is_not_active_blocks_a_request(api, bucket, action, name, key, now):
    shut(bucket.card, name, now=now)
    before = everything()
    assert refused(api.post(pending(bucket, action))) == (423, key)
    assert everything() == before


@BOTH
def test_a_definition_without_pending_points_blocks_a_request(api, bucket, action):
    definition = bucket.card.definition
    definition.pending_mode = "IMMEDIATE"
    definition.save()
    refusal = refused(api.post(pending(bucket, action)))
    assert refusal == (423, "pending_points_not_enabled")


@BOTH
@pytest.mark.parametrize("verb", [ledger.activate, ledger.cancel])
def test_a_bucket_that_waits_no_more_blocks_a_request(api, bucket, action, verb, now):
    verb(bucket=bucket, now=now)
    refusal = refused(api.post(pending(bucket, action)))
    assert refusal == (423, "invalid_pending_points_bucket_status")


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("activate", "bucket_not_eligible_for_manual_activation"),
        ("cancel", "bucket_not_eligible_for_manual_cancellation"),
    ],
)
def test_a_bucket_that_is_due_already_blocks_a_request(api, bucket, action, key):
    address = pending(bucket, action)
    with time_machine.travel(bucket.activates_at - timedelta.resolution, tick=False):
        assert api.get(address).status_code == 405
        assert listed(api, of_card(bucket.card, "pending-points"))
    with time_machine.travel(bucket.activates_at, tick=False):
        assert refused(api.post(address)) == (423, key)
        assert listed(api, of_card(bucket.card, "pending-points")) == []


@BOTH
def test_a_request_is_rejected_if_its_date_comes_before_it_is_processed(
    api, bucket, action
):
    answer = shown(api.post(pending(bucket, action)))
    sweeps.process_requests(now=bucket.activates_at)
    with time_machine.travel(bucket.activates_at, tick=False):
        address = of_card(bucket.card, "transactions")
        rows = listed(api, address, order="-id")
    (row,) = [row for row in rows if row["id"] == answer["transaction"]["id"]]
    assert row["status"] == "REJECTED"
    assert row["details"]["rejection"]["reason"] == "bucket_already_due"
    assert "due since" in row["details"]["rejection"]["details"]
    assert held(bucket.card, at=bucket.activates_at) == (200, 0)
    assert_adds_up(bucket.card)


def test_the_list_shows_what_waits_the_soonest_first(api, bucket, now):
    card = bucket.card
    ledger.credit(card=card, points=5, now=now, valid_from=now + timedelta(days=2))
    ledger.credit(card=card, points=7, now=now)  # active at once
    ledger.cancel(bucket=bucket, points=20, now=now)
    first, second = listed(api, of_card(card, "pending-points"))
    assert second == {
        "id": f"lcppb_{bucket.uuid.hex}",
        "card_id": f"lcrd_{card.uuid.hex}",
        "program_id": f"lprg_{card.definition.scheme.uuid.hex}",
        "member_id": f"lmbr_{card.member.uuid.hex}",
        "card_definition_id": f"lcdef_{card.definition.uuid.hex}",
        "card_type": "INDIVIDUAL",
        "points": {"total": 180},
        "date": "2025-06-15",
        "type": "PERIOD_BASED",
        "status": "PENDING",
        "created_at": "2025-06-10T14:00:00.000Z",
        "updated_at": None,
        "object": "card_pending_points_bucket",
    }
    assert (first["date"], first["points"]) == ("2025-06-12", {"total": 5})
    dates = [
        row["date"]
        for row in listed(api, of_card(card, "pending-points"), order="-date")
    ]
    assert dates == ["2025-06-15", "2025-06-12"]


@pytest.mark.parametrize(
    ("earned_at", "period", "date"),
    [
        (london(2025, 1, 31, 12), "1M", "2025-02-28"),
        (london(2024, 1, 31, 12), "1M", "2024-02-29"),
        # 23:30 in winter is 23:30 in UTC, in summer it is 22:30.
        (london(2025, 3, 29, 23, 30), "1D", "2025-03-30"),
        (london(2025, 10, 25, 0, 30), "1D", "2025-10-26"),
        (london(2025, 3, 31, 0, 15), "1D", "2025-04-01"),
    ],
)
def test_a_date_is_that_of_the_programs_calendar(earned_at, period, date):
    card = card_with(pending_mode="PERIOD_BASED", pending_period=period)
    ledger.earn(card=card, points=10, now=earned_at)
    with time_machine.travel(earned_at, tick=False):
        api = client(card.member.unit)
        (row,) = listed(api, of_card(card, "pending-points"))
        assert row["date"] == date
        answer = shown(api.post(pending(Bucket.objects.get(), "activate")))
    assert answer["transaction"]["details"]["points"]["date"] == date


def test_where_an_event_is_awaited_the_date_is_the_deadline(now):
    card = card_with(
        pending_mode="EVENT_BASED", pending_events=["delivered"], pending_deadline="14D"
    )
    ledger.earn(card=card, points=10, now=now)
    api = client(card.member.unit)
    (row,) = listed(api, of_card(card, "pending-points"))
    assert (row["date"], row["type"]) == ("2025-06-24", "EVENT_BASED")
    bucket = Bucket.objects.get()
    answer = shown(api.post(pending(bucket, "cancel")))
    assert answer["transaction"]["details"]["points"] == {
        "total": 10,
        "date": "2025-06-24",
        "type": "EVENT_BASED",
    }
    assert bucket.cancels_at.astimezone(LONDON).isoformat()[:10] == "2025-06-24"
