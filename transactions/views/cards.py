"""The API of cards: open, block, replace; earn, credit, spend, hold; what they have."""

from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import operations
from accounts.models import Card, Member
from loyalty.errors import BadInput
from schemes.models import CardDefinition
from transactions import balances, ledger
from transactions.serializers import verbs
from transactions.serializers.cards import CardCodeSerializer, NewCardSerializer
from transactions.serializers.rows import (
    BalanceSerializer,
    CardSerializer,
    ScheduleSerializer,
    TransactionSerializer,
)
from transactions.views.verbs import VerbMixin

AT = OpenApiParameter(
    "at",
    OpenApiTypes.DATETIME,
    description="A moment in the past or in the future; now, if left out.",
)
DRY_RUN = OpenApiParameter(
    "dry_run", OpenApiTypes.BOOL, description="Answer what would happen; write nothing."
)


class CardFilter(filters.FilterSet):
    """Which cards."""

    member = filters.UUIDFilter(field_name="member__uuid")
    card_definition = filters.UUIDFilter(field_name="definition__uuid")
    scheme = filters.UUIDFilter(field_name="definition__scheme__uuid")

    class Meta:
        model = Card
        fields = ("member", "card_definition", "scheme", "status", "code")


class CardViewSet(mixins.ListModelMixin, VerbMixin):
    """A member's points account under one card definition."""

    queryset = Card.objects.select_related("member", "definition").order_by("-id")
    serializer_class = CardSerializer
    filterset_class = CardFilter
    ordering_fields = ("id",)
    unit_path = "member__unit"
    scope_resource = "cards"
    scopes = dict.fromkeys(("earn", "credit", "spend", "hold", "debit"), "points:write")

    def known_parameters(self) -> set[str]:
        """`at` for what is told of a moment."""
        if self.action in ("balance", "schedule"):
            return {"at"}
        return super().known_parameters()

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """The serializer, with the balances of all its cards looked up at once."""
        cards = args if not kwargs.get("many") else args[0]
        context = dict(kwargs.pop("context", None) or self.get_serializer_context())
        context["balances"] = balances.of_cards(cards=cards, at=self.now)
        return CardSerializer(*args, context=context, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One card, with what it holds now."""
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=NewCardSerializer, responses={201: CardSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Open a card for a member; its code is drawn unless it is given."""
        given = NewCardSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        unit = self.unit
        members = Member.objects.filter(unit=unit)
        definitions = CardDefinition.objects.filter(scheme__unit=unit)
        card = operations.open_card(
            member=self.own(members, values["member"], field="member"),
            definition=self.own(
                definitions.select_related("scheme"),
                values["card_definition"],
                field="card_definition",
            ),
            code=values.get("code", ""),
            now=self.now,
        )
        return Response(
            self.get_serializer(card).data,
            status=201,
            headers={"Location": self.reverse_action("detail", args=[card.uuid])},
        )

    @extend_schema(request=verbs.EarnSerializer, parameters=[DRY_RUN])
    @extend_schema(responses={200: TransactionSerializer, 201: TransactionSerializer})
    @action(detail=True, methods=["post"])
    def earn(self, request: Request, **kwargs: Any) -> Response:
        """Grant the points of an order; they wait if the pending rule says so."""
        given = self.given(verbs.EarnSerializer)
        return self.call(ledger.earn, given=given, card=self.get_object())

    @extend_schema(request=verbs.CreditSerializer, parameters=[DRY_RUN])
    @extend_schema(responses={200: TransactionSerializer, 201: TransactionSerializer})
    @action(detail=True, methods=["post"])
    def credit(self, request: Request, **kwargs: Any) -> Response:
        """Give points outright."""
        given = self.given(verbs.CreditSerializer)
        return self.call(ledger.credit, given=given, card=self.get_object())

    @extend_schema(request=verbs.SpendSerializer, parameters=[DRY_RUN])
    @extend_schema(responses={200: TransactionSerializer, 201: TransactionSerializer})
    @action(detail=True, methods=["post"])
    def spend(self, request: Request, **kwargs: Any) -> Response:
        """Spend active points, those that expire soonest first."""
        given = self.given(verbs.SpendSerializer)
        return self.call(ledger.spend, given=given, card=self.get_object())

    @extend_schema(request=verbs.HoldSerializer, parameters=[DRY_RUN])
    @extend_schema(responses={200: TransactionSerializer, 201: TransactionSerializer})
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, **kwargs: Any) -> Response:
        """Keep active points for a spend that is captured, released, or lapses."""
        given = self.given(verbs.HoldSerializer)
        return self.call(ledger.hold, given=given, card=self.get_object())

    @extend_schema(request=verbs.DebitSerializer, parameters=[DRY_RUN])
    @extend_schema(responses={200: TransactionSerializer, 201: TransactionSerializer})
    @action(detail=True, methods=["post"])
    def debit(self, request: Request, **kwargs: Any) -> Response:
        """Take points away."""
        given = self.given(verbs.DebitSerializer)
        return self.call(ledger.debit, given=given, card=self.get_object())

    @extend_schema(parameters=[AT], responses=BalanceSerializer)
    @action(detail=True)
    def balance(self, request: Request, **kwargs: Any) -> Response:
        """What the card holds at a moment."""
        found = balances.balance(card=self.get_object(), at=self.at(), now=self.now)
        return Response(BalanceSerializer(found).data)

    @extend_schema(parameters=[AT], responses=ScheduleSerializer)
    @action(detail=True)
    def schedule(self, request: Request, **kwargs: Any) -> Response:
        """What becomes active and what lapses after a moment, if nothing else happens."""
        found = balances.schedule(card=self.get_object(), at=self.at(), now=self.now)
        return Response(ScheduleSerializer(found).data)

    @extend_schema(request=None, responses=CardSerializer)
    @action(detail=True, methods=["post"])
    def block(self, request: Request, **kwargs: Any) -> Response:
        """Let the card neither earn nor spend; what is due still happens."""
        return self._change(Card.Status.BLOCKED)

    @extend_schema(request=None, responses=CardSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, **kwargs: Any) -> Response:
        """Let the card earn and spend again."""
        return self._change(Card.Status.ACTIVE)

    @extend_schema(request=None, responses=CardSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, **kwargs: Any) -> Response:
        """Close the card; what it holds stays until it lapses."""
        return self._change(Card.Status.CLOSED)

    @extend_schema(request=CardCodeSerializer, responses=CardSerializer)
    @action(detail=True, methods=["post"])
    def replace(self, request: Request, **kwargs: Any) -> Response:
        """Give the card another number, drawn unless it is given; its points stay."""
        given = CardCodeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        card = operations.replace_card(card=self.get_object(), **given.validated_data)
        return Response(self.get_serializer(card).data)

    def _change(self, status: Card.Status) -> Response:
        card = operations.change_card_status(card=self.get_object(), status=status)
        return Response(self.get_serializer(card).data)

    def at(self) -> datetime:
        """The moment asked about.

        :raises BadInput: if it is not one with its offset from UTC.
        """
        text = self.request.query_params.get("at")
        if text is None:
            return self.now
        try:
            moment = parse_datetime(text)
            # Near the ends of time a moment may have no name in UTC.
            moment = (
                None if moment is None or is_naive(moment) else moment.astimezone(UTC)
            )
        except (ValueError, OverflowError):
            moment = None
        if moment is None:
            raise BadInput(
                f'"{text}" is not a moment with its offset, as 2025-06-15T15:00:00Z.',
                field="at",
            )
        return moment
