"""Points of one account: earned, given, taken, spent, refunded; and their history."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Card
from loyalty.doors.eagle_eye import found, lines, pages
from loyalty.doors.eagle_eye.serializers.history import HistorySerializer
from loyalty.doors.eagle_eye.serializers.points import (
    CauseSerializer,
    CreditSerializer,
    EarnSerializer,
    GoodwillSerializer,
    PointsSerializer,
    RefundSerializer,
    WhySerializer,
)
from loyalty.doors.eagle_eye.views.base import InWalletViewSet
from loyalty.doors.eagle_eye.words import write_moment
from loyalty.errors import BadInput
from transactions import balances, ledger
from transactions.models import Transaction

# By then everything that ever lapses has.
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


class PointsViewSet(InWalletViewSet):
    """What `PATCH /wallet/{walletId}/account/{accountId}/...` does to points."""

    scopes = {
        "earn": "points:write",
        "credit": "points:write",
        "goodwill": "points:write",
        "debit": "points:write",
        "spend": "points:write",
        "refund": "points:write",
        "void": "points:write",
    }

    def earn(self, request: Request, wallet_id: str, account_id: str) -> Response:
        """Earn points; they wait if the scheme says so.

        Every earn has an order, so that it can be refunded: the caller's own, or one
        of the transaction's reference, or a new one.
        """
        card, given = self.account(), self.given(EarnSerializer)
        said = given.validated_data
        order = ledger.Order(
            reference=said.get("orderReference")
            or given.name_of_event()
            or _new_name(),
            amount=given.amount,
            rate_name=said.get("rateName", "default"),
        )
        return self._call(ledger.earn, card, given, order=order, points=given.points)

    def credit(self, request: Request, wallet_id: str, account_id: str) -> Response:
        """Give points, which wait by the scheme's rule unless it is to be ignored."""
        card, given = self.account(), self.given(CreditSerializer)
        waits = not given.validated_data["ignorePendingPoints"]
        return self._call(ledger.credit, card, given, points=given.points, waits=waits)

    def goodwill(self, request: Request, wallet_id: str, account_id: str) -> Response:
        """Give points as a favour: they can be spent at once."""
        card, given = self.account(), self.given(GoodwillSerializer)
        return self._call(ledger.credit, card, given, points=given.points)

    def debit(self, request: Request, wallet_id: str, account_id: str) -> Response:
        """Take points, below zero only where the scheme allows it."""
        card, given = self.account(), self.given(PointsSerializer)
        return self._call(ledger.debit, card, given, points=given.points)

    def spend(self, request: Request, wallet_id: str, account_id: str) -> Response:
        """Spend points at once."""
        card, given = self.account(), self.given(PointsSerializer)
        return self._call(ledger.spend, card, given, points=given.points)

    def refund(self, request: Request, wallet_id: str, account_id: str) -> Response:
        """Take back what an order earned, waiting points first."""
        card, given = self.account(), self.given(RefundSerializer)
        return self._call(
            ledger.refund_order,
            card,
            given,
            order_reference=_order_of(card, given),
            points=given.points,
            amount=given.validated_data.get("value"),
        )

    def void(
        self, request: Request, wallet_id: str, account_id: str, transaction_id: str
    ) -> Response:
        """Undo a spend: unlock its points, or give them back. Twice is as once."""
        card, given = self.account(), self.given(CauseSerializer)
        spend = found.account_transaction(card, transaction_id)
        cause = given.cause(actor=self.caller.actor)
        if spend.held_until and spend.status != Transaction.Status.APPROVED:
            voided = ledger.release(
                hold=spend, now=self.now, reason=cause.reason, actor=cause.actor
            )
        elif cause.reference:
            voided = ledger.give_back(spend=spend, now=self.now, cause=cause)
        else:
            cause = replace(cause, idempotency_key=f"void {spend.pk}")
            voided = ledger.give_back(spend=spend, now=self.now, cause=cause)
        return self._answer(card, voided)

    def _call(
        self,
        verb: Callable[..., Transaction],
        card: Card,
        given: WhySerializer,
        **arguments: Any,
    ) -> Response:
        cause = given.cause(actor=self.caller.actor)
        written = verb(card=card, now=self.now, cause=cause, **arguments)
        return self._answer(card, written)

    def _answer(self, card: Card, written: Transaction) -> Response:
        """The account transaction with the account after it."""
        (line,) = lines.account_transactions([written], now=self.now)
        return Response({**line, "account": self.shown_account(card)})


class HistoryViewSet(InWalletViewSet):
    """What happened to an account's points, and when they will lapse."""

    scopes = {"list": "points:read", "available": "points:read"}

    def list(self, request: Request, wallet_id: str, account_id: str) -> Response:
        """The account's transactions, the latest first."""
        account = self.account()
        asked = self.given(HistorySerializer, request.query_params)
        order = pages.order_of(request, "dateCreated", default="DESC")
        sign = "-" if order == "DESC" else ""
        rows = asked.chosen(account.transactions.all(), now=self.now)
        return Response(
            pages.page(
                rows.order_by(f"{sign}effective_at", f"{sign}pk"),
                request,
                order_by=f"dateCreated,{order}",
                show=lambda rows: lines.account_transactions(rows, now=self.now),
                filters=pages.filters_of(request, *asked.fields),
            )
        )

    def available(self, request: Request, wallet_id: str, account_id: str) -> Response:
        """Which points lapse when, if nothing else happens.

        `validTo` is the first moment at which they cannot be spent any more; null is
        never, and comes last. Points that still wait are among them.
        """
        account = self.account()
        filters = pages.filters_of(request)
        order = pages.order_of(request, "validTo", default="ASC")
        coming = balances.schedule(card=account, at=self.now, now=self.now).expiries
        rows: list[dict[str, Any]] = [
            {"validTo": write_moment(due.at), "points": due.points} for due in coming
        ]
        if order == "DESC":
            rows.reverse()
        left = balances.balance(card=account, at=END_OF_TIME, now=self.now).active
        if left:
            rows.append({"validTo": None, "points": left})
        return Response(
            pages.page(
                rows,
                request,
                order_by=f"validTo,{order}",
                show=list,
                filters=filters,
            )
        )


def _new_name() -> str:
    return f"earn-{uuid4()}"


def _order_of(card: Card, given: RefundSerializer) -> str:
    """The reference of the order that is refunded.

    :raises NotFound: if the account has no such transaction.
    :raises BadInput: if the transaction earned nothing.
    """
    said = given.validated_data
    if "orderReference" in said:
        return str(said["orderReference"])
    earn = found.account_transaction(card, said["parentAccountTransactionId"])
    if earn.type not in Transaction.GRANTS or not earn.order_reference:
        raise BadInput(
            "Only what an order earned can be refunded.",
            field="parentAccountTransactionId",
        )
    return earn.order_reference
