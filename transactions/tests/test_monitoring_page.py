"""The monitoring page: what it tells of worker, sweeps, requests, holds and jobs."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Card
from schemes.tests.admin_forms import sql_of
from transactions import jobs, ledger, sweeps
from transactions.admin import monitoring
from transactions.models import Bucket, Job, SweepRun, Transaction
from transactions.tests.queue_pages import MONITORING, make_queue, overdue

pytestmark = pytest.mark.django_db

PENDING = {"pending_mode": "PERIOD_BASED", "pending_period": "9D"}


@pytest.fixture
def card(db):
    (card,) = make_queue(1, **PENDING)
    return card


@pytest.fixture
def manager(staff_client, card):
    return staff_client("Manager", card.member.unit)


def text_of(client):
    answer = client.get(reverse(MONITORING))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().replace("\xa0", " ").split())


def press(client, name, *arguments, **how):
    return client.post(reverse(f"{MONITORING}_{name}", args=arguments), **how)


def reject(card):
    """A request that was rejected, as the card was blocked when the worker came."""
    bucket = Bucket.objects.get(card=card)
    request = ledger.request_cancellation(bucket=bucket, now=timezone.now())
    Card.objects.filter(pk=card.pk).update(status="BLOCKED")
    sweeps.process_requests(now=timezone.now())
    Card.objects.filter(pk=card.pk).update(status="ACTIVE")
    return request


# --- What it tells --------------------------------------------------------------------


def test_a_worker_that_is_away_is_told_in_red(manager):
    assert "No worker has ever looked for work" in text_of(manager)
    now = timezone.now()
    run = sweeps.activate_due(now=now)
    assert "A worker looked for work less than a minute ago." in text_of(manager)
    earlier = now - timedelta(minutes=5)
    SweepRun.objects.filter(pk=run.pk).update(started_at=earlier, finished_at=earlier)
    assert "No worker has looked for work since" in text_of(manager)


def test_what_is_due_and_not_written_is_counted_for_own_units(manager, card):
    overdue(card)
    overdue(make_queue(1)[0])
    assert text_of(manager).count("Due and not written yet: <strong") == 3
    assert ">1</strong>" in text_of(manager)


def test_how_much_the_sweeps_did_and_to_what_is_for_superusers(manager, admin_client):
    now = timezone.now()
    SweepRun.objects.create(
        name="EXPIRE_DUE",
        until=now,
        started_at=now,
        finished_at=now,
        buckets=4321,
        points=87654,
        lag=timedelta(seconds=75),
        error="bucket 7: secret",
    )
    for told in ("4,321", "87,654", "bucket 7: secret"):
        assert told in text_of(admin_client)
        assert told not in text_of(manager)
    assert "0:01:15" in text_of(manager)
    assert "It told of an error." in text_of(manager)


def test_requests_that_wait_and_that_were_rejected_are_told(manager, card):
    reject(card)
    text = text_of(manager)
    assert f"Pending points canceled, {card.code}" in text
    assert "is blocked" in text
    bucket = Bucket.objects.get(card=card)
    ledger.request_activation(bucket=bucket, now=timezone.now())
    assert "Waiting for the worker: <strong" in text_of(manager)
    assert "the oldest since" in text_of(manager)


def test_what_was_rejected_long_ago_is_no_news(manager, card, monkeypatch):
    reject(card)
    monkeypatch.setattr(monitoring, "LATELY", timedelta(0))
    assert "None was rejected in the last seven days." in text_of(manager)


def test_open_holds_are_told_with_their_points(manager, card):
    now = timezone.now()
    ledger.credit(card=card, points=50, now=now)
    ledger.hold(card=card, points=30, until=now + timedelta(hours=1), now=now)
    assert "open holds with 30 points" in text_of(manager)
    assert "The next lapses at" in text_of(manager)


def test_other_units_requests_holds_and_jobs_are_not_told(manager):
    (theirs,) = make_queue(1, **PENDING)
    reject(theirs)
    now = timezone.now()
    ledger.credit(card=theirs, points=50, now=now)
    ledger.hold(card=theirs, points=30, until=now + timedelta(hours=1), now=now)
    ask(theirs)
    text = text_of(manager)
    assert theirs.code not in text
    assert "No points are held for a spend." in text
    assert "everything that staff asked for is done" in text


def test_the_page_takes_as_many_statements_however_much_there_is(manager, card):
    reject(card)
    ask(card)
    few = len(sql_of(manager, reverse(MONITORING)))
    for other in make_queue(3, **PENDING):
        reject(other)
    for _ in range(3):
        ask(card)
        sweeps.activate_due(now=timezone.now())
    assert len(sql_of(manager, reverse(MONITORING))) <= few + 3 <= 30


# --- What can be pressed --------------------------------------------------------------


def ask(card):
    return jobs.start_buckets(
        kind=Job.Kind.CANCEL_BUCKETS,
        unit=card.member.unit,
        buckets=Bucket.objects.filter(card=card),
        actor="staff:anna",
        reason="A test",
        now=timezone.now(),
    )


def test_a_sweep_is_run_by_hand(manager, card):
    late = overdue(card)
    answer = press(manager, "run", "ACTIVATE_DUE", follow=True)
    assert "The sweep ran." in answer.content.decode()
    late.refresh_from_db()
    assert late.status == "ACTIVE"
    assert SweepRun.objects.get().buckets == 1


def test_a_pass_by_hand_ends_after_some_seconds_and_says_that_more_is_left(
    manager, card, monkeypatch
):
    for _ in range(3):
        overdue(card)
    monkeypatch.setattr(monitoring, "ROWS_IN_A_BATCH", 1)
    ticks = iter([0, 1, 2, 99, 99, 99, 99])
    monkeypatch.setattr(monitoring.time, "monotonic", lambda: next(ticks, 99))
    answer = press(manager, "run", "ACTIVATE_DUE", follow=True)
    assert "more is left" in answer.content.decode()
    assert Bucket.objects.filter(status="ACTIVE").count() < 3


def test_a_sweep_that_fails_is_told_and_no_error_page(manager, monkeypatch):
    def busy(**how):
        raise OperationalError("locked")

    name = SweepRun.Name.EXPIRE_DUE
    broken = replace(monitoring.SWEEPS[name], run=busy)
    monkeypatch.setattr(monitoring, "SWEEPS", {**monitoring.SWEEPS, name: broken})
    answer = press(manager, "run", "EXPIRE_DUE", follow=True)
    assert "The sweep failed." in answer.content.decode()


def test_a_rejected_request_is_asked_for_again(manager, card):
    rejected = reject(card)
    answer = press(manager, "again", rejected.pk, follow=True)
    assert "the worker decides" in answer.content.decode()
    again = Transaction.objects.get(status="PENDING")
    assert (again.bucket_id, again.type) == (rejected.bucket_id, rejected.type)
    assert again.actor == f"staff:{manager.user.get_username()}"
    twice = press(manager, "again", rejected.pk, follow=True)
    assert "is being processed" in twice.content.decode()
    sweeps.process_requests(now=timezone.now())
    assert Bucket.objects.get(card=card).status == "CANCELED"


def test_what_came_of_a_rejected_request_since_leaves_nothing_to_press(manager, card):
    rejected = reject(card)
    button = reverse(
        "admin:transactions_sweeprun_monitoring_again", args=(rejected.pk,)
    )
    assert button in text_of(manager)
    press(manager, "again", rejected.pk)
    text = text_of(manager)
    assert button not in text
    assert "Dealt with since." in text


def test_a_failed_job_goes_on_from_here(manager, card):
    job = ask(card)
    Job.objects.filter(pk=job.pk).update(
        status="FAILED", error="ValueError: no", finished_at=timezone.now()
    )
    assert "ValueError: no" in text_of(manager)
    steer = reverse("admin:transactions_job_steer", args=(job.pk, "retry"))
    answer = manager.post(steer, {"back": "monitoring"})
    assert answer.url == reverse(MONITORING)
    job.refresh_from_db()
    assert job.status == "WAITING"


# --- Who may --------------------------------------------------------------------------

RUNS = ("ACTIVATE_DUE", "EXPIRE_DUE", "PROCESS_REQUESTS")


@pytest.mark.parametrize("role", ["", "Viewer", "Agent", "Finance"])
def test_who_may_not_watch_is_refused_also_by_forged_posts(staff_client, card, role):
    rejected = reject(card)
    SweepRun.objects.all().delete()
    client = staff_client(role, card.member.unit)
    assert client.get(reverse(MONITORING)).status_code == 403
    for name in RUNS:
        assert press(client, "run", name).status_code == 403
    assert press(client, "again", rejected.pk).status_code == 403
    assert not SweepRun.objects.exists()
    assert not Transaction.objects.filter(status="PENDING").exists()


def test_who_may_only_watch_presses_nothing(staff_client, card):
    rejected = reject(card)
    client = staff_client(
        "", card.member.unit, permissions=["transactions.view_monitoring"]
    )
    text = text_of(client)
    assert "Run it now" not in text
    assert "Ask again" not in text
    for name in RUNS:
        assert press(client, "run", name).status_code == 403
    assert press(client, "again", rejected.pk).status_code == 403


def test_another_unit_s_request_is_not_there(manager):
    rejected = reject(make_queue(1, **PENDING)[0])
    assert press(manager, "again", rejected.pk).status_code == 404


def test_only_posts_of_the_page_do_something(manager, card):
    rejected = reject(card)
    SweepRun.objects.all().delete()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(manager.user)
    for name, argument in (("run", "ACTIVATE_DUE"), ("again", rejected.pk)):
        address = reverse(f"{MONITORING}_{name}", args=(argument,))
        assert manager.get(address).status_code == 405
        assert strict.post(address).status_code == 403
    assert press(manager, "run", "DROP_ALL").status_code == 404
    assert press(manager, "again", 10**17).status_code == 404
    assert not SweepRun.objects.exists()
