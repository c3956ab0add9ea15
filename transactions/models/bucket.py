"""The bucket: a lot of points granted together, with its own dates."""

from datetime import datetime
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Card
from schemes.models import CardDefinition


class BucketQuerySet(models.QuerySet["Bucket"]):
    """Which buckets are of interest."""

    def pending(self) -> "BucketQuerySet":
        """Buckets that have not been activated or canceled yet."""
        return self.filter(status=Bucket.Status.PENDING)

    def waiting(self, *, at: datetime) -> "BucketQuerySet":
        """Pending buckets whose own dates say that they still wait at `at`."""
        return self.pending().filter(
            Q(activates_at__gt=at) | Q(activates_at__isnull=True, cancels_at__gt=at)
        )

    def open(self) -> "BucketQuerySet":
        """Buckets that still hold points."""
        return self.filter(
            status__in=[Bucket.Status.PENDING, Bucket.Status.ACTIVE], remaining__gt=0
        )


class Bucket(models.Model):
    """Points granted together: `points` were granted, `remaining` are left.

    PENDING -> ACTIVE or CANCELED; ACTIVE -> EXPIRED. A spent-out bucket is ACTIVE
    with nothing remaining. The dates are those of the grant: editing a scheme
    changes none of them.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING", _("Pending")
        ACTIVE = "ACTIVE", _("Active")
        CANCELED = "CANCELED", _("Canceled")
        EXPIRED = "EXPIRED", _("Expired")

    uuid = models.UUIDField(_("uuid"), default=uuid4, unique=True, editable=False)
    card = models.ForeignKey(
        Card, verbose_name=_("card"), on_delete=models.PROTECT, related_name="buckets"
    )
    points = models.PositiveBigIntegerField(_("points"))
    remaining = models.PositiveBigIntegerField(_("remaining"))
    status = models.CharField(_("status"), max_length=8, choices=Status.choices)
    earned_at = models.DateTimeField(
        _("earned at"), help_text=_("When the points were earned.")
    )
    activates_at = models.DateTimeField(
        _("activates at"),
        null=True,
        blank=True,
        help_text=_("First moment they can be spent. Empty while an event is awaited."),
    )
    expires_at = models.DateTimeField(
        _("expires at"),
        null=True,
        blank=True,
        help_text=_("First moment they can no longer be spent. Empty: never."),
    )
    cancels_at = models.DateTimeField(
        _("cancels at"),
        null=True,
        blank=True,
        help_text=_("When they are canceled unless the awaited event has happened."),
    )
    pending_mode = models.CharField(
        _("pending mode"), max_length=12, choices=CardDefinition.PendingMode.choices
    )
    expiry_mode = models.CharField(
        _("expiry mode"), max_length=8, choices=CardDefinition.ExpiryMode.choices
    )
    order_reference = models.CharField(_("order reference"), max_length=200, blank=True)
    terms = models.JSONField(
        _("terms"),
        null=True,
        blank=True,
        help_text=_(
            "Only for points that await an event: which events, and how the "
            "expiry is then counted, as promised at the grant."
        ),
    )
    created_at = models.DateTimeField(
        _("created at"), help_text=_("When this row was written.")
    )

    objects = BucketQuerySet.as_manager()

    class Meta:
        verbose_name = _("bucket")
        verbose_name_plural = _("buckets")
        permissions = [
            ("activate_bucket", "Can activate pending points early"),
            ("cancel_bucket", "Can cancel pending points"),
            ("reschedule_bucket", "Can change when points activate or expire"),
            ("expire_bucket", "Can expire points by hand"),
            ("view_liability", "Can see what outstanding points are worth"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0), name="bucket_points_positive"
            ),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("points")),
                name="bucket_remaining_within_points",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["PENDING", "ACTIVE", "CANCELED", "EXPIRED"]),
                name="bucket_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["PENDING", "ACTIVE"]) | Q(remaining=0),
                name="bucket_closed_is_empty",
            ),
            models.CheckConstraint(
                condition=~Q(status="PENDING") | Q(remaining__gt=0),
                name="bucket_pending_holds_points",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["ACTIVE", "EXPIRED"])
                | Q(activates_at__isnull=False),
                name="bucket_active_has_an_activation_moment",
            ),
            models.CheckConstraint(
                condition=Q(activates_at__isnull=False)
                | Q(cancels_at__isnull=False, pending_mode="EVENT_BASED"),
                name="bucket_without_activation_moment_awaits_an_event",
            ),
            models.CheckConstraint(
                condition=Q(activates_at__isnull=True)
                | Q(activates_at__gte=F("earned_at")),
                name="bucket_activates_not_before_it_is_earned",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True)
                | Q(activates_at__isnull=True)
                | Q(expires_at__gt=F("activates_at")),
                name="bucket_expires_after_activation",
            ),
        ]
        indexes = [
            # Serves the sweep activate_due: what is pending and due, oldest first.
            models.Index(
                fields=["activates_at", "id"],
                condition=Q(status="PENDING"),
                name="bucket_due_activation",
            ),
            # Serves the sweep expire_due: what still holds points past its date.
            models.Index(
                fields=["expires_at", "id"],
                condition=Q(status="ACTIVE", remaining__gt=0),
                name="bucket_due_expiry",
            ),
            # Serves the sweep cancel_due: awaited events that did not come.
            models.Index(
                fields=["cancels_at", "id"],
                condition=Q(status="PENDING", cancels_at__isnull=False),
                name="bucket_due_cancellation",
            ),
            # Serves spends, balances and schedules: what a card still holds.
            models.Index(
                fields=["card", "expires_at"],
                condition=Q(status__in=["PENDING", "ACTIVE"], remaining__gt=0),
                name="bucket_open_of_card",
            ),
            # Serves refunds and the search for an order.
            models.Index(
                fields=["order_reference", "card"],
                condition=~Q(order_reference=""),
                name="bucket_of_order",
            ),
            # Serve the list of buckets: those that ended so, newest first. One index
            # each, as those that expired are all old, which PostgreSQL cannot know.
            models.Index(
                fields=["id"],
                condition=Q(status="CANCELED"),
                name="bucket_canceled",
            ),
            models.Index(
                fields=["id"],
                condition=Q(status="EXPIRED"),
                name="bucket_expired",
            ),
            # Serve the list of buckets and exports: what was earned, or expires, on
            # some days.
            models.Index(fields=["earned_at", "id"], name="bucket_earned"),
            models.Index(fields=["expires_at", "id"], name="bucket_expires"),
        ]

    def __str__(self) -> str:
        return gettext("%(remaining)s of %(points)s points (bucket %(id)s)") % {
            "remaining": self.remaining,
            "points": self.points,
            "id": self.pk,
        }

    @property
    def dates(self) -> dict[str, str | None]:
        """The dates that can change, as a transaction that changes them keeps them."""
        moments = {
            "activates_at": self.activates_at,
            "expires_at": self.expires_at,
            "cancels_at": self.cancels_at,
        }
        return {
            name: moment.isoformat() if moment else None
            for name, moment in moments.items()
        }
