"""The Engage door: what happened on an account, and what of it still waits."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils.dateparse import parse_datetime

from loyalty.tests.api import refusal, shown, statements
from loyalty.tests.engage import (
    TRANSACTIONS,
    book,
    engage_api,
    holds,
    row,
    transactions,
)
from schemes.tests.factories import EarnRateFactory
from transactions import ledger, sweeps
from transactions.ledger import Order
from transactions.models import Bucket, Transaction
from transactions.tests.helpers import card_with

DAY = timedelta(days=1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def card(recipe_card):
    return recipe_card


@pytest.fixture
def api(card):
    return engage_api(card.member.unit)


def kinds(api, card, **parameters):
    """(type, amount) of a page's items, the oldest first."""
    items = transactions(api, card, **parameters)
    return [(each["type"], each["amount"]) for each in reversed(items)]


def total(api, card, which):
    return sum(each["amount"] for each in transactions(api, card, filter=which))


def test_a_point_transaction_shows_what_was_booked(api, card, now):
    begins, ends = now + 5 * DAY, now + 90 * DAY
    booked = book(
        api,
        row(
            card,
            250,
            source="BonusPromotion",
            description="Double points week",
            timeStamp=(now - DAY).isoformat(),
            validFrom=begins.isoformat(),
            validTo=ends.isoformat(),
        ),
    )
    (item,) = transactions(api, card)
    moments = {
        name: parse_datetime(item.pop(name))
        for name in (
            "transactionDate",
            "createdOn",
            "modifiedOn",
            "validFrom",
            "validTo",
        )
    }
    assert item == {
        "id": booked["accepted"][0]["id"],
        "accountId": str(card.uuid),
        "description": "Double points week",
        "source": "BonusPromotion",
        "amount": 250,
        "type": "Addition",
        "retailTransactionLineItemId": None,
    }
    assert moments == {
        "transactionDate": now - DAY,
        "createdOn": now,
        "modifiedOn": now,
        "validFrom": begins,
        "validTo": ends,
    }


def test_every_kind_of_change_is_one_of_four_types(now):
    card = card_with(refunds="TO_ZERO")
    api = engage_api(card.member.unit)
    ledger.earn(card=card, order=Order(reference="A-1"), points=100, now=now)
    ledger.credit(card=card, points=50, valid_to=now + DAY, now=now)
    spend = ledger.spend(card=card, points=20, now=now)
    ledger.give_back(spend=spend, points=5, now=now)
    ledger.spend(card=card, points=3, reward="Mug", now=now)
    ledger.debit(card=card, points=4, now=now)
    ledger.refund_order(card=card, order_reference="A-1", points=10, now=now)
    waiting = ledger.credit(card=card, points=9, valid_from=now + DAY, now=now)
    ledger.cancel(bucket=waiting.bucket, points=2, now=now)
    later = now + DAY
    sweeps.activate_due(now=later)
    sweeps.expire_due(now=later)

    with time_machine.travel(later, tick=False):
        assert kinds(api, card) == [
            ("Addition", 100),
            ("Addition", 50),
            ("Deduction", -20),
            ("Addition", 5),
            ("Deduction", -3),
            ("Deduction", -4),
            ("Deduction", -10),
            ("Addition", 9),
            ("Cancellation", -2),
            ("Expiry", -28),
        ]
        sources = [each["source"] for each in reversed(transactions(api, card))]
        assert sources == [
            "Purchase",
            "Manual",
            "RewardVoucher",
            "Adjustment",
            "RewardVoucher",
            "Manual",
            "Return",
            "Manual",
            "PointTransactionCancellation",
            "Automation",
        ]
        assert all(each["description"] for each in transactions(api, card))
        assert total(api, card, "All") == sum(holds(api, card)) == 97


def test_what_moves_no_points_is_no_point_transaction(now):
    card = card_with(allow_negative=True)
    EarnRateFactory(card_definition=card.definition)
    ledger.earn(card=card, order=Order(reference="A-1", amount=99), now=now)
    api = engage_api(card.member.unit)
    ledger.debit(card=card, points=10, now=now)
    added = ledger.credit(card=card, points=30, now=now)  # repays what is owed
    ledger.reschedule(bucket=added.bucket, expires_at=now + DAY, now=now)
    ledger.activate_on_event(card=card, event="delivered", now=now)
    ledger.hold(card=card, points=5, until=now + DAY, now=now)
    assert Transaction.objects.filter(card=card).count() == 7
    assert kinds(api, card) == [("Deduction", -10), ("Addition", 30)]


def test_new_dates_are_shown_with_the_points_that_have_them(api, card, now):
    book(api, row(card, 10))
    bucket = Bucket.objects.get(card=card)
    ledger.reschedule(bucket=bucket, expires_at=now + 3 * DAY, now=now)
    (item,) = transactions(api, card)
    assert parse_datetime(item["validTo"]) == now + 3 * DAY


