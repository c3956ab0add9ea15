"""The sweep run: what one pass of a sweep did."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class SweepRun(models.Model):
    """One pass of a sweep: how much it did, how late it was, what went wrong."""

    class Name(models.TextChoices):
        ACTIVATE_DUE = "ACTIVATE_DUE", _("Activate what is due")
        EXPIRE_DUE = "EXPIRE_DUE", _("Expire what is due")
        PROCESS_REQUESTS = "PROCESS_REQUESTS", _("Process requests")

    name = models.CharField(_("name"), max_length=16, choices=Name.choices)
    until = models.DateTimeField(
        _("until"), help_text=_("What was due by this moment was done.")
    )
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    batches = models.PositiveIntegerField(_("batches"), default=0)
    buckets = models.PositiveBigIntegerField(_("buckets"), default=0)
    points = models.BigIntegerField(_("points"), default=0)
    lag = models.DurationField(
        _("lag"),
        null=True,
        blank=True,
        help_text=_("How long the oldest due row had waited when the run began."),
    )
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("sweep run")
        verbose_name_plural = _("sweep runs")
        permissions = [
            ("view_monitoring", "Can see how the work of the sweeps goes"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True)
                | Q(finished_at__gte=F("started_at")),
                name="sweep_run_finishes_after_it_starts",
            ),
        ]
        indexes = [
            # Serves "when did this sweep run last".
            models.Index(fields=["name", "-started_at"], name="sweep_run_latest"),
        ]

    def __str__(self) -> str:
        return gettext("%(name)s (sweep run %(id)s)") % {
            "name": self.name,
            "id": self.pk,
        }
