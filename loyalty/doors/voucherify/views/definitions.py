"""The card definitions of a project."""

from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.db.transaction import atomic
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.doors.voucherify.base import SHELF
from loyalty.doors.voucherify.configuration import (
    ConfigurationViewSet,
    ConnectedNonDraftProgram,
    InvalidTransition,
    ResourceInUse,
    renamed,
)
from loyalty.doors.voucherify.definitions import columns
from loyalty.doors.voucherify.definitions.shown import shown
from loyalty.doors.voucherify.filters import (
    DateFilter,
    EnumFilter,
    IdFilter,
    TextFilter,
)
from loyalty.doors.voucherify.ids import Kind
from loyalty.doors.voucherify.listing import Listing
from loyalty.doors.voucherify.serializers.definitions import (
    CardDefinitionSerializer,
    SectionsSerializer,
)
from loyalty.doors.voucherify.shown import CARD_TYPE
from loyalty.errors import BadInput
from schemes import operations
from schemes.models import CardDefinition, Scheme

Status = CardDefinition.Status

ALWAYS_EDITABLE = {"name", "metadata", "pay_with_points"}

DEFINITIONS = Listing(
    cursor_prefix="lcrscdef_",
    order={
        "created_at": "made_at",
        "name": "name",
        "type": "card_type",
        "status": "status",
    },
    default="-created_at",
    filters={
        "id": IdFilter(Kind.CARD_DEFINITION),
        "name": TextFilter("name"),
        "type": EnumFilter("card_type", {CARD_TYPE: CARD_TYPE}),
        "status": EnumFilter("status", {each: each for each in Status.values}),
        "created_at": DateFilter("made_at"),
        "updated_at": DateFilter("changed_at"),
    },
)


class CardDefinitionViewSet(ConfigurationViewSet):
    """The rules of the kinds of points that there are."""

    scopes = {
        "list": "schemes:read",
        "retrieve": "schemes:read",
        "create": "schemes:write",
        "update": "schemes:write",
        "destroy": "schemes:write",
        "activate": "schemes:write",
        "draft": "schemes:write",
    }

    def definition(self) -> CardDefinition:
        """The card definition of the address.

        :raises NotFound: if there is none.
        """
        found: CardDefinition = self.find(
            self.definitions(), Kind.CARD_DEFINITION, "definition_id"
        )
        return found

    def list(self, request: Request) -> Response:
        """A page of the card definitions, in a program or not."""
        page = DEFINITIONS.page(request, typed(self.definitions()))
        return page.answer([shown(definition) for definition in page.rows])

    def retrieve(self, request: Request, definition_id: str) -> Response:
        """One card definition."""
        return Response(shown(self.definition()))

    def create(self, request: Request) -> Response:
        """Make a card definition that is in no program yet."""
        given = self.given(CardDefinitionSerializer)
        said = given.validated_data
        with atomic():
            definition = CardDefinition(scheme=self.shelf())
            definition.status = said.get("status") or Status.DRAFT
            self._save(definition, {**columns.DEFAULTS, **said})
        return Response(shown(self.definitions().get(pk=definition.pk)))

    def update(self, request: Request, definition_id: str) -> Response:
        """Change the sections that are given; of an active one only a few."""
        definition = self.definition()
        given = self.given(SectionsSerializer, partial=True)
        fixed = set(given.validated_data) - ALWAYS_EDITABLE
        if fixed and definition.status == Status.ACTIVE:
            message = "This changes only while the card definition is a draft."
            raise BadInput(message, field=min(fixed))
        self._save(definition, given.validated_data)
        return self.retrieve(request, definition_id)

    def destroy(self, request: Request, definition_id: str) -> Response:
        """Delete a card definition that is in no program."""
        definition = self.definition()
        if definition.scheme.reference != SHELF:
            raise ResourceInUse("The card definition is in a program.")
        try:
            operations.delete_definition(definition=self.signed(definition))
        except operations.InUse as error:
            raise ResourceInUse(error.message) from error
        return Response({**shown(definition), "status": "DELETED"})

    def activate(self, request: Request, definition_id: str) -> Response:
        """Let points of this kind be earned and spent."""
        definition = self.definition()
        if definition.status == Status.ACTIVE:
            raise InvalidTransition("The card definition is active already.")
        operations.activate_definition(definition=self.signed(definition))
        return self.retrieve(request, definition_id)

    def draft(self, request: Request, definition_id: str) -> Response:
        """Make it a draft again, so that its rules can be changed."""
        definition = self.definition()
        if definition.status == Status.DRAFT:
            raise InvalidTransition("The card definition is a draft already.")
        if definition.scheme.status != Scheme.Status.DRAFT:
            raise ConnectedNonDraftProgram(
                "The card definition is in a program that is not a draft."
            )
        definition.status = Status.DRAFT
        operations.save_definition(definition=self.signed(definition))
        return self.retrieve(request, definition_id)

    def _save(self, definition: CardDefinition, said: dict[str, Any]) -> None:
        columns.write(definition, said)
        with renamed(columns.SECTIONS):
            operations.save_definition(definition=self.signed(definition))


def typed(definitions: QuerySet[CardDefinition]) -> QuerySet[CardDefinition]:
    """Definitions with the one `card_type` that there is."""
    return definitions.annotate(card_type=Value(CARD_TYPE, output_field=CharField()))
