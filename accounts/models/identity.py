"""The identity: a value that finds a member."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models.member import Member
from schemes.models import Unit
from schemes.models.door_fields import DoorFields


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
        CARD = "CARD", _("Card number")
        EMAIL = "EMAIL", _("E-mail address")
        PHONE = "PHONE", _("Phone number")
        OTHER = "OTHER", _("Other")

    # The member's own unit, kept here because the value is unique within it.
    unit = models.ForeignKey(
        Unit,
        verbose_name=_("unit"),
        on_delete=models.PROTECT,
        related_name="identities",
    )
    member = models.ForeignKey(
        Member,
        verbose_name=_("member"),
        on_delete=models.PROTECT,
        related_name="identities",
    )
    type = models.CharField(
        _("type"), max_length=5, choices=Type.choices, default=Type.CARD
    )
    value = models.CharField(_("value"), max_length=200)
    door_fields = DoorFields()
    created_at = models.DateTimeField(_("created at"))

    objects = IdentityQuerySet.as_manager()

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
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
        return gettext("%(value)s (identity %(id)s)") % {
            "value": self.value,
            "id": self.pk,
        }
