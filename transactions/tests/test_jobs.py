from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.db import OperationalError
from django.utils import timezone

from loyalty.errors import BadInput
from loyalty.testing import race
from schemes.tests.factories import UnitFactory
from transactions import jobs
from transactions.jobs import running
from transactions.jobs.asking import JobEnded, JobNotFailed
from transactions.jobs.running import SILENCE
from transactions.models import Job, JobChunk
from transactions.tests.racing import row_locks

NOW = datetime(2025, 6, 10, 12, tzinfo=UTC)
KIND = Job.Kind.ACTIVATE_BUCKETS
ROWS = 7


def clock():
    return NOW


@pytest.fixture
def seen(monkeypatch):
    """A kind of job that does three of its rows at a time, and tells which."""
    rows = []

    def step(job, now):
        piece = list(range(job.position, min(job.position + 3, ROWS)))
        rows.extend(piece)
        position = job.position + len(piece)
        return jobs.Step(
            position=position,
            done=len(piece),
            points=10 * len(piece),
            finished=position == ROWS,
        )

    monkeypatch.setattr(running, "KINDS", {KIND: step})
    return rows


@pytest.fixture
def fails(monkeypatch):
    """Let the job's next piece fail with an error."""

    def use(error):
        def step(job, now):
            raise error

        monkeypatch.setattr(running, "KINDS", {KIND: step})

    return use


@pytest.fixture
def ticking():
    """A clock that goes on a second whenever it is read."""
    seconds = count(1)
    return lambda: NOW + timedelta(seconds=next(seconds))


def make_job(*, asked_at=NOW, **columns):
    return jobs.start(
        kind=KIND,
        unit=UnitFactory(),
        actor="staff:anna",
        now=asked_at,
        parameters={},
        total=ROWS,
        **columns,
    )


def test_a_job_does_all_its_rows_in_pieces(db, seen):
    job = make_job()
    assert jobs.run_jobs(clock=clock) == 3
    job.refresh_from_db()
    assert seen == list(range(ROWS))
    assert (job.status, job.done, job.points) == (Job.Status.DONE, ROWS, 10 * ROWS)
    assert (job.started_at, job.finished_at, job.percent) == (NOW, NOW, 100)


def test_nothing_is_done_where_no_job_is_open(db, seen):
    assert jobs.run_jobs(clock=clock) == 0


def test_jobs_take_turns_the_one_that_waits_longest_first(db, seen, ticking):
    jobs_ = [make_job(), make_job()]
    told = []

    def keep_going():
        told.append(list(Job.objects.order_by("pk").values_list("done", flat=True)))
        return True

    jobs.run_jobs(clock=ticking, keep_going=keep_going)
    assert told[:4] == [[0, 0], [3, 0], [3, 3], [6, 3]]
    assert Job.objects.filter(status="DONE").count() == len(jobs_)


def test_a_short_job_asked_for_after_a_long_one_ends_before_it(
    db, monkeypatch, ticking
):
    rows = {"long": 50, "short": 2}

    def step(job, now):
        position = job.position + 1
        return jobs.Step(position=position, finished=position == rows[job.reason])

    monkeypatch.setattr(running, "KINDS", {KIND: step})
    long = make_job(reason="long")
    jobs.run_jobs(clock=ticking, keep_going=iter([True] * 5 + [False]).__next__)
    short = make_job(reason="short", asked_at=ticking())
    # The worker looks after other things, too, and comes back.
    assert jobs.run_jobs(clock=ticking, keep_going=iter([True] * 4 + [False]).__next__)
    short.refresh_from_db()
    long.refresh_from_db()
    assert (short.status, long.status) == ("DONE", "RUNNING")
    assert long.position == 5 + 2
    jobs.run_jobs(clock=ticking)
    long.refresh_from_db()
    assert (long.status, long.position) == ("DONE", 50)


def test_new_jobs_do_not_keep_an_old_one_from_its_turn(db, seen, ticking):
    old = make_job()
    for _ in range(3):
        make_job(asked_at=ticking())
        looks = iter([True, True, False])
        jobs.run_jobs(clock=ticking, keep_going=looks.__next__)
    old.refresh_from_db()
    assert old.status == Job.Status.DONE


def test_a_job_that_fails_to_reach_the_database_lets_others_have_their_turn(
    db, monkeypatch, ticking
):
    def step(job, now):
        if job.reason == "stuck":
            raise OperationalError("canceling statement due to lock timeout")
        return jobs.Step(position=1, finished=True)

    monkeypatch.setattr(running, "KINDS", {KIND: step})
    make_job(reason="stuck")
    other = make_job()
    with pytest.raises(OperationalError):
        jobs.run_jobs(clock=ticking)
    with pytest.raises(OperationalError):
        jobs.run_jobs(clock=ticking)
    other.refresh_from_db()
    assert other.status == Job.Status.DONE


