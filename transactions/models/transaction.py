"""The transaction: one business event on a card, append-only once it is finished."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from accounts.models import Card
from transactions.models.bucket import Bucket

# What each type may do to the two balances. One CHECK constraint is made of it.
MOVES_NOTHING = Q(points=0, pending_points=0)
ADDS_PENDING = Q(points=0, pending_points__gt=0, bucket__isnull=False)
ADDS_ACTIVE = Q(points__gt=0, pending_points=0, bucket__isnull=False)
TAKES_ACTIVE = Q(points__lt=0, pending_points=0)
MOVES_BY_TYPE = {
    "PENDING_POINTS_ADDED": ADDS_PENDING,
    # An order too small for a point earns 0 and makes no bucket.
    "POINTS_EARNED": ADDS_ACTIVE | (MOVES_NOTHING & Q(bucket__isnull=True)),
    "ADMIN_CREDIT": ADDS_ACTIVE | ADDS_PENDING,
    "PENDING_POINTS_ACTIVATED": Q(
        points__gt=0, pending_points=0 - F("points"), bucket__isnull=False
    ),
    "PENDING_POINTS_CANCELED": Q(points=0, pending_points__lt=0, bucket__isnull=False),
    "BUCKET_RESCHEDULED": MOVES_NOTHING & Q(bucket__isnull=False),
    "EVENT_RECEIVED": MOVES_NOTHING,
    "OVERDRAFT_REPAID": MOVES_NOTHING,
    "POINTS_SPENT_ON_ORDER": TAKES_ACTIVE,
    "POINTS_SPENT_ON_REWARD": TAKES_ACTIVE,
    "POINTS_RETURNED": Q(points__gt=0, pending_points=0, parent__isnull=False),
    # A refund may find everything still pending: its children then took all.
    "POINTS_REFUNDED": TAKES_ACTIVE | MOVES_NOTHING,
    "ADMIN_DEBIT": TAKES_ACTIVE,
    "POINTS_EXPIRED": TAKES_ACTIVE & Q(bucket__isnull=False),
    "ADMIN_POINTS_EXPIRATION": TAKES_ACTIVE & Q(bucket__isnull=False),
}


def _moves_match_type() -> Q:
    allowed = Q()
    for type_, moves in MOVES_BY_TYPE.items():
        allowed |= Q(type=type_) & moves
    return allowed


class Transaction(models.Model):
    """One business event on a card.

    `points` and `pending_points` are what it did to the active and to the pending
    balance. A finished transaction never changes (triggers see to it); a requested
    one waits as PENDING until the worker has processed it.
    """

    class Type(models.TextChoices):
        PENDING_POINTS_ADDED = "PENDING_POINTS_ADDED", "Pending points added"
        POINTS_EARNED = "POINTS_EARNED", "Points earned"
        ADMIN_CREDIT = "ADMIN_CREDIT", "Credit"
        PENDING_POINTS_ACTIVATED = (
            "PENDING_POINTS_ACTIVATED",
            "Pending points activated",
        )
        PENDING_POINTS_CANCELED = "PENDING_POINTS_CANCELED", "Pending points canceled"
        BUCKET_RESCHEDULED = "BUCKET_RESCHEDULED", "Dates changed"
        EVENT_RECEIVED = "EVENT_RECEIVED", "Event received"
        OVERDRAFT_REPAID = "OVERDRAFT_REPAID", "Overdraft repaid"
        POINTS_SPENT_ON_ORDER = "POINTS_SPENT_ON_ORDER", "Spent on an order"
        POINTS_SPENT_ON_REWARD = "POINTS_SPENT_ON_REWARD", "Spent on a reward"
        POINTS_RETURNED = "POINTS_RETURNED", "Spent points given back"
        POINTS_REFUNDED = "POINTS_REFUNDED", "Order refunded"
        ADMIN_DEBIT = "ADMIN_DEBIT", "Debit"
        POINTS_EXPIRED = "POINTS_EXPIRED", "Points expired"
        ADMIN_POINTS_EXPIRATION = "ADMIN_POINTS_EXPIRATION", "Expired by hand"

    # What an order earns, and what takes points out of one bucket for good.
    GRANTS = (Type.POINTS_EARNED, Type.PENDING_POINTS_ADDED)
    ENDINGS = (
        Type.PENDING_POINTS_CANCELED,
        Type.POINTS_EXPIRED,
        Type.ADMIN_POINTS_EXPIRATION,
    )

    class Status(models.TextChoices):
        PENDING = "PENDING", "Requested"
        PROCESSING = "PROCESSING", "Processing"
        APPROVED = "APPROVED", "Approved"
        REJECTED = "REJECTED", "Rejected"

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    card = models.ForeignKey(
        Card,
        on_delete=models.PROTECT,
        related_name="transactions",
        db_index=False,  # the timeline index below begins with it
    )
    bucket = models.ForeignKey(
        Bucket,
        on_delete=models.PROTECT,
        related_name="transactions",
        null=True,
        blank=True,
        help_text="The bucket it concerns. A debit has allocations instead.",
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="children",
        null=True,
        blank=True,
        db_index=False,  # a partial index below leaves the many nulls out
        help_text="What it answers: the spend given back, the refund it is part of.",
    )
    type = models.CharField(max_length=24, choices=Type.choices)
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.APPROVED
    )
    points = models.BigIntegerField(default=0)
    pending_points = models.BigIntegerField(default=0)
    effective_at = models.DateTimeField(help_text="When it became true.")
    created_at = models.DateTimeField(help_text="When it was written.")
    processed_at = models.DateTimeField(
        null=True, blank=True, help_text="When a request was approved or rejected."
    )
    # The defaults below stand in the database too, so that the sweeps' INSERT ...
    # SELECT names only what it has to say.
    order_reference = models.CharField(
        max_length=200, blank=True, default="", db_default=""
    )
    amount = models.BigIntegerField(
        null=True, blank=True, help_text="Money of the order, in minor units."
    )
    currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    reference = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="The caller's own name for this event, unique on the card for ever.",
    )
    idempotency_key = models.CharField(
        max_length=255, blank=True, default="", db_default=""
    )
    fingerprint = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Digest of the request, to tell a replay from another request.",
    )
    actor = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="Who did it."
    )
    reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    details = models.JSONField(default=dict, blank=True, db_default={})

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=_moves_match_type(),
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
        ]

    def __str__(self) -> str:
        return f"{self.type} (transaction {self.pk})"
