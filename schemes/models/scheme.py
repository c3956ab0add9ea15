"""The scheme: one loyalty program of a unit."""

from datetime import datetime
from functools import cache
from uuid import uuid4
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from schemes.history import staff_user
from schemes.models.door_fields import DoorFields
from schemes.models.unit import Unit

currency_validator = RegexValidator(
    r"^[A-Z]{3}\Z", _("Use the three letters of ISO 4217, for example: GBP.")
)


@cache
def time_zones() -> frozenset[str]:
    """The names in the IANA time zone database, which is a search through a disk."""
    return frozenset(available_timezones())


def validate_time_zone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if name not in time_zones():
        raise ValidationError(
            _('"%(name)s" is not a time zone: use a name such as Europe/London.'),
            params={"name": name},
        )


class Status(models.TextChoices):
    """The life of a scheme and of a card definition."""

    DRAFT = "DRAFT", _("Draft")
    ACTIVE = "ACTIVE", _("Active")
    INACTIVE = "INACTIVE", _("Inactive")


class Scheme(models.Model):
    """A loyalty program: its name, when it runs, and the time zone of its rules."""

    Status = Status

    uuid = models.UUIDField(_("uuid"), default=uuid4, unique=True, editable=False)
    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="schemes"
    )
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    reference = models.CharField(
        _("reference"),
        max_length=200,
        help_text=_("Your own name for the scheme, unique in the unit."),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.DRAFT
    )
    starts_at = models.DateTimeField(
        _("starts at"), help_text=_("From this moment on points are earned.")
    )
    ends_at = models.DateTimeField(
        _("ends at"),
        null=True,
        blank=True,
        help_text=_(
            "The first moment at which the scheme is over. Empty: it never ends."
        ),
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=60,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_(
            "The zone in which days, months and year ends are counted, "
            "for example Europe/London."
        ),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="GBP",
        validators=[currency_validator],
        help_text=_("ISO 4217 code of the money that orders are paid in."),
    )
    point_cost = models.DecimalField(
        _("point cost"),
        max_digits=14,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_(
            "What a point costs you when it is spent, in minor units of the "
            "currency: 0.5 is half a penny. Empty: what you owe is not worked out."
        ),
    )
    expected_breakage = models.DecimalField(
        _("expected breakage"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_(
            "The share of points that you expect never to be spent, in percent, "
            "0 to 100. It is shown beside what you owe and changes no points."
        ),
    )
    version = models.PositiveIntegerField(
        _("version"),
        default=1,
        editable=False,
        help_text=_("Rises with each change of the rules."),
    )
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    door_fields = DoorFields()

    history = HistoricalRecords(get_user=staff_user)

    class Meta:
        verbose_name = _("scheme")
        verbose_name_plural = _("schemes")
        permissions = [
            ("publish_scheme", "Can publish schemes and rules: set their status"),
            ("simulate_scheme", "Can try out rules before they are published"),
        ]
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
                condition=Q(point_cost__isnull=True) | Q(point_cost__gte=0),
                name="scheme_point_cost_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(expected_breakage__isnull=True)
                | Q(expected_breakage__gte=0, expected_breakage__lte=100),
                name="scheme_expected_breakage_is_a_percentage",
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
