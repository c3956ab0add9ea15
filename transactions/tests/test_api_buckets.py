"""The API of buckets: activate, cancel, reschedule, expire; and which there are."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.tests.factories import CardFactory
from loyalty.tests.api import client, created, refusal, shown
from transactions import ledger
from transactions.models import Bucket, Transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(recipe_card):
    """A card with 100 points of an order that wait, and 50 that are active."""
    now = timezone.now()
    order = ledger.Order(reference="A-1", amount=10_000)
    ledger.earn(card=recipe_card, order=order, now=now)
    ledger.credit(card=recipe_card, points=50, now=now)
    return recipe_card


@pytest.fixture
def api(card):
    return client(card.member.unit)


@pytest.fixture
def pending(card):
    return Bucket.objects.get(card=card, status="PENDING")


@pytest.fixture
def active(card):
    return Bucket.objects.get(card=card, status="ACTIVE")


def of(bucket):
    return f"buckets/{bucket.uuid}/"


def in_days(number):
    return (timezone.now() + timedelta(days=number)).replace(microsecond=0)


def test_a_bucket_shows_its_points_and_its_dates(api, pending):
    told = shown(api.get(of(pending)))
    assert (told["points"], told["remaining"], told["status"]) == (100, 100, "PENDING")
    assert parse_datetime(told["activates_at"]) == pending.activates_at
    assert parse_datetime(told["expires_at"]) == pending.expires_at
    assert told["card"] == str(pending.card.uuid)
    assert told["order_reference"] == "A-1"


def test_pending_points_are_activated_before_their_date(api, pending):
    response = api.post(of(pending) + "activate/", {"reason": "Delivered"})
    done = created(response)
    assert (done["points"], done["pending_points"]) == (100, -100)
    assert done["bucket"] == str(pending.uuid)
    assert shown(api.get(response["Location"])) == done
    assert shown(api.get(of(pending)))["status"] == "ACTIVE"
    again = api.post(of(pending) + "activate/")
    assert refusal(again) == (423, "bucket_not_pending")


def test_pending_points_are_canceled_whole_or_in_part(api, pending):
    part = created(api.post(of(pending) + "cancel/", {"points": 30}))
    assert part["pending_points"] == -30
    assert shown(api.get(of(pending)))["remaining"] == 70
    assert created(api.post(of(pending) + "cancel/", {}))["pending_points"] == -70
    told = shown(api.get(of(pending)))
    assert (told["status"], told["remaining"]) == ("CANCELED", 0)


def test_more_than_a_bucket_holds_is_not_canceled(api, pending):
    response = api.post(of(pending) + "cancel/", {"points": 101})
    assert refusal(response)[0] in (400, 409)
    assert shown(api.get(of(pending)))["remaining"] == 100


def test_a_bucket_gets_other_dates(api, pending):
    starts, ends = in_days(2), in_days(20)
    body = {"activates_at": starts.isoformat(), "expires_at": ends.isoformat()}
    created(api.post(of(pending) + "reschedule/", body))
    told = shown(api.get(of(pending)))
    assert parse_datetime(told["activates_at"]) == starts
    assert parse_datetime(told["expires_at"]) == ends
    created(api.post(of(pending) + "reschedule/", {"expires_at": None}))
    told = shown(api.get(of(pending)))
    assert parse_datetime(told["activates_at"]) == starts
    assert told["expires_at"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"activates_at": None},
        {"activates_at": "soon"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": 7},
        {"expires_on": "2030-01-01T00:00:00Z"},
        {"activates_at": "9999-12-31T23:59:59-10:00"},
    ],
)
def test_dates_that_make_no_sense_are_refused(api, pending, body):
    assert api.post(of(pending) + "reschedule/", body).status_code == 400
    assert Transaction.objects.count() == 2


def test_active_points_are_expired(api, active):
    assert created(api.post(of(active) + "expire/"))["points"] == -50
    told = shown(api.get(of(active)))
    assert (told["status"], told["remaining"]) == ("EXPIRED", 0)


def test_pending_points_are_not_expired(api, pending):
    response = api.post(of(pending) + "expire/")
    assert refusal(response) == (423, "bucket_not_active")


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("activate", {}),
        ("cancel", {"points": 10}),
        ("cancel", {}),
        ("reschedule", {"expires_at": None}),
        ("expire", {}),
    ],
)
def test_a_dry_run_writes_nothing(api, pending, active, verb, body):
    bucket = active if verb == "expire" else pending
    before = list(Bucket.objects.values()), list(Transaction.objects.values())
    told = shown(api.post(f"{of(bucket)}{verb}/?dry_run=true", body))
    assert (list(Bucket.objects.values()), list(Transaction.objects.values())) == before
    booked = created(api.post(f"{of(bucket)}{verb}/", body))
    same = ("type", "status", "points", "pending_points", "bucket")
    assert [told[name] for name in same] == [booked[name] for name in same]


def test_a_reference_makes_a_retry_harmless(api, pending):
    body = {"points": 10, "reference": "C-1"}
    first, second = (created(api.post(of(pending) + "cancel/", body)) for _ in range(2))
    assert first["id"] == second["id"]
    assert shown(api.get(of(pending)))["remaining"] == 90


def test_the_scope_of_a_buckets_verbs_is_its_own(card, pending):
    seller = client(card.member.unit, scopes=["points:read", "points:write"])
    for verb in ("activate", "cancel", "reschedule", "expire"):
        response = seller.post(f"{of(pending)}{verb}/", {})
        assert refusal(response) == (403, "not_permitted")
        assert "buckets:write" in response.json()["message"]


def test_buckets_are_filtered(api, card, pending, active):
    other = CardFactory(definition=card.definition)
    ledger.credit(card=other, points=1, now=timezone.now())
    waits, acts = [str(pending.uuid)], [str(active.uuid)]
    for parameters, expected in (
        ({"status": "PENDING"}, waits),
        ({"order_reference": "A-1"}, waits),
        ({"due_before": in_days(7).isoformat(), "status": "PENDING"}, waits),
        ({"due_before": in_days(4).isoformat(), "status": "PENDING"}, []),
        ({"card": card.uuid}, [*acts, *waits]),
        ({"member": card.member.uuid, "status": "ACTIVE"}, acts),
        ({"expiring_before": in_days(7).isoformat()}, []),
        ({"expiring_before": in_days(300).isoformat(), "status": "PENDING"}, waits),
        ({"earned_from": in_days(1).isoformat()}, []),
        ({"earned_before": in_days(1).isoformat(), "status": "PENDING"}, waits),
        ({"card": card.uuid, "ordering": "id"}, [*waits, *acts]),
    ):
        assert api.ids("buckets/", **parameters) == expected, parameters


@pytest.mark.parametrize(
    "parameters",
    [
        {"status": "GONE"},
        {"card": "x"},
        {"due_before": "tomorrow"},
        {"expiring_before": "2025-99-01T00:00:00Z"},
        {"due": "2025-01-01T00:00:00Z"},
    ],
)
def test_filters_that_make_no_sense_are_refused(api, parameters):
    response = api.get("buckets/", **parameters)
    assert refusal(response) == (400, "invalid_input")
    (name,) = parameters
    assert response.json()["details"].startswith(f"{name}: ")
