"""What is due happens once to each bucket, in sets, and is told in a sweep run."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Card
from transactions import ledger, sweeps, tasks
from transactions.audit import disagreements
from transactions.models import Bucket, Transaction
from transactions.tests.backlog import DUE_AT, POINTS, copy_grants, make_backlog
from transactions.tests.cards import event_card
from transactions.tests.grants import grant
from transactions.tests.helpers import (
    SHUT,
    TICK,
    assert_adds_up,
    shut,
    story,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOW = DUE_AT + DAY
LAPSED = DUE_AT + 30 * DAY
ACTIVATIONS = Transaction.objects.filter(type="PENDING_POINTS_ACTIVATED")
ALL_WAYS = {
    "sweep": lambda bucket, now: sweeps.activate_due(now=now),
    "sweep of expiries": lambda bucket, now: sweeps.expire_due(now=now),
    "settlement in a spend": lambda bucket, now: ledger.spend(
        card=bucket.card, points=100, now=now
    ),
    "by hand": lambda bucket, now: ledger.activate(bucket=bucket, now=now),
    "command": lambda bucket, now: call_command("activate_due_buckets", verbosity=0),
    "task": lambda bucket, now: tasks.activate_due.apply().get(),
}


def statements_of(sweep: Any, **how: Any) -> int:
    """How many statements a pass takes."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        sweep(**how)
    return len(captured)


@pytest.fixture
def waiting(recipe_card: Card, now: datetime) -> Bucket:
    """200 points of the recipe's card, due on 15 June."""
    return grant(recipe_card, POINTS, now=now)


@pytest.mark.parametrize("sweep", [sweeps.activate_due, sweeps.expire_due])
def test_a_batch_of_500_takes_as_many_statements_as_one_bucket(sweep: Any) -> None:
    make_backlog(buckets=1, valid_to=LAPSED)
    one = statements_of(sweep, now=LAPSED)
    make_backlog(buckets=500, cards=5, valid_to=LAPSED)
    many = statements_of(sweep, now=LAPSED)

    assert many == one
    # PostgreSQL needs one statement for a batch, SQLite three.
    assert many < 40
    assert not Bucket.objects.filter(status="PENDING").exists()


def test_deadlines_of_500_awaited_events_take_as_many_statements_as_one(
    now: datetime,
) -> None:
    card = event_card()
    counts = []
    for times in (0, 499):
        copy_grants([ledger.earn(card=card, points=5, now=now)], times=times)
        counts.append(statements_of(sweeps.expire_due, now=now + 40 * DAY))

    assert counts[0] == counts[1]
    assert set(Bucket.objects.values_list("status", flat=True)) == {"CANCELED"}
    assert_adds_up(card)


@pytest.mark.parametrize("first", ALL_WAYS)
@pytest.mark.parametrize("then", ALL_WAYS)
def test_a_bucket_is_activated_once_whichever_ways_it_runs(
    waiting: Bucket, first: str, then: str
) -> None:
    ALL_WAYS[first](waiting, NOW)
    try:
        ALL_WAYS[then](waiting, NOW + TICK)
    except ledger.BucketNotPending:
        assert then == "by hand"
    sweeps.activate_due(now=timezone.now())

    assert ACTIVATIONS.values_list("points", "pending_points").get() == (200, -200)
    assert ACTIVATIONS.get().effective_at == DUE_AT
    assert Bucket.objects.get().activates_at == DUE_AT
    assert_adds_up(waiting.card)


def test_a_bucket_is_due_at_its_moment_and_not_before(waiting: Bucket) -> None:
    early = sweeps.activate_due(now=DUE_AT - TICK)
    assert (early.buckets, Bucket.objects.get().status) == (0, "PENDING")

    on_time = sweeps.activate_due(now=DUE_AT)
    assert (on_time.buckets, on_time.points) == (1, 200)
    assert Bucket.objects.get().status == "ACTIVE"


def test_points_expire_at_their_moment_and_not_before(
    simple_card: Card, now: datetime
) -> None:
    bucket = grant(simple_card, 50, now=now, days=7)
    ledger.spend(card=simple_card, points=20, now=now)

    assert sweeps.expire_due(now=now + 7 * DAY - TICK).buckets == 0
    run = sweeps.expire_due(now=now + 9 * DAY)

    assert (run.buckets, run.points) == (1, 30)
    expired = Transaction.objects.get(type="POINTS_EXPIRED")
    assert (expired.bucket, expired.points, expired.pending_points) == (bucket, -30, 0)
    assert expired.effective_at == now + 7 * DAY
    assert expired.created_at == now + 9 * DAY
    assert (expired.actor, expired.details) == ("system", {})
    assert Bucket.objects.values_list("status", "remaining").get() == ("EXPIRED", 0)
    assert_adds_up(simple_card)
    assert sweeps.expire_due(now=now + 10 * DAY).buckets == 0


