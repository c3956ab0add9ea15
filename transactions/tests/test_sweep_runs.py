"""A pass is told in a sweep run: what it did, how late, what it had to pass over."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from transactions import sweeps, triggers
from transactions.models import Bucket, SweepRun, Transaction
from transactions.sweeps import statements
from transactions.tests.backlog import DUE_AT, make_backlog
from transactions.tests.cards import card_with, owing_card
from transactions.tests.grants import grant
from transactions.tests.helpers import assert_adds_up

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOW = DUE_AT + DAY
LAPSED = DUE_AT + 30 * DAY
ACTIVATED_ONCE = (
    "UNIQUE constraint failed: transactions_transaction.bucket_id"
    if connection.vendor == "sqlite"
    else "transaction_activates_a_bucket_once"
)
EXPIRED_ONCE = (
    "UNIQUE constraint failed: transactions_transaction.bucket_id"
    if connection.vendor == "sqlite"
    else "transaction_expires_a_bucket_once"
)


def spoil(bucket: Bucket, *, type_: str, points: int, pending_points: int) -> None:
    """Tell of a bucket what has not happened yet, so that it cannot be told again."""
    Transaction.objects.create(
        card=bucket.card,
        bucket=bucket,
        type=type_,
        points=points,
        pending_points=pending_points,
        effective_at=bucket.earned_at,
        created_at=bucket.earned_at,
    )


def spoil_activation(bucket: Bucket) -> None:
    spoil(bucket, type_="PENDING_POINTS_ACTIVATED", points=1, pending_points=-1)


def spoil_expiry(bucket: Bucket) -> None:
    spoil(bucket, type_="POINTS_EXPIRED", points=-1, pending_points=0)


def test_a_run_tells_what_was_done_and_how_late(now: datetime) -> None:
    make_backlog(buckets=25)

    run = sweeps.activate_due(now=DUE_AT + 3 * DAY, batch_size=10)

    run = SweepRun.objects.get(pk=run.pk)
    assert (run.name, run.until) == ("ACTIVATE_DUE", DUE_AT + 3 * DAY)
    assert (run.batches, run.buckets, run.points) == (3, 25, 5_000)
    assert (run.lag, run.error) == (3 * DAY, "")
    assert run.started_at == DUE_AT + 3 * DAY
    assert run.finished_at is not None
    assert run.started_at <= run.finished_at < run.started_at + DAY


def test_the_lag_is_that_of_the_row_that_was_due_longest(now: datetime) -> None:
    card = make_backlog(buckets=1, valid_to=LAPSED)[0]
    sweeps.activate_due(now=LAPSED)
    grant(card, 5, now=LAPSED, days=10)

    assert sweeps.expire_due(now=LAPSED + 20 * DAY).lag == 20 * DAY
    assert sweeps.expire_due(now=LAPSED + 20 * DAY).lag is None


def test_passes_that_find_nothing_share_one_row(db: None, now: datetime) -> None:
    looks = [sweeps.activate_due(now=now + n * DAY) for n in range(3)]

    assert SweepRun.objects.count() == 1
    assert len({look.pk for look in looks}) == 1
    row = SweepRun.objects.get()
    assert (row.started_at, row.until) == (now + 2 * DAY, now + 2 * DAY)
    assert (row.batches, row.buckets, row.lag) == (0, 0, None)


def test_each_sweep_has_an_empty_row_of_its_own(db: None, now: datetime) -> None:
    for _ in range(2):
        for sweep in (
            sweeps.activate_due,
            sweeps.expire_due,
            sweeps.process_requests,
        ):
            sweep(now=now)

    names = SweepRun.objects.order_by("name").values_list("name", flat=True)
    assert list(names) == ["ACTIVATE_DUE", "EXPIRE_DUE", "PROCESS_REQUESTS"]


def test_an_empty_pass_never_overwrites_a_run_that_did_something(now: datetime) -> None:
    make_backlog(buckets=1)
    sweeps.activate_due(now=NOW)
    sweeps.activate_due(now=NOW + DAY)
    sweeps.activate_due(now=NOW + 2 * DAY)

    runs = SweepRun.objects.order_by("pk").values_list("buckets", "started_at")
    assert list(runs) == [(1, NOW), (0, NOW + 2 * DAY)]


def test_progress_is_told_after_each_batch(now: datetime) -> None:
    make_backlog(buckets=25)
    told: list[int] = []

    sweeps.activate_due(now=NOW, batch_size=10, progress=told.append)

    assert told == [10, 10, 5]


def test_a_pass_asked_to_stop_stops_between_two_batches(now: datetime) -> None:
    make_backlog(buckets=25)
    answers = iter([True, True, False, False])

    run = sweeps.activate_due(now=NOW, batch_size=10, keep_going=lambda: next(answers))

    assert (run.batches, run.buckets, run.error) == (2, 20, "")
    assert run.finished_at is not None
    assert Bucket.objects.filter(status="PENDING").count() == 5
    assert Transaction.objects.filter(type="PENDING_POINTS_ACTIVATED").count() == 20
    assert sweeps.activate_due(now=NOW).buckets == 5


@pytest.mark.parametrize("batch_size", [1, 4, 10_000])
def test_a_bucket_that_the_database_refuses_does_not_stop_the_others(
    now: datetime, batch_size: int
) -> None:
    make_backlog(buckets=9)
    at_fault = list(Bucket.objects.order_by("pk"))[3:5]
    for bucket in at_fault:
        spoil_activation(bucket)

    run = sweeps.activate_due(now=NOW, batch_size=batch_size)

    assert (run.buckets, run.points) == (7, 1_400)
    assert run.error.count(ACTIVATED_ONCE) == 2
    left = Bucket.objects.filter(status="PENDING").order_by("pk")
    assert list(left) == at_fault


def test_the_error_names_the_bucket_that_is_passed_over(now: datetime) -> None:
    make_backlog(buckets=3)
    at_fault = Bucket.objects.order_by("pk")[1]
    spoil_activation(at_fault)

    run = sweeps.activate_due(now=NOW)

    assert f"bucket {at_fault.pk}" in run.error.lower()


def test_a_bucket_that_cannot_expire_does_not_stop_the_others(now: datetime) -> None:
    make_backlog(buckets=5, valid_to=LAPSED)
    sweeps.activate_due(now=NOW)
    at_fault = Bucket.objects.order_by("pk")[2]
    spoil_expiry(at_fault)

    run = sweeps.expire_due(now=LAPSED)

    assert run.buckets == 4
    assert EXPIRED_ONCE in run.error
    assert Bucket.objects.get(status="ACTIVE") == at_fault


@pytest.mark.parametrize("sweep", [sweeps.activate_due, sweeps.expire_due])
@pytest.mark.parametrize("fault", [spoil_activation, spoil_expiry])
def test_an_overdrawn_card_at_fault_does_not_stop_the_other_cards(
    now: datetime, sweep: Any, fault: Any
) -> None:
    at_fault, other = owing_card(10, now=now), owing_card(10, now=now)
    third = card_with()
    spoiled = grant(at_fault, 50, now=now, waits_days=5, days=30)
    fault(spoiled)
    for card in (at_fault, other, third):
        grant(card, 50, now=now, waits_days=5, days=30)

    run = sweep(now=now + 31 * DAY)

    assert "constraint" in run.error
    repaid = Transaction.objects.filter(type="OVERDRAFT_REPAID")
    assert repaid.filter(card=other).exists()
    wanted = "ACTIVE" if sweep is sweeps.activate_due else "EXPIRED"
    # A card that owes points is settled as a whole, whichever sweep comes first.
    assert set(other.buckets.values_list("status", flat=True)) == {"EXPIRED"}
    assert set(third.buckets.values_list("status", flat=True)) == {wanted}
    assert_adds_up(other)
    assert_adds_up(third)


def test_a_failure_is_kept_in_the_run_and_raised(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_backlog(buckets=15)
    real, calls = statements.do_batch, []

    def fails_the_second_time(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise OperationalError("the disk is full")
        return real(*args, **kwargs)

    monkeypatch.setattr(statements, "do_batch", fails_the_second_time)
    with pytest.raises(OperationalError):
        sweeps.activate_due(now=NOW, batch_size=10)

    run = SweepRun.objects.get()
    assert (run.buckets, run.error) == (10, "OperationalError: the disk is full\n")
    assert run.finished_at is not None
    assert sweeps.activate_due(now=NOW).buckets == 5


def test_the_triggers_let_the_sweeps_write_and_stay_in_place(now: datetime) -> None:
    make_backlog(buckets=2, valid_to=LAPSED)
    sweeps.activate_due(now=NOW)
    sweeps.expire_due(now=LAPSED)

    assert triggers.missing(connection) == []
