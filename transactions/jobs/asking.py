"""What staff say to jobs: start, stop, go on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop as _

from loyalty.errors import Blocked
from schemes.models import Unit
from transactions.jobs.files import KEPT_FOR
from transactions.models import Job

Status = Job.Status
OPEN = (Status.WAITING, Status.RUNNING)


class JobEnded(Blocked):
    """The job is done, canceled or failed already (423)."""

    key = "job_ended"


class JobNotFailed(Blocked):
    """Only a job that failed or was canceled can go on (423)."""

    key = "job_not_failed"


class JobTooOld(Blocked):
    """The job ended so long ago that its files are deleted (423)."""

    key = "job_too_old"


def start(
    *,
    kind: Job.Kind,
    unit: Unit,
    actor: str,
    now: datetime,
    parameters: Mapping[str, Any],
    reason: str = "",
    total: int | None = None,
) -> Job:
    """Ask for a job. `total`: how many rows it is about, if that is known."""
    return Job.objects.create(
        kind=kind,
        unit=unit,
        actor=actor,
        reason=reason,
        parameters=dict(parameters),
        total=total,
        created_at=now,
    )


def cancel(*, job: Job, now: datetime) -> Job:
    """Stop a job after the piece that is being done; what is done stays done.

    :raises JobEnded: if it has ended.
    """
    ended = Job.objects.filter(pk=job.pk, status__in=OPEN).update(
        status=Status.CANCELED, finished_at=now, alive_at=None
    )
    if not ended:
        raise JobEnded(_("%(job)s has ended."), values={"job": str(job)})
    job.refresh_from_db()
    return job


def retry(*, job: Job, now: datetime) -> Job:
    """Go on with a job that failed or was canceled, where it stopped.

    :raises JobNotFailed: if it did neither.
    :raises JobTooOld: if its files may be deleted: it would seem to be done.
    """
    stopped = Job.objects.filter(pk=job.pk, status__in=(Status.FAILED, Status.CANCELED))
    again = stopped.filter(finished_at__gte=now - KEPT_FOR)
    if not again.update(status=Status.WAITING, finished_at=None, error=""):
        if stopped.exists():
            raise JobTooOld(
                _("%(job)s ended long ago: its files are deleted."),
                values={"job": str(job)},
            )
        raise JobNotFailed(_("%(job)s did not fail."), values={"job": str(job)})
    job.refresh_from_db()
    return job