def test_a_bucket_spent_out_does_not_expire(simple_card: Card, now: datetime) -> None:
    grant(simple_card, 50, now=now, days=7)
    ledger.spend(card=simple_card, points=50, now=now)

    assert sweeps.expire_due(now=now + 8 * DAY).buckets == 0
    assert Bucket.objects.get().status == "ACTIVE"


def test_what_nobody_activated_is_activated_before_it_expires(now: datetime) -> None:
    (card,) = make_backlog(buckets=3, valid_to=LAPSED)

    run = sweeps.expire_due(now=LAPSED + DAY)

    assert (run.buckets, run.points) == (3, 600)
    types = [type_ for type_, _, _ in story(card)]
    assert types[3:] == ["PENDING_POINTS_ACTIVATED"] * 3 + ["POINTS_EXPIRED"] * 3
    assert {each.effective_at for each in ACTIVATIONS} == {DUE_AT}
    assert_adds_up(card)


def test_an_event_that_does_not_come_cancels_at_the_deadline(now: datetime) -> None:
    card = event_card()
    granted = ledger.earn(card=card, points=5, now=now)

    sweeps.activate_due(now=now + 40 * DAY)
    assert sweeps.expire_due(now=now + 30 * DAY - TICK).buckets == 0
    run = sweeps.expire_due(now=now + 31 * DAY)

    assert (run.buckets, run.points) == (1, 5)
    canceled = Transaction.objects.get(type="PENDING_POINTS_CANCELED")
    assert (canceled.bucket_id, canceled.points) == (granted.bucket_id, 0)
    assert (canceled.pending_points, canceled.effective_at) == (-5, now + 30 * DAY)
    assert Bucket.objects.values_list("status", "remaining").get() == ("CANCELED", 0)
    assert_adds_up(card)


def test_an_event_that_came_leaves_nothing_to_cancel(now: datetime) -> None:
    card = event_card()
    ledger.earn(card=card, points=5, now=now)
    ledger.activate_on_event(card=card, event="order_delivered", now=now + DAY)

    assert sweeps.expire_due(now=now + 31 * DAY).buckets == 0
    assert Bucket.objects.values_list("status", "remaining").get() == ("ACTIVE", 5)


@pytest.mark.parametrize("how", SHUT)
def test_points_of_a_shut_card_still_activate_and_expire(
    recipe_card: Card, now: datetime, how: str
) -> None:
    grant(recipe_card, 100, now=now, waits_days=5, days=30)
    shut(recipe_card, how, now=now)

    assert sweeps.activate_due(now=DUE_AT).buckets == 1
    assert sweeps.expire_due(now=now + 30 * DAY).buckets == 1
    assert_adds_up(recipe_card)


def test_only_what_was_due_by_until_is_done(recipe_card: Card, now: datetime) -> None:
    first = grant(recipe_card, 10, now=now, waits_days=1)
    grant(recipe_card, 20, now=now, waits_days=2)

    run = sweeps.activate_due(now=now + 9 * DAY, until=now + DAY)

    assert (run.buckets, run.points, run.until) == (1, 10, now + DAY)
    assert ACTIVATIONS.get().bucket == first
    assert ACTIVATIONS.get().created_at == now + 9 * DAY


def test_what_is_due_longest_is_done_first(recipe_card: Card, now: datetime) -> None:
    buckets = [grant(recipe_card, 10, now=now, waits_days=d) for d in (3, 1, 2)]

    sweeps.activate_due(now=now + 9 * DAY, batch_size=1)

    order = ACTIVATIONS.order_by("pk").values_list("bucket", flat=True)
    assert list(order) == [buckets[1].pk, buckets[2].pk, buckets[0].pk]


def test_counts_say_beforehand_what_a_pass_will_do() -> None:
    make_backlog(buckets=4, valid_to=LAPSED)
    ledger.earn(card=event_card(), points=5, now=DUE_AT - 5 * DAY)

    assert sweeps.count_to_activate(until=DUE_AT - TICK) == (0, 0)
    assert sweeps.count_to_activate(until=DUE_AT) == (4, 800)
    deadline = DUE_AT + 25 * DAY
    assert sweeps.count_to_expire(until=deadline - TICK) == (0, 0)
    assert sweeps.count_to_expire(until=deadline) == (1, 5)
    assert sweeps.count_to_expire(until=LAPSED - TICK) == (1, 5)
    assert sweeps.count_to_expire(until=LAPSED) == (5, 805)
    sweeps.activate_due(now=LAPSED)
    assert sweeps.count_to_expire(until=LAPSED) == (5, 805)
    assert sweeps.expire_due(now=LAPSED).buckets == 5
    assert sweeps.count_to_expire(until=LAPSED) == (0, 0)
    assert list(disagreements()) == []
