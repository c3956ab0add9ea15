"""The API of units and schemes."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from schemes import operations
from schemes.models import Scheme, Unit
from schemes.serializers import SchemeSerializer, UnitSerializer
from schemes.views.base import OwnRows, expected_version


class UnitViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnRows):
    """The caller's own business unit."""

    queryset = Unit.objects.order_by("-id")
    serializer_class = UnitSerializer
    unit_path = "pk"
    scope_resource = "schemes"


class SchemeFilter(filters.FilterSet):
    """Which schemes."""

    class Meta:
        model = Scheme
        fields = ("status", "reference")


class SchemeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnRows):
    """Loyalty programs. Every change makes a new `version`, which is the ETag."""

    queryset = Scheme.objects.order_by("-id")
    serializer_class = SchemeSerializer
    filterset_class = SchemeFilter
    search_fields = ("name", "reference")
    ordering_fields = ("id", "name", "starts_at")
    unit_path = "unit"
    scope_resource = "schemes"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One scheme."""
        return self._answer(self.get_object())

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a scheme; it begins as a draft."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        scheme = operations.save_scheme(
            scheme=self.signed(Scheme(unit=self.unit, **given.validated_data))
        )
        return self._answer(scheme, status=201)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a scheme. With `If-Match`, only if nobody else was first."""
        scheme = self.get_object()
        given = self.get_serializer(scheme, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        for name, value in given.validated_data.items():
            setattr(scheme, name, value)
        operations.save_scheme(
            scheme=self.signed(scheme), expected_version=expected_version(request)
        )
        return self._answer(scheme)

    @extend_schema(request=None, responses=SchemeSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, **kwargs: Any) -> Response:
        """Let points be earned and spent in the scheme."""
        return self._do(operations.activate_scheme)

    @extend_schema(request=None, responses=SchemeSerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, **kwargs: Any) -> Response:
        """Stop earning and spending; what is due still happens."""
        return self._do(operations.deactivate_scheme)

    def _do(self, operation: Any) -> Response:
        version = expected_version(self.request)
        return self._answer(
            operation(scheme=self.signed(self.get_object()), expected_version=version)
        )

    def _answer(self, scheme: Scheme, *, status: int = 200) -> Response:
        scheme.refresh_from_db()
        headers = {"ETag": f'"{scheme.version}"'}
        if status == 201:
            headers["Location"] = self.reverse_action("detail", args=[scheme.uuid])
        return Response(
            self.get_serializer(scheme).data, status=status, headers=headers
        )
