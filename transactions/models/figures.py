"""Figures added up beforehand, so that nobody waits for millions of rows to be read.

They say nothing that the transactions and buckets do not say: `manage.py close_figures
--rebuild` makes them anew at any time.
"""

from django.db import models

from schemes.models import Scheme
from transactions.models.transaction import Transaction


class DailyFigure(models.Model):
    """What the approved transactions of one type did in a scheme on one day.

    Only those up to the `FigureMark`; later ones are added when the figures are read.
    """

    scheme = models.ForeignKey(
        Scheme, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField(help_text="When it became true, in the scheme's zone.")
    type = models.CharField(max_length=24, choices=Transaction.Type.choices)
    points = models.BigIntegerField(default=0)
    pending_points = models.BigIntegerField(default=0)
    transactions = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "day", "type"], name="daily_figure_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} on {self.day} (scheme {self.scheme_id})"


class CalendarFigure(models.Model):
    """Points of a scheme by a day to come, or by the month in which they were granted."""

    class Kind(models.TextChoices):
        # By the day to come, if nothing else happens.
        ACTIVATION = "ACTIVATION", "Become active"
        EXPIRY = "EXPIRY", "Lapse"
        # By the first day of the month in which they were granted.
        GRANTED = "GRANTED", "Were granted"
        LAPSED = "LAPSED", "Have lapsed of them"

    scheme = models.ForeignKey(
        Scheme, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    day = models.DateField()
    points = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "kind", "day"], name="calendar_figure_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.day} (scheme {self.scheme_id})"


class FigureMark(models.Model):
    """How far the figures go: one row, whose lock makes one worker at a time add up.

    An id that was `seen` is `ripe` once every transaction of the database that ran then
    has ended: no row with a lower id can appear any more.
    """

    counted = models.BigIntegerField(
        default=0, help_text="Transactions up to this id are in the daily figures."
    )
    ripe = models.BigIntegerField(default=0, help_text="Up to this id they may be.")
    ripe_at = models.DateTimeField(null=True)
    seen = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)
    horizon = models.BigIntegerField(
        default=0, help_text="Lower numbers of the database's own ran at that look."
    )
    calendars_at = models.DateTimeField(
        null=True, help_text="When the days to come were added up."
    )

    def __str__(self) -> str:
        return f"figures up to transaction {self.counted}"


class Undecided(models.Model):
    """A request or hold that the mark has passed: counted once it is decided."""

    transaction = models.OneToOneField(
        Transaction, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"transaction {self.pk}, not decided when it was passed"
