"""The programs of a project, and which card definitions are in them."""

from typing import Any

from django.db.models import QuerySet
from django.db.transaction import atomic
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.doors.history import dated
from loyalty.doors.voucherify import ids
from loyalty.doors.voucherify.configuration import (
    ConfigurationViewSet,
    InvalidTransition,
    MissingActiveDefinition,
    NonDraftProgram,
    renamed,
)
from loyalty.doors.voucherify.filters import (
    DateFilter,
    EnumFilter,
    IdFilter,
    TextFilter,
)
from loyalty.doors.voucherify.ids import Kind
from loyalty.doors.voucherify.listing import Listing
from loyalty.doors.voucherify.serializers.programs import (
    AssignmentsSerializer,
    ProgramSerializer,
    ProgramUpdateSerializer,
)
from loyalty.doors.voucherify.shown import CARD_TYPE, moment
from loyalty.errors import BadInput
from schemes import operations
from schemes.models import CardDefinition, Scheme

DOOR = "voucherify"
ALWAYS_EDITABLE = {"name", "end_date", "metadata"}
FIELDS = {"starts_at": "start_date", "ends_at": "end_date"}

PROGRAMS = Listing(
    cursor_prefix="lcrsprg_",
    order={"created_at": "made_at", "name": "name"},
    default="-created_at",
    filters={
        "id": IdFilter(Kind.PROGRAM),
        "name": TextFilter("name"),
        "status": EnumFilter("status", {each: each for each in Scheme.Status.values}),
        "created_at": DateFilter("made_at"),
    },
)
ASSIGNMENTS = Listing(
    cursor_prefix="lcrscdefa_",
    order={"created_at": "assigned_at"},
    default="-created_at",
    filters={},
)


class ProgramViewSet(ConfigurationViewSet):
    """Loyalty programs."""

    scopes = {
        "list": "schemes:read",
        "retrieve": "schemes:read",
        "create": "schemes:write",
        "update": "schemes:write",
        "destroy": "schemes:write",
        "activate": "schemes:write",
        "deactivate": "schemes:write",
    }

    def programs(self) -> QuerySet[Scheme]:
        """The programs, with the moments that are shown of them."""
        return dated(super().programs())

    def list(self, request: Request) -> Response:
        """A page of the programs."""
        page = PROGRAMS.page(request, self.programs())
        return page.answer([shown(program) for program in page.rows])

    def retrieve(self, request: Request, program_id: str) -> Response:
        """One program."""
        return Response(shown(self.program()))

    def create(self, request: Request) -> Response:
        """Make a program, with card definitions if they are named."""
        given = self.given(ProgramSerializer)
        said = given.validated_data
        named = said.get("card_definitions")
        with atomic():
            program = Scheme(unit=self.unit)
            program.reference = ids.write(Kind.PROGRAM, program.uuid)
            self._save(program, {"start_date": None, **said})
            self.assign(program, self.named(named or []))
            if said.get("status") == Scheme.Status.ACTIVE:
                self._activate(program)
        answer = shown(self.programs().get(pk=program.pk))
        answer["card_definitions"] = named and [{"id": each} for each in named]
        nothing = dict.fromkeys(("earning_rules", "rewards", "tier_structures"))
        return Response({**answer, **nothing})

    def update(self, request: Request, program_id: str) -> Response:
        """Change what is given; once the program has run, not everything can be."""
        program = self.program()
        given = self.given(ProgramUpdateSerializer, partial=True)
        fixed = set(given.validated_data) - ALWAYS_EDITABLE
        if fixed and program.status != Scheme.Status.DRAFT:
            message = "This changes only while the program is a draft."
            raise BadInput(message, field=min(fixed))
        self._save(program, given.validated_data)
        return self.retrieve(request, program_id)

    def destroy(self, request: Request, program_id: str) -> Response:
        """Delete a program without members; its card definitions stay."""
        program = self.program()
        with atomic():
            self.unassign(program, [*self.definitions().filter(scheme=program)])
            operations.delete_scheme(scheme=self.signed(program))
        return Response({**shown(program), "status": "DELETED"})

    def activate(self, request: Request, program_id: str) -> Response:
        """Let members join, earn and spend."""
        self._activate(self.program())
        return self.retrieve(request, program_id)

    def deactivate(self, request: Request, program_id: str) -> Response:
        """Stop joining, earning and spending."""
        program = self.program()
        if program.status != Scheme.Status.ACTIVE:
            raise InvalidTransition(
                f"A program that is {program.status} is not active."
            )
        operations.deactivate_scheme(
            scheme=self.signed(program), expected_version=program.version
        )
        return self.retrieve(request, program_id)

    def _activate(self, program: Scheme) -> None:
        if program.status == Scheme.Status.ACTIVE:
            raise InvalidTransition("The program is active already.")
        active = program.card_definitions.filter(status=CardDefinition.Status.ACTIVE)
        if not active.exists():
            raise MissingActiveDefinition
        operations.activate_scheme(
            scheme=self.signed(program), expected_version=program.version
        )

    def _save(self, program: Scheme, said: dict[str, Any]) -> None:
        if "name" in said:
            program.name = said["name"]
        if "metadata" in said:
            program.metadata = said["metadata"] or {}
        if "end_date" in said:
            program.ends_at = said["end_date"]
        if "start_date" in said:
            # Without a date it runs from now on, and says that it has none.
            program.starts_at = said["start_date"] or self.now
            kept = {"start_date_is_open": said["start_date"] is None}
            program.door_fields = {**program.door_fields, DOOR: kept}
        version = None if program._state.adding else program.version
        with renamed(FIELDS):
            operations.save_scheme(
                scheme=self.signed(program), expected_version=version
            )


