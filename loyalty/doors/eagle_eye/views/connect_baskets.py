"""The till's baskets: opened to see what they would earn, settled, and refunded."""

from typing import Any

from django.db.models import Q
from django.db.transaction import atomic
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Card, Member
from loyalty.doors.eagle_eye import baskets, found, journeys, references, shown
from loyalty.doors.eagle_eye.ids import write_id
from loyalty.doors.eagle_eye.serializers.tills import (
    OpenSerializer,
    RefundSerializer,
    SettleSerializer,
)
from loyalty.doors.eagle_eye.views.connect import ConnectViewSet, Given, in_order
from loyalty.doors.eagle_eye.words import write_moment
from loyalty.errors import BadInput, Blocked
from schemes.models import EarnRate
from transactions import balances, ledger
from transactions.models import Transaction


class BasketViewSet(ConnectViewSet):
    """`/connect/wallet/open`, `settle` and `refund`."""

    fields = {
        "amount": "basket",
        "rate_name": "rateName",
        "order_reference": "originalTransaction.reference",
    }
    scopes = {
        "open": "points:read",
        "settle": "points:write",
        "refund": "points:write",
    }

    def open(self, request: Request) -> Response:
        """A wallet, its accounts, and what settling the basket would earn.

        Writes nothing. An account that is not open for points earns nothing.
        """
        given = self.told(OpenSerializer)
        wallet = self.wallet(given)
        accounts = self.accounts(wallet)
        analysis = (given.get("options") or {}).get("analyseBasket") or {}
        analyses = given.get("basket") is not None and analysis.get("enabled", True)
        return Response(
            {
                "analyseBasketResults": (
                    self._analysed(given, accounts) if analyses else None
                ),
                "wallet": shown.wallet(wallet),
                "identity": self._identity(given),
                "accounts": self._enriched(accounts),
                "walletTransactions": [],
                "accountTransactions": [],
                "spendAdjudicationResults": None,
            }
        )

    def settle(self, request: Request) -> Response:
        """The basket earns on every account, and the spends locked for it are made.

        A spend is captured too if it is settled by its own reference, without a
        basket. One that was voided or has lapsed is no longer part of the basket.
        """
        given = self.told(SettleSerializer)
        wallet = self.wallet(given)
        has_basket = given.get("basket") is not None
        earning = self._earning(wallet, given["reference"]) if has_basket else set()
        with atomic():
            references.claim(given["reference"], wallet=wallet)
            spends = [
                ledger.capture(hold=hold, now=self.now, actor=self.caller.actor)
                for hold in self._locked_for(wallet, given["reference"])
            ]
            earns = [self._earn(card, given) for card in in_order(earning)]
        if not has_basket and not spends:
            raise BadInput("Give the basket that is settled.", field="basket")
        return self.answer(
            journeys.settle(
                wallet=wallet,
                basket=self.sent("basket"),
                earns=earns,
                spends=spends,
                reference=given["reference"],
                location=given.get("location"),
                now=self.now,
            ),
            spends + earns,
        )

    def refund(self, request: Request) -> Response:
        """What the returned lines had earned is taken back, on every account.

        Eagle Eye takes all that the basket earned and lets what is kept earn anew.
        Here the points of the original grant become fewer, so that neither the day
        they are released nor the day they expire moves. Points that were spent on the
        basket do not come back by this: void their spend.
        """
        given = self.told(RefundSerializer)
        original = given["originalTransaction"]["reference"]
        basket = given.get("basket")
        accounts = self._earned_on(original, given)
        with atomic():
            references.claim(given["reference"], wallet=accounts[0].member)
            refunds = [
                ledger.refund_order(
                    card=card,
                    order_reference=original,
                    amount=None if basket is None else baskets.returned(basket),
                    now=self.now,
                    cause=self.cause(given, basket=self.sent("basket")),
                )
                for card in accounts
            ]
        return self.answer(
            journeys.refund(
                wallet=accounts[0].member,
                basket=self.sent("basket"),
                refunds=refunds,
                parent_id=journeys.id_of_settle(original, accounts=accounts),
                location=given.get("location"),
            ),
            refunds,
        )

    def _identity(self, given: Given) -> dict[str, Any] | None:
        """The identity that opened the wallet, if one did."""
        if not given.get("identity"):
            return None
        value = given["identity"]["identityValue"]
        (identity,) = shown.identities([found.identity_of_value(self.unit, value)])
        return identity

    def _enriched(self, accounts: list[Card]) -> list[dict[str, Any]]:
        """The accounts, each with its scheme's name and when its points lapse."""
        held = balances.of_cards(cards=accounts, at=self.now)
        return [
            {
                **account,
                "enriched": {
                    "enrichmentType": "POINTS",
                    "schemeName": card.definition.name,
                    "schemeReference": card.definition.scheme.reference,
                    "pointsExpiry": [
                        {"validTo": write_moment(due.at), "points": due.points}
                        for due in held[card.pk].schedule.expiries
                    ],
                },
            }
            for card, account in zip(
                accounts, shown.accounts(accounts, now=self.now), strict=True
            )
        ]

    def _analysed(self, given: Given, accounts: list[Card]) -> dict[str, Any]:
        """What settling the basket would earn, account by account."""
        points = self._promised(given, _that_earn(accounts))
        basket = baskets.enriched(
            self.sent("basket"),
            results=baskets.results(earned=sum(each["value"] for each in points)),
        )
        return {
            "basket": {
                **basket,
                "type": "ENRICHED",
                "analysedDateTime": write_moment(self.now),
            },
            "points": points,
            "discount": [],
            "unusedAccounts": [],
        }

    def _promised(self, given: Given, accounts: list[Card]) -> list[dict[str, Any]]:
        """The points that each account would get; some statements for all of them."""
        rows = [
            ledger.Row(
                verb=ledger.BatchVerb.EARN,
                card_id=card.pk,
                arguments={"order": _order(given)},
            )
            for card in accounts
        ]
        outcomes = ledger.preview(ledger.batch, rows=rows, now=self.now)
        points = []
        for card, outcome in zip(accounts, outcomes, strict=True):
            refusal = outcome.refusal
            if refusal is not None and not isinstance(refusal, Blocked):
                raise refusal
            value = journeys.granted(outcome.answer) if outcome.answer else 0
            if value:
                points.append(_promise(card, value))
        return points

    def _earning(self, wallet: Member, reference: str) -> set[Card]:
        """The accounts on which a basket earns; of a retry, those on which it did."""
        cards = found.accounts(wallet)
        earns = Transaction.objects.filter(
            card__in=cards, reference=reference, type__in=Transaction.GRANTS
        )
        before = set(earns.values_list("card", flat=True))
        if before:
            return {card for card in cards if card.pk in before}
        return set(_that_earn(self.accounts(wallet)))

    def _locked_for(self, wallet: Member, reference: str) -> list[Transaction]:
        """The spends that are locked for a basket, or that are named themselves.

        Their rows are locked before any card is, as the ledger does with one of them.
        """
        locked = (
            Transaction.objects.filter(
                Q(reference=reference) | Q(order_reference=reference),
                card__in=self.accounts(wallet),
                held_until__isnull=False,
            )
            .exclude(status=Transaction.Status.REJECTED)
            .exclude(status=Transaction.Status.PENDING, held_until__lte=self.now)
        )
        return list(locked.select_for_update(no_key=True).order_by("card", "pk"))

    def _earn(self, card: Card, given: Given) -> Transaction:
        return ledger.earn(
            card=card,
            order=_order(given),
            now=self.now,
            cause=self.cause(given, basket=self.sent("basket")),
        )

    def _earned_on(self, reference: str, given: Given) -> list[Card]:
        """The accounts that earned when the basket was settled, of one wallet.

        :raises OrderNotFound: if none did.
        :raises BadInput: if those of several wallets did, and none is named.
        """
        earns = Transaction.objects.filter(
            order_reference=reference, type__in=Transaction.GRANTS
        )
        cards = Card.objects.filter(member__unit=self.unit, pk__in=earns.values("card"))
        if given.get("identity") or given.get("walletId"):
            cards = cards.filter(member=self.wallet(given))
        accounts = list(cards.select_related("member").order_by("pk"))
        if not accounts:
            raise ledger.OrderNotFound(
                f'Nothing was earned with the reference "{reference}".',
                field="order_reference",
            )
        if len({card.member_id for card in accounts}) > 1:
            raise BadInput("Several wallets earned with it.", field="identity")
        return accounts


def _order(given: Given) -> ledger.Order:
    return ledger.Order(
        reference=given["reference"],
        amount=baskets.worth(given["basket"]),
        rate_name=given["rateName"],
    )


def _that_earn(accounts: list[Card]) -> list[Card]:
    """The accounts whose scheme has any earn rate; without, baskets earn nothing."""
    rates = EarnRate.objects.filter(
        card_definition__in=[card.definition_id for card in accounts]
    )
    with_rates = set(rates.values_list("card_definition", flat=True))
    return [card for card in accounts if card.definition_id in with_rates]


def _promise(card: Card, points: int) -> dict[str, Any]:
    scheme_id = write_id(card.definition_id)
    return {
        "resourceType": "SCHEME",
        "resourceId": scheme_id,
        "relatedSchemeId": scheme_id,
        "operationType": "earn",
        "value": points,
        "accountId": write_id(card.pk),
        "walletId": write_id(card.member_id),
        "details": None,
    }
