"""The member: a customer of a unit, who holds cards."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from schemes.models import Unit
from schemes.models.door_fields import DoorFields


class Member(models.Model):
    """A customer of a unit. Not a Django user: staff log in with `auth.User`."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", _("Active")
        INACTIVE = "INACTIVE", _("Inactive")

    uuid = models.UUIDField(_("uuid"), default=uuid4, unique=True, editable=False)
    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="members"
    )
    external_id = models.CharField(
        _("external id"),
        max_length=200,
        help_text=_("The shop's own id of this customer."),
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE
    )
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    door_fields = DoorFields()
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
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
        return gettext("%(name)s (member %(id)s)") % {
            "name": self.name or self.external_id,
            "id": self.pk,
        }
