"""Exports as jobs: files too long to wait for.

The position of such a job is the primary key of the last row that was written.
"""

from datetime import date, datetime

from schemes.models import Scheme
from transactions.exports import EXPORTS, Ask, page
from transactions.jobs import files
from transactions.jobs.asking import start
from transactions.jobs.steps import Step
from transactions.models import Job, JobChunk


def start_export(*, kind: Job.Kind, ask: Ask, actor: str) -> Job:
    """Have the worker make a file."""
    return start(
        kind=kind,
        unit=ask.scheme.unit,
        actor=actor,
        now=ask.now,
        parameters={
            "scheme": ask.scheme.pk,
            "first": ask.first and ask.first.isoformat(),
            "last": ask.last and ask.last.isoformat(),
            "name": file_name(kind=kind, ask=ask),
        },
    )


def file_name(*, kind: str, ask: Ask) -> str:
    """A name that says what is in the file, and of when."""
    what = kind.removeprefix("EXPORT_").lower()
    kept = "".join(sign if sign.isalnum() else "-" for sign in ask.scheme.reference)
    day = ask.now.astimezone(ask.zone).date()
    return f"{what}-{kept.lower()[:60]}-{day}.csv"


def export_rows(job: Job, now: datetime) -> Step:
    """Write the next piece of the file."""
    told = job.parameters
    scheme = Scheme.objects.select_related("unit").get(
        pk=told["scheme"], unit=job.unit_id
    )
    ask = Ask(
        scheme=scheme, now=now, first=_day(told["first"]), last=_day(told["last"])
    )
    export = EXPORTS[job.kind]
    if job.total is None and not export.whole:
        job.total = export.rows(ask).order_by().count()
    piece = page(export, ask, position=job.position)
    files.append(job=job, file=JobChunk.File.OUTPUT, content=piece.content)
    return Step(position=piece.position, done=piece.lines, finished=piece.finished)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
