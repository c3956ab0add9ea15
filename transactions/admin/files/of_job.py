"""The files on a job's page: what came of an import, its errors, an export's result."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.db.models.functions import Length
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.errors import Refusal
from schemes.sentences import in_words
from transactions import jobs
from transactions.admin.files import exporting, uploading
from transactions.exports import EXPORTS
from transactions.jobs.imports import (
    FORMS,
    book_checked,
    earlier_imports,
    told,
)
from transactions.models import Job, JobChunk

File = JobChunk.File


def may_have_files(user, job):
    """Whether somebody who may see a job may have its files, too."""
    if job.kind in FORMS:
        return user.has_perm(uploading.PERMISSION)
    return job.kind in EXPORTS and exporting.may_export(user, job.kind)


class JobFiles:
    """For the page of jobs: downloads, what an import came to, and its next step."""

    admin_site: Any
    own_or_404: Any

    def get_urls(self):
        closed = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/file/<str:file>/",
                closed(self.file_view),
                name="transactions_job_file",
            ),
            path(
                "<path:object_id>/book/",
                closed(self.book_view),
                name="transactions_job_book",
            ),
            *super().get_urls(),  # type: ignore[misc]  # of the page beside it
        ]

    def file_view(self, request, object_id, file):
        """A file of the job, to save."""
        job = self._job_or_404(request, object_id)
        if file not in _lengths(job):
            raise Http404
        return exporting.as_download(jobs.read(job=job, file=file), _name(job, file))

    def book_view(self, request, object_id):
        """Import the file that this job has checked."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        check = self._job_or_404(request, object_id)
        actor = f"staff:{request.user.get_username()}"
        try:
            job = book_checked(check=check, actor=actor, now=timezone.now())
        except Refusal as refusal:
            messages.error(request, in_words(refusal))
            return HttpResponseRedirect(_address(check.pk))
        uploading.run_if_short(job)
        return HttpResponseRedirect(_address(job.pk))

    def about_files(self, request, job):
        """What the page says of a job's files; nothing where it has none."""
        if not may_have_files(request.user, job):
            return {}
        lengths = _lengths(job)
        about = {"downloads": _downloads(job, lengths)}
        if job.kind in FORMS:
            about |= _about_import(job, has_input=File.INPUT in lengths)
        return about

    def _job_or_404(self, request, object_id):
        job = self.own_or_404(request, object_id)
        if not may_have_files(request.user, job):
            raise PermissionDenied
        return job


def _about_import(job, *, has_input):
    came = told(job)
    is_check = bool(job.parameters.get("check"))
    is_done = job.status == Job.Status.DONE
    booked_by = job.parameters.get("booked_by")
    checked_by = job.parameters.get("checked_by")
    # The import has the file then, and after a month nobody has.
    can_book = (
        is_check and is_done and has_input and came["booked"] + came["undecided"] > 0
    )
    new = _("New, to be booked") if is_check else _("Booked")
    numbers = [
        (_("Rows in the file"), job.total),
        (new, came["booked"]),
        (_("There already"), came["already_there"]),
        (_("Members that are new"), came["members"]),
        (_("Refused"), job.refused),
    ]
    if came["undecided"]:
        numbers.append((_("Decided when they are booked"), came["undecided"]))
    if job.is_open:
        numbers = numbers[:1]  # the bar above moves, these would not
    return {
        "facts": [
            (_("File"), job.parameters.get("name")),
            (_("Scheme"), job.parameters.get("for")),
        ],
        "is_check": is_check,
        "is_done": is_done,
        "is_clean": not job.refused,
        "undecided": came["undecided"],
        "numbers": numbers,
        "book": can_book and reverse("admin:transactions_job_book", args=(job.pk,)),
        "again": reverse("admin:transactions_transaction_import") + f"?kind={job.kind}",
        "booked_by": booked_by and _address(booked_by),
        "checked_by": checked_by and _address(checked_by),
        "earlier": [
            {"address": _address(other.pk), "job": other}
            for other in (earlier_imports(job) if is_check else ())
        ],
    }


def _downloads(job, lengths):
    if job.is_open:
        return []
    titles = {
        File.OUTPUT: _("Download the file"),
        File.ERRORS: _("Download the refused rows"),
        File.INPUT: _("Download the uploaded file"),
    }
    return [
        {
            "title": title,
            "size": filesizeformat(lengths[file]),
            "address": reverse("admin:transactions_job_file", args=(job.pk, file)),
        }
        for file, title in titles.items()
        if file in lengths
    ]


def _lengths(job):
    """How many bytes each file of the job has."""
    chunks = JobChunk.objects.filter(job=job).order_by()
    sums = chunks.values("file").annotate(length=Sum(Length("content")))
    return {each["file"]: each["length"] for each in sums}


def _name(job, file):
    name = job.parameters.get("name", "")
    if file == File.ERRORS:
        return f"{name.removesuffix('.csv')}.errors.csv"
    return name


def _address(pk):
    return reverse("admin:transactions_job_change", args=(pk,))
