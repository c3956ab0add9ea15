"""The runner: claims a job, does a piece of it, and goes on after a crash."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import DatabaseError, OperationalError
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.db.transaction import atomic

from loyalty.errors import Refusal
from transactions.jobs.asking import OPEN
from transactions.jobs.kinds import KINDS
from transactions.models import Job

logger = logging.getLogger(__name__)

# A job whose worker has said nothing for so long is another worker's to go on with.
SILENCE = timedelta(minutes=2)
LONGEST_ERROR = 2_000

Status = Job.Status


def run_jobs(
    *, clock: Callable[[], datetime], keep_going: Callable[[], bool] = lambda: True
) -> int:
    """Do what is open until nothing is left; answers how many pieces that took.

    Jobs take turns, a piece each, so that a short one does not wait for a long one.

    clock: read for each piece; the doors pass the real one.
    keep_going: asked before each piece. A job that is left is gone on with later.
    """
    return _run(Job.objects.all(), clock=clock, keep_going=keep_going)


def run_now(*, job: Job, clock: Callable[[], datetime]) -> Job:
    """Do a short job at once, where it was asked for. Answers it as it is then.

    A worker that was quicker has it already, and a busy database leaves it to one.
    """
    with suppress(OperationalError):
        _run(Job.objects.filter(pk=job.pk), clock=clock, keep_going=lambda: True)
    job.refresh_from_db()
    return job


def _run(
    jobs: QuerySet[Job],
    *,
    clock: Callable[[], datetime],
    keep_going: Callable[[], bool],
) -> int:
    pieces = 0
    while keep_going():
        job = _claim(jobs, now=clock())
        if job is None:
            break
        pieces += _take_turn(job, clock=clock)
    return pieces


def _claim(jobs: QuerySet[Job], *, now: datetime) -> Job | None:
    """Take the job whose last turn, or whose asking, is the longest ago."""
    free = Q(alive_at=None) | Q(alive_at__lt=now - SILENCE)
    with atomic():
        job = (
            jobs.filter(free, status__in=OPEN)
            .order_by(Coalesce("last_turn_at", "created_at"), "pk")
            .select_for_update(skip_locked=True)
            .first()
        )
        if job is not None:
            job.status = Status.RUNNING
            job.started_at = job.started_at or now
            job.alive_at = job.last_turn_at = now
            job.save(update_fields=["status", "started_at", "alive_at", "last_turn_at"])
    return job


def _take_turn(job: Job, *, clock: Callable[[], datetime]) -> int:
    """Do a piece of a claimed job and leave it; answers how many were done, 0 or 1."""
    try:
        return int(_do_piece(job, now=clock()))
    except OperationalError:
        # The worker tries again later, or another one; the job is where it was.
        with suppress(DatabaseError):
            Job.objects.filter(pk=job.pk).update(alive_at=None)
        raise
    except Exception as error:
        _fail(job, error, now=clock())
        return 0


@atomic
def _do_piece(job: Job, *, now: datetime) -> bool:
    """Do the next piece and leave the job; whether it was still to be done."""
    locked = Job.objects.select_for_update(of=("self",), no_key=True)
    job = locked.select_related("unit").get(pk=job.pk)
    if job.status != Status.RUNNING:
        return False  # it was canceled
    step = KINDS[Job.Kind(job.kind)](job, now)
    job.position = step.position
    job.done += step.done
    job.refused += step.refused
    job.points += step.points
    job.alive_at = None
    if step.finished:
        job.status = Status.DONE
        job.finished_at = now
    job.save()
    return True


def _fail(job: Job, error: Exception, *, now: datetime) -> None:
    if isinstance(error, Refusal):
        told = error.message
    else:
        logger.exception("%s failed.", job)
        told = f"{type(error).__name__}: {error}"
    Job.objects.filter(pk=job.pk, status=Status.RUNNING).update(
        status=Status.FAILED, error=told[:LONGEST_ERROR], finished_at=now, alive_at=None
    )