class ProgramDefinitionViewSet(ConfigurationViewSet):
    """The card definitions that are in a program."""

    scopes = {"list": "schemes:read", "batch": "schemes:write"}

    def list(self, request: Request, program_id: str) -> Response:
        """A page of them."""
        inside = self.definitions().filter(scheme=self.program())
        page = ASSIGNMENTS.page(request, inside)
        return page.answer([assignment(definition) for definition in page.rows])

    def batch(self, request: Request, program_id: str) -> Response:
        """Let card definitions leave, then others come in; all of it or nothing."""
        program = self.program()
        given = self.given(AssignmentsSerializer)
        if program.status != Scheme.Status.DRAFT:
            raise NonDraftProgram
        unassign, assign = (
            given.validated_data.get(name) or [] for name in ("unassign", "assign")
        )
        with atomic():
            leaving = self.named(unassign)
            left = [assignment(definition) for definition in leaving]
            self.unassign(program, leaving)
            self.assign(program, self.named(assign))
            came = [assignment(definition) for definition in self.named(assign)]
        return Response({"assigned": came or None, "unassigned": left or None})


def shown(program: Scheme) -> dict[str, Any]:
    """A program; the row has `made_at` and `changed_at` (`history.dated`)."""
    is_open = program.door_fields.get(DOOR, {}).get("start_date_is_open")
    return {
        "id": ids.write(Kind.PROGRAM, program.uuid),
        "name": program.name,
        "status": program.status,
        "start_date": None if is_open else moment(program.starts_at),
        "end_date": moment(program.ends_at),
        "validity_hours": {"type": "ANY_TIME"},
        "metadata": program.metadata,
        "created_at": moment(program.made_at),  # type: ignore[attr-defined]  # annotated
        "updated_at": moment(program.changed_at),  # type: ignore[attr-defined]  # annotated
        "object": "program",
    }


def assignment(definition: CardDefinition) -> dict[str, Any]:
    """A card definition in its program; the row has `assigned_at`."""
    return {
        "card_type": CARD_TYPE,
        "card_definition_id": ids.write(Kind.CARD_DEFINITION, definition.uuid),
        "created_at": moment(definition.assigned_at),  # type: ignore[attr-defined]  # annotated
        "object": "program_card_definition",
    }
