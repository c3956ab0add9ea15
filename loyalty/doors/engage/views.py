"""The actions of Engage's points API."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.transaction import atomic
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.utils.urls import replace_query_param

from accounts.models import Card, Member
from loyalty.doors.engage import point_transactions
from loyalty.doors.engage.booking import Booking
from loyalty.doors.engage.serializers import (
    AccountsQuery,
    PageQuery,
    TransactionsQuery,
)
from loyalty.doors.shared import DoorViewSet
from loyalty.errors import BadInput, NotFound
from schemes.models import CardDefinition
from transactions import balances

MOST_ROWS = 1000


class EngageViewSet(DoorViewSet):
    """Actions under `/api/v3/`. Engage's errors are not documented: ours are told."""

    # Asked for where an address has no such method, before that is told.

    def asked(self, query: type[PageQuery]) -> dict[str, Any]:
        """The parameters of the address.

        :raises ValidationError: if one is missing, unknown or makes no sense.
        """
        values: dict[str, Any] = self.given(
            query, self.request.query_params
        ).validated_data
        return values

    def page(self, rows: QuerySet[Any], asked: dict[str, Any]) -> list[Any]:
        """The part of a list that is asked for."""
        return list(rows[asked["offset"] : asked["offset"] + asked["count"]])

    def accounts(self) -> QuerySet[Card]:
        """The point accounts of the caller's unit."""
        cards = Card.objects.filter(member__unit=self.unit)
        return cards.select_related("member").order_by("pk")

    def account(self, account_id: UUID) -> Card:
        """The account of this id.

        :raises NotFound: if the unit has none.
        """
        card = self.accounts().filter(uuid=account_id).first()
        if card is None:
            raise _missing("point_account", account_id)
        return card


class AccountViewSet(EngageViewSet):
    """What the accounts of a contact hold."""

    scopes = {"list": "cards:read", "retrieve": "cards:read"}

    def list(self, request: Request) -> Response:
        """The accounts of a contact: a bare array, which is what clients of v3 read."""
        asked = self.asked(AccountsQuery)
        contact = asked["contactId"]
        member = Member.objects.filter(unit=self.unit, uuid=contact).first()
        if member is None:
            raise _missing("contact", contact)
        cards = self.page(self.accounts().filter(member=member), asked)
        return Response(self._shown(cards))

    def retrieve(self, request: Request, account_id: str) -> Response:
        """One account."""
        try:
            account = self.account(UUID(account_id))
        except ValueError as error:  # a malformed id finds nothing, as an unknown one
            raise _missing("point_account", account_id) from error
        (shown,) = self._shown([account])
        return Response(shown)

    def _shown(self, cards: Sequence[Card]) -> Sequence[dict[str, Any]]:
        """The accounts. `balance` can be spent; `balanceExpires` is its next expiry."""
        held = balances.of_cards(cards=cards, at=self.now)
        return [self._account(card, held[card.pk]) for card in cards]

    def _account(self, card: Card, held: balances.Balance) -> dict[str, Any]:
        rows = reverse("engage-point-transactions", request=self.request)
        return {
            "id": str(card.uuid),
            "contactId": str(card.member.uuid),
            "definitionId": card.definition_id,
            "balance": held.active - held.held - held.overdraft,
            "pendingPoints": held.pending,
            "balanceExpires": held.next_expiry and held.next_expiry.at,
            "links": [
                _link("transactions", replace_query_param(rows, "id", card.uuid))
            ],
        }


class DefinitionViewSet(EngageViewSet):
    """The kinds of points."""

    scopes = {"list": "cards:read", "retrieve": "cards:read"}

    def list(self, request: Request) -> Response:
        """The definitions of the unit: a bare array."""
        found = self.page(self._definitions(), self.asked(PageQuery))
        return Response([_definition(each) for each in found])

    def retrieve(self, request: Request, definition_id: str) -> Response:
        """One definition."""
        # A unit has few; and no number is too large to be compared like this.
        for each in self._definitions():
            if str(each.pk) == definition_id:
                return Response(_definition(each))
        raise _missing("point_definition", definition_id)

    def _definitions(self) -> QuerySet[CardDefinition]:
        own = CardDefinition.objects.filter(scheme__unit=self.unit)
        return own.select_related("scheme").order_by("pk")


class TransactionViewSet(EngageViewSet):
    """What happened on an account; and points that are added and taken."""

    scopes = {"list": "points:read", "create": "points:write"}

    def list(self, request: Request) -> Response:
        """The point transactions of an account, the newest first."""
        asked = self.asked(TransactionsQuery)
        account = self.account(asked["id"])
        rows = point_transactions.of_account(
            account, which=asked["filter"], at=self.now
        )
        total = rows.count()
        return Response(
            {
                "items": [
                    point_transactions.shown(row, account=account)
                    for row in self.page(rows, asked)
                ],
                "totalCount": total,
                "offset": asked["offset"],
                "count": asked["count"],
                "links": self._neighbours(asked, total=total),
            }
        )

    def create(self, request: Request) -> Response:
        """Book the rows, each for itself; wrong ones are reported, right ones booked."""
        rows = request.data
        if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
            raise BadInput(f"The body is a list of 1 to {MOST_ROWS:,} rows.")
        booking = Booking(rows)
        with atomic():
            booking.book(unit=self.unit, actor=self.caller.actor, now=self.now)
        return Response(booking.body())

    def _neighbours(
        self, asked: dict[str, Any], *, total: int
    ) -> Sequence[dict[str, str]]:
        """The links to the pages before and after this one, where there are any."""
        offset, count = asked["offset"], asked["count"]
        offsets = {}
        if offset:
            offsets["prev"] = max(offset - count, 0)
        if offset + count < total:
            offsets["next"] = offset + count
        address = self.request.build_absolute_uri()
        return [
            _link(rel, replace_query_param(address, "offset", each))
            for rel, each in offsets.items()
        ]


def _definition(rules: CardDefinition) -> dict[str, Any]:
    return {
        "id": rules.pk,
        "name": rules.name,
        "description": rules.scheme.description,
        "links": [],
    }


def _link(rel: str, address: str) -> dict[str, str]:
    return {"href": address, "method": "GET", "rel": rel}


def _missing(kind: str, text: UUID | str) -> NotFound:
    return NotFound(
        f"There is no {kind.replace('_', ' ')} {text}.",
        resource_id=str(text),
        resource_type=kind,
    )
