import json
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from loyalty.errors import BadInput
from loyalty.testing import race
from transactions import jobs, ledger
from transactions.jobs import buckets as bucket_jobs
from transactions.jobs import running
from transactions.models import Bucket, Job, JobRefusal, Transaction
from transactions.tests.bucket_jobs import (
    ACTIVATE,
    CANCEL,
    LATER,
    NOW,
    ask,
    clock,
    make_cards,
    run,
)
from transactions.tests.grants import grant
from transactions.tests.helpers import assert_adds_up, shut
from transactions.tests.racing import row_locks


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(bucket_jobs, "PIECE", 3)


def statuses():
    return set(Bucket.objects.values_list("status", flat=True))


@pytest.mark.parametrize(
    ("kind", "becomes", "type_"),
    [
        (ACTIVATE, "ACTIVE", "PENDING_POINTS_ACTIVATED"),
        (CANCEL, "CANCELED", "PENDING_POINTS_CANCELED"),
    ],
)
def test_each_bucket_is_done_once_and_says_why_and_by_whom(
    db, small_pieces, kind, becomes, type_
):
    cards = make_cards(4, buckets_each=2)
    job = run(ask(cards, kind=kind))
    assert (job.status, job.total, job.done, job.refused) == ("DONE", 8, 8, 0)
    assert job.points == 4 * (10 + 11)
    assert statuses() == {becomes}
    written = Transaction.objects.filter(type=type_)
    assert {(each.actor, each.reason) for each in written} == {
        ("staff:anna", "A till counted twice.")
    }
    assert len({each.bucket_id for each in written}) == len(written) == 8
    assert all(str(job.uuid) in each.idempotency_key for each in written)
    for card in cards:
        assert_adds_up(card)


def test_due_buckets_of_one_card_are_all_activated_and_none_is_refused(db):
    cards = make_cards(2, buckets_each=3)
    due = NOW + timedelta(days=6)
    job = jobs.run_now(job=ask(cards, kind=ACTIVATE), clock=lambda: due)
    assert (job.done, job.refused, job.points) == (6, 0, 2 * (10 + 11 + 12))
    assert statuses() == {"ACTIVE"}
    for card in cards:
        assert_adds_up(card)


def test_what_is_granted_after_it_was_asked_for_is_left_alone(db):
    cards = make_cards(1)
    job = ask(cards)
    later = grant(cards[0], 99, now=NOW, waits_days=5)
    run(job)
    later.refresh_from_db()
    assert (job.total, later.status) == (1, "PENDING")


def test_buckets_of_another_unit_are_never_taken_along(db):
    mine, theirs = make_cards(2), make_cards(2)
    job = run(ask(mine))
    assert job.done == 2
    left = Bucket.objects.filter(status="PENDING").values_list("card_id", flat=True)
    assert set(left) == {card.pk for card in theirs}


def test_a_refused_bucket_is_listed_and_stops_no_other(db, small_pieces):
    cards = make_cards(4)
    shut(cards[1], "blocked card", now=NOW)
    job = run(ask(cards))
    assert (job.status, job.done, job.refused) == ("DONE", 3, 1)
    refusal = JobRefusal.objects.get(job=job)
    assert refusal.row == Bucket.objects.get(card=cards[1]).pk
    assert refusal.key == "card_not_active"
    assert "blocked" in refusal.message
    assert_adds_up(cards[1])


def test_a_bucket_that_the_database_refuses_stops_no_other(db):
    cards = make_cards(7)
    bad = Bucket.objects.get(card=cards[3])
    # Told as activated and yet pending: no verb leaves such rows.
    Transaction.objects.create(
        card=bad.card,
        bucket=bad,
        type="PENDING_POINTS_ACTIVATED",
        points=bad.points,
        pending_points=-bad.points,
        effective_at=NOW,
        created_at=NOW,
    )
    job = run(ask(cards, kind=ACTIVATE))
    assert (job.status, job.done, job.refused) == ("DONE", 6, 1)
    refusal = JobRefusal.objects.get(job=job)
    assert (refusal.row, refusal.key) == (bad.pk, "refused_by_database")
    assert "transaction_activates_a_bucket_once" in refusal.message or (
        "bucket_id" in refusal.message
    )


