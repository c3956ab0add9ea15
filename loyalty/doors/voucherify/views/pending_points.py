"""Points that wait: which there are, and their activation or cancellation by hand."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models.functions import Coalesce
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.doors.voucherify import shown
from loyalty.doors.voucherify.ids import Kind
from loyalty.doors.voucherify.listing import Listing
from loyalty.doors.voucherify.processing import process_soon
from loyalty.doors.voucherify.views.cards import CardViewSet
from loyalty.errors import Blocked
from transactions import ledger
from transactions.models import Transaction

WAITING = Listing(
    cursor_prefix="lcrscppb_", order={"date": "date"}, default="date", filters={}
)
UNDECIDED = (Transaction.Status.PENDING, Transaction.Status.PROCESSING)


class ResourceLocked(Blocked):
    """Somebody else is at it (423)."""

    key = "resource_locked"
    default_message = "Another request for these points is being processed."


class PendingPointsViewSet(CardViewSet):
    """The buckets of a card that wait."""

    scopes = {"list": "points:read"}

    def list(self, request: Request, **ids: str) -> Response:
        """The buckets that still wait by their own dates, the soonest first."""
        card = self.own_card()
        waiting = card.buckets.waiting(at=self.now).annotate(
            date=Coalesce("activates_at", "cancels_at")
        )
        return self.page(WAITING, waiting, card=card, show=shown.pending_bucket)


class DecisionViewSet(CardViewSet):
    """A decision about a bucket that waits: it is requested, and processed soon."""

    scopes = {"create": "buckets:write"}
    request_: ClassVar[Callable[..., Transaction]]
    requested: ClassVar[Transaction.Type]
    word: ClassVar[str]
    unneeded: ClassVar[str]

    def create(self, request: Request, **ids: str) -> Response:
        """Request it. The body plays no role: Voucherify's clients send none, or {}."""
        card = self.own_card()
        bucket = self.bucket(card, Kind.PENDING_BUCKET)
        cause = self.cause(f"Manual points {self.word}")
        try:
            row = self.request_(bucket=bucket, now=self.now, cause=cause)
        except ledger.RequestAlreadyOpen as refusal:
            others = bucket.transactions.filter(status__in=UNDECIDED)
            if not others.filter(type=self.requested).exists():
                raise ResourceLocked from refusal
            return self._unneeded()
        process_soon(row, now=self.now)
        message = f"Points {self.word} transaction created"
        return self.created(row, card=card, message=message)

    def _unneeded(self) -> Response:
        return Response(
            {
                "status": self.unneeded,
                "message": f"Points {self.word} is being processed already, "
                "transaction was not created",
                "transaction": None,
            }
        )


class ActivationViewSet(DecisionViewSet):
    """Source: Voucherify "Activate pending points"."""

    request_ = staticmethod(ledger.request_activation)
    requested = Transaction.Type.PENDING_POINTS_ACTIVATED
    word = "activation"
    unneeded = "NO_ACTIVATION"


class CancellationViewSet(DecisionViewSet):
    """Source: Voucherify "Cancel pending points"."""

    keys: Mapping[str, Any] = {
        "bucket_already_due": "bucket_not_eligible_for_manual_cancellation"
    }
    request_ = staticmethod(ledger.request_cancellation)
    requested = Transaction.Type.PENDING_POINTS_CANCELED
    word = "cancellation"
    unneeded = "NO_CANCELLATION"
