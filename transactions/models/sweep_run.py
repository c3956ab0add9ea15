"""The sweep run: what one pass of a sweep did."""

from django.db import models
from django.db.models import F, Q


class SweepRun(models.Model):
    """One pass of a sweep: how much it did, how late it was, what went wrong."""

    class Name(models.TextChoices):
        ACTIVATE_DUE = "ACTIVATE_DUE", "Activate what is due"
        EXPIRE_DUE = "EXPIRE_DUE", "Expire what is due"
        PROCESS_REQUESTS = "PROCESS_REQUESTS", "Process requests"

    name = models.CharField(max_length=16, choices=Name.choices)
    until = models.DateTimeField(help_text="What was due by this moment was done.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    batches = models.PositiveIntegerField(default=0)
    buckets = models.PositiveBigIntegerField(default=0)
    points = models.BigIntegerField(default=0)
    lag = models.DurationField(
        null=True,
        blank=True,
        help_text="How long the oldest due row had waited when the run began.",
    )
    error = models.TextField(blank=True)

    class Meta:
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
        return f"{self.name} (sweep run {self.pk})"
