"""The Engage door: rows that cannot be booked, and bodies that are no rows."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import Card
from accounts.tests.factories import MemberFactory
from loyalty.tests.api import refusal
from loyalty.tests.engage import BOOK, book, engage_api, holds, row
from schemes.policies import MAX_POINTS
from transactions import ledger
from transactions.tests.helpers import everything

DAY = timedelta(days=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def card(recipe_card):
    return recipe_card


@pytest.fixture
def api(card):
    return engage_api(card.member.unit)


def without(card, name):
    body = row(card)
    del body[name]
    return body


def test_wrong_rows_are_reported_and_right_ones_booked(api, card):
    contact = str(uuid4())
    rows = [
        row(card, 100),
        row(card, 1.5),
        row(card, 100, contactId=contact, definitionId=0),
        row(card, -9_999),
        row(card, 20),
        without(card, "source"),
    ]
    answer = book(api, *rows)

    assert [each["index"] for each in answer["accepted"]] == [0, 4]
    assert answer["notAccepted"] == [*rows[1:4], rows[5]]
    assert answer["missingContactIds"] == [contact]
    assert answer["missingDefinitionIds"] == [0]
    assert [
        (each["index"], each["key"], each["field"]) for each in answer["errors"]
    ] == [
        (1, "invalid_input", "amount"),
        (2, "not_found", "contactId"),
        (2, "not_found", "definitionId"),
        (3, "insufficient_points", "amount"),
        (5, "invalid_input", "source"),
    ]
    assert len(answer["errorMessages"]) == 5
    assert answer["errorMessages"][3] == (
        "Row 3: amount: The card has 100 active points, not 9,999."
    )
    assert holds(api, card) == (120, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contactId", None),
        ("contactId", "x"),
        ("contactId", ["x"]),
        ("contactId", {}),
        ("contactId", True),
        ("contactId", "9" * 400),
        ("amount", None),
        ("amount", 0),
        ("amount", 0.0),
        ("amount", 1.5),
        ("amount", -0.5),
        ("amount", "10"),
        ("amount", True),
        ("amount", [1]),
        ("amount", MAX_POINTS + 1),
        ("amount", -MAX_POINTS - 1),
        ("amount", 10**400),
        ("amount", 1e300),
        ("definitionId", None),
        ("definitionId", "x"),
        ("definitionId", True),
        ("definitionId", 10**400),
        ("timeStamp", "yesterday"),
        ("timeStamp", 7),
        ("timeStamp", "2025-02-30T00:00:00Z"),
        ("timeStamp", "0001-01-01T00:00:00+14:00"),
        ("timeStamp", ["2025-01-01T00:00:00Z"]),
        ("source", None),
        ("source", ""),
        ("source", "  "),
        ("source", {}),
        ("source", "x" * 201),
        ("description", None),
        ("description", ""),
        ("description", []),
        ("description", "x" * 501),
        ("validFrom", "soon"),
        ("validFrom", "9999-12-31T23:59:59-14:00"),
        ("validTo", "later"),
        ("validTo", {}),
        ("validFrm", "2030-01-01T00:00:00Z"),
    ],
)
def test_a_row_with_a_bad_field_is_refused_and_the_field_named(api, card, field, value):
    wrong = row(card, **{field: value})
    before = everything()
    answer = book(api, wrong)
    assert answer["notAccepted"] == [wrong]
    (error,) = answer["errors"]
    assert (error["index"], error["key"], error["field"]) == (0, "invalid_input", field)
    assert everything() == before


@pytest.mark.parametrize(
    "field", ["contactId", "amount", "definitionId", "source", "description"]
)
def test_a_row_without_a_field_that_it_needs_is_refused(api, card, field):
    answer = book(api, without(card, field))
    assert [error["field"] for error in answer["errors"]] == [field]
    assert answer["accepted"] == []


@pytest.mark.parametrize("wrong", [None, 7, "row", [], [[]], True])
def test_what_is_no_row_does_not_stop_the_others(api, card, wrong):
    answer = book(api, wrong, row(card, 5))
    assert answer["notAccepted"] == [wrong]
    assert [each["index"] for each in answer["accepted"]] == [1]
    assert answer["errors"][0]["field"] == ""


def test_all_that_is_wrong_with_a_row_is_told(api, card):
    answer = book(api, row(card, "x", source=""))
    assert {error["field"] for error in answer["errors"]} == {"amount", "source"}
    assert len(answer["notAccepted"]) == 1


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ({"timeStamp": 1}, "timeStamp"),
        ({"validTo": 0}, "validTo"),
        ({"validFrom": 9, "validTo": 9}, "validTo"),
        # Six months after they are earned is before a year from now.
        ({"validFrom": 365}, "validTo"),
    ],
)
def test_dates_that_make_no_sense_are_named(api, card, now, days, field):
    moments = {name: (now + number * DAY).isoformat() for name, number in days.items()}
    answer = book(api, row(card, 10, **moments))
    assert [error["field"] for error in answer["errors"]] == [field]
    assert answer["accepted"] == []


@pytest.mark.parametrize("counted_from", ["EARNED", "ACTIVATED"])
def test_dates_at_the_end_of_the_calendar_are_refused(api, card, counted_from):
    card.definition.expiry_from = counted_from
    card.definition.save()
    answer = book(api, row(card, 10, validFrom="9999-12-31T23:59:59Z"))
    assert len(answer["errors"]) == 1
    assert answer["accepted"] == []


def test_points_cannot_be_taken_later(api, card, now):
    book(api, row(card, 100))
    answer = book(api, row(card, -10, validFrom=(now + DAY).isoformat()))
    assert [error["field"] for error in answer["errors"]] == ["validFrom"]
    assert holds(api, card) == (100, 0)


def test_points_that_are_held_for_a_spend_are_not_taken(api, card, now):
    ledger.credit(card=card, points=100, now=now)
    ledger.hold(card=card, points=100, until=now + DAY, now=now)
    answer = book(api, row(card, -1))
    assert [error["key"] for error in answer["errors"]] == ["insufficient_points"]


def test_a_blocked_account_refuses_its_rows_alone(api, card, now):
    member = MemberFactory(unit=card.member.unit)
    Card.objects.filter(pk=card.pk).update(status="BLOCKED")
    answer = book(api, row(card, 5), row(card, 7, contactId=str(member.uuid)))
    assert [error["key"] for error in answer["errors"]] == ["card_not_active"]
    assert [each["index"] for each in answer["accepted"]] == [1]


def test_a_refused_row_may_open_an_account_but_gives_it_nothing(api, card):
    member = MemberFactory(unit=card.member.unit)
    book(api, row(card, -5, contactId=str(member.uuid)))
    opened = Card.objects.filter(member=member)
    assert [holds(api, each) for each in opened] == [(0, 0)]
    assert not member.cards.filter(transactions__isnull=False).exists()


@pytest.mark.parametrize("body", [[], {}, {"rows": []}, "text", 7, None, True])
def test_a_body_that_is_no_list_of_rows_is_refused(api, body):
    answer = api.http.generic(
        "POST", BOOK, json.dumps(body), content_type="application/json"
    )
    assert refusal(answer) == (400, "invalid_input")
    assert "1 to 1,000 rows" in answer.json()["message"]


@pytest.mark.parametrize("text", ["", "[", "[{]", "nonsense", "\x00"])
def test_a_body_that_is_no_json_is_refused(api, text):
    answer = api.http.generic("POST", BOOK, text, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/xml", "application/x-www-form-urlencoded"],
)
def test_another_content_type_is_refused(api, card, content_type):
    before = everything()
    answer = api.http.generic(
        "POST", BOOK, json.dumps([row(card)]), content_type=content_type
    )
    assert refusal(answer) == (415, "unsupported_media_type")
    assert everything() == before
