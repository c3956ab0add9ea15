"""The member: a customer of a unit, who holds cards."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from schemes.models import Unit


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
