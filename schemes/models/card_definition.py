"""The card definition: the rules of one kind of points in a scheme."""

from typing import Any
from uuid import uuid4

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from schemes.history import staff_user
from schemes.models.scheme import Scheme, Status
from schemes.policies import ExpiryRule, PendingRule

code_pattern_validator = RegexValidator(
    r"^[0-9A-Za-z-]*#{4,}[0-9A-Za-z#-]*\Z",
    "Write # for each digit, at least four in a row, for example: GB-##########.",
)
PERIOD_HELP = "A number followed by D, W or M (also H or Y): 5D, 3W, 3M."


class CardDefinition(models.Model):
    """When points of this kind wait, expire, can be taken back, and how far.

    Editing a definition touches no points already granted: each bucket keeps the
    dates that it was made with.
    """

    Status = Status

    class PendingMode(models.TextChoices):
        IMMEDIATE = "IMMEDIATE", "Active at once"
        PERIOD_BASED = "PERIOD_BASED", "Active after a period"
        FIXED_DATES = "FIXED_DATES", "Active on the next of some dates"
        EVENT_BASED = "EVENT_BASED", "Active when an event happens"

    class ExpiryMode(models.TextChoices):
        NONE = "NONE", "Never expire"
        ROLLING = "ROLLING", "Expire after a period"
        CALENDAR = "CALENDAR", "Expire on the next of some dates"
        SLIDING = "SLIDING", "Expire a period after the last activity"

    class ExpiryRounding(models.TextChoices):
        NONE = "NONE", "To the second"
        DAY = "DAY", "End of the day"
        MONTH = "MONTH", "End of the month"
        QUARTER = "QUARTER", "End of the quarter"
        HALF_YEAR = "HALF_YEAR", "End of the half-year"
        YEAR = "YEAR", "End of the year"

    class CountedFrom(models.TextChoices):
        EARNED = "EARNED", "The moment they are earned"
        ACTIVATED = "ACTIVATED", "The moment they become active"

    class Refunds(models.TextChoices):
        NONE = "NONE", "Refunds take nothing back"
        FROM_PENDING = "FROM_PENDING", "Only points that still wait"
        TO_ZERO = "TO_ZERO", "Down to a balance of zero"
        BELOW_ZERO = "BELOW_ZERO", "Below zero, as an overdraft"

    class LimitPeriod(models.TextChoices):
        DAY = "DAY", "A day"
        WEEK = "WEEK", "A week"
        MONTH = "MONTH", "A month"
        YEAR = "YEAR", "A year"

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(
        Scheme, on_delete=models.PROTECT, related_name="card_definitions"
    )
    name = models.CharField(max_length=200)
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.DRAFT
    )

    pending_mode = models.CharField(
        max_length=12, choices=PendingMode.choices, default=PendingMode.IMMEDIATE
    )
    pending_period = models.CharField(max_length=8, blank=True, help_text=PERIOD_HELP)
    pending_rounds_up = models.BooleanField(
        default=False, help_text="Wait until the start of the next day in the zone."
    )
    pending_dates = models.JSONField(
        default=list, blank=True, help_text='For example [{"month": 6, "day": 30}].'
    )
    pending_events = models.JSONField(
        default=list, blank=True, help_text='For example ["order_delivered"].'
    )
    pending_deadline = models.CharField(
        max_length=8,
        blank=True,
        help_text="Points whose event has not come by then are canceled. "
        + PERIOD_HELP,
    )
    pending_min_points = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Only grants of at least this many wait."
    )
    pending_min_amount = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        help_text="Only orders of at least this much wait, in minor units.",
    )

    expiry_mode = models.CharField(
        max_length=8, choices=ExpiryMode.choices, default=ExpiryMode.NONE
    )
    expiry_period = models.CharField(max_length=8, blank=True, help_text=PERIOD_HELP)
    expiry_rounding = models.CharField(
        max_length=9, choices=ExpiryRounding.choices, default=ExpiryRounding.NONE
    )
    expiry_dates = models.JSONField(
        default=list, blank=True, help_text='For example [{"month": 12, "day": 31}].'
    )
    expiry_from = models.CharField(
        max_length=9, choices=CountedFrom.choices, default=CountedFrom.EARNED
    )
    slides_on_earn = models.BooleanField(
        default=True, help_text="Sliding expiry: earning is an activity."
    )
    slides_on_spend = models.BooleanField(
        default=True, help_text="Sliding expiry: spending is an activity."
    )

    refunds = models.CharField(
        max_length=12, choices=Refunds.choices, default=Refunds.TO_ZERO
    )
    allow_negative = models.BooleanField(
        default=False, help_text="Debits and refunds may leave an overdraft."
    )
    return_grace_days = models.PositiveIntegerField(
        default=30,
        validators=[MinValueValidator(1)],
        help_text="Points given back after they expired can be used this many days.",
    )

    max_points_per_earn = models.PositiveBigIntegerField(null=True, blank=True)
    max_points_per_spend = models.PositiveBigIntegerField(null=True, blank=True)
    max_balance = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Active and pending points of one card."
    )
    earn_limit = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Most points earned in one period."
    )
    earn_limit_period = models.CharField(
        max_length=5, choices=LimitPeriod.choices, blank=True
    )

    code_pattern = models.CharField(
        max_length=40,
        default="##########",
        validators=[code_pattern_validator],
        help_text="Card numbers: each # becomes a digit.",
    )
    metadata = models.JSONField(default=dict, blank=True)

    history = HistoricalRecords(get_user=staff_user)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "name"], name="card_definition_name_unique_in_scheme"
            ),
            models.CheckConstraint(
                condition=Q(status__in=Status.values),
                name="card_definition_status_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    pending_mode__in=[
                        "IMMEDIATE",
                        "PERIOD_BASED",
                        "FIXED_DATES",
                        "EVENT_BASED",
                    ]
                ),
                name="card_definition_pending_mode_known",
            ),
            models.CheckConstraint(
                condition=~Q(pending_mode="PERIOD_BASED") | ~Q(pending_period=""),
                name="card_definition_pending_period_given",
            ),
            models.CheckConstraint(
                condition=~Q(pending_mode="EVENT_BASED") | ~Q(pending_deadline=""),
                name="card_definition_event_has_a_deadline",
            ),
            models.CheckConstraint(
                condition=Q(expiry_mode__in=["NONE", "ROLLING", "CALENDAR", "SLIDING"]),
                name="card_definition_expiry_mode_known",
            ),
            models.CheckConstraint(
                condition=~Q(expiry_mode__in=["ROLLING", "SLIDING"])
                | ~Q(expiry_period=""),
                name="card_definition_expiry_period_given",
            ),
            models.CheckConstraint(
                condition=Q(
                    refunds__in=["NONE", "FROM_PENDING", "TO_ZERO", "BELOW_ZERO"]
                ),
                name="card_definition_refunds_known",
            ),
            models.CheckConstraint(
                condition=~Q(refunds="BELOW_ZERO") | Q(allow_negative=True),
                name="card_definition_refund_below_zero_needs_negative",
            ),
            models.CheckConstraint(
                condition=Q(return_grace_days__gte=1),
                name="card_definition_return_grace_positive",
            ),
            models.CheckConstraint(
                condition=Q(earn_limit__isnull=True, earn_limit_period="")
                | Q(earn_limit__isnull=False) & ~Q(earn_limit_period=""),
                name="card_definition_earn_limit_has_a_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (definition {self.pk})"

    @property
    def pending_rule(self) -> PendingRule:
        """The pending rule in the form that the policies compute with."""
        return PendingRule.parse(
            mode=self.pending_mode,
            period=self.pending_period,
            rounds_up=self.pending_rounds_up,
            dates=self.pending_dates,
            events=self.pending_events,
            deadline=self.pending_deadline,
            min_points=self.pending_min_points,
            min_amount=self.pending_min_amount,
        )

    @property
    def expiry_terms(self) -> dict[str, Any]:
        """The expiry rule as plain data, to be kept with a grant or parsed."""
        return {
            "mode": self.expiry_mode,
            "period": self.expiry_period,
            "rounding": self.expiry_rounding,
            "dates": self.expiry_dates,
            "counted_from": self.expiry_from,
            "slides_on_earn": self.slides_on_earn,
            "slides_on_spend": self.slides_on_spend,
        }

    @property
    def expiry_rule(self) -> ExpiryRule:
        """The expiry rule in the form that the policies compute with."""
        return ExpiryRule.parse(**self.expiry_terms)

    @property
    def slides(self) -> bool:
        """Whether an activity gives the points of a card a new expiry date."""
        return self.expiry_mode == self.ExpiryMode.SLIDING

    @property
    def limits_earning(self) -> bool:
        """Whether a grant must look at what the card holds or has earned."""
        return self.max_balance is not None or self.earn_limit is not None