@row_locks
@pytest.mark.django_db(transaction=True)
def test_several_workers_share_jobs_and_never_a_piece(seen):
    made = [make_job() for _ in range(4)]

    def work():
        return jobs.run_jobs(clock=timezone.now)

    outcomes = race(work, work, work)
    assert sum(outcomes) == 4 * 3, outcomes
    assert sorted(seen) == sorted(list(range(ROWS)) * len(made))
    assert set(Job.objects.values_list("status", "done")) == {("DONE", ROWS)}


def test_a_job_that_is_left_is_gone_on_with_where_it_stopped(db, seen):
    job = make_job()
    looks = iter([True, False])
    jobs.run_jobs(clock=clock, keep_going=lambda: next(looks, False))
    job.refresh_from_db()
    assert (job.status, job.done, job.percent) == (Job.Status.RUNNING, 3, 42)
    jobs.run_jobs(clock=clock)
    assert seen == list(range(ROWS))


def test_a_job_that_another_worker_holds_is_left_to_it(db, seen):
    job = make_job()
    Job.objects.filter(pk=job.pk).update(status="RUNNING", alive_at=NOW)
    assert jobs.run_jobs(clock=clock) == 0


def test_a_job_whose_worker_died_is_gone_on_with(db, seen):
    job = make_job()
    long_ago = NOW - SILENCE - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(
        status="RUNNING", alive_at=long_ago, position=3
    )
    jobs.run_jobs(clock=clock)
    assert seen == [3, 4, 5, 6]


def test_a_canceled_job_stops_after_its_piece_and_keeps_what_is_done(db, seen):
    job = make_job()

    def keep_going():
        if seen and Job.objects.get(pk=job.pk).is_open:
            jobs.cancel(job=job, now=NOW)
        return True

    jobs.run_jobs(clock=clock, keep_going=keep_going)
    job.refresh_from_db()
    assert (job.status, job.done, seen) == (Job.Status.CANCELED, 3, [0, 1, 2])


def test_a_job_canceled_between_its_claim_and_its_piece_does_nothing(db, seen):
    job = make_job()
    reads = []

    def canceling_clock():
        reads.append(NOW)
        if len(reads) == 2:  # it is claimed
            jobs.cancel(job=job, now=NOW)
        return NOW

    assert jobs.run_jobs(clock=canceling_clock) == 0
    assert not seen
    job.refresh_from_db()
    assert job.status == Job.Status.CANCELED


def test_a_job_that_has_ended_cannot_be_canceled(db, seen):
    job = make_job()
    jobs.run_jobs(clock=clock)
    with pytest.raises(JobEnded):
        jobs.cancel(job=job, now=NOW)


def test_a_refusal_ends_the_job_with_its_sentence(db, fails):
    fails(BadInput("The header is wrong."))
    job = make_job()
    jobs.run_jobs(clock=clock)
    job.refresh_from_db()
    assert (job.status, job.error) == (Job.Status.FAILED, "The header is wrong.")
    assert job.finished_at == NOW


def test_an_unforeseen_error_ends_the_job_and_not_the_worker(db, fails, caplog):
    fails(ZeroDivisionError("division by zero"))
    job, other = make_job(), make_job()
    jobs.run_jobs(clock=clock)
    job.refresh_from_db()
    other.refresh_from_db()
    assert job.error == "ZeroDivisionError: division by zero"
    assert other.status == Job.Status.FAILED
    assert "failed" in caplog.text


def test_a_database_that_is_away_leaves_the_job_open(db, fails):
    fails(OperationalError("gone"))
    job = make_job()
    with pytest.raises(OperationalError):
        jobs.run_jobs(clock=clock)
    job.refresh_from_db()
    assert job.status == Job.Status.RUNNING


def test_a_failed_job_goes_on_when_it_is_retried(db, fails, request):
    fails(ValueError("no"))
    job = make_job()
    jobs.run_jobs(clock=clock)
    job = jobs.retry(job=job, now=NOW)
    assert (job.status, job.error, job.finished_at) == (Job.Status.WAITING, "", None)
    seen = request.getfixturevalue("seen")
    jobs.run_jobs(clock=clock)
    assert seen == list(range(ROWS))


def test_only_a_failed_or_canceled_job_is_retried(db, seen):
    job = make_job()
    with pytest.raises(JobNotFailed):
        jobs.retry(job=job, now=NOW)


def test_the_rows_of_an_empty_job_are_all_done(db):
    assert Job(total=0).percent == 100
    assert Job(total=None).percent is None


def test_a_file_is_read_as_it_was_written(db):
    job = make_job()
    output = JobChunk.File.OUTPUT
    for content in (b"a,b\n", b"", b"1,2\n"):
        jobs.append(job=job, file=output, content=content)
    assert list(jobs.read(job=job, file=output)) == [b"a,b\n", b"1,2\n"]
    assert jobs.content(job=job, file=output) == b"a,b\n1,2\n"
    assert jobs.content(job=job, file=JobChunk.File.INPUT) == b""
