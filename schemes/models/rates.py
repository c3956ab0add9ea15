"""Rates: how money becomes points, and points become money."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from schemes.history import staff_user
from schemes.models.card_definition import CardDefinition
from schemes.policies import BurnBand, EarnBand, EarnType


class EarnRate(models.Model):
    """One band of an earn rate: what an order between `floor` and `ceiling` earns.

    The rows of one definition, identifier and name are the bands of that rate and
    may not overlap (`schemes.policies.check_earn_bands`).
    """

    class Type(models.TextChoices):
        STANDARD = "STANDARD", _("Points for each step spent")
        FIXED = "FIXED", _("A fixed award for the band")
        PER_SPEND = "PER_SPEND", _("Points for each step spent, at the band's own rate")

    card_definition = models.ForeignKey(
        CardDefinition,
        verbose_name=_("card definition"),
        on_delete=models.PROTECT,
        related_name="earn_rates",
    )
    incoming_identifier = models.CharField(
        _("incoming identifier"),
        max_length=100,
        help_text=_("Whose orders: the unit's incoming identifier."),
    )
    name = models.CharField(
        _("name"),
        max_length=100,
        default="default",
        help_text=_("An order may name a rate; it then replaces the default one."),
    )
    type = models.CharField(
        _("type"), max_length=10, choices=Type.choices, default=Type.STANDARD
    )
    points = models.PositiveIntegerField(
        _("points"),
        validators=[MinValueValidator(1)],
        help_text=_("Points for each full step (or for the whole band, when fixed)."),
    )
    step = models.PositiveBigIntegerField(
        _("step"),
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("Money for each award, in minor units: 100 is 1.00."),
    )
    offset = models.PositiveBigIntegerField(
        _("offset"),
        default=0,
        help_text=_(
            "Minor units added before counting steps: 50 of 100 rounds half up."
        ),
    )
    floor = models.PositiveBigIntegerField(
        _("floor"),
        default=0,
        help_text=_("Smallest order of this band, in minor units."),
    )
    ceiling = models.PositiveBigIntegerField(
        _("ceiling"),
        null=True,
        blank=True,
        help_text=_("Largest order of this band, in minor units."),
    )

    history = HistoricalRecords(get_user=staff_user)

    class Meta:
        verbose_name = _("earn rate")
        verbose_name_plural = _("earn rates")
        constraints = [
            models.UniqueConstraint(
                fields=["card_definition", "incoming_identifier", "name", "floor"],
                name="earn_rate_band_unique",
            ),
            models.CheckConstraint(
                condition=Q(points__gte=1, points__lte=999_999),
                name="earn_rate_points_between_1_and_999999",
            ),
            models.CheckConstraint(
                condition=Q(step__gte=1), name="earn_rate_step_positive"
            ),
            models.CheckConstraint(
                condition=Q(ceiling__isnull=True) | Q(ceiling__gte=F("floor")),
                name="earn_rate_ceiling_not_below_floor",
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(name)s: %(points)s for each %(step)s (rate %(id)s)") % {
            "name": self.name,
            "points": self.points,
            "step": self.step,
            "id": self.pk,
        }

    @property
    def band(self) -> EarnBand:
        """This band in the form that the policies compute with."""
        return EarnBand(
            type=EarnType(self.type),
            points=self.points,
            step=self.step,
            offset=self.offset,
            floor=self.floor,
            ceiling=self.ceiling,
        )


class BurnRate(models.Model):
    """One band of a burn rate: how many points may be spent at once, and their worth.

    Source: Eagle Eye recipe "Loyalty Points Recipe - Pending Points", step 1.4
    (at least 100 points, in steps of 100, at most 99,999).
    """

    card_definition = models.ForeignKey(
        CardDefinition,
        verbose_name=_("card definition"),
        on_delete=models.PROTECT,
        related_name="burn_rates",
    )
    incoming_identifier = models.CharField(
        _("incoming identifier"),
        max_length=100,
        help_text=_("Whose orders: the unit's incoming identifier."),
    )
    name = models.CharField(_("name"), max_length=100, default="default")
    floor = models.PositiveBigIntegerField(
        _("floor"), default=1, help_text=_("Fewest points of one spend.")
    )
    ceiling = models.PositiveBigIntegerField(
        _("ceiling"), null=True, blank=True, help_text=_("Most points of one spend.")
    )
    step = models.PositiveBigIntegerField(
        _("step"),
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("Points are spent in multiples of this."),
    )
    rate = models.DecimalField(
        _("rate"),
        max_digits=18,
        decimal_places=6,
        default=Decimal(1),
        help_text=_("Worth of one point in minor units of money: 1 is 0.01."),
    )

    history = HistoricalRecords(get_user=staff_user)

    class Meta:
        verbose_name = _("burn rate")
        verbose_name_plural = _("burn rates")
        constraints = [
            models.UniqueConstraint(
                fields=["card_definition", "incoming_identifier", "name", "floor"],
                name="burn_rate_band_unique",
            ),
            models.CheckConstraint(
                condition=Q(step__gte=1), name="burn_rate_step_positive"
            ),
            models.CheckConstraint(
                condition=Q(rate__gte=0), name="burn_rate_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(ceiling__isnull=True) | Q(ceiling__gte=F("floor")),
                name="burn_rate_ceiling_not_below_floor",
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(name)s: from %(floor)s points (rate %(id)s)") % {
            "name": self.name,
            "floor": self.floor,
            "id": self.pk,
        }

    @property
    def band(self) -> BurnBand:
        """This band in the form that the policies compute with."""
        return BurnBand(
            floor=self.floor, ceiling=self.ceiling, step=self.step, rate=self.rate
        )
