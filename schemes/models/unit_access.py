"""Access to a unit: which of the staff work for which tenant."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from schemes.models.unit import Unit


class UnitAccess(models.Model):
    """One of the staff works for a unit. What they may do there, their roles say."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        # Says nothing without either of the two.
        on_delete=models.CASCADE,
        related_name="unit_accesses",
    )
    unit = models.ForeignKey(
        Unit,
        verbose_name=_("unit"),
        on_delete=models.CASCADE,
        related_name="accesses",
        help_text=_("What belongs to other units is not there for this person."),
    )

    class Meta:
        verbose_name = _("unit to work for")
        verbose_name_plural = _("units to work for")
        constraints = [
            # Serves "which units does this person work for", too.
            models.UniqueConstraint(
                fields=["user", "unit"], name="unit_access_once_per_user"
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(user)s works for %(unit)s") % {
            "user": self.user,
            "unit": self.unit,
        }
