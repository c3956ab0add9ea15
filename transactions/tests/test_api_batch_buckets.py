"""The API of batches: rows that name a bucket, and the scope they need."""

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.tests.factories import CardFactory
from loyalty.tests.api import client
from transactions.models import Bucket, Transaction
from transactions.tests.batches import column, row, send
from transactions.tests.grants import grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(simple_card):
    return simple_card


@pytest.fixture
def api(card):
    return client(card.member.unit)


def waits(card, points=10):
    return grant(card, points, now=timezone.now(), waits_days=5)


def test_waiting_points_are_activated_and_canceled_by_rows_too(api, card):
    buckets = [waits(card) for _ in range(3)]
    rows = [
        {"verb": "activate", "bucket": str(buckets[0].uuid), "reason": "Sorry"},
        {"verb": "cancel", "bucket": str(buckets[1].uuid), "points": 4},
        {"verb": "cancel", "bucket": str(buckets[2].uuid)},
        {"verb": "cancel", "bucket": str(buckets[2].uuid)},
        row(card, "spend", 10, reward="Tea"),
    ]
    answer = send(api, rows)
    assert column(answer, "key") == [None, None, None, "bucket_not_pending", None]
    left = Bucket.objects.order_by("pk").values_list("status", "remaining")
    assert list(left) == [("ACTIVE", 0), ("PENDING", 6), ("CANCELED", 0)]
    written = Transaction.objects.get(type="PENDING_POINTS_ACTIVATED")
    assert (written.reason, written.actor[:7]) == ("Sorry", "client:")


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"bucket": str(uuid4())}, "not_found"),
        ({"bucket": None}, "not_found"),
        ({"card": "x"}, "invalid_input"),
        ({"points": 1}, "invalid_input"),
    ],
)
def test_a_row_with_a_wrong_bucket_is_refused_and_the_others_booked(
    api, card, wrong, key
):
    good = {"verb": "activate", "bucket": str(waits(card).uuid)}
    bad = {"verb": "activate", "bucket": str(waits(card).uuid)} | wrong
    assert column(send(api, [bad, good]), "key") == [key, None]


def test_another_unit_s_bucket_is_not_there(api):
    theirs = waits(CardFactory())
    answer = send(api, [{"verb": "cancel", "bucket": str(theirs.uuid)}])
    assert column(answer, "key") == ["not_found"]


def test_rows_on_buckets_need_the_scope_of_buckets(card):
    till = client(card.member.unit, scopes=["points:write"])
    bucket = {"verb": "cancel", "bucket": str(waits(card).uuid)}
    answer = send(till, [bucket, row(card)])
    assert column(answer, "key") == ["not_permitted", None]
    assert "buckets:write" in column(answer, "message")[0]
