"""Voucherify's lists: pages whose cursor is bound to its query, and how many questions."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from loyalty.tests.api import client, shown, statements
from loyalty.tests.voucherify_cards import listed, of_card, refused
from transactions import ledger
from transactions.models import Bucket

LISTS = ("pending-points", "expiring-points", "transactions")
REFUSED = (400, "invalid_query_params")


pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def card(recipe_card, now):
    """25 buckets that wait, two of each date but the last."""
    for number in range(25):
        ledger.credit(
            card=recipe_card,
            points=number + 1,
            now=now + timedelta(seconds=number // 2),
            valid_from=now + timedelta(days=30 - number // 2),
        )
    return recipe_card


@pytest.fixture
def api(recipe_card):
    return client(recipe_card.member.unit)


def page(api, address, cursor=None, **query):
    """The rows of one page and the cursor of the next."""
    if cursor is not None:
        query["cursor"] = cursor["next"]
    answer = shown(api.get(address, **query))
    assert list(answer) == ["object", "data", "cursor"]
    return answer["data"], answer["cursor"]


def pages(api, address, **query):
    """All pages, one after the other."""
    rows, cursor = page(api, address, **query)
    found = [rows]
    while cursor is not None:
        rows, cursor = page(api, address, cursor, **query)
        found.append(rows)
    return found


def totals(rows):
    return [row["points"]["total"] for row in rows]


def test_pages_of_ten_hold_every_row_once(api, card):
    found = pages(api, of_card(card, "pending-points"))
    assert [len(rows) for rows in found] == [10, 10, 5]
    rows = [row for rows in found for row in rows]
    assert len({row["id"] for row in rows}) == 25
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)
    # Of the same date, the older one comes first.
    assert totals(rows) == [
        25,
        *(n + step for n in range(23, 0, -2) for step in (0, 1)),
    ]


@pytest.mark.parametrize("limit", [1, 5, 25, 100])
@pytest.mark.parametrize("name", ["pending-points", "transactions"])
def test_pages_of_any_size_are_the_same_list(api, card, name, limit):
    address = of_card(card, name)
    whole = listed(api, address, limit=100)
    found = pages(api, address, limit=limit)
    assert [row for rows in found for row in rows] == whole
    assert all(len(rows) == limit for rows in found[:-1])
    assert found[-1]


def test_rows_that_vanish_between_pages_shift_nothing(api, card, now):
    address = of_card(card, "pending-points")
    whole = listed(api, address, limit=100)
    _, cursor = page(api, address)
    # All of the first page, the one at its edge too, and the first of the second.
    for gone in whole[:11]:
        bucket = Bucket.objects.get(points=gone["points"]["total"])
        ledger.cancel(bucket=bucket, now=now + timedelta(minutes=1))
    second, cursor = page(api, address, cursor)
    third, last = page(api, address, cursor)
    assert (second, third, last) == (whole[11:21], whole[21:], None)


def test_rows_that_come_between_pages_come_where_they_belong(api, card, now):
    address = of_card(card, "pending-points")
    whole = listed(api, address, limit=100)
    _, cursor = page(api, address)
    for days in (1, 40):  # before what was read, and behind it
        moment = now + timedelta(days=days)
        ledger.credit(card=card, points=99, now=now, valid_from=moment)
    rest = [row for _ in range(2) for row in page(api, address, cursor, limit=100)[0]]
    assert rest[:15] == whole[10:]
    assert totals(rest[15:16]) == [99]


@pytest.mark.parametrize(
    ("order", "newest_first"),
    [
        ({}, True),
        ({"order": "-created_at"}, True),
        ({"order": "created_at"}, False),
        ({"order": ["created_at", "-id"]}, None),
        ({"order[]": ["-created_at", "-id"]}, True),
        ({"order[0]": "created_at", "order[1]": "-id"}, None),
        ({"order": "id"}, False),
        ({"order": "-id"}, True),
    ],
)
def test_a_list_is_ordered_as_asked(api, card, order, newest_first):
    address = of_card(card, "transactions")
    rows = [row for rows in pages(api, address, **order) for row in rows]
    found = [row["details"]["points"]["total"] for row in rows]
    expected = {
        True: list(range(25, 0, -1)),
        False: list(range(1, 26)),
        None: [*(n - step for n in range(2, 25, 2) for step in (0, 1)), 25],
    }
    assert found == expected[newest_first]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": "9" * 400}, "limit"),
        ({"limit": ""}, "limit"),
        ({"order": "name"}, "order"),
        ({"order": ""}, "order"),
        ({"order": "--id"}, "order"),
        ({"order": ["id", "-id"]}, "order"),
        ({"order": "id", "order[]": "id"}, "order"),
        ({"page": 2}, "page"),
        ({"filter": "x"}, "filter"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_name(api, card, query, field):
    response = api.get(of_card(card, "transactions"), **query)
    assert refused(response) == REFUSED
    assert field in response.json()["details"]


def test_a_cursor_says_when_it_expires_and_then_does(api, card, now):
    address = of_card(card, "transactions")
    _, cursor = page(api, address)
    assert re.fullmatch("lcrsctx_[a-f0-9]+", cursor["next"])
    assert cursor["expires_at"] == "2025-06-11T14:00:00.000Z"
    with time_machine.travel(now + timedelta(hours=24), tick=False):
        assert page(api, address, cursor)[0]
    with time_machine.travel(now + timedelta(hours=24, seconds=1), tick=False):
        response = api.get(address, cursor=cursor["next"])
        assert refused(response) == (400, "invalid_or_expired_cursor")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: "lcrsctx_",
        lambda text: text.removeprefix("lcrsctx_"),
        lambda text: text.replace("lcrsctx_", "lcrscppb_"),
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text[:-1],
        lambda text: "lcrsctx_" + "\0é🎁",
        lambda text: "lcrsctx_" + "9" * 400,
    ],
)
def test_a_cursor_that_is_none_is_refused(api, card, spoil):
    address = of_card(card, "transactions")
    _, cursor = page(api, address)
    response = api.get(address, cursor=spoil(cursor["next"]))
    assert refused(response) == (400, "invalid_or_expired_cursor")


@pytest.mark.parametrize(
    "other",
    [
        {"order": "created_at"},
        {"filters[created_at][conditions][$less_than]": "5"},
        {"filters[junction]": "OR"},
    ],
)
def test_a_cursor_is_bound_to_its_query(api, card, other):
    address = of_card(card, "transactions")
    _, cursor = page(api, address)
    response = api.get(address, cursor=cursor["next"], **other)
    assert refused(response) == (400, "cursor_and_query_mismatch")
    # What is asked anyway may be said or not, and pages may change their size.
    assert page(api, address, cursor, order="-created_at", limit=3)[0]


def test_a_cursor_is_bound_to_its_card(api, card, now):
    _, cursor = page(api, of_card(card, "transactions"))
    other = type(card).objects.create(
        member=card.member,
        definition=type(card.definition).objects.create(
            scheme=card.definition.scheme, name="Other", status="ACTIVE"
        ),
        code="other",
        created_at=now,
    )
    response = api.get(of_card(other, "transactions"), cursor=cursor["next"])
    assert refused(response) == (400, "cursor_and_query_mismatch")


@pytest.mark.parametrize("name", LISTS)
def test_a_long_list_costs_as_many_statements_as_a_short_one(api, recipe_card, name):
    address, now = of_card(recipe_card, name), timezone.now()

    def more(rows):
        for _ in range(rows):
            ledger.credit(card=recipe_card, points=10, now=now)
            ledger.earn(card=recipe_card, points=10, now=now)

    more(1)
    listed(api, address)  # notes that the secret was used, once a minute
    few = len(statements(lambda: listed(api, address, limit=100)))
    more(20)
    many = statements(lambda: listed(api, address, limit=100))
    assert len(listed(api, address, limit=100)) >= 20
    assert len(many) == few <= 6
