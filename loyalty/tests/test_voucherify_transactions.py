"""Voucherify's door: what happened to a card's points, told type by type."""

from datetime import timedelta

import pytest

from loyalty.tests.api import client, shown
from loyalty.tests.voucherify_cards import listed, of_card
from transactions import ledger, sweeps
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import card_with

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def api(recipe_card):
    return client(recipe_card.member.unit)


def details(api, card, type_):
    """The details of the card's only transaction of this type."""
    rows = listed(api, of_card(card, "transactions"), limit=100)
    (row,) = [row for row in rows if row["type"] == type_]
    return {
        name: value
        for name, value in row["details"].items()
        if name not in ("reason", "metadata", "rejection")
    }


def lapses(total, **more):
    """Points of the recipe's rule, granted in June 2025."""
    return {
        "total": total,
        "expiration_date": "2025-12-31",
        "expiration_type": "ROLLING_EXPIRATION",
        **more,
    }


def test_points_that_came_in_say_when_they_lapse(api, recipe_card, now):
    ledger.credit(card=recipe_card, points=100, now=now)
    assert details(api, recipe_card, "ADMIN_CREDIT") == {"points": lapses(100)}


def test_a_credit_that_waits_has_its_whole_total(api, recipe_card, now):
    ledger.credit(card=recipe_card, points=100, now=now, waits=True)
    assert details(api, recipe_card, "ADMIN_CREDIT") == {"points": lapses(100)}


def test_points_earned_at_once_say_when_they_lapse(now):
    card = card_with()
    ledger.earn(card=card, points=10, now=now)
    points = {
        "total": 10,
        "expiration_date": None,
        "expiration_type": "NO_EXPIRATION",
    }
    told = details(client(card.member.unit), card, "POINTS_EARNED")
    assert told == {"points": points}


def test_an_order_too_small_for_a_point_earned_nothing(simple_card, now):
    order = ledger.Order(reference="A-1", amount=1)
    ledger.earn(card=simple_card, order=order, now=now)
    told = details(client(simple_card.member.unit), simple_card, "POINTS_EARNED")
    assert told["points"] == {
        "total": 0,
        "expiration_date": None,
        "expiration_type": None,
    }


def test_points_that_wait_say_until_when(api, recipe_card, now):
    ledger.earn(card=recipe_card, points=200, now=now)
    bucket = Bucket.objects.get()
    waits = {"date": "2025-06-15", "type": "PERIOD_BASED"}
    added = details(api, recipe_card, "PENDING_POINTS_ADDED")
    assert added == {"points": {"total": 200, **waits}}
    ledger.cancel(bucket=bucket, points=50, now=now)
    canceled = details(api, recipe_card, "PENDING_POINTS_CANCELED")
    assert canceled == {"points": {"total": 50, **waits}}
    ledger.activate(bucket=bucket, now=now)
    activated = details(api, recipe_card, "PENDING_POINTS_ACTIVATED")
    assert activated == {"points": {"total": 150, **waits}}
    assert details(api, recipe_card, "PENDING_POINTS_ADDED") == added


def test_points_that_were_put_off_say_what_was_promised_first(api, recipe_card, now):
    ledger.earn(card=recipe_card, points=200, now=now)
    bucket = Bucket.objects.get()
    for days in (20, 30):
        later = now + timedelta(days=days)
        ledger.reschedule(bucket=bucket, activates_at=later, now=now)
    added = details(api, recipe_card, "PENDING_POINTS_ADDED")
    assert added["points"]["date"] == "2025-06-15"


def test_points_that_went_out_are_negative(api, recipe_card, now):
    order = ledger.Order(reference="A-1")
    ledger.credit(card=recipe_card, points=1000, now=now)
    ledger.debit(card=recipe_card, points=30, now=now)
    spend = ledger.spend(card=recipe_card, points=100, order=order, now=now)
    ledger.spend(card=recipe_card, points=200, reward="Coffee", now=now)
    ledger.give_back(spend=spend, points=40, now=now)
    assert details(api, recipe_card, "ADMIN_DEBIT") == {"points": {"total": -30}}
    assert details(api, recipe_card, "POINTS_SPENT_ON_ORDER") == {
        "points": {"total": -100},
        "order": {"id": "ord_412d31", "source_id": "A-1"},
    }
    assert details(api, recipe_card, "POINTS_SPENT_ON_REWARD") == {
        "points": {"total": -200},
        "reward": {"id": "Coffee"},
        "reward_id": "Coffee",
        "result": None,
    }
    returned = details(api, recipe_card, "POINTS_RETURNED")
    assert returned["points"]["total"] == 40


def test_points_that_were_refunded_are_negative(now):
    card = card_with(refunds="TO_ZERO")
    order = ledger.Order(reference="A-1")
    ledger.earn(card=card, points=10, order=order, now=now)
    ledger.refund_order(card=card, order_reference="A-1", now=now)
    told = details(client(card.member.unit), card, "POINTS_REFUNDED")
    assert told == {"points": {"total": -10}}


def test_points_that_lapsed_say_on_which_day(api, recipe_card, now):
    ledger.credit(card=recipe_card, points=100, now=now)
    bucket = Bucket.objects.get()
    sweeps.expire_due(now=bucket.expires_at)
    assert details(api, recipe_card, "POINTS_EXPIRED") == {
        "points": {"total": -100},
        "date": "2025-12-31",
        "buckets": [
            {
                "id": f"lcpeb_{bucket.uuid.hex}",
                "points": {"total": 100},
                "expiration_date": "2025-12-31",
                "expiration_type": "ROLLING_EXPIRATION",
            }
        ],
    }


def test_what_voucherify_has_no_words_for_is_left_out(now):
    card = card_with(allow_negative=True, refunds="BELOW_ZERO")
    ledger.debit(card=card, points=5, now=now)
    ledger.credit(card=card, points=7, now=now)  # repays what is owed
    bucket = Bucket.objects.get()
    far = now + timedelta(days=9)
    ledger.reschedule(bucket=bucket, expires_at=far, now=now)
    written = set(Transaction.objects.values_list("type", flat=True))
    assert {"OVERDRAFT_REPAID", "BUCKET_RESCHEDULED"} < written
    rows = listed(client(card.member.unit), of_card(card, "transactions"))
    assert [row["type"] for row in rows] == ["ADMIN_CREDIT", "ADMIN_DEBIT"]


def test_reason_and_metadata_are_told(api, recipe_card, now):
    cause = ledger.Cause(reason="Goodwill", metadata={"ticket": 7})
    ledger.credit(card=recipe_card, points=1, now=now, cause=cause)
    (row,) = listed(api, of_card(recipe_card, "transactions"))
    assert row["details"]["reason"] == "Goodwill"
    assert row["details"]["metadata"] == {"ticket": 7}
    assert row["object"] == "card_transaction"


def test_a_card_on_which_nothing_happened_has_an_empty_list(api, recipe_card):
    answer = shown(api.get(of_card(recipe_card, "transactions")))
    assert answer == {"object": "list", "data": [], "cursor": None}
