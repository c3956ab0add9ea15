"""Who holds points: members, the identities that find them, and their cards."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from schemes.models import CardDefinition, Unit


class Member(models.Model):
    """A customer of a unit. Not a Django user: staff log in with `auth.User`."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", "Active"
        INACTIVE = "INACTIVE", "Inactive"

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="members")
    external_id = models.CharField(
        max_length=200, help_text="The shop's own id of this customer."
    )
    name = models.CharField(max_length=200, blank=True)
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.ACTIVE
    )
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "external_id"], name="member_unique_in_unit"
            ),
            models.CheckConstraint(
                condition=~Q(external_id=""), name="member_has_an_external_id"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["ACTIVE", "INACTIVE"]),
                name="member_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.external_id} (member {self.pk})"


class IdentityQuerySet(models.QuerySet["Identity"]):
    """Ways to look identities up."""

    def for_value(self, *, unit: Unit, value: str) -> "IdentityQuerySet":
        """The identity of `unit` with this value, whatever its case."""
        return self.alias(folded=Lower("value")).filter(
            unit=unit, folded=Lower(models.Value(value.strip()))
        )


class Identity(models.Model):
    """A value that finds a member: a card number, an e-mail address, a phone."""

    class Type(models.TextChoices):
        CARD = "CARD", "Card number"
        EMAIL = "EMAIL", "E-mail address"
        PHONE = "PHONE", "Phone number"
        OTHER = "OTHER", "Other"

    # The member's own unit, kept here because the value is unique within it.
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="identities")
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="identities"
    )
    type = models.CharField(max_length=5, choices=Type.choices, default=Type.CARD)
    value = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    objects = IdentityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            # Serves `for_value`: finding a member by card number, e-mail or phone.
            models.UniqueConstraint(
                "unit", Lower("value"), name="identity_value_unique_in_unit"
            ),
            models.CheckConstraint(condition=~Q(value=""), name="identity_has_a_value"),
            models.CheckConstraint(
                condition=Q(type__in=["CARD", "EMAIL", "PHONE", "OTHER"]),
                name="identity_type_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} (identity {self.pk})"


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
