"""The API of members and the identities that find them."""

from typing import Any

from django.db.models import QuerySet
from django.db.transaction import atomic
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import operations
from accounts.models import Identity, Member
from accounts.serializers import (
    IdentitySerializer,
    IdentityValueSerializer,
    MemberChangeSerializer,
    MemberSerializer,
)
from loyalty.errors import NotFound
from schemes.views.base import OwnRows


class MemberFilter(filters.FilterSet):
    """Which members."""

    identity = filters.CharFilter(method="by_identity", label="An identity's value.")

    class Meta:
        model = Member
        fields = ("status", "external_id")

    def by_identity(
        self, members: QuerySet[Member], name: str, value: str
    ) -> QuerySet[Member]:
        """The member whom the value finds, whatever its case."""
        unit = self.request.auth.unit
        found = Identity.objects.for_value(unit=unit, value=value)
        return members.filter(pk__in=found.values("member"))


class MemberViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnRows):
    """Customers of the unit."""

    queryset = Member.objects.prefetch_related("identities").order_by("-id")
    serializer_class = MemberSerializer
    filterset_class = MemberFilter
    ordering_fields = ("id", "external_id")
    unit_path = "unit"
    scope_resource = "members"

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a customer a member, with the identities that find them."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        identities = values.pop("identities", [])
        with atomic():
            member = operations.create_member(unit=self.unit, now=self.now, **values)
            for identity in identities:
                operations.add_identity(
                    member=member,
                    value=identity["value"],
                    type=Identity.Type(identity.get("type", Identity.Type.CARD)),
                    now=self.now,
                )
        location = self.reverse_action("detail", args=[member.uuid])
        return Response(
            self.get_serializer(member).data,
            status=201,
            headers={"Location": location},
        )

    @extend_schema(request=MemberChangeSerializer, responses=MemberSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is known of a member."""
        member = self.get_object()
        given = MemberChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        operations.change_member(member=member, **given.validated_data)
        return self._answer(member)

    @extend_schema(request=None, responses=MemberSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, **kwargs: Any) -> Response:
        """Let the member earn and spend."""
        member = self.get_object()
        operations.change_member_status(member=member, status=Member.Status.ACTIVE)
        return self._answer(member)

    @extend_schema(request=None, responses=MemberSerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, **kwargs: Any) -> Response:
        """Let the member no longer earn nor spend; what is due still happens."""
        member = self.get_object()
        operations.change_member_status(member=member, status=Member.Status.INACTIVE)
        return self._answer(member)

    @extend_schema(request=IdentitySerializer, responses={201: MemberSerializer})
    @action(detail=True, methods=["post"], url_path="identities")
    def add_identity(self, request: Request, **kwargs: Any) -> Response:
        """Let one more value find the member."""
        member = self.get_object()
        given = IdentitySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        operations.add_identity(
            member=member,
            value=given.validated_data["value"],
            type=Identity.Type(given.validated_data.get("type", Identity.Type.CARD)),
            now=self.now,
        )
        return self._answer(member, status=201)

    @extend_schema(request=IdentityValueSerializer, responses={204: None})
    @action(detail=True, methods=["post"], url_path="identities/remove")
    def remove_identity(self, request: Request, **kwargs: Any) -> Response:
        """Let a value no longer find the member."""
        member = self.get_object()
        given = IdentityValueSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        value = given.validated_data["value"]
        found = Identity.objects.for_value(unit=self.unit, value=value)
        identity = found.filter(member=member).first()
        if identity is None:
            raise NotFound("The member has no such identity.", field="value")
        operations.remove_identity(identity=identity)
        return Response(status=204)

    def _answer(self, member: Member, *, status: int = 200) -> Response:
        stored = self.get_queryset().get(pk=member.pk)
        return Response(self.get_serializer(stored).data, status=status)
