"""Orders, by which Voucherify's clients earn: paid ones earn, canceled ones give back.

No order is kept here. What the ledger wrote for its reference is the record of it.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.db.transaction import atomic
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Card, Member
from loyalty.doors.voucherify import ids
from loyalty.doors.voucherify.base import VoucherifyViewSet
from loyalty.doors.voucherify.serializers.orders import EARNING, OrderSerializer
from loyalty.errors import BadInput, NotFound
from schemes.models import CardDefinition
from transactions import ledger
from transactions.models import Transaction


class OrderViewSet(VoucherifyViewSet):
    """Orders, as a shop tells of them again and again while they go on."""

    scopes = {"create": "points:write", "update": "points:write"}

    def create(self, request: Request) -> Response:
        """An order that is new, or one that was told before."""
        return self._take(request.data)

    def update(self, request: Request, order_id: str) -> Response:
        """The order of the address, by its id or its source id."""
        source_id, body = ids.read_order(order_id), request.data
        if isinstance(body, Mapping):
            if body.get("source_id") not in (None, source_id):
                raise BadInput("The address names another order.", field="source_id")
            body = {**body, "source_id": source_id}
        return self._take(body, told_before=True)

    def _take(self, body: Any, *, told_before: bool = False) -> Response:
        context = {"told_before": told_before}
        order = self.given(OrderSerializer, body, context=context).validated_data
        with atomic():
            member = self._customer(order["customer"]) if "customer" in order else None
            if order["status"] in EARNING and member is not None:
                self._earn(order, member=member)
            elif order["status"] == "CANCELED":
                self._refund(order, member=member)
        id_ = ids.write_order(order["source_id"])
        status = order["status"]
        return Response({**body, "id": id_, "status": status, "object": "order"})

    def _customer(self, named: Mapping[str, str]) -> Member:
        """The customer of an order.

        :raises NotFound: if the unit has none of that id.
        """
        external_id = named.get("source_id") or named["id"]
        found = Member.objects.filter(unit=self.unit, external_id=external_id).first()
        if found is None:
            raise NotFound(
                f"Cannot find customer with id {external_id}",
                resource_id=external_id,
                resource_type="customer",
            )
        return found

    def _earn(self, order: Mapping[str, Any], *, member: Member) -> None:
        """Let every open card of the customer earn, unless it has already."""
        source_id = order["source_id"]
        has_earned = set(self._cards_that_earned(source_id))
        bought = ledger.Order(reference=source_id, amount=order["amount"])
        for card in self._open_cards(member):
            if card in has_earned:
                continue
            try:
                ledger.earn(
                    card=card,
                    order=bought,
                    now=self.now,
                    cause=self._cause(source_id, "paid"),
                )
            except ledger.NoEarnRate:
                continue  # points that orders do not earn

    def _refund(self, order: Mapping[str, Any], *, member: Member | None) -> None:
        """Take back what is left of the order, where the rules take anything back."""
        source_id = order["source_id"]
        cards = self._cards_that_earned(source_id)
        if member is not None:
            cards = cards.filter(member=member)
        for card in cards.order_by("pk"):
            try:
                ledger.refund_order(
                    card=card,
                    order_reference=source_id,
                    now=self.now,
                    cause=self._cause(source_id, "canceled"),
                )
            except ledger.RefundsNotAllowed:
                continue

    def _open_cards(self, member: Member) -> list[Card]:
        cards = member.cards.filter(
            status=Card.Status.ACTIVE, definition__status=CardDefinition.Status.ACTIVE
        ).select_related("definition__scheme")
        return [
            card
            for card in cards.order_by("pk")
            if card.definition.scheme.is_open(at=self.now)
        ]

    def _cards_that_earned(self, source_id: str) -> QuerySet[Card]:
        earned = Transaction.objects.filter(
            order_reference=source_id, type__in=Transaction.GRANTS
        )
        return Card.objects.filter(member__unit=self.unit, pk__in=earned.values("card"))

    def _cause(self, source_id: str, event: str) -> ledger.Cause:
        """What happens once to an order, also if it is told twice at the same time."""
        return ledger.Cause(
            actor=self.caller.actor,
            idempotency_key=f"voucherify order {event}: {source_id}",
        )
