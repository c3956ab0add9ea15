"""Requests are decided by the worker: in batches, once each, and as the world is then."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Card
from accounts.tests.factories import CardFactory
from loyalty.testing import race
from schemes.tests.factories import CardDefinitionFactory
from transactions import ledger, sweeps
from transactions.audit import disagreements
from transactions.models import Bucket, SweepRun, Transaction
from transactions.tests.grants import grant
from transactions.tests.helpers import SHUT, TICK, assert_adds_up, shut, story

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
REQUESTS = {
    "activation": ledger.request_activation,
    "cancellation": ledger.request_cancellation,
}


def requested(
    card: Card, number: int, *, now: datetime, ask: Any = ledger.request_activation
) -> list[Transaction]:
    """Requests for so many buckets of 10 points that wait until 15 June."""
    return [ask(bucket=grant(card, 10, now=now), now=now) for _ in range(number)]


def statuses() -> list[str]:
    """Of the requests, in the order in which they were made."""
    asked = Transaction.objects.filter(
        type__in=["PENDING_POINTS_ACTIVATED", "PENDING_POINTS_CANCELED"]
    )
    return list(asked.order_by("pk").values_list("status", flat=True))


def test_a_requested_activation_is_approved(recipe_card: Card, now: datetime) -> None:
    (request,) = requested(recipe_card, 1, now=now)

    run = sweeps.process_requests(now=now + DAY)

    request.refresh_from_db()
    assert (request.status, request.points, request.pending_points) == (
        "APPROVED",
        10,
        -10,
    )
    assert (request.effective_at, request.processed_at) == (now + DAY, now + DAY)
    assert (request.created_at, run.name) == (now, "PROCESS_REQUESTS")
    assert (run.batches, run.buckets, run.points, run.error) == (1, 1, 10, "")
    assert run.lag == DAY
    assert Bucket.objects.get().activates_at == now + DAY
    ledger.debit(card=recipe_card, points=10, now=now + DAY)
    assert_adds_up(recipe_card)


def test_a_requested_cancellation_is_approved(recipe_card: Card, now: datetime) -> None:
    requested(recipe_card, 1, now=now, ask=ledger.request_cancellation)

    run = sweeps.process_requests(now=now + DAY)

    assert (run.buckets, run.points) == (1, 10)
    assert story(recipe_card)[1:] == [("PENDING_POINTS_CANCELED", 0, -10)]
    assert Bucket.objects.values_list("status", "remaining").get() == ("CANCELED", 0)
    assert_adds_up(recipe_card)


def test_what_is_left_of_a_bucket_canceled_in_part_is_activated(
    recipe_card: Card, now: datetime
) -> None:
    (request,) = requested(recipe_card, 1, now=now)
    ledger.cancel(bucket=Bucket.objects.get(), points=4, now=now)

    run = sweeps.process_requests(now=now)

    request.refresh_from_db()
    assert (request.points, request.pending_points, run.points) == (6, -6, 6)
    assert_adds_up(recipe_card)


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_request_for_a_bucket_activated_meanwhile_is_rejected_with_the_reason(
    recipe_card: Card, now: datetime, request_: str
) -> None:
    (request,) = requested(recipe_card, 1, now=now, ask=REQUESTS[request_])
    ledger.activate(bucket=Bucket.objects.get(), now=now + TICK)

    run = sweeps.process_requests(now=now + DAY)

    request.refresh_from_db()
    assert request.status == "REJECTED"
    assert request.details["rejection"]["reason"] == "bucket_not_pending"
    assert request.details["rejection"]["details"]
    assert request.processed_at == now + DAY
    assert (run.buckets, run.points, run.error) == (1, 0, "")
    assert Bucket.objects.values_list("status", "remaining").get() == ("ACTIVE", 10)
    assert_adds_up(recipe_card)


@pytest.mark.parametrize("swept", [True, False])
def test_a_request_that_is_looked_at_after_the_bucket_was_due_is_rejected(
    recipe_card: Card, now: datetime, swept: bool
) -> None:
    (request,) = requested(recipe_card, 1, now=now, ask=ledger.request_cancellation)
    if swept:
        sweeps.activate_due(now=now + 6 * DAY)

    sweeps.process_requests(now=now + 6 * DAY)

    request.refresh_from_db()
    assert request.status == "REJECTED"
    sweeps.activate_due(now=now + 6 * DAY)
    assert Bucket.objects.values_list("status", "remaining").get() == ("ACTIVE", 10)
    assert_adds_up(recipe_card)


@pytest.mark.parametrize("how", SHUT)
def test_a_request_on_a_shut_card_is_rejected_with_the_reason(
    recipe_card: Card, now: datetime, how: str
) -> None:
    (request,) = requested(recipe_card, 1, now=now)
    shut(recipe_card, how, now=now)

    sweeps.process_requests(now=now)

    request.refresh_from_db()
    assert request.status == "REJECTED"
    assert request.details["rejection"]["reason"] == SHUT[how]
    assert Bucket.objects.get().status == "PENDING"


def test_good_and_bad_requests_of_one_batch_are_each_decided_on_their_own(
    recipe_card: Card, now: datetime
) -> None:
    requests = requested(recipe_card, 5, now=now)
    for number in (1, 3):
        bucket = requests[number].bucket
        assert bucket
        ledger.cancel(bucket=bucket, now=now)

    run = sweeps.process_requests(now=now)

    assert statuses()[:5] == [
        "APPROVED",
        "REJECTED",
        "APPROVED",
        "REJECTED",
        "APPROVED",
    ]
    assert (run.buckets, run.points) == (5, 30)
    assert_adds_up(recipe_card)


def test_requests_are_decided_in_batches(recipe_card: Card, now: datetime) -> None:
    requested(recipe_card, 25, now=now)
    told: list[int] = []

    run = sweeps.process_requests(now=now, batch_size=10, progress=told.append)

    assert (run.batches, run.buckets, told) == (3, 25, [10, 10, 5])
    assert set(statuses()) == {"APPROVED"}


def test_a_worker_asked_to_stop_leaves_the_other_requests_open(
    recipe_card: Card, now: datetime
) -> None:
    requested(recipe_card, 25, now=now)
    answers = iter([True, False])

    run = sweeps.process_requests(
        now=now, batch_size=10, keep_going=lambda: next(answers)
    )

    assert run.buckets == 10
    assert statuses() == ["APPROVED"] * 10 + ["PENDING"] * 15
    assert sweeps.count_requests(until=now) == (15, 150)


def test_only_what_was_requested_by_until_is_decided(
    recipe_card: Card, now: datetime
) -> None:
    requested(recipe_card, 1, now=now)
    requested(recipe_card, 1, now=now + DAY)

    assert sweeps.count_requests(until=now) == (1, 10)
    assert sweeps.process_requests(now=now + DAY, until=now).buckets == 1
    assert statuses() == ["APPROVED", "PENDING"]


def test_a_second_pass_finds_nothing_to_decide(
    recipe_card: Card, now: datetime
) -> None:
    requested(recipe_card, 3, now=now)
    sweeps.process_requests(now=now)
    decided = list(Transaction.objects.order_by("pk").values())

    assert sweeps.process_requests(now=now + DAY).buckets == 0
    assert list(Transaction.objects.order_by("pk").values()) == decided


def test_a_request_the_database_refuses_does_not_stop_the_others(
    recipe_card: Card, now: datetime
) -> None:
    requests = requested(recipe_card, 7, now=now)
    # Says that the bucket was activated, although it was not.
    Transaction.objects.create(
        card=recipe_card,
        bucket=requests[2].bucket,
        type="PENDING_POINTS_ACTIVATED",
        points=1,
        pending_points=-1,
        effective_at=now,
        created_at=now,
    )

    run = sweeps.process_requests(now=now)

    assert run.buckets == 6
    assert run.error.count("IntegrityError") == 1
    assert statuses()[:7] == ["APPROVED"] * 2 + ["PENDING"] + ["APPROVED"] * 4
    assert Bucket.objects.filter(status="PENDING").get() == requests[2].bucket


def test_100_requests_take_hardly_more_statements_than_one(now: datetime) -> None:
    counts = []
    for cards in (1, 10):
        definition = CardDefinitionFactory(recipe=True)
        for card in CardFactory.create_batch(cards, definition=definition):
            requested(card, 10 if cards > 1 else 1, now=now)
        with CaptureQueriesContext(connection) as captured:
            run = sweeps.process_requests(now=now)
        counts.append(len(captured))
    assert run.buckets == 100

    # SQLite takes only so many values in a statement, so there it is a few more.
    allowance = 8 if connection.vendor == "sqlite" else 0
    assert counts[1] <= counts[0] + allowance
    assert list(disagreements()) == []


@pytest.mark.postgresql
@pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="the tests' SQLite database is in memory: its threads cannot race",
)
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_decide_each_request_once(now: datetime) -> None:
    definition = CardDefinitionFactory(recipe=True)
    # Both workers have requests of every card in their batches.
    cards = CardFactory.create_batch(6, definition=definition)
    for ask in [*REQUESTS.values()] * 5:
        for card in cards:
            requested(card, 2, now=now, ask=ask)
    work = partial(sweeps.process_requests, now=now, batch_size=7)

    runs = race(work, work)

    assert [getattr(run, "error", run) for run in runs] == ["", ""]
    assert sum(run.buckets for run in runs) == 120
    assert set(statuses()) == {"APPROVED"}
    assert sorted(Bucket.objects.values_list("status", flat=True)) == (
        ["ACTIVE"] * 60 + ["CANCELED"] * 60
    )
    assert SweepRun.objects.count() == 2
    assert list(disagreements()) == []
