"""The Engage door: points are added and taken, many rows in one call."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils.dateparse import parse_datetime

from accounts.models import Card
from accounts.tests.factories import CardFactory, MemberFactory
from loyalty.tests.api import refusal, shown, statements
from loyalty.tests.engage import BOOK, book, engage_api, holds, row
from schemes.tests.factories import CardDefinitionFactory
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import assert_adds_up, everything, story

DAY = timedelta(days=1)
# The body of Engage's page "Pending points", for one contact and one definition.
EXAMPLE = Path(__file__).parent / "contracts" / "engage_create_transactions.json"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def card(recipe_card):
    return recipe_card


@pytest.fixture
def api(card):
    return engage_api(card.member.unit)


def the_bucket(card):
    return Bucket.objects.get(card=card)


def test_the_example_of_the_page_makes_points_that_wait(api, card, clock):
    clock.move_to(parse_datetime("2024-10-01T00:00:00Z"))
    (example,) = json.loads(EXAMPLE.read_text())
    example |= row(card, 250)

    answer = book(api, example)

    bucket = the_bucket(card)
    assert (bucket.points, bucket.status) == (250, "PENDING")
    assert bucket.earned_at == parse_datetime("2024-09-26T08:01:19.710Z")
    assert bucket.activates_at == parse_datetime("2025-09-26T08:01:19.710Z")
    assert bucket.expires_at == parse_datetime("2025-11-26T08:01:19.710Z")
    added = Transaction.objects.get(card=card)
    assert added.type == "PENDING_POINTS_ADDED"
    assert added.actor.startswith("client:")
    assert answer == {
        "accepted": [
            {
                "index": 0,
                "id": str(added.uuid),
                "accountId": str(card.uuid),
                "amount": 250,
            }
        ],
        "notAccepted": [],
        "errorMessages": [],
        "missingDefinitionIds": [],
        "missingContactIds": [],
        "errors": [],
    }


def test_the_example_as_it_is_printed_is_not_accepted(api, card):
    (example,) = json.loads(EXAMPLE.read_text())
    answer = book(api, example)
    assert answer["notAccepted"] == [example]
    assert [error["field"] for error in answer["errors"]] == ["amount"]


@pytest.mark.parametrize("days", [None, -3, 0])
def test_points_without_a_valid_from_to_come_are_active_though_others_wait(
    api, card, now, days
):
    assert card.definition.pending_mode == "PERIOD_BASED"
    dates = {} if days is None else {"validFrom": (now + days * DAY).isoformat()}
    book(api, row(card, 100, **dates))
    assert holds(api, card) == (100, 0)
    assert story(card) == [("POINTS_EARNED", 100, 0)]


def test_points_become_active_at_their_valid_from(api, card, now, clock):
    begins = now + 30 * DAY
    book(api, row(card, 100, validFrom=begins.isoformat()))
    clock.move_to(begins - timedelta(microseconds=1))
    assert holds(api, card) == (0, 100)
    clock.move_to(begins)
    assert holds(api, card) == (100, 0)


def test_points_without_a_valid_to_lapse_as_their_definition_says(api, card):
    book(api, row(card, 100))
    assert the_bucket(card).expires_at == parse_datetime("2026-01-01T00:00:00Z")


def test_empty_dates_are_as_good_as_none(api, card):
    book(api, row(card, 100, timeStamp=None, validFrom=None, validTo=None))
    assert holds(api, card) == (100, 0)


def test_a_time_stamp_is_when_the_points_were_earned(api, card, now):
    before = now - 3 * DAY
    book(api, row(card, 100, timeStamp=before.isoformat()))
    earned = Transaction.objects.get(card=card)
    assert (earned.effective_at, earned.created_at) == (before, now)
    bucket = the_bucket(card)
    assert bucket.earned_at == bucket.activates_at == before


def test_a_moment_without_a_zone_is_utc(api, card):
    book(api, row(card, 100, timeStamp="2025-06-01T12:00:00"))
    assert the_bucket(card).earned_at == parse_datetime("2025-06-01T12:00:00Z")


def test_a_negative_amount_takes_active_points(api, card, now):
    begins = (now + DAY).isoformat()
    book(api, row(card, 100), row(card, 40, validFrom=begins))
    answer = book(api, row(card, -30, description="Voucher"))
    assert answer["accepted"][0]["amount"] == -30
    assert holds(api, card) == (70, 40)
    assert story(card)[-1] == ("ADMIN_DEBIT", -30, 0)
    assert_adds_up(card)


def test_the_dates_of_what_is_taken_at_once_mean_nothing(api, card, now):
    book(api, row(card, 100))
    dates = {"validFrom": now.isoformat(), "validTo": (now + DAY).isoformat()}
    book(api, row(card, -30, **dates))
    assert holds(api, card) == (70, 0)


def test_a_whole_number_may_have_a_fraction_of_zero(api, card):
    answer = shown(
        api.http.post(
            BOOK,
            json.dumps([row(card, 100.0)]),
            content_type="application/json",
        )
    )
    assert [each["amount"] for each in answer["accepted"]] == [100]


def test_rows_follow_one_another(api, card):
    answer = book(api, row(card, -10), row(card, 30), row(card, -20), row(card, -20))
    assert [each["index"] for each in answer["accepted"]] == [1, 2]
    assert holds(api, card) == (10, 0)


def test_a_limit_says_how_many_points_were_really_added(api, simple_card):
    simple_card.definition.max_balance = 60
    simple_card.definition.save()
    api = engage_api(simple_card.member.unit)
    answer = book(api, row(simple_card, 100))
    assert [each["amount"] for each in answer["accepted"]] == [60]
    assert holds(api, simple_card) == (60, 0)


def test_an_account_is_opened_by_its_first_row(api, card, now):
    member = MemberFactory(unit=card.member.unit)
    first = row(card, 10, contactId=str(member.uuid))
    answer = book(api, first, first)
    opened = Card.objects.get(member=member)
    assert opened.definition == card.definition
    assert opened.created_at == now
    assert [each["accountId"] for each in answer["accepted"]] == [str(opened.uuid)] * 2
    assert holds(api, opened) == (20, 0)
    assert shown(api.post(BOOK, [first]))["accepted"]
    assert Card.objects.filter(member=member).count() == 1


def test_a_contact_has_an_account_for_each_definition(api, card):
    other = CardDefinitionFactory(scheme=card.definition.scheme)
    book(api, row(card, 10), row(card, 20, definitionId=other.pk))
    opened = Card.objects.get(member=card.member, definition=other)
    assert [holds(api, each) for each in (card, opened)] == [(10, 0), (20, 0)]


def test_a_retry_with_its_key_books_once(api, card):
    rows, key = [row(card, 10), row(card, "x")], {"Idempotency-Key": "till-1"}
    first = api.post(BOOK, rows, headers=key)
    again = api.post(BOOK, rows, headers=key)
    assert again.content == first.content
    assert first.json()["accepted"]
    assert holds(api, card) == (10, 0)


def test_a_key_cannot_name_other_rows(api, card):
    key = {"Idempotency-Key": "till-1"}
    api.post(BOOK, [row(card, 10)], headers=key)
    answer = api.post(BOOK, [row(card, 11)], headers=key)
    assert refusal(answer) == (422, "idempotency_conflict")
    assert holds(api, card) == (10, 0)


def test_without_a_key_the_same_rows_are_booked_again(api, card):
    book(api, row(card, 10))
    book(api, row(card, 10))
    assert holds(api, card) == (20, 0)


def test_many_rows_cost_as_many_statements_as_few(api, card):
    cards = [card, *CardFactory.create_batch(9, definition=card.definition)]

    def cost(cards):
        rows = [row(each, amount) for each in cards for amount in (50, -20)]
        return len(statements(lambda: book(api, *rows)))

    book(api, row(card))  # notes that the secret was used, once a minute
    assert cost(cards) == cost(cards[:2])
    assert all(holds(api, each)[0] >= 30 for each in cards)


def test_a_thousand_rows_are_booked_and_one_more_is_refused(api, card):
    answer = book(api, *[row(card, 1)] * 1000)
    assert len(answer["accepted"]) == 1000
    before = everything()
    answer = api.post(BOOK, [row(card, 1)] * 1001)
    assert refusal(answer) == (400, "invalid_input")
    assert "1,000" in answer.json()["message"]
    assert everything() == before


def test_an_unknown_contact_is_reported_once_for_many_rows(api, card):
    contact = str(uuid4())
    answer = book(api, row(card, contactId=contact), row(card, contactId=contact))
    assert answer["missingContactIds"] == [contact]
    assert [error["index"] for error in answer["errors"]] == [0, 1]
