"""The API of buckets: activate, cancel, reschedule, expire."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from schemes.filters import MomentFilter
from transactions import ledger
from transactions.models import Bucket
from transactions.serializers import verbs
from transactions.serializers.rows import BucketSerializer, TransactionSerializer
from transactions.views.cards import DRY_RUN
from transactions.views.verbs import VerbMixin


class BucketFilter(filters.FilterSet):
    """Which buckets."""

    card = filters.UUIDFilter(field_name="card__uuid")
    member = filters.UUIDFilter(field_name="card__member__uuid")
    scheme = filters.UUIDFilter(field_name="card__definition__scheme__uuid")
    due_before = MomentFilter(
        field_name="activates_at", lookup_expr="lt", label="Activates before."
    )
    expiring_before = MomentFilter(
        field_name="expires_at", lookup_expr="lt", label="Expires before."
    )
    earned_from = MomentFilter(field_name="earned_at", lookup_expr="gte")
    earned_before = MomentFilter(field_name="earned_at", lookup_expr="lt")

    class Meta:
        model = Bucket
        fields = ("status", "order_reference")


class BucketViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, VerbMixin):
    """Lots of points granted together."""

    queryset = Bucket.objects.select_related("card").order_by("-id")
    serializer_class = BucketSerializer
    filterset_class = BucketFilter
    ordering_fields = ("id", "activates_at", "expires_at", "earned_at")
    ordering_within = ("card", "member")
    unit_path = "card__member__unit"
    scope_resource = "points"
    scopes = dict.fromkeys(
        ("activate", "cancel", "reschedule", "expire"), "buckets:write"
    )

    @extend_schema(request=verbs.CauseSerializer, parameters=[DRY_RUN])
    @extend_schema(responses={200: TransactionSerializer, 201: TransactionSerializer})
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, **kwargs: Any) -> Response:
        """Make pending points spendable before their date."""
        given = self.given(verbs.CauseSerializer)
        return self.call(ledger.activate, given=given, bucket=self.get_object())

    @extend_schema(request=verbs.PartSerializer, parameters=[DRY_RUN])
    @extend_schema(responses={200: TransactionSerializer, 201: TransactionSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, **kwargs: Any) -> Response:
        """Take pending points back, all of them or only so many."""
        given = self.given(verbs.PartSerializer)
        return self.call(ledger.cancel, given=given, bucket=self.get_object())

    @extend_schema(request=verbs.RescheduleSerializer, parameters=[DRY_RUN])
    @extend_schema(responses={200: TransactionSerializer, 201: TransactionSerializer})
    @action(detail=True, methods=["post"])
    def reschedule(self, request: Request, **kwargs: Any) -> Response:
        """Give a bucket another activation or expiry date."""
        given = self.given(verbs.RescheduleSerializer)
        return self.call(ledger.reschedule, given=given, bucket=self.get_object())

    @extend_schema(request=verbs.CauseSerializer, parameters=[DRY_RUN])
    @extend_schema(responses={200: TransactionSerializer, 201: TransactionSerializer})
    @action(detail=True, methods=["post"])
    def expire(self, request: Request, **kwargs: Any) -> Response:
        """Let what remains in an active bucket lapse now."""
        given = self.given(verbs.CauseSerializer)
        return self.call(ledger.expire, given=given, bucket=self.get_object())
