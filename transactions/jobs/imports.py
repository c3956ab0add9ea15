"""Imports as jobs: a file is checked first, and booked when somebody says so.

The position of such a job is the byte of the file where the next piece begins. A check
does everything that the import will do, piece by piece, and undoes it.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from loyalty.errors import Blocked
from schemes.models import CardDefinition
from transactions.imports.columns import MEMBERS, TRANSACTIONS, Form
from transactions.imports.enrolling import MemberBatch
from transactions.imports.failures import Failure, FailureWriter
from transactions.imports.reading import CsvFile, Row, check_text
from transactions.imports.running import Batch, Report, undone
from transactions.jobs import files
from transactions.jobs.asking import start
from transactions.jobs.steps import Step
from transactions.models import Job, JobChunk, JobRefusal

PIECE = 200
# The error file has all; a page shows so many.
MOST_REFUSALS = 1_000
LONGEST_MESSAGE = 500

Kind = Job.Kind
FORMS: Mapping[str, Form] = {
    Kind.IMPORT_MEMBERS: MEMBERS,
    Kind.IMPORT_TRANSACTIONS: TRANSACTIONS,
}
# What a row may be refused for only because an earlier one has not been booked.
DEPENDS_ON_ROWS_BEFORE = frozenset(
    {"insufficient_points", "order_not_found", "refund_exceeds_order"}
)


class NotChecked(Blocked):
    """Only a file whose check is done can be imported, and once (423)."""

    key = "not_checked"


class RowBatch(Protocol):
    """Rows that are done together."""

    failures: list[Failure]
    report: Report

    def book(self, rows: list[Row]) -> None:
        """Do what can be done; collect what is refused."""


@dataclass(kw_only=True)
class Progress:
    """What a job of this kind remembers from piece to piece, beside its position."""

    header: list[str] = field(default_factory=list)
    line: int = 0
    booked: int = 0
    already_there: int = 0
    members: int = 0
    undecided: int = 0

    @classmethod
    def of(cls, job: Job) -> "Progress":
        """As the last piece left it."""
        return cls(**job.parameters.get("progress", {}))

    def keep(self, job: Job) -> None:
        """Leave it for the next piece; the job's runner saves it."""
        job.parameters = {**job.parameters, "progress": vars(self)}


def check_file(
    *,
    kind: Job.Kind,
    definition: CardDefinition,
    name: str,
    read: Callable[[], Iterable[bytes]],
    actor: str,
    now: datetime,
    create_members: bool = False,
) -> Job:
    """Take a file in, and ask for its check.

    read: gives the content from its beginning, each time it is called.
    create_members: of transactions: enrol members that are not there.

    :raises UnreadableFile: if it is not CSV in UTF-8, or its header is not in order.
    """
    check_text(read())
    digest = hashlib.sha256()
    for chunk in read():
        digest.update(chunk)
    total = sum(1 for _ in CsvFile(read(), form=FORMS[kind]).rows())
    with atomic():
        job = start(
            kind=kind,
            unit=definition.scheme.unit,
            actor=actor,
            now=now,
            total=total,
            parameters={
                "definition": definition.pk,
                "name": name[:200],
                "for": f"{definition.scheme.name}: {definition.name}",
                "digest": digest.hexdigest(),
                "create_members": create_members,
                "check": True,
            },
        )
        files.fill(job=job, file=JobChunk.File.INPUT, pieces=files.pieces_of(read()))
    return job


