"""The API of orders: refund what one earned, activate or cancel what still waits."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.db.transaction import atomic
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Card
from loyalty.errors import BadInput
from transactions import ledger
from transactions.models import Bucket, Transaction
from transactions.serializers import verbs
from transactions.serializers.rows import (
    TransactionSerializer,
    TransactionsSerializer,
)
from transactions.views.cards import DRY_RUN
from transactions.views.verbs import VerbMixin


class OrderViewSet(VerbMixin):
    """An order, by its reference. `?dry_run=true` previews."""

    queryset = Bucket.objects.all()
    serializer_class = TransactionSerializer
    unit_path = "card__member__unit"
    scope_resource = "points"
    scopes = {"activate": "buckets:write", "cancel": "buckets:write"}

    @extend_schema(request=verbs.RefundSerializer, parameters=[DRY_RUN])
    @extend_schema(responses={200: TransactionSerializer, 201: TransactionSerializer})
    def refund(self, request: Request, order_reference: str) -> Response:
        """Take back what the order earned: all that is left of it, or a part."""
        given = self.given(verbs.RefundSerializer)
        uuid = given.validated_data.get("card")
        card = self._card(order_reference, uuid=uuid)
        return self.call(
            ledger.refund_order,
            given=given,
            card=card,
            order_reference=order_reference,
        )

    @extend_schema(request=verbs.OrderActionSerializer, parameters=[DRY_RUN])
    @extend_schema(responses={200: TransactionsSerializer, 201: TransactionsSerializer})
    def activate(self, request: Request, order_reference: str) -> Response:
        """Make spendable all that still waits of the order."""
        return self._each(ledger.activate, order_reference)

    @extend_schema(request=verbs.OrderActionSerializer, parameters=[DRY_RUN])
    @extend_schema(responses={200: TransactionsSerializer, 201: TransactionsSerializer})
    def cancel(self, request: Request, order_reference: str) -> Response:
        """Take back all that still waits of the order."""
        return self._each(ledger.cancel, order_reference)

    def _each(self, verb: Callable[..., Transaction], order_reference: str) -> Response:
        given = self.given(verbs.OrderActionSerializer)
        waiting = self._of_order(order_reference).waiting(at=self.now)
        if uuid := given.validated_data.get("card"):
            waiting = waiting.filter(card=self.own(self._cards(), uuid, field="card"))

        def all_of_them(**arguments: Any) -> list[Transaction]:
            with atomic():
                buckets = waiting.order_by("card_id", "pk")
                return [verb(bucket=bucket, **arguments) for bucket in buckets]

        return self.call(all_of_them, given=given)

    def _card(self, order_reference: str, *, uuid: Any) -> Card:
        """The card that earned on the order.

        :raises OrderNotFound: if none did.
        :raises BadInput: if several did and none is named.
        """
        if uuid is not None:
            card: Card = self.own(self._cards(), uuid, field="card")
            return card
        earned = Transaction.objects.filter(
            order_reference=order_reference,
            type__in=Transaction.GRANTS,
            card__member__unit=self.unit,
        )
        cards = list(self._cards().filter(pk__in=earned.values("card"))[:2])
        if not cards:
            raise ledger.OrderNotFound(
                f'Nothing was earned on an order "{order_reference}".',
                field="order_reference",
            )
        if len(cards) > 1:
            raise BadInput("Several cards earned on this order.", field="card")
        return cards[0]

    def _cards(self) -> QuerySet[Card]:
        return Card.objects.filter(member__unit=self.unit)

    def _of_order(self, order_reference: str) -> Any:
        return self.get_queryset().filter(order_reference=order_reference)
