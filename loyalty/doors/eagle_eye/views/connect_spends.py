"""The till's spends: calculated, made or locked until the basket is settled, voided."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.transaction import atomic
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Card
from loyalty.doors.eagle_eye import figures, journeys, references
from loyalty.doors.eagle_eye.ids import missing, write_id
from loyalty.doors.eagle_eye.schemes.words import kept_of
from loyalty.doors.eagle_eye.serializers.tills import (
    CalculateSerializer,
    SpendSerializer,
    VoidSerializer,
)
from loyalty.doors.eagle_eye.views.connect import ConnectViewSet, Given, in_order
from loyalty.doors.eagle_eye.words import write_moment
from loyalty.errors import BadInput
from transactions import ledger
from transactions.models import Transaction

# How long points stay locked where the scheme's `timeoutOverride` says nothing.
LOCKED_FOR = timedelta(minutes=30)


class SpendViewSet(ConnectViewSet):
    """`/connect/wallet/spend`, its `calculate` and its `void`."""

    fields = {"amount": "monetaryValue", "rate_name": "rateName"}
    scopes = {
        "calculate": "points:read",
        "spend": "points:write",
        "void": "points:write",
    }

    def calculate(self, request: Request) -> Response:
        """The most points that can be spent of what is wished. Reserves nothing."""
        given = self.told(CalculateSerializer)
        card = self._account(self.accounts(self.wallet(given)), given)
        quote = ledger.quote(
            card=card,
            points=given.get("points"),
            amount=given.get("monetaryValue"),
            order=ledger.Order(reference="calculate", rate_name=given["rateName"]),
            now=self.now,
        )
        return Response({"spendAdjudicationResults": self._shown(quote, card=card)})

    def spend(self, request: Request) -> Response:
        """Spend points, or lock them until the basket is settled.

        The points are those of the quote, or those that are named. The ledger judges
        them again: a quote is a wish.
        """
        given = self.told(SpendSerializer)
        wallet = self.wallet(given)
        parts = self._parts(self.accounts(wallet), given)
        with atomic():
            references.claim(given["reference"], wallet=wallet)
            spends = [
                self._spend(card, points=parts[card], given=given)
                for card in in_order(parts)
            ]
        spent = journeys.spend(
            spends,
            wallet=wallet,
            status=journeys.status_of_spend(spends[0], now=self.now),
            quote=self.sent("spendAdjudicationResults"),
        )
        return self.answer([spent], spends)

    def void(self, request: Request) -> Response:
        """Undo a spend: unlock its points, or give them back once they are spent."""
        given = self.told(VoidSerializer)
        wallet, reference = self.wallet(given), given["reference"]
        spends = Transaction.objects.filter(
            card__member=wallet,
            reference=reference,
            type__in=Transaction.SPENDS,
        )
        with atomic():
            voids = [self._void(each) for each in spends.order_by("card", "pk")]
        if not voids:
            raise missing("spend", reference)
        voided = journeys.spend(
            list(spends.order_by("pk")), wallet=wallet, status="VOIDED"
        )
        return self.answer([voided], voids)

    def _spend(self, card: Card, *, points: int, given: Given) -> Transaction:
        """Spend or lock points on the basket's order: by it the settle finds a lock."""
        basket = given.get("parentWalletTransactionReference") or given["reference"]
        arguments: dict[str, Any] = {
            "card": card,
            "points": points,
            "order": ledger.Order(reference=basket, rate_name=given["rateName"]),
            "now": self.now,
            "cause": self.cause(given),
        }
        if not given["lock"]:
            return ledger.spend(**arguments)
        try:
            return ledger.hold(until=self.now + _timeout(card), **arguments)
        except ledger.ReferenceTaken:
            # A retry comes later, and yet is the same request: until then as before.
            first = card.transactions.get(reference=given["reference"])
            if first.held_until is None:
                raise
            return ledger.hold(until=first.held_until, **arguments)

    def _void(self, spend: Transaction) -> Transaction:
        if spend.held_until and spend.status != Transaction.Status.APPROVED:
            return ledger.release(
                hold=spend, now=self.now, reason="void", actor=self.caller.actor
            )
        # A void has no reference of its own, neither here nor on the account.
        cause = ledger.Cause(
            idempotency_key=f"void {spend.pk}", actor=self.caller.actor
        )
        return ledger.give_back(spend=spend, now=self.now, cause=cause)

    def _parts(self, accounts: list[Card], given: Given) -> Mapping[Card, int]:
        """How many points each account is to pay."""
        quote = given.get("spendAdjudicationResults")
        if quote is None and given.get("points") is None:
            raise BadInput(
                "Give what calculate answered, or points.",
                field="spendAdjudicationResults",
            )
        if quote is None:
            return {self._account(accounts, given): given["points"]}
        parts = {
            self._account(accounts, operation): operation["value"]
            for operation in quote["operations"]
        }
        if len(parts) < len(quote["operations"]):
            raise BadInput(
                "Name each account once.", field="spendAdjudicationResults.operations"
            )
        return parts

    def _account(self, accounts: list[Card], given: Given) -> Card:
        """The account that is meant: by its id, by its scheme's, or the only one.

        :raises NotFound: if the wallet has none such.
        :raises BadInput: if several could be meant.
        """
        wanted = {
            "accountId": given.get("accountId"),
            "schemeId": given.get("schemeId"),
        }
        found = [
            card
            for card in accounts
            if wanted["accountId"] in (None, write_id(card.pk))
            and wanted["schemeId"] in (None, write_id(card.definition_id))
        ]
        if not found:
            raise missing("account", wanted["accountId"] or wanted["schemeId"] or "")
        if len(found) > 1:
            raise BadInput("The wallet has several accounts.", field="accountId")
        return found[0]

    def _shown(self, quote: ledger.Quote, *, card: Card) -> dict[str, Any]:
        scheme_id, worth = write_id(card.definition_id), quote.worth or 0
        before = figures.of_accounts([card], now=self.now)[card.pk]
        after = {
            "current": before["current"] - quote.points,
            "usable": before["usable"] - quote.points,
            "lifetimeSpend": before["lifetimeSpend"] + quote.points,
            "lifetimeSpendValue": before["lifetimeSpendValue"] + worth,
        }
        return {
            "pointsValue": quote.points,
            "pointsRemainder": quote.wished - quote.points,
            "monetaryValue": quote.worth,
            "balanceAfter": {**before, **after},
            "appliedTier": _tier(quote),
            "operations": [
                {
                    "resourceType": "SCHEME",
                    "resourceId": scheme_id,
                    "accountId": write_id(card.pk),
                    "walletId": write_id(card.member_id),
                    "operationType": "spend",
                    "details": None,
                    "value": quote.points,
                    "balances": {
                        "current": quote.points,
                        "lifetime_spend": quote.points,
                        "lifetime_spend_value": worth,
                    },
                }
            ],
            "analysedDateTime": write_moment(self.now),
            "excludedProducts": [],
        }


def _tier(quote: ledger.Quote) -> dict[str, Any] | None:
    """The row of the burn rate; without any rate there is none."""
    if quote.band is None:
        return None
    rate = quote.band.rate
    return {
        "floor": quote.band.floor,
        "ceiling": quote.band.ceiling,
        "step": quote.band.step,
        "rate": int(rate) if rate == int(rate) else float(rate),
        "bonus": None,
        "pointsBack": None,
    }


def _timeout(card: Card) -> timedelta:
    """How long a lock lasts. Source: Eagle Eye "timeoutOverride", in minutes here."""
    minutes = kept_of(card.definition).get("timeoutOverride")
    return timedelta(minutes=minutes) if minutes else LOCKED_FOR
