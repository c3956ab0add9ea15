"""What views of one card share: the card and the bucket of the address, the answer."""

from typing import Any

from rest_framework.response import Response

from accounts.models import Card
from loyalty.doors.voucherify import shown
from loyalty.doors.voucherify.base import VoucherifyViewSet
from loyalty.doors.voucherify.ids import Kind
from loyalty.doors.voucherify.listing import Listing
from transactions import ledger
from transactions.models import Bucket, Transaction


class CardViewSet(VoucherifyViewSet):
    """Actions on what a card holds."""

    def own_card(self) -> Card:
        """The card of the address.

        :raises NotFound: of the program, the member or the card, whichever is missing.
        """
        program = self.program()
        return self.card(program, self.member(program))

    def bucket(self, card: Card, kind: Kind) -> Bucket:
        """The bucket of the address.

        :raises NotFound: if it is not one of the card's.
        """
        found: Bucket = self.find(card.buckets.all(), kind, "bucket_id")
        return found

    def cause(self, reason: str) -> ledger.Cause:
        """Why something happens to the points: the caller asks for it."""
        return ledger.Cause(actor=self.caller.actor, reason=reason)

    def page(self, listing: Listing, rows: Any, *, card: Card, show: Any) -> Response:
        """A page of what belongs to the card."""
        page = listing.page(self.request, rows)
        return page.answer([show(row, card=card) for row in page.rows])

    def created(self, row: Transaction, *, card: Card, message: str) -> Response:
        """The answer to what made a transaction."""
        return Response(
            {
                "status": "TRANSACTION_CREATED",
                "message": message,
                "transaction": shown.transaction(row, card=card),
            }
        )
