"""What happened to a card's points, and their adjustment by hand."""

from django.db.models import OuterRef, QuerySet, Subquery
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.doors.voucherify import shown
from loyalty.doors.voucherify.filters import DateFilter, IdFilter
from loyalty.doors.voucherify.ids import Kind
from loyalty.doors.voucherify.listing import Listing
from loyalty.doors.voucherify.serializers.points import AdjustmentSerializer
from loyalty.doors.voucherify.views.cards import CardViewSet
from loyalty.errors import Blocked
from transactions import ledger
from transactions.models import Transaction

HISTORY = Listing(
    cursor_prefix="lcrsctx_",
    order={"created_at": "created_at", "id": "id"},
    default="-created_at",
    filters={
        "id": IdFilter(Kind.TRANSACTION),
        "created_at": DateFilter("created_at"),
    },
)
# They move no points, and Voucherify has no words for them.
UNSPOKEN = (
    Transaction.Type.BUCKET_RESCHEDULED,
    Transaction.Type.EVENT_RECEIVED,
    Transaction.Type.OVERDRAFT_REPAID,
)


class InsufficientCardBalance(Blocked):
    """The card holds fewer points than are to be subtracted (423)."""

    key = "insufficient_card_balance"


class TransactionsViewSet(CardViewSet):
    """The transactions of a card."""

    scopes = {"list": "points:read", "adjust": "points:write"}

    def list(self, request: Request, **ids: str) -> Response:
        """All transactions that Voucherify knows, the newest first."""
        card = self.own_card()
        rows = card.transactions.exclude(type__in=UNSPOKEN).select_related("bucket")
        return self.page(HISTORY, with_moves(rows), card=card, show=shown.transaction)

    def adjust(self, request: Request, **ids: str) -> Response:
        """Add points, which are active at once, or subtract them."""
        card = self.own_card()
        given = self.given(AdjustmentSerializer)
        points = given.validated_data["points"]
        if not points:
            return Response(
                {
                    "transaction": None,
                    "status": "NO_CHANGE",
                    "message": "Provided amount is zero, transaction was not created",
                }
            )
        verb, word = (
            (ledger.credit, "addition") if points > 0 else (ledger.debit, "subtraction")
        )
        cause = self.cause(given.validated_data.get("reason") or "")
        try:
            row = verb(card=card, points=abs(points), now=self.now, cause=cause)
        except ledger.InsufficientPoints as refusal:
            # Only the state of the card stands in the way, which is 423 here.
            raise InsufficientCardBalance(refusal.message, field="points") from refusal
        message = f"Points {word} transaction created"
        return self.created(row, card=card, message=message)


def with_moves(rows: QuerySet[Transaction]) -> QuerySet[Transaction]:
    """Rows with `moved`: what is told of the first later move of their bucket's dates."""
    moves = Transaction.objects.filter(
        bucket=OuterRef("bucket"),
        pk__gt=OuterRef("pk"),
        details__has_key="dates_before",
    )
    return rows.annotate(moved=Subquery(moves.order_by("pk").values("details")[:1]))