@atomic
def book_checked(*, check: Job, actor: str, now: datetime) -> Job:
    """Import the file that was checked. The check gives the file to the new job.

    :raises NotChecked: if the check is not done, or its file was imported already.
    """
    check = Job.objects.select_for_update(no_key=True).get(pk=check.pk)
    if not (check.parameters.get("check") and check.status == Job.Status.DONE):
        raise NotChecked(_("The check of this file is not done."))
    left_out = ("check", "progress")
    job = start(
        kind=Kind(check.kind),
        unit=check.unit,
        actor=actor,
        now=now,
        total=check.total,
        parameters={
            **{
                name: value
                for name, value in check.parameters.items()
                if name not in left_out
            },
            "checked_by": check.pk,
        },
    )
    if not files.give(job=check, file=JobChunk.File.INPUT, to=job):
        raise NotChecked(_("This file is imported already, or was deleted."))
    check.parameters = {**check.parameters, "booked_by": job.pk}
    check.save(update_fields=["parameters"])
    return job


def import_rows(job: Job, now: datetime) -> Step:
    """Do the next piece of an import, or of its check."""
    progress = Progress.of(job)
    file = CsvFile(
        files.read(job=job, file=JobChunk.File.INPUT, start=job.position),
        form=FORMS[job.kind],
        header=progress.header,
        position=job.position,
        line=progress.line,
    )
    rows = list(islice(file.rows(), PIECE))
    batch = _batch(job, header=file.header, now=now)
    is_check = job.parameters.get("check", False)
    with undone() if is_check else nullcontext():
        batch.book(rows)
    failures = batch.failures
    if is_check and job.position:
        # The rows before are not there: whether these will do is not known yet.
        failures = [each for each in failures if each.key not in DEPENDS_ON_ROWS_BEFORE]
    _tell(job, failures, header=file.header)
    progress.header = list(file.header)
    progress.line = file.line
    progress.booked += batch.report.booked
    progress.already_there += batch.report.already_there
    progress.members += batch.report.members
    progress.undecided += len(batch.failures) - len(failures)
    progress.keep(job)
    return Step(
        position=file.position,
        done=len(rows) - len(failures),
        refused=len(failures),
        points=batch.report.points.total(),
        finished=len(rows) < PIECE,
    )


def _batch(job: Job, *, header: tuple[str, ...], now: datetime) -> RowBatch:
    definition = CardDefinition.objects.select_related("scheme__unit").get(
        pk=job.parameters["definition"], scheme__unit=job.unit_id
    )
    if job.kind == Kind.IMPORT_MEMBERS:
        return MemberBatch(definition=definition, header=header, now=now)
    return Batch(
        definition=definition,
        header=header,
        actor=job.actor,
        now=now,
        create_members=job.parameters["create_members"],
    )


def _tell(job: Job, failures: list[Failure], *, header: tuple[str, ...]) -> None:
    """Keep the rows that were refused: for the page, and all of them in a file."""
    if not failures:
        return
    JobRefusal.objects.bulk_create(
        JobRefusal(
            job=job,
            row=failure.row.number,
            key=failure.key,
            message=_sentence(failure)[:LONGEST_MESSAGE],
        )
        for failure in failures[: max(MOST_REFUSALS - job.refused, 0)]
    )
    text = io.StringIO(newline="")
    begins = not job.refused
    writer = FailureWriter(text, header=header, begins=begins)
    for failure in failures:
        writer.add(failure)
    # The byte order mark tells spreadsheets that this is UTF-8.
    content = text.getvalue().encode("utf-8-sig" if begins else "utf-8")
    files.append(job=job, file=JobChunk.File.ERRORS, content=content)


def _sentence(failure: Failure) -> str:
    return f"{failure.column}: {failure.message}" if failure.column else failure.message


def earlier_imports(job: Job) -> Iterator[Job]:
    """Imports of a file of just this content, newest first, but for this job's own."""
    same = Job.objects.filter(
        unit=job.unit_id,
        kind=job.kind,
        parameters__digest=job.parameters.get("digest", ""),
    )
    for other in same.exclude(pk=job.pk).order_by("-pk")[:10]:
        of_this = other.pk == job.parameters.get("booked_by")
        if not (other.parameters.get("check") or of_this):
            yield other


def told(job: Job) -> Mapping[str, Any]:
    """What an import has come to so far, by name."""
    return vars(Progress.of(job))
