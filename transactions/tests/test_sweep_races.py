"""Sweeps at once, and sweeps beside spends, cancels and one another."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.db.models import Count

from accounts.models import Card
from loyalty.testing import race
from transactions import ledger, sweeps
from transactions.audit import disagreements
from transactions.models import Bucket, Transaction
from transactions.tests.backlog import DUE_AT, EARNED_AT, POINTS, make_backlog
from transactions.tests.grants import grant

NOW = DUE_AT + timedelta(days=1)
LAPSED = DUE_AT + timedelta(days=30)

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(
        connection.vendor == "sqlite",
        reason="the tests' SQLite database is in memory: its threads cannot race",
    ),
    pytest.mark.django_db(transaction=True),
]


def times_told(type_: str) -> set[int]:
    """How often buckets were told of such a transaction: {1} is once each."""
    told = Transaction.objects.filter(type=type_).values("bucket")
    return set(told.annotate(n=Count("pk")).values_list("n", flat=True))


def test_two_sweeps_at_once_share_the_buckets_and_do_each_once() -> None:
    make_backlog(buckets=2_000, cards=20)
    sweep = partial(sweeps.activate_due, now=NOW, batch_size=50)

    runs = race(sweep, sweep)

    assert [run.error for run in runs] == ["", ""]
    assert sum(run.buckets for run in runs) == 2_000
    assert min(run.buckets for run in runs) > 0, "they did not run at once"
    assert sum(run.points for run in runs) == 2_000 * POINTS
    assert Transaction.objects.filter(type="PENDING_POINTS_ACTIVATED").count() == 2_000
    assert times_told("PENDING_POINTS_ACTIVATED") == {1}
    assert not Bucket.objects.exclude(status="ACTIVE").exists()
    assert list(disagreements()) == []


def test_two_sweeps_at_once_expire_each_bucket_once() -> None:
    make_backlog(buckets=1_000, cards=10, valid_to=LAPSED)
    sweep = partial(sweeps.expire_due, now=LAPSED, batch_size=50)

    runs = race(sweep, sweep, sweep)

    assert [run.error for run in runs] == ["", "", ""]
    # One may leave early the few that another still has; the next pass has them.
    sweeps.expire_due(now=LAPSED)
    assert Transaction.objects.filter(type="POINTS_EXPIRED").count() == 1_000
    assert times_told("POINTS_EXPIRED") == {1}
    assert times_told("PENDING_POINTS_ACTIVATED") == {1}
    assert list(disagreements()) == []


def test_spends_and_cancels_beside_a_sweep_lose_and_double_nothing() -> None:
    cards = make_backlog(buckets=400, cards=8)
    earned_at = EARNED_AT + timedelta(days=2)
    waiting = [grant(card, 70, now=earned_at) for card in cards]

    def spend(card: Card) -> list[Transaction]:
        return [ledger.spend(card=card, points=150, now=NOW) for _ in range(5)]

    outcomes = race(
        partial(sweeps.activate_due, now=NOW, batch_size=7),
        partial(sweeps.activate_due, now=NOW, batch_size=11),
        *[partial(spend, card) for card in cards],
        *[partial(ledger.cancel, bucket=bucket, now=NOW) for bucket in waiting],
    )

    assert not [each for each in outcomes if isinstance(each, Exception)]
    sweeps.activate_due(now=NOW)
    assert times_told("PENDING_POINTS_ACTIVATED") == {1}
    assert Transaction.objects.filter(type="PENDING_POINTS_ACTIVATED").count() == 400
    assert Bucket.objects.filter(status="CANCELED").count() == len(waiting)
    held = sum(Bucket.objects.values_list("remaining", flat=True))
    assert held == 400 * POINTS - len(cards) * 5 * 150
    assert list(disagreements()) == []


def test_a_sweep_that_expires_beside_spends_takes_only_what_is_left() -> None:
    cards = make_backlog(buckets=200, cards=4, valid_to=LAPSED)
    sweeps.activate_due(now=NOW)
    just_before = LAPSED - timedelta(seconds=1)

    def spend(card: Card) -> list[Transaction]:
        """As a till does whose clock is a second slow."""
        try:
            return [
                ledger.spend(card=card, points=130, now=just_before) for _ in range(20)
            ]
        except ledger.InsufficientPoints:
            return []

    outcomes = race(
        partial(sweeps.expire_due, now=LAPSED, batch_size=5),
        *[partial(spend, card) for card in cards],
    )

    assert not [each for each in outcomes if isinstance(each, Exception)]
    sweeps.expire_due(now=LAPSED)
    assert not Bucket.objects.filter(remaining__gt=0).exists()
    assert times_told("POINTS_EXPIRED") == {1}
    assert list(disagreements()) == []


def test_a_bucket_that_another_worker_holds_is_not_blamed_for_its_neighbour() -> None:
    make_backlog(buckets=3)
    held, at_fault, _ = Bucket.objects.order_by("pk")
    Transaction.objects.create(
        card=at_fault.card,
        bucket=at_fault,
        type="PENDING_POINTS_ACTIVATED",
        points=1,
        pending_points=-1,
        effective_at=DUE_AT,
        created_at=DUE_AT,
    )
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "SELECT 1 FROM transactions_bucket WHERE id = %s FOR UPDATE", [held.pk]
            )
        run = sweeps.activate_due(now=NOW)
    finally:
        other.close()

    assert run.error.count("\n") == 1
    assert f"bucket {at_fault.pk}:" in run.error
