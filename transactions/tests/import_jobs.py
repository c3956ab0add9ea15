"""What tests of imports as jobs share: having a file checked, and booked."""

import csv
from datetime import UTC, datetime

from transactions import jobs
from transactions.jobs.imports import book_checked, check_file
from transactions.models import Job, JobChunk
from transactions.tests.importing import HEADER

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
BOOK, ENROL = Job.Kind.IMPORT_TRANSACTIONS, Job.Kind.IMPORT_MEMBERS


def clock():
    return NOW


def csv_of(*lines, header=HEADER):
    return "\n".join([header, *lines, ""]).encode()


def check(card, content, *, kind=BOOK, chunk=50, run=True, **options):
    """Have a file checked that comes in chunks of so many bytes."""
    job = check_file(
        kind=kind,
        definition=card.definition,
        name="june.csv",
        read=lambda: (
            content[start : start + chunk] for start in range(0, len(content), chunk)
        ),
        actor="staff:anna",
        now=NOW,
        **options,
    )
    if run:
        jobs.run_jobs(clock=clock)
        job.refresh_from_db()
    return job


def book(checked, *, run=True):
    job = book_checked(check=checked, actor="staff:ben", now=NOW)
    if run:
        jobs.run_jobs(clock=clock)
        job.refresh_from_db()
    return job


def errors_of(job):
    content = jobs.content(job=job, file=JobChunk.File.ERRORS).decode("utf-8-sig")
    return list(csv.DictReader(content.splitlines()))
