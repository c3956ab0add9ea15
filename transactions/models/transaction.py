"""The transaction: one business event on a card, append-only once it is finished."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Card
from transactions.models.bucket import Bucket
from transactions.models.moves import HELD_TYPES, moves_match_type


class TransactionQuerySet(models.QuerySet["Transaction"]):
    """Which transactions are of interest."""

    def open_holds(self) -> "TransactionQuerySet":
        """Spends whose points are only held so far."""
        return self.filter(status=Transaction.Status.PENDING, held_until__isnull=False)


class Transaction(models.Model):
    """One business event on a card.

    `points` and `pending_points` are what it did to the active and to the pending
    balance. A finished transaction never changes (triggers see to it); a requested
    one waits as PENDING until the worker has processed it, and a held spend until it
    is captured or released, or lapses.
    """

    class Type(models.TextChoices):
        PENDING_POINTS_ADDED = "PENDING_POINTS_ADDED", _("Pending points added")
        POINTS_EARNED = "POINTS_EARNED", _("Points earned")
        ADMIN_CREDIT = "ADMIN_CREDIT", _("Credit")
        PENDING_POINTS_ACTIVATED = (
            "PENDING_POINTS_ACTIVATED",
            _("Pending points activated"),
        )
        PENDING_POINTS_CANCELED = (
            "PENDING_POINTS_CANCELED",
            _("Pending points canceled"),
        )
        BUCKET_RESCHEDULED = "BUCKET_RESCHEDULED", _("Dates changed")
        EVENT_RECEIVED = "EVENT_RECEIVED", _("Event received")
        OVERDRAFT_REPAID = "OVERDRAFT_REPAID", _("Overdraft repaid")
        POINTS_SPENT_ON_ORDER = "POINTS_SPENT_ON_ORDER", _("Spent on an order")
        POINTS_SPENT_ON_REWARD = "POINTS_SPENT_ON_REWARD", _("Spent on a reward")
        POINTS_RETURNED = "POINTS_RETURNED", _("Spent points given back")
        POINTS_REFUNDED = "POINTS_REFUNDED", _("Order refunded")
        ADMIN_DEBIT = "ADMIN_DEBIT", _("Debit")
        POINTS_EXPIRED = "POINTS_EXPIRED", _("Points expired")
        ADMIN_POINTS_EXPIRATION = "ADMIN_POINTS_EXPIRATION", _("Expired by hand")

    # What an order earns, and what takes points out of one bucket for good.
    GRANTS = (Type.POINTS_EARNED, Type.PENDING_POINTS_ADDED)
    ENDINGS = (
        Type.PENDING_POINTS_CANCELED,
        Type.POINTS_EXPIRED,
        Type.ADMIN_POINTS_EXPIRATION,
    )
    # What the member pays with points.
    SPENDS = (Type.POINTS_SPENT_ON_ORDER, Type.POINTS_SPENT_ON_REWARD)

    class Status(models.TextChoices):
        PENDING = "PENDING", _("Requested")
        PROCESSING = "PROCESSING", _("Processing")
        APPROVED = "APPROVED", _("Approved")
        REJECTED = "REJECTED", _("Rejected")

    uuid = models.UUIDField(_("uuid"), default=uuid4, unique=True, editable=False)
    card = models.ForeignKey(
        Card,
        verbose_name=_("card"),
        on_delete=models.PROTECT,
        related_name="transactions",
        db_index=False,  # the timeline index below begins with it
    )
    bucket = models.ForeignKey(
        Bucket,
        verbose_name=_("bucket"),
        on_delete=models.PROTECT,
        related_name="transactions",
        null=True,
        blank=True,
        help_text=_("The bucket it concerns. A debit has allocations instead."),
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent"),
        on_delete=models.PROTECT,
        related_name="children",
        null=True,
        blank=True,
        db_index=False,  # a partial index below leaves the many nulls out
        help_text=_("What it answers: the spend given back, the refund it is part of."),
    )
    type = models.CharField(_("type"), max_length=24, choices=Type.choices)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.APPROVED
    )
    points = models.BigIntegerField(_("points"), default=0)
    pending_points = models.BigIntegerField(_("pending points"), default=0)
    effective_at = models.DateTimeField(
        _("effective at"), help_text=_("When it became true.")
    )
    created_at = models.DateTimeField(
        _("created at"), help_text=_("When it was written.")
    )
    processed_at = models.DateTimeField(
        _("processed at"),
        null=True,
        blank=True,
        help_text=_("When a request was approved or rejected."),
    )
    held_until = models.DateTimeField(
        _("held until"),
        null=True,
        blank=True,
        help_text=_("A spend whose points are only held: when the hold lapses."),
    )
    # The defaults below stand in the database too, so that the sweeps' INSERT ...
    # SELECT names only what it has to say.
    order_reference = models.CharField(
        _("order reference"), max_length=200, blank=True, default="", db_default=""
    )
    amount = models.BigIntegerField(
        _("amount"),
        null=True,
        blank=True,
        help_text=_("Money of the order, in minor units."),
    )
    currency = models.CharField(
        _("currency"), max_length=3, blank=True, default="", db_default=""
    )
    reference = models.CharField(
        _("reference"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "The caller's own name for this event, unique on the card for ever."
        ),
    )
    idempotency_key = models.CharField(
        _("idempotency key"), max_length=255, blank=True, default="", db_default=""
    )
    fingerprint = models.CharField(
        _("fingerprint"),
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text=_("Digest of the request, to tell a replay from another request."),
    )
    actor = models.CharField(
        _("actor"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("Who did it."),
    )
    reason = models.CharField(
        _("reason"), max_length=500, blank=True, default="", db_default=""
    )
    details = models.JSONField(_("details"), default=dict, blank=True, db_default={})

    objects = TransactionQuerySet.as_manager()

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        permissions = [
            ("give_back_spend", "Can give back spent points"),
            ("retry_request", "Can retry a request that was rejected"),
            ("import_rows", "Can import rows from files"),
            ("export_rows", "Can export rows to files"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=moves_match_type(),
                name="transaction_points_match_type",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["PENDING", "PROCESSING", "APPROVED", "REJECTED"]
                ),
                name="transaction_status_known",
            ),
            models.CheckConstraint(
                condition=Q(created_at__gte=F("effective_at"))
                | Q(processed_at__isnull=False, processed_at__gte=F("effective_at")),
                name="transaction_written_not_before_it_is_true",
            ),
            models.CheckConstraint(
                condition=Q(held_until__isnull=True) | Q(type__in=HELD_TYPES),
                name="transaction_held_is_a_spend",
            ),
            models.CheckConstraint(
                condition=~Q(type__in=HELD_TYPES)
                | Q(held_until__isnull=False)
                | Q(status="APPROVED"),
                name="transaction_undecided_spend_is_held",
            ),
            # A retry finds its first answer; two at once cannot both be written.
            models.UniqueConstraint(
                fields=["card", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="transaction_idempotency_key_unique_on_card",
            ),
            models.UniqueConstraint(
                fields=["reference", "card"],  # so that a reference can be searched
                condition=~Q(reference=""),
                name="transaction_reference_unique_on_card",
            ),
            models.UniqueConstraint(
                fields=["bucket"],
                condition=Q(type="PENDING_POINTS_ACTIVATED", status="APPROVED"),
                name="transaction_activates_a_bucket_once",
            ),
            models.UniqueConstraint(
                fields=["bucket"],
                condition=Q(type__in=["POINTS_EXPIRED", "ADMIN_POINTS_EXPIRATION"]),
                name="transaction_expires_a_bucket_once",
            ),
            models.UniqueConstraint(
                fields=["bucket"],
                condition=Q(status__in=["PENDING", "PROCESSING"]),
                name="transaction_one_open_request_per_bucket",
            ),
        ]
        indexes = [
            # Serves a card's timeline and its balance at a moment in the past.
            models.Index(
                fields=["card", "-effective_at", "-id"], name="transaction_timeline"
            ),
            # Serves give-backs (what was returned already) and refunds' parts.
            models.Index(
                fields=["parent"],
                condition=Q(parent__isnull=False),
                name="transaction_children",
            ),
            # Serves refunds and the search for an order.
            models.Index(
                fields=["order_reference", "card"],
                condition=~Q(order_reference=""),
                name="transaction_of_order",
            ),
            # Serves process_requests: what is waiting, oldest first.
            models.Index(
                fields=["id"],
                condition=Q(status__in=["PENDING", "PROCESSING"]),
                name="transaction_open_request",
            ),
            # Serves spends and balances: what of a card's points is held.
            models.Index(
                fields=["card"],
                condition=Q(status="PENDING", held_until__isnull=False),
                name="transaction_open_hold",
            ),
            # Serves monitoring: requests that were rejected lately, among the holds
            # that were.
            models.Index(
                fields=["type", "processed_at"],
                condition=Q(status="REJECTED"),
                name="transaction_rejected_lately",
            ),
            # Serves the list of transactions: what was rejected, newest first.
            models.Index(
                fields=["id"],
                condition=Q(status="REJECTED"),
                name="transaction_rejected",
            ),
            # Serves the list of transactions: those of a type, newest first, also where
            # millions of others are newer.
            models.Index(fields=["type", "id"], name="transaction_of_type"),
            # Serve the list of transactions and exports: what became true, or was
            # written, on some days.
            models.Index(fields=["effective_at", "id"], name="transaction_effective"),
            models.Index(fields=["created_at", "id"], name="transaction_created"),
        ]

    def __str__(self) -> str:
        return gettext("%(type)s (transaction %(id)s)") % {
            "type": self.type,
            "id": self.pk,
        }
