"""Rates: how money becomes points, and points become money."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
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
        STANDARD = "STANDARD", "Points for each step spent"
        FIXED = "FIXED", "A fixed award for the band"
        PER_SPEND = "PER_SPEND", "Points for each step spent, at the band's own rate"

    card_definition = models.ForeignKey(
        CardDefinition, on_delete=models.PROTECT, related_name="earn_rates"
    )
    incoming_identifier = models.CharField(
        max_length=100, help_text="Whose orders: the unit's incoming identifier."
    )
    name = models.CharField(
        max_length=100,
        default="default",
        help_text="An order may name a rate; it then replaces the default one.",
    )
    type = models.CharField(max_length=10, choices=Type.choices, default=Type.STANDARD)
    points = models.PositiveIntegerField(
        validators=[MinValueValidator(1)],
        help_text="Points for each full step (or for the whole band, when fixed).",
    )
    step = models.PositiveBigIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text="Money for each award, in minor units: 100 is 1.00.",
    )
    offset = models.PositiveBigIntegerField(
        default=0,
        help_text="Minor units added before counting steps: 50 of 100 rounds half up.",
    )
    floor = models.PositiveBigIntegerField(
        default=0, help_text="Smallest order of this band, in minor units."
    )
    ceiling = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Largest order of this band, in minor units."
    )

    history = HistoricalRecords(get_user=staff_user)

    class Meta:
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
        return f"{self.name}: {self.points} for each {self.step} (rate {self.pk})"

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
        CardDefinition, on_delete=models.PROTECT, related_name="burn_rates"
    )
    incoming_identifier = models.CharField(
        max_length=100, help_text="Whose orders: the unit's incoming identifier."
    )
    name = models.CharField(max_length=100, default="default")
    floor = models.PositiveBigIntegerField(
        default=1, help_text="Fewest points of one spend."
    )
    ceiling = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Most points of one spend."
    )
    step = models.PositiveBigIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text="Points are spent in multiples of this.",
    )
    rate = models.DecimalField(
        max_digits=18,
        decimal_places=6,
        default=Decimal(1),
        help_text="Worth of one point in minor units of money: 1 is 0.01.",
    )

    history = HistoricalRecords(get_user=staff_user)

    class Meta:
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
        return f"{self.name}: from {self.floor} points (rate {self.pk})"

    @property
    def band(self) -> BurnBand:
        """This band in the form that the policies compute with."""
        return BurnBand(
            floor=self.floor, ceiling=self.ceiling, step=self.step, rate=self.rate
        )