@pytest.mark.parametrize("swept", [False, True])
def test_a_grant_is_shown_once_and_is_pending_by_its_date_alone(
    api, card, now, clock, swept
):
    begins = now + 5 * DAY
    book(api, row(card, 100, validFrom=begins.isoformat()), row(card, 7))
    assert kinds(api, card, filter="Pending") == [("Addition", 100)]
    assert kinds(api, card, filter="Active") == [("Addition", 7)]

    clock.move_to(begins - timedelta(microseconds=1))
    assert kinds(api, card, filter="Pending") == [("Addition", 100)]
    clock.move_to(begins)
    if swept:
        sweeps.activate_due(now=begins)
    assert kinds(api, card, filter="Pending") == []
    both = [("Addition", 100), ("Addition", 7)]
    assert kinds(api, card, filter="Active") == both
    assert kinds(api, card, filter="All") == kinds(api, card, filter="") == both
    assert kinds(api, card) == both


def test_the_amounts_of_a_filter_add_up_to_its_balance(api, card, now, clock):
    book(
        api,
        row(card, 100, validFrom=(now + DAY).isoformat()),
        row(card, 40, validFrom=(now + 9 * DAY).isoformat()),
        row(card, 60),
        row(card, -25),
    )
    waiting = Bucket.objects.get(card=card, points=40)
    ledger.cancel(bucket=waiting, points=15, now=now)
    gone = ledger.earn(card=card, points=33, now=now).bucket
    ledger.cancel(bucket=gone, now=now)
    for days in (0, 1, 2, 9):
        clock.move_to(now + days * DAY)
        balance, pending = holds(api, card)
        assert total(api, card, "Active") == balance
        assert total(api, card, "Pending") == pending
        assert total(api, card, "All") == balance + pending == 160


def test_points_that_await_an_event_are_shown_as_waiting(now):
    card = card_with(
        pending_mode="EVENT_BASED",
        pending_events=["delivered"],
        pending_deadline="30D",
    )
    api = engage_api(card.member.unit)
    ledger.earn(card=card, points=10, now=now)
    (item,) = transactions(api, card, filter="Pending")
    assert parse_datetime(item["validFrom"]) > now + 29 * DAY
    ledger.activate_on_event(card=card, event="delivered", now=now)
    (item,) = transactions(api, card, filter="Active")
    assert parse_datetime(item["validFrom"]) == now


def test_a_page_says_where_it_is_and_where_the_others_are(api, card):
    book(api, *[row(card, amount) for amount in (1, 2, 3, 4, 5)])

    def page(address, **parameters):
        body = shown(api.get(address, **parameters))
        links = {link["rel"]: link["href"] for link in body["links"]}
        amounts = [item["amount"] for item in body["items"]]
        return amounts, body["totalCount"], body["offset"], body["count"], links

    *first, links = page(TRANSACTIONS, id=card.uuid, count=2)
    assert first == [[5, 4], 5, 0, 2]
    assert set(links) == {"next"}
    *second, links = page(links["next"])
    assert second == [[3, 2], 5, 2, 2]
    *last, links = page(links["next"])
    assert last == [[1], 5, 4, 2]
    assert set(links) == {"prev"}
    *back, _ = page(links["prev"])
    assert back == second
    *beyond, _ = page(TRANSACTIONS, id=card.uuid, offset=99)
    assert beyond == [[], 5, 99, 100]


@pytest.mark.parametrize("named", [5, None, {"a": 1}, ["x"]])
def test_another_api_may_have_kept_something_else_as_source(api, card, now, named):
    cause = ledger.Cause(metadata={"source": named})
    ledger.credit(card=card, points=5, cause=cause, now=now)
    assert [each["source"] for each in transactions(api, card)] == ["Manual"]


def test_another_account_s_transactions_are_not_shown(api, card, now):
    other = card_with(card.definition)
    ledger.credit(card=other, points=5, now=now)
    assert transactions(api, card) == []


def test_an_unknown_account_is_not_found(api):
    answer = api.get(TRANSACTIONS, id=uuid4())
    assert refusal(answer) == (404, "not_found")
    assert answer.json()["resource_type"] == "point_account"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "id"),
        ("id=", "id"),
        ("id=7", "id"),
        ("id={id}&filter=pending", "filter"),
        ("id={id}&filter=Waiting", "filter"),
        ("id={id}&filter=%00", "filter"),
        ("id={id}&count=0", "count"),
        ("id={id}&count=1001", "count"),
        ("id={id}&count=" + "9" * 400, "count"),
        ("id={id}&offset=-1", "offset"),
        ("id={id}&offset=x", "offset"),
        ("id={id}&page=1", "page"),
    ],
)
def test_a_bad_parameter_is_named(api, card, query, field):
    answer = api.get(f"{TRANSACTIONS}?{query.format(id=card.uuid)}")
    assert refusal(answer) == (400, "invalid_input")
    assert answer.json()["details"].startswith(f"{field}: ")


def test_a_wrong_filter_is_told_the_right_ones(api, card):
    answer = api.get(TRANSACTIONS, id=card.uuid, filter="Waiting")
    assert answer.json()["details"] == "filter: Use one of All, Active, Pending."


def test_many_transactions_cost_as_many_statements_as_one(api, card):
    def cost(which):
        return len(statements(lambda: transactions(api, card, filter=which)))

    book(api, row(card))
    few = [cost(which) for which in ("All", "Active", "Pending")]
    book(api, *[row(card)] * 30)
    assert [cost(which) for which in ("All", "Active", "Pending")] == few
