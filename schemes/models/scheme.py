"""The scheme: one loyalty program of a unit."""

from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from schemes.history import staff_user
from schemes.models.unit import Unit

currency_validator = RegexValidator(
    r"^[A-Z]{3}\Z", "Use the three letters of ISO 4217, for example: GBP."
)


def validate_time_zone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if name not in available_timezones():
        raise ValidationError(
            f'"{name}" is not a time zone: use a name such as Europe/London.'
        )


class Status(models.TextChoices):
    """The life of a scheme and of a card definition."""

    DRAFT = "DRAFT", "Draft"
    ACTIVE = "ACTIVE", "Active"
    INACTIVE = "INACTIVE", "Inactive"


class Scheme(models.Model):
    """A loyalty program: its name, when it runs, and the time zone of its rules."""

    Status = Status

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="schemes")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    reference = models.CharField(
        max_length=200, help_text="Your own name for the scheme, unique in the unit."
    )
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    starts_at = models.DateTimeField(help_text="From this moment on points are earned.")
    ends_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="The first moment at which the scheme is over. Empty: it never ends.",
    )
    time_zone = models.CharField(
        max_length=60,
        default="UTC",
        validators=[validate_time_zone],
        help_text="The zone in which days, months and year ends are counted, "
        "for example Europe/London.",
    )
    currency = models.CharField(
        max_length=3,
        default="GBP",
        validators=[currency_validator],
        help_text="ISO 4217 code of the money that orders are paid in.",
    )
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Rises with each change of the rules."
    )
    metadata = models.JSONField(default=dict, blank=True)

    history = HistoricalRecords(get_user=staff_user)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "reference"], name="scheme_reference_unique_in_unit"
            ),
            models.CheckConstraint(
                condition=~Q(reference=""), name="scheme_has_a_reference"
            ),
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="scheme_status_known"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="scheme_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(version__gte=1), name="scheme_version_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.reference})"

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this scheme counts days and months."""
        return ZoneInfo(self.time_zone)

    def is_open(self, *, at: datetime) -> bool:
        """Whether points may be earned and spent at the moment `at`."""
        return (
            self.status == Status.ACTIVE
            and self.starts_at <= at
            and (self.ends_at is None or at < self.ends_at)
        )