def test_a_crash_in_the_middle_of_a_piece_does_no_bucket_twice(
    db, small_pieces, monkeypatch
):
    cards = make_cards(8)
    job = ask(cards)

    class Killed(BaseException):
        """As a signal would: nothing of ours catches it."""

    def killed(refusals):
        if Bucket.objects.filter(status="CANCELED").count() > 3:
            raise Killed  # after the rows were written, before the commit

    with monkeypatch.context() as patch:
        patch.setattr(JobRefusal.objects, "bulk_create", killed)
        with pytest.raises(Killed):
            jobs.run_jobs(clock=clock)
    job.refresh_from_db()
    assert (job.status, job.done, job.position) == ("RUNNING", 3, 1)
    assert Bucket.objects.filter(status="CANCELED").count() == 3

    # The worker that was killed says nothing; after a while another one goes on.
    assert jobs.run_jobs(clock=clock) == 0
    jobs.run_jobs(clock=lambda: LATER + running.SILENCE * 2)
    job.refresh_from_db()
    assert (job.status, job.done, job.refused) == ("DONE", 8, 0)
    assert Transaction.objects.filter(type="PENDING_POINTS_CANCELED").count() == 8
    for card in cards:
        assert_adds_up(card)


def test_a_busy_database_leaves_the_job_to_be_gone_on_with_at_once(
    db, small_pieces, monkeypatch
):
    cards = make_cards(4)
    job = ask(cards)
    with monkeypatch.context() as patch:

        def busy(**how):
            raise OperationalError("deadlock detected")

        patch.setattr(ledger, "batch", busy)
        with pytest.raises(OperationalError):
            jobs.run_jobs(clock=clock)
    assert run(job).done == 4


def test_a_piece_ends_where_a_card_ends(db, small_pieces):
    job = ask(make_cards(4, buckets_each=2))
    pieces = [json.loads(bytes(each.content)) for each in job.chunks.order_by("number")]
    cards = [{Bucket.objects.get(pk=pk).card_id for pk in piece} for piece in pieces]
    assert [len(piece) for piece in pieces] == [2, 2, 2, 2]
    assert [len(each) for each in cards] == [1, 1, 1, 1]


def test_a_piece_takes_as_many_statements_for_many_buckets_as_for_few(db):
    def statements(cards):
        job = ask(cards, kind=ACTIVATE)
        with CaptureQueriesContext(connection) as told:
            jobs.run_now(job=job, clock=clock)
        return len(told)

    assert statements(make_cards(2)) == statements(make_cards(9, buckets_each=2))


def test_a_job_canceled_midway_keeps_what_is_done_and_can_go_on(db, small_pieces):
    cards = make_cards(7)
    job = ask(cards)
    looks = iter([True, False])
    jobs.run_jobs(clock=clock, keep_going=lambda: next(looks, False))
    jobs.cancel(job=job, now=LATER)
    run(job)
    assert (job.status, job.done) == ("CANCELED", 3)
    assert Bucket.objects.filter(status="PENDING").count() == 4
    jobs.retry(job=job, now=LATER)
    run(job)
    assert (job.status, job.done) == ("DONE", 7)


@row_locks
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_each_bucket_once(small_pieces):
    cards = make_cards(20, buckets_each=2)
    both = [ask(cards, kind=CANCEL), ask(cards, kind=ACTIVATE)]

    def work():
        return jobs.run_jobs(clock=clock)

    outcomes = race(work, work, work)
    assert all(isinstance(outcome, int) for outcome in outcomes), outcomes
    for job in both:
        job.refresh_from_db()
        assert (job.status, job.done + job.refused) == ("DONE", 40)
    assert sum(job.done for job in both) == 40
    moved = Transaction.objects.filter(
        type__in=["PENDING_POINTS_CANCELED", "PENDING_POINTS_ACTIVATED"]
    )
    assert len(set(moved.values_list("bucket_id", flat=True))) == moved.count() == 40
    for card in cards:
        assert_adds_up(card)


def test_a_short_job_is_done_where_it_was_asked_for(db):
    job = jobs.run_now(job=ask(make_cards(2)), clock=clock)
    assert (job.status, job.done) == ("DONE", 2)


def test_a_job_that_a_worker_has_is_left_to_it(db):
    job = ask(make_cards(2))
    Job.objects.filter(pk=job.pk).update(status="RUNNING", alive_at=LATER)
    job = jobs.run_now(job=job, clock=clock)
    assert (job.status, job.done) == ("RUNNING", 0)


@pytest.mark.parametrize("reason", ["", "  "])
def test_nothing_is_asked_for_without_a_reason(db, reason):
    with pytest.raises(BadInput) as caught:
        ask(make_cards(1), reason=reason)
    assert caught.value.field == "reason"
    assert not Job.objects.exists()


def test_nothing_is_asked_for_where_nothing_waits(db):
    cards = make_cards(1)
    with pytest.raises(jobs.NothingWaits):
        ask(cards, buckets=Bucket.objects.none())


def test_too_many_buckets_are_asked_for_in_parts(db, monkeypatch):
    monkeypatch.setattr(bucket_jobs, "MOST", 2)
    with pytest.raises(BadInput, match="narrow the filter"):
        ask(make_cards(3))
