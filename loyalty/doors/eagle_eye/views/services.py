"""The wallet services: points given or taken, with a wallet transaction around it."""

from collections.abc import Callable
from typing import Any

from django.db.transaction import atomic
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Card, Member
from loyalty.doors.eagle_eye import found, lines, references, shown
from loyalty.doors.eagle_eye.ids import missing, read_id, write_id
from loyalty.doors.eagle_eye.serializers.points import WhySerializer
from loyalty.doors.eagle_eye.serializers.services import (
    BackendPointsSerializer,
    ServiceSerializer,
)
from loyalty.doors.eagle_eye.views.base import FIELDS, InWalletViewSet
from loyalty.errors import BadInput
from transactions import ledger
from transactions.models import Transaction

Verb = Callable[..., Transaction]


class AroundViewSet(InWalletViewSet):
    """Calls that are answered with the wallet transaction around what they did."""

    def do(
        self, verb: Verb, card: Card, given: WhySerializer, **arguments: Any
    ) -> Transaction:
        """Call a verb of the ledger under the wallet transaction's reference.

        :raises ReferenceTaken: if that names what happened in another wallet.
        """
        cause = given.cause(actor=self.caller.actor)
        with atomic():
            if cause.reference:
                references.claim(cause.reference, wallet=card.member)
            return verb(card=card, now=self.now, cause=cause, **arguments)

    def answer(self, card: Card, written: Transaction, *, type_: str) -> Response:
        """The wallet transaction, and the account transaction in it."""
        (line,) = lines.account_transactions([written], now=self.now)
        around = shown.wallet_transaction(
            id_=write_id(written.pk),
            member=card.member,
            type_=type_,
            at=written.effective_at,
            reference=written.reference,
            location=lines.said_with(written).get("location"),
        )
        account = {**line, "account": self.shown_account(card)}
        return Response({"walletTransaction": around, "accountTransaction": account})


class ServiceViewSet(AroundViewSet):
    """`/services/wallet/{walletId}/transaction/...`."""

    fields = {**FIELDS, "reference": "walletTransaction.reference", "points": "amount"}
    scopes = {
        "credit": "points:write",
        "goodwill": "points:write",
        "debit": "points:write",
    }

    def credit(self, request: Request, wallet_id: str) -> Response:
        """Give points, which wait by the scheme's rule unless it is to be ignored."""
        given = self.given(ServiceSerializer)
        card = self._account(given)
        waits = not given.validated_data["ignorePendingPoints"]
        written = self.do(ledger.credit, card, given, points=given.points, waits=waits)
        return self.answer(card, written, type_="CREDIT")

    def goodwill(self, request: Request, wallet_id: str) -> Response:
        """Give points as a favour: they can be spent at once."""
        given = self.given(ServiceSerializer)
        card = self._account(given)
        written = self.do(ledger.credit, card, given, points=given.points)
        return self.answer(card, written, type_="GOODWILL")

    def debit(self, request: Request, wallet_id: str) -> Response:
        """Take points."""
        given = self.given(ServiceSerializer)
        card = self._account(given)
        written = self.do(ledger.debit, card, given, points=given.points)
        return self.answer(card, written, type_="DEBIT")

    def _account(self, given: ServiceSerializer) -> Card:
        return found.account(self.wallet(), given.validated_data["accountId"])


class BackendPointsViewSet(AroundViewSet):
    """`/services/wallet/backendpoints`: corrections by the service desk."""

    fields = {
        **FIELDS,
        "points": "pointsValue",
        "reference": "walletTransactionReference",
    }
    scopes = {"create": "points:write"}

    def create(self, request: Request) -> Response:
        """Give points, which wait by the scheme's rule; or take them, if negative.

        Source: Eagle Eye "Backend points".
        """
        given = self.given(BackendPointsSerializer)
        said = given.validated_data
        card = _account_of_scheme(found.wallet(self.unit, said["walletId"]), said)
        points = said["pointsValue"]
        if points > 0:
            written = self.do(ledger.credit, card, given, points=points, waits=True)
        else:
            written = self.do(ledger.debit, card, given, points=-points)
        return self.answer(card, written, type_="ADJUSTMENT")


def _account_of_scheme(wallet: Member, said: dict[str, Any]) -> Card:
    """The wallet's account of the scheme that is named by its id or its reference.

    :raises NotFound: if it has none.
    :raises BadInput: if several schemes share the reference.
    """
    cards = found.accounts(wallet)
    if "schemeId" in said:
        named = said["schemeId"]
        cards = cards.filter(definition=read_id(named))
    else:
        named = said["schemeReference"]
        cards = cards.filter(definition__scheme__reference=named)
    if not cards:
        raise missing("account", named)
    if len(cards) > 1:
        raise BadInput("Several schemes share this: name one.", field="schemeId")
    return cards[0]
