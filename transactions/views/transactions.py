"""The API of transactions; spends are given back, and holds decided."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from schemes.filters import MomentFilter
from transactions import ledger
from transactions.models import Transaction
from transactions.serializers import verbs
from transactions.serializers.rows import TransactionSerializer
from transactions.views.cards import DRY_RUN
from transactions.views.verbs import Verb, VerbMixin, shown


class TransactionFilter(filters.FilterSet):
    """Which transactions."""

    card = filters.UUIDFilter(field_name="card__uuid")
    member = filters.UUIDFilter(field_name="card__member__uuid")
    scheme = filters.UUIDFilter(field_name="card__definition__scheme__uuid")
    bucket = filters.UUIDFilter(field_name="bucket__uuid")
    effective_from = MomentFilter(field_name="effective_at", lookup_expr="gte")
    effective_before = MomentFilter(field_name="effective_at", lookup_expr="lt")

    class Meta:
        model = Transaction
        fields = ("type", "status", "reference", "order_reference")


class TransactionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VerbMixin):
    """What happened. Finished transactions never change."""

    queryset = shown(Transaction.objects.order_by("-id"))
    serializer_class = TransactionSerializer
    filterset_class = TransactionFilter
    ordering_fields = ("id", "effective_at")
    ordering_within = ("card", "member")
    unit_path = "card__member__unit"
    scope_resource = "points"

    @extend_schema(request=verbs.PartSerializer, parameters=[DRY_RUN])
    @extend_schema(responses={200: TransactionSerializer, 201: TransactionSerializer})
    @action(detail=True, methods=["post"], url_path="give-back")
    def give_back(self, request: Request, **kwargs: Any) -> Response:
        """Undo a spend, all that is left of it or only so many points."""
        given = self.given(verbs.PartSerializer)
        return self.call(ledger.give_back, given=given, spend=self.get_object())

    @extend_schema(request=verbs.CaptureSerializer, parameters=[DRY_RUN])
    @extend_schema(responses=TransactionSerializer)
    @action(detail=True, methods=["post"])
    def capture(self, request: Request, **kwargs: Any) -> Response:
        """Spend the points of a hold. Once captured, it stays so."""
        self.given(verbs.CaptureSerializer)
        return self.decide(ledger.capture)

    @extend_schema(request=verbs.ReleaseSerializer, parameters=[DRY_RUN])
    @extend_schema(responses=TransactionSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, **kwargs: Any) -> Response:
        """Let the points of a hold be spent again. Once released, it stays so."""
        given = self.given(verbs.ReleaseSerializer)
        return self.decide(ledger.release, **given.validated_data)

    def decide(self, verb: Verb, **arguments: Any) -> Response:
        """Capture or release the hold, and answer with what became of it."""
        hold = self.get_object()
        decided = self._do(verb, hold=hold, actor=self.actor, now=self.now, **arguments)
        (shown_,) = self._show([decided])
        return Response(shown_)
