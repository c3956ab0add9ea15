"""Voucherify's door: points that will lapse are listed, and let lapse by hand."""

from datetime import timedelta

import pytest
import time_machine

from loyalty.tests.api import client, shown
from loyalty.tests.voucherify_cards import expire, listed, of_card, refused
from transactions import ledger
from transactions.models import Bucket
from transactions.tests.helpers import (
    assert_adds_up,
    card_with,
    everything,
    london,
    shut,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def bucket(recipe_card, now):
    """100 active points; they last until 31 December 2025 in London."""
    ledger.credit(card=recipe_card, points=100, now=now)
    return Bucket.objects.get()


@pytest.fixture
def api(recipe_card):
    return client(recipe_card.member.unit)


def test_the_list_shows_what_can_be_spent_the_soonest_to_lapse_first(api, bucket, now):
    card = bucket.card
    soon = now + timedelta(days=1)
    ledger.credit(card=card, points=5, now=now, valid_to=soon)
    ledger.spend(card=card, points=100, now=now)  # the 5, and 95 of the 100
    ledger.credit(card=card, points=7, now=now, valid_to=soon)
    ledger.earn(card=card, points=50, now=now)  # waits
    first, second = listed(api, of_card(card, "expiring-points"))
    assert (first["points"], first["expiration_date"]) == ({"total": 7}, "2025-06-11")
    assert second == {
        "id": f"lcpeb_{bucket.uuid.hex}",
        "card_id": f"lcrd_{card.uuid.hex}",
        "program_id": f"lprg_{card.definition.scheme.uuid.hex}",
        "member_id": f"lmbr_{card.member.uuid.hex}",
        "card_definition_id": f"lcdef_{card.definition.uuid.hex}",
        "card_type": "INDIVIDUAL",
        "customer_id": card.member.external_id,
        "points": {"total": 5},
        "expiration_date": "2025-12-31",
        "expiration_type": "ROLLING_EXPIRATION",
        "status": "ACTIVE",
        "created_at": "2025-06-10T14:00:00.000Z",
        "updated_at": None,
        "object": "card_points_bucket",
    }
    backwards = listed(api, of_card(card, "expiring-points"), order="-expiration_date")
    assert [row["expiration_date"] for row in backwards] == ["2025-12-31", "2025-06-11"]


def test_what_never_lapses_is_not_in_the_list(now):
    card = card_with()
    ledger.credit(card=card, points=5, now=now)
    assert listed(client(card.member.unit), of_card(card, "expiring-points")) == []


@pytest.mark.parametrize(
    ("valid_to", "day"),
    [
        (london(2025, 10, 26), "2025-10-25"),
        (london(2025, 10, 27), "2025-10-26"),  # the day of 25 hours
        (london(2026, 3, 30), "2026-03-29"),  # the day of 23 hours
        (london(2026, 3, 29, 0, 1), "2026-03-29"),
    ],
)
def test_the_date_is_the_last_day_on_which_the_points_can_be_spent(
    api, recipe_card, now, valid_to, day
):
    ledger.credit(card=recipe_card, points=5, now=now, valid_to=valid_to)
    address = of_card(recipe_card, "expiring-points")
    (row,) = listed(api, address)
    assert row["expiration_date"] == day
    with time_machine.travel(valid_to - timedelta.resolution, tick=False):
        assert len(listed(api, address)) == 1
    with time_machine.travel(valid_to, tick=False):
        assert listed(api, address) == []


def test_what_a_late_sweep_left_pending_is_in_the_list(api, recipe_card, now):
    ledger.earn(card=recipe_card, points=50, now=now)
    due = Bucket.objects.get().activates_at
    with time_machine.travel(due, tick=False):
        (row,) = listed(api, of_card(recipe_card, "expiring-points"))
        assert (row["points"], row["status"]) == ({"total": 50}, "ACTIVE")
        answer = shown(api.post(expire(Bucket.objects.get())))
    assert answer["transaction"]["details"]["points"] == {"total": -50}
    assert_adds_up(recipe_card)


def test_a_bucket_is_let_lapse_by_hand(api, bucket):
    answer = shown(api.post(expire(bucket)))
    assert answer["status"] == "TRANSACTION_CREATED"
    assert answer["message"] == "Points expiration transaction created"
    told = answer["transaction"]
    assert (told["type"], told["status"]) == ("ADMIN_POINTS_EXPIRATION", "APPROVED")
    assert told["details"] == {
        "reason": "Manual points expiration",
        "metadata": {},
        "rejection": None,
        "points": {"total": -100},
        "bucket": {
            "id": f"lcpeb_{bucket.uuid.hex}",
            "points": {"total": 100},
            "expiration_date": "2025-12-31",
            "expiration_type": "ROLLING_EXPIRATION",
        },
    }
    assert listed(api, of_card(bucket.card, "expiring-points")) == []
    assert_adds_up(bucket.card)


def test_a_bucket_lapses_once(api, bucket):
    shown(api.post(expire(bucket)))
    before = everything()
    assert refused(api.post(expire(bucket))) == (423, "invalid_points_bucket_status")
    assert everything() == before


def test_what_has_lapsed_by_its_date_cannot_be_let_lapse(api, bucket):
    with time_machine.travel(bucket.expires_at, tick=False):
        refusal = refused(api.post(expire(bucket)))
    assert refusal == (423, "invalid_points_bucket_status")


def test_what_waits_cannot_be_let_lapse(api, recipe_card, now):
    ledger.earn(card=recipe_card, points=50, now=now)
    refusal = refused(api.post(expire(Bucket.objects.get())))
    assert refusal == (423, "invalid_points_bucket_status")


def test_points_that_never_lapse_cannot_be_let_lapse(api, recipe_card, now):
    ledger.credit(card=recipe_card, points=5, now=now)
    bucket = Bucket.objects.get()
    ledger.reschedule(bucket=bucket, expires_at=None, now=now)
    refusal = refused(api.post(expire(bucket)))
    assert refusal == (423, "bucket_not_eligible_for_manual_expiration")
    recipe_card.definition.expiry_mode = "NONE"
    recipe_card.definition.save()
    refusal = refused(api.post(expire(bucket)))
    assert refusal == (423, "points_expiration_not_enabled")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("inactive scheme", "non_active_program"),
        ("scheme over", "program_outside_validity_window"),
        ("inactive member", "non_active_member"),
    ],
)
def test_what_is_not_active_blocks_it(api, bucket, name, key, now):
    shut(bucket.card, name, now=now)
    before = everything()
    assert refused(api.post(expire(bucket))) == (423, key)
    assert everything() == before
