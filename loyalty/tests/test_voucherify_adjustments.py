"""Voucherify's door: points are added to a card by hand, or subtracted from it."""

import pytest

from loyalty.tests.api import client, shown
from loyalty.tests.voucherify_cards import listed, of_card, refused
from schemes.policies import MAX_POINTS
from transactions import ledger
from transactions.models import Bucket
from transactions.tests.helpers import assert_adds_up, card_with, everything, shut

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def adjust(recipe_card):
    api = client(recipe_card.member.unit)
    return lambda body: api.post(of_card(recipe_card, "points"), body)


def test_points_that_are_added_are_active_at_once(adjust, recipe_card):
    answer = shown(adjust({"points": 100, "reason": "Goodwill"}))
    assert answer["status"] == "TRANSACTION_CREATED"
    assert answer["message"] == "Points addition transaction created"
    assert answer["transaction"]["type"] == "ADMIN_CREDIT"
    assert answer["transaction"]["details"] == {
        "reason": "Goodwill",
        "metadata": {},
        "rejection": None,
        "points": {
            "total": 100,
            "expiration_date": "2025-12-31",
            "expiration_type": "ROLLING_EXPIRATION",
        },
    }
    assert Bucket.objects.get().status == "ACTIVE"


def test_points_that_are_subtracted_are_gone(adjust, recipe_card):
    shown(adjust({"points": 100}))
    answer = shown(adjust({"points": -40, "reason": None}))
    assert answer["message"] == "Points subtraction transaction created"
    assert answer["transaction"]["type"] == "ADMIN_DEBIT"
    assert answer["transaction"]["details"]["points"] == {"total": -40}
    assert Bucket.objects.get().remaining == 60
    assert_adds_up(recipe_card)


def test_nothing_to_add_makes_no_transaction(adjust):
    assert shown(adjust({"points": 0})) == {
        "transaction": None,
        "status": "NO_CHANGE",
        "message": "Provided amount is zero, transaction was not created",
    }


def test_more_than_there_is_cannot_be_subtracted(adjust):
    shown(adjust({"points": 100}))
    before = everything()
    assert refused(adjust({"points": -101})) == (423, "insufficient_card_balance")
    assert everything() == before
    assert shown(adjust({"points": -100}))


def test_more_than_there_is_can_be_subtracted_where_the_rules_allow_it(now):
    card = card_with(allow_negative=True)
    body = {"points": -5}
    shown(client(card.member.unit).post(of_card(card, "points"), body))
    card.refresh_from_db()
    assert card.overdraft == 5


def test_a_retry_with_its_key_adds_the_points_once(recipe_card):
    api = client(recipe_card.member.unit)
    for _ in range(2):
        shown(
            api.post(
                of_card(recipe_card, "points"),
                {"points": 10},
                headers={"Idempotency-Key": "k"},
            )
        )
    assert Bucket.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "points"),
        ({"reason": "x"}, "points"),
        ({"points": None}, "points"),
        ({"points": "10"}, "points"),
        ({"points": 1.5}, "points"),
        ({"points": True}, "points"),
        ({"points": [1]}, "points"),
        ({"points": {}}, "points"),
        ({"points": MAX_POINTS + 1}, "points"),
        ({"points": -MAX_POINTS - 1}, "points"),
        ({"points": 10**400}, "points"),
        ({"points": 1, "reason": "x" * 256}, "reason"),
        ({"points": 1, "reason": 7}, "reason"),
        ({"points": 1, "reason": ["x"]}, "reason"),
        ({"points": 1, "reason": "\0"}, ""),
        ({"points": 1, "note": "x"}, "note"),
        ([], ""),
        ([{"points": 1}], ""),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(adjust, body, field):
    before = everything()
    response = adjust(body)
    assert refused(response) == (400, "invalid_payload")
    assert field in response.json()["details"]
    assert everything() == before


def test_the_largest_number_of_points_can_be_added_and_subtracted(adjust, recipe_card):
    shown(adjust({"points": MAX_POINTS, "reason": "x" * 255}))
    shown(adjust({"points": -MAX_POINTS}))
    rows = listed(client(recipe_card.member.unit), of_card(recipe_card, "transactions"))
    assert sum(row["details"]["points"]["total"] for row in rows) == 0


@pytest.mark.parametrize("points", [10, -10])
@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("draft scheme", "non_active_program"),
        ("scheme over", "program_outside_validity_window"),
        ("inactive member", "non_active_member"),
    ],
)
def test_what_is_not_active_blocks_it(adjust, recipe_card, points, name, key, now):
    ledger.credit(card=recipe_card, points=100, now=now)
    shut(recipe_card, name, now=now)
    before = everything()
    assert refused(adjust({"points": points})) == (423, key)
    assert everything() == before
