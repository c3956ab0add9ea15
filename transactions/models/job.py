"""The job: many rows that staff asked for at once, done by the worker in pieces."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from schemes.models import Unit


class Job(models.Model):
    """Work that goes on after its page is closed, and after a crash where it stopped.

    Each piece of it is one database transaction that does some rows and moves
    `position`, so no row is ever done twice.
    """

    class Kind(models.TextChoices):
        ACTIVATE_BUCKETS = "ACTIVATE_BUCKETS", _("Activate pending points")
        CANCEL_BUCKETS = "CANCEL_BUCKETS", _("Cancel pending points")
        IMPORT_MEMBERS = "IMPORT_MEMBERS", _("Import members")
        IMPORT_TRANSACTIONS = "IMPORT_TRANSACTIONS", _("Import transactions")
        EXPORT_MEMBERS = "EXPORT_MEMBERS", _("Export members")
        EXPORT_TRANSACTIONS = "EXPORT_TRANSACTIONS", _("Export transactions")
        EXPORT_BUCKETS = "EXPORT_BUCKETS", _("Export buckets")
        EXPORT_LIABILITY = "EXPORT_LIABILITY", _("Export what is owed")

    class Status(models.TextChoices):
        WAITING = "WAITING", _("Waiting")
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        CANCELED = "CANCELED", _("Canceled")
        FAILED = "FAILED", _("Failed")

    uuid = models.UUIDField(_("uuid"), default=uuid4, unique=True, editable=False)
    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="jobs"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.WAITING
    )
    actor = models.CharField(
        _("actor"), max_length=200, help_text=_("Who asked for it.")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    parameters = models.JSONField(
        _("parameters"),
        default=dict,
        blank=True,
        help_text=_("Which rows, and what is done to them."),
    )
    total = models.PositiveBigIntegerField(
        _("total"),
        null=True,
        blank=True,
        help_text=_("Rows to do, as counted at the beginning."),
    )
    done = models.PositiveBigIntegerField(
        _("done"), default=0, help_text=_("Rows that are done.")
    )
    refused = models.PositiveBigIntegerField(
        _("refused"), default=0, help_text=_("Rows that were looked at and refused.")
    )
    points = models.BigIntegerField(
        _("points"), default=0, help_text=_("Points that were moved.")
    )
    position = models.BigIntegerField(
        _("position"), default=0, help_text=_("Where the next piece begins.")
    )
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("created at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    # Since when somebody has been at a piece of it; nobody is where it is empty.
    alive_at = models.DateTimeField(
        _("alive at"), null=True, blank=True, editable=False
    )
    # Jobs take turns: next is the one that waits longest since its last piece began.
    last_turn_at = models.DateTimeField(
        _("last turn at"), null=True, blank=True, editable=False
    )
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=["WAITING", "RUNNING", "DONE", "CANCELED", "FAILED"]
                ),
                name="job_status_known",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None)
                & ~Q(status__in=["DONE", "CANCELED", "FAILED"])
                | Q(finished_at__isnull=False) & ~Q(status__in=["WAITING", "RUNNING"]),
                name="job_finished_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("created_at")),
                name="job_ends_after_it_begins",
            ),
        ]
        indexes = [
            # Serves the worker: what is open.
            models.Index(
                fields=["id"],
                condition=Q(status__in=["WAITING", "RUNNING"]),
                name="job_open",
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(kind)s (job %(id)s)") % {
            "kind": self.get_kind_display(),
            "id": self.pk,
        }

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do."""
        return self.status in (self.Status.WAITING, self.Status.RUNNING)

    @property
    def percent(self) -> int | None:
        """How much of it is done; None where nobody has counted the rows."""
        if self.total is None:
            return None
        if not self.total:
            return 100
        return min(100 * (self.done + self.refused) // self.total, 100)


class JobRefusal(models.Model):
    """One row of a job that was refused, and why."""

    job = models.ForeignKey(
        Job, verbose_name=_("job"), on_delete=models.CASCADE, related_name="refusals"
    )
    row = models.PositiveBigIntegerField(
        _("row"), help_text=_("The line of the file, or the id of the bucket.")
    )
    key = models.CharField(_("key"), max_length=50)
    message = models.CharField(_("message"), max_length=500)

    class Meta:
        indexes = [models.Index(fields=["job", "row"], name="job_refusal_row")]

    def __str__(self) -> str:
        return f"{self.row}: {self.message}"


class JobChunk(models.Model):
    """A piece of a file that a job reads or writes.

    In the database, where every web server and every worker finds it; in pieces, so
    that a file of any length needs little memory.
    """

    class File(models.TextChoices):
        INPUT = "INPUT", _("Uploaded")
        OUTPUT = "OUTPUT", _("Result")
        ERRORS = "ERRORS", _("Rows that were refused")

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="chunks")
    file = models.CharField(max_length=6, choices=File.choices)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["job", "file", "number"], name="job_chunk_once_in_its_file"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file} {self.number} (job {self.job_id})"
