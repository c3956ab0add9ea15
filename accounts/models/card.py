"""The card: one member's points account under one card definition."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from accounts.models.member import Member
from schemes.models import CardDefinition


class Card(models.Model):
    """One member's points account under one card definition.

    A card holds no balance: balances are derived from its buckets. The overdraft is
    the one figure that it keeps.
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", "Active"
        BLOCKED = "BLOCKED", "Blocked"
        CLOSED = "CLOSED", "Closed"

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="cards")
    definition = models.ForeignKey(
        CardDefinition, on_delete=models.PROTECT, related_name="cards"
    )
    code = models.CharField(max_length=40)
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.ACTIVE
    )
    overdraft = models.PositiveBigIntegerField(
        default=0,
        help_text="Points owed by the member, repaid by the next that become active.",
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "definition"], name="card_one_per_definition"
            ),
            models.UniqueConstraint(
                fields=["definition", "code"], name="card_code_unique_in_definition"
            ),
            models.CheckConstraint(condition=~Q(code=""), name="card_has_a_code"),
            models.CheckConstraint(
                condition=Q(status__in=["ACTIVE", "BLOCKED", "CLOSED"]),
                name="card_status_known",
            ),
            models.CheckConstraint(
                condition=Q(overdraft__gte=0), name="card_overdraft_not_negative"
            ),
        ]
        indexes = [
            # Serves the sweeps, which settle overdrawn cards one by one.
            models.Index(
                fields=["id"], condition=Q(overdraft__gt=0), name="card_overdrawn"
            ),
            # Serves finding a card by its number alone, across definitions.
            models.Index(fields=["code"], name="card_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} (card {self.pk})"
