"""The card: one member's points account under one card definition."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models.member import Member
from schemes.models import CardDefinition
from schemes.models.door_fields import DoorFields


class Card(models.Model):
    """One member's points account under one card definition.

    A card holds no balance: balances are derived from its buckets. The overdraft is
    the one figure that it keeps.
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", _("Active")
        BLOCKED = "BLOCKED", _("Blocked")
        CLOSED = "CLOSED", _("Closed")

    uuid = models.UUIDField(_("uuid"), default=uuid4, unique=True, editable=False)
    member = models.ForeignKey(
        Member, verbose_name=_("member"), on_delete=models.PROTECT, related_name="cards"
    )
    definition = models.ForeignKey(
        CardDefinition,
        verbose_name=_("definition"),
        on_delete=models.PROTECT,
        related_name="cards",
    )
    code = models.CharField(_("code"), max_length=40)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE
    )
    overdraft = models.PositiveBigIntegerField(
        _("overdraft"),
        default=0,
        help_text=_(
            "Points owed by the member, repaid by the next that become active."
        ),
    )
    door_fields = DoorFields()
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        permissions = [
            ("adjust_points", "Can credit and debit points by hand"),
            ("refund_order", "Can take back what an order earned"),
            ("block_card", "Can block, unblock and close cards"),
            ("replace_card", "Can replace a card by another number"),
        ]
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
        return gettext("%(code)s (card %(id)s)") % {"code": self.code, "id": self.pk}
