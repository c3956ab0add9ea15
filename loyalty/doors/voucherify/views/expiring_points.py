"""Points that will lapse: which there are, and how one lets them lapse by hand."""

from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.doors.voucherify import shown
from loyalty.doors.voucherify.ids import Kind
from loyalty.doors.voucherify.listing import Listing
from loyalty.doors.voucherify.views.cards import CardViewSet
from loyalty.errors import Blocked
from schemes.models import CardDefinition
from transactions import ledger

EXPIRING = Listing(
    cursor_prefix="lcrspeb_",
    order={"expiration_date": "expires_at"},
    default="expiration_date",
    filters={},
)


class ExpirationNotEnabled(Blocked):
    """The points of this card never lapse, so nobody can let them (423)."""

    key = "points_expiration_not_enabled"
    default_message = "Points expiration is not enabled on the card definition."


class NoExpirationDate(Blocked):
    """The bucket never lapses, though others of its card do (423)."""

    key = "bucket_not_eligible_for_manual_expiration"
    default_message = "The bucket has no expiration date."


class ExpiringPointsViewSet(CardViewSet):
    """The buckets of a card that can be spent until some date."""

    scopes = {"list": "points:read", "expire": "buckets:write"}

    def list(self, request: Request, **ids: str) -> Response:
        """The buckets with points to spend, the soonest to lapse first."""
        card = self.own_card()
        expiring = card.buckets.open().filter(
            # What a late sweep left PENDING can be spent all the same.
            activates_at__lte=self.now,
            expires_at__gt=self.now,
        )
        return self.page(EXPIRING, expiring, card=card, show=shown.expiring_bucket)

    def expire(self, request: Request, **ids: str) -> Response:
        """Let what remains in the bucket lapse now."""
        card = self.own_card()
        bucket = self.bucket(card, Kind.EXPIRING_BUCKET)
        # The ledger would let any points lapse; of these Voucherify says that they
        # are no expiring points.
        if bucket.expires_at is None:
            if card.definition.expiry_mode == CardDefinition.ExpiryMode.NONE:
                raise ExpirationNotEnabled
            raise NoExpirationDate
        cause = self.cause("Manual points expiration")
        row = ledger.expire(bucket=bucket, now=self.now, cause=cause)
        message = "Points expiration transaction created"
        return self.created(row, card=card, message=message)
