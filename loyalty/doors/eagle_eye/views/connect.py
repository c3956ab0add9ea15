"""What every call of a till shares: whose wallet it is, its accounts, and the cause."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.response import Response

from accounts.models import Card, Member
from loyalty.doors.eagle_eye import found, lines
from loyalty.doors.eagle_eye.base import EagleEyeViewSet
from loyalty.doors.eagle_eye.serializers.tills import TillSerializer
from loyalty.errors import BadInput
from transactions import ledger
from transactions.models import Transaction

Given = Mapping[str, Any]


class ConnectViewSet(EagleEyeViewSet):
    """Calls of a till."""

    def told(self, serializer: type[TillSerializer]) -> Given:
        """What the till tells, checked."""
        values: Given = self.given(serializer).validated_data
        return values

    def sent(self, name: str) -> Any:
        """A part of the body just as it was sent; None if it was not."""
        body: Any = self.request.data  # an object: `given` has seen to it
        return body.get(name)

    def wallet(self, given: Given) -> Member:
        """The wallet that the identity opens, or that is named by its id.

        :raises NotFound: if there is none.
        :raises BadInput: if neither is given.
        """
        if identity := given.get("identity"):
            return found.wallet_of_value(self.unit, identity["identityValue"])
        if wallet_id := given.get("walletId"):
            return found.wallet(self.unit, wallet_id)
        raise BadInput("Say whose wallet it is.", field="identity")

    def accounts(self, wallet: Member) -> list[Card]:
        """The wallet's points accounts, in the order in which they are locked."""
        cards = (
            card for card in found.accounts(wallet) if card.status != Card.Status.CLOSED
        )
        return sorted(cards, key=lambda card: card.pk)

    def cause(self, given: Given, **said: Any) -> ledger.Cause:
        """The cause of what a call writes, by which a retry gets its first answer."""
        return ledger.Cause(
            reference=given["reference"],
            actor=self.caller.actor,
            metadata={"location": given.get("location") or {}, **said},
        )

    def answer(
        self, journeys: list[dict[str, Any]], written: Iterable[Transaction]
    ) -> Response:
        """What a call did: to the wallet, and to its accounts."""
        return Response(
            {
                "walletTransactions": journeys,
                "accountTransactions": lines.account_transactions(
                    written, now=self.now
                ),
            }
        )


def in_order(accounts: Iterable[Card]) -> list[Card]:
    """Accounts in the order in which every call locks them, so never crosswise."""
    return sorted(accounts, key=lambda card: card.pk)
