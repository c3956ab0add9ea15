"""The pages of jobs: how far each is, what it refused, who asked for it and why."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from loyalty.errors import Refusal
from schemes.admin.own_units import OwnRelatedFilter
from schemes.admin.parts import ReadOnlyInline, ReadOnlyPage, link
from schemes.admin.readable import UTC, local
from schemes.sentences import in_words, number
from transactions import jobs
from transactions.admin.clock import LastLook
from transactions.admin.files.of_job import JobFiles
from transactions.models import Job, JobRefusal

Kind, Status = Job.Kind, Job.Status

JOB_COLORS = {
    Status.WAITING: "warning",
    Status.RUNNING: "info",
    Status.DONE: "success",
    Status.CANCELED: "",
    Status.FAILED: "danger",
}
OF_BUCKETS = (Kind.ACTIVATE_BUCKETS, Kind.CANCEL_BUCKETS)
# Who may ask for a kind of job may also stop it, and let it go on.
PERMISSIONS = {
    Kind.ACTIVATE_BUCKETS: "transactions.activate_bucket",
    Kind.CANCEL_BUCKETS: "transactions.cancel_bucket",
    Kind.IMPORT_MEMBERS: "transactions.import_rows",
    Kind.IMPORT_TRANSACTIONS: "transactions.import_rows",
    Kind.EXPORT_MEMBERS: "transactions.export_rows",
    Kind.EXPORT_TRANSACTIONS: "transactions.export_rows",
    Kind.EXPORT_BUCKETS: "transactions.export_rows",
    Kind.EXPORT_LIABILITY: "transactions.view_liability",
}


def may_steer(user: Any, job: Job) -> bool:
    """Whether the user may stop the job, or let it go on."""
    return bool(user.has_perm(PERMISSIONS[Kind(job.kind)]))


def progress(job: Job) -> dict[str, Any]:
    """How far a job is, in numbers for the bar and words for people."""
    rows = {"done": number(job.done), "refused": number(job.refused)}
    if job.total is None:
        text = gettext("%(done)s done, %(refused)s refused") % rows
    else:
        rows["total"] = number(job.total)
        text = gettext("%(done)s of %(total)s done, %(refused)s refused") % rows
    if job.kind in OF_BUCKETS:
        text += gettext(", %(points)s points") % {"points": number(job.points)}
    if job.parameters.get("check"):
        text = gettext("Check: %(text)s") % {"text": text}
    return {
        "is_open": job.is_open,
        "status": job.get_status_display(),
        "percent": job.percent,
        "text": text,
        "note": LastLook(timezone.now()).warning() if job.is_open else "",
    }


class RefusalInline(ReadOnlyInline):
    """The rows that a job looked at and left as they are, and why."""

    model = JobRefusal
    verbose_name_plural = _("refused")
    fields = ("what", "message", "key")
    readonly_fields = ("what",)
    ordering = ("row", "pk")
    per_page = 50
    tab = False
    hide_title = True
    show_change_link = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("job")

    def has_view_permission(self, request, obj=None):
        return True  # whoever may see the job

    @admin.display(description=_("Row"))
    def what(self, obj):
        if obj.job.kind not in OF_BUCKETS:
            return gettext("line %(row)s") % {"row": number(obj.row)}
        text = gettext("bucket %(row)s") % {"row": obj.row}
        return link("transactions_bucket_change", text, obj.row)


@admin.register(Job)
class JobAdmin(JobFiles, ReadOnlyPage):
    """What staff asked for and the worker does, newest first."""

    unit_path = "unit"
    empty_text = _(
        "Jobs are imports, exports, and what is done to many pending points at "
        "once. Whoever asks for one finds it here."
    )
    list_display = ("title", "status_label", "far", "asked_by", "reason", "asked")
    list_display_links = ("title",)
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("unit", OwnRelatedFilter),
    )
    list_select_related = ("unit",)
    inlines = (RefusalInline,)
    change_form_outer_before_template = "admin/transactions/job/progress.html"
    fieldsets = (
        (
            None,
            {
                "fields": [
                    ("kind", "unit"),
                    ("asked_by", "asked"),
                    ("began", "ended"),
                    "reason",
                ]
            },
        ),
    )
    readonly_fields = ("asked_by", "asked", "began", "ended")

    class Media:
        js = ("transactions/job.js",)

    @admin.display(description=_("Job"))
    def title(self, obj):
        check = gettext(", check") if obj.parameters.get("check") else ""
        return f"{obj.get_kind_display()}{check} ({obj.pk})"

    @display(description=_("Status"), label=JOB_COLORS)
    def status_label(self, obj):
        return obj.status, obj.get_status_display()

    @admin.display(description=_("Progress"))
    def far(self, obj):
        done = number(obj.done + obj.refused)
        if obj.total is None:
            return done
        rows = {"done": done, "total": number(obj.total), "percent": obj.percent}
        return gettext("%(done)s of %(total)s (%(percent)s%%)") % rows

    @admin.display(description=_("Asked for by"))
    def asked_by(self, obj):
        return obj.actor

    @admin.display(description=_("Asked for at"))
    def asked(self, obj):
        return local(obj.created_at, UTC)

    @admin.display(description=_("Began at"))
    def began(self, obj):
        return local(obj.started_at, UTC)

    @admin.display(description=_("Ended at"))
    def ended(self, obj):
        return local(obj.finished_at, UTC)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("unit")

    def get_inlines(self, request, obj):
        return self.inlines if obj and obj.refused else ()

    def render_change_form(self, request, context, *arguments, obj=None, **how):
        if obj is not None:
            context |= self.about(request, obj)
        return super().render_change_form(request, context, *arguments, obj=obj, **how)

    def about(self, request, job):
        """What the job's page says above its fields."""
        steers = may_steer(request.user, job)
        return {
            "title": f"{job.get_kind_display()} ({job.pk})",
            "subtitle": None,
            "job": job,
            "color": JOB_COLORS[Status(job.status)],
            "progress": progress(job),
            "may_cancel": steers and job.is_open,
            "may_retry": steers and job.status in (Status.FAILED, Status.CANCELED),
            "queue": reverse("admin:transactions_bucket_pending")
            if job.kind in OF_BUCKETS
            else "",
            "files": self.about_files(request, job),
        }

    # --- Addresses --------------------------------------------------------------------

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/progress/",
                view(self.progress_view),
                name="transactions_job_progress",
            ),
            path(
                "<path:object_id>/<slug:verb>/now/",
                view(self.steer_view),
                name="transactions_job_steer",
            ),
            *super().get_urls(),
        ]

    def progress_view(self, request, object_id):
        """What the page asks for every two seconds, until the job has ended."""
        job = self.own_or_404(request, object_id)
        if not self.has_view_permission(request, job):
            raise PermissionDenied
        return JsonResponse(progress(job), headers={"Cache-Control": "no-store"})

    def steer_view(self, request, object_id, verb):
        """Stop a job, or let it go on: by POST, for who may ask for such a job."""
        job = self.own_or_404(request, object_id)
        if not may_steer(request.user, job):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            if verb == "cancel":
                jobs.cancel(job=job, now=timezone.now())
                said = _("%(job)s stops here. What is done stays done.")
            elif verb == "retry":
                jobs.retry(job=job, now=timezone.now())
                said = _("%(job)s goes on where it stopped.")
            else:
                raise Http404
        except Refusal as refusal:
            self.message_user(request, in_words(refusal), messages.ERROR)
        else:
            self.message_user(request, said % {"job": job})
            self.log_change(request, job, said % {"job": job})
        if request.POST.get("back") == "monitoring":
            return redirect("admin:transactions_sweeprun_monitoring")
        return redirect("admin:transactions_job_change", job.pk)
