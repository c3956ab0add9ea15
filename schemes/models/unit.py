"""The business unit: the tenant that owns schemes, members and API clients."""

from uuid import uuid4

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from schemes.history import staff_user

# Letters and digits only, case kept: the form Eagle Eye gives an incoming identifier.
incoming_identifier_validator = RegexValidator(
    r"^[A-Za-z0-9]+\Z", _("Use letters and digits only, for example: aeplc.")
)


class Unit(models.Model):
    """A tenant. Nothing of one unit is visible to another."""

    uuid = models.UUIDField(_("uuid"), default=uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    incoming_identifier = models.CharField(
        _("incoming identifier"),
        max_length=100,
        unique=True,
        validators=[incoming_identifier_validator],
        help_text=_(
            "How requests name this unit, and the key of its rates. "
            "Letters and digits only."
        ),
    )

    history = HistoricalRecords(get_user=staff_user)

    class Meta:
        verbose_name = _("business unit")
        verbose_name_plural = _("business units")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(incoming_identifier=""),
                name="unit_has_an_incoming_identifier",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.incoming_identifier})"
