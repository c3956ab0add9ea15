"""The API of card definitions."""

from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from schemes import operations
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme
from schemes.serializers import CardDefinitionSerializer
from schemes.views.base import OwnRows, expected_version

# The order of a definition's rates: by whose they are, then band after band.
BAND = ("incoming_identifier", "name", "floor")


class CardDefinitionFilter(filters.FilterSet):
    """Which definitions."""

    scheme = filters.UUIDFilter(field_name="scheme__uuid")

    class Meta:
        model = CardDefinition
        fields = ("scheme", "status")


class CardDefinitionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnRows):
    """The rules of the kinds of points in a scheme, with their rates.

    A change makes a new version of the scheme, which is the ETag here too.
    """

    queryset = (
        CardDefinition.objects.select_related("scheme")
        .prefetch_related(
            Prefetch("earn_rates", EarnRate.objects.order_by(*BAND)),
            Prefetch("burn_rates", BurnRate.objects.order_by(*BAND)),
        )
        .order_by("-id")
    )
    serializer_class = CardDefinitionSerializer
    filterset_class = CardDefinitionFilter
    search_fields = ("name",)
    ordering_fields = ("id", "name")
    unit_path = "scheme__unit"
    scope_resource = "schemes"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One definition."""
        return self._show(self.get_object())

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a definition; it begins as a draft."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        own = Scheme.objects.filter(unit=self.unit)
        uuid = given.validated_data.pop("scheme")["uuid"]
        scheme = self.own(own, uuid, field="scheme")
        definition = self._save(CardDefinition(scheme=scheme), given.validated_data)
        return self._answer(definition, status=201)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a definition. Points already granted keep the dates they have."""
        definition = self.get_object()
        given = self.get_serializer(definition, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        if uuid := given.validated_data.pop("scheme", {}).get("uuid"):
            own = Scheme.objects.filter(unit=self.unit)
            definition.scheme = self.own(own, uuid, field="scheme")
        return self._answer(self._save(definition, given.validated_data))

    @extend_schema(request=None, responses=CardDefinitionSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, **kwargs: Any) -> Response:
        """Let points of this kind be earned and spent."""
        return self._do(operations.activate_definition)

    @extend_schema(request=None, responses=CardDefinitionSerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, **kwargs: Any) -> Response:
        """Stop earning and spending points of this kind; what is due still happens."""
        return self._do(operations.deactivate_definition)

    def _do(self, operation: Any) -> Response:
        version = expected_version(self.request)
        return self._answer(
            operation(
                definition=self.signed(self.get_object()), expected_version=version
            )
        )

    def _save(
        self, definition: CardDefinition, values: dict[str, Any]
    ) -> CardDefinition:
        earn = values.pop("earn_rates", None)
        burn = values.pop("burn_rates", None)
        for name, value in values.items():
            setattr(definition, name, value)
        return operations.save_definition(
            definition=self.signed(definition),
            earn_rates=None if earn is None else [EarnRate(**each) for each in earn],
            burn_rates=None if burn is None else [BurnRate(**each) for each in burn],
            expected_version=expected_version(self.request),
        )

    def _answer(self, definition: CardDefinition, *, status: int = 200) -> Response:
        stored = self.get_queryset().get(pk=definition.pk)
        return self._show(stored, status=status)

    def _show(self, stored: CardDefinition, *, status: int = 200) -> Response:
        headers = {"ETag": f'"{stored.scheme.version}"'}
        if status == 201:
            headers["Location"] = self.reverse_action("detail", args=[stored.uuid])
        return Response(
            self.get_serializer(stored).data, status=status, headers=headers
        )
