"""The card definition: the rules of one kind of points in a scheme."""

from typing import Any
from uuid import uuid4

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from schemes.history import staff_user
from schemes.models.choices import (
    PERIOD_HELP,
    CountedFrom,
    ExpiryMode,
    ExpiryRounding,
    LimitPeriod,
    PendingMode,
    Refunds,
    code_pattern_validator,
)
from schemes.models.door_fields import DoorFields
from schemes.models.scheme import Scheme, Status
from schemes.policies import ExpiryRule, PendingRule


class CardDefinition(models.Model):
    """When points of this kind wait, expire, can be taken back, and how far.

    Editing a definition touches no points already granted: each bucket keeps the
    dates that it was made with.
    """

    Status = Status
    PendingMode = PendingMode
    ExpiryMode = ExpiryMode
    ExpiryRounding = ExpiryRounding
    CountedFrom = CountedFrom
    Refunds = Refunds
    LimitPeriod = LimitPeriod

    uuid = models.UUIDField(_("uuid"), default=uuid4, unique=True, editable=False)
    scheme = models.ForeignKey(
        Scheme,
        verbose_name=_("scheme"),
        on_delete=models.PROTECT,
        related_name="card_definitions",
    )
    name = models.CharField(_("name"), max_length=200)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.DRAFT
    )

    pending_mode = models.CharField(
        _("pending mode"),
        max_length=12,
        choices=PendingMode.choices,
        default=PendingMode.IMMEDIATE,
    )
    pending_period = models.CharField(
        _("pending period"), max_length=8, blank=True, help_text=PERIOD_HELP
    )
    pending_rounds_up = models.BooleanField(
        _("pending rounds up"),
        default=False,
        help_text=_("Wait until the start of the next day in the zone."),
    )
    pending_dates = models.JSONField(
        _("pending dates"),
        default=list,
        blank=True,
        help_text=_('For example [{"month": 6, "day": 30}].'),
    )
    pending_events = models.JSONField(
        _("pending events"),
        default=list,
        blank=True,
        help_text=_('For example ["order_delivered"].'),
    )
    pending_deadline = models.CharField(
        _("pending deadline"),
        max_length=8,
        blank=True,
        help_text=_(
            "Points whose event has not come by then are canceled. "
            "A number followed by D, W or M (also H or Y): 5D, 3W, 3M."
        ),
    )
    pending_min_points = models.PositiveBigIntegerField(
        _("pending min points"),
        null=True,
        blank=True,
        help_text=_("Only grants of at least this many wait."),
    )
    pending_min_amount = models.PositiveBigIntegerField(
        _("pending min amount"),
        null=True,
        blank=True,
        help_text=_("Only orders of at least this much wait, in minor units."),
    )

    expiry_mode = models.CharField(
        _("expiry mode"),
        max_length=8,
        choices=ExpiryMode.choices,
        default=ExpiryMode.NONE,
    )
    expiry_period = models.CharField(
        _("expiry period"), max_length=8, blank=True, help_text=PERIOD_HELP
    )
    expiry_rounding = models.CharField(
        _("expiry rounding"),
        max_length=9,
        choices=ExpiryRounding.choices,
        default=ExpiryRounding.NONE,
    )
    expiry_dates = models.JSONField(
        _("expiry dates"),
        default=list,
        blank=True,
        help_text=_('For example [{"month": 12, "day": 31}].'),
    )
    expiry_from = models.CharField(
        _("expiry from"),
        max_length=9,
        choices=CountedFrom.choices,
        default=CountedFrom.EARNED,
    )
    slides_on_earn = models.BooleanField(
        _("slides on earn"),
        default=True,
        help_text=_("Sliding expiry: earning is an activity."),
    )
    slides_on_spend = models.BooleanField(
        _("slides on spend"),
        default=True,
        help_text=_("Sliding expiry: spending is an activity."),
    )

    refunds = models.CharField(
        _("refunds"), max_length=12, choices=Refunds.choices, default=Refunds.TO_ZERO
    )
    allow_negative = models.BooleanField(
        _("allow negative"),
        default=False,
        help_text=_("Debits and refunds may leave an overdraft."),
    )
    return_grace_days = models.PositiveIntegerField(
        _("return grace days"),
        default=30,
        validators=[MinValueValidator(1)],
        help_text=_("Points given back after they expired can be used this many days."),
    )

    max_points_per_earn = models.PositiveBigIntegerField(
        _("max points per earn"), null=True, blank=True
    )
    max_points_per_spend = models.PositiveBigIntegerField(
        _("max points per spend"), null=True, blank=True
    )
    max_balance = models.PositiveBigIntegerField(
        _("max balance"),
        null=True,
        blank=True,
        help_text=_("Active and pending points of one card."),
    )
    earn_limit = models.PositiveBigIntegerField(
        _("earn limit"),
        null=True,
        blank=True,
        help_text=_("Most points earned in one period."),
    )
    earn_limit_period = models.CharField(
        _("earn limit period"), max_length=5, choices=LimitPeriod.choices, blank=True
    )

    code_pattern = models.CharField(
        _("code pattern"),
        max_length=40,
        default="##########",
        validators=[code_pattern_validator],
        help_text=_("Card numbers: each # becomes a digit."),
    )
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    door_fields = DoorFields()

    history = HistoricalRecords(get_user=staff_user)

    class Meta:
        verbose_name = _("card definition")
        verbose_name_plural = _("card definitions")
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
        return gettext("%(name)s (definition %(id)s)") % {
            "name": self.name,
            "id": self.pk,
        }

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
