"""What the views of programs and card definitions share, and why they refuse.

Here a card definition always belongs to one program. Those that no program has been
given stand on the unit's shelf: a scheme that is never active and never shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from loyalty.doors.history import dated, with_assignment
from loyalty.doors.voucherify import ids
from loyalty.doors.voucherify.base import SHELF, VoucherifyViewSet
from loyalty.doors.voucherify.ids import Kind
from loyalty.errors import BadInput, Blocked, Conflict
from schemes import operations
from schemes.models import CardDefinition, Scheme

Kept = TypeVar("Kept", Scheme, CardDefinition)


class InvalidTransition(BadInput):
    """The object is in that state already, or cannot come to it from its own (400)."""

    key = "invalid_state_transition"


class ResourceInUse(BadInput):
    """It cannot be deleted or moved while something depends on it (400)."""

    key = "resource_in_use"


class DuplicateFound(Conflict):
    """The card definition is in a program already (409)."""

    key = "duplicate_found"


class NonDraftProgram(Blocked):
    """The card definitions of a program change only while it is a draft (423)."""

    key = "non_draft_program"
    default_message = "Card definitions change only while the program is a draft."


class ConnectedNonDraftProgram(Blocked):
    """The card definition is in a program that is not a draft (423)."""

    key = "connected_non_draft_program"


class MissingActiveDefinition(Blocked):
    """A program needs an active card definition to run (423)."""

    key = "missing_active_card_definition"
    default_message = "The program needs at least one active card definition."


class MissingAssignment(Blocked):
    """The card definition is not in the program it is to be taken from (423)."""

    key = "missing_card_definition_assignment"


@contextmanager
def renamed(fields: Mapping[str, str]) -> Iterator[None]:
    """Let a refusal of our rules name the field as Voucherify calls it."""
    try:
        yield
    except BadInput as error:
        if error.field not in fields:
            raise
        raise BadInput(error.message, field=fields[error.field]) from error


class ConfigurationViewSet(VoucherifyViewSet):
    """Actions on programs and card definitions."""

    def signed(self, instance: Kept) -> Kept:
        """The instance, whose history will name the caller."""
        instance._change_reason = self.caller.actor  # type: ignore[attr-defined]  # simple-history's
        return instance

    def definitions(self) -> QuerySet[CardDefinition]:
        """The card definitions of the caller's project, with all that is shown of them.

        That is their scheme, and the moments of `history`.
        """
        definitions = CardDefinition.objects.filter(scheme__unit=self.unit)
        return with_assignment(dated(definitions.select_related("scheme")))

    def named(self, texts: Sequence[str]) -> list[CardDefinition]:
        """The card definitions of these ids, in their order.

        :raises NotFound: if one is unknown.
        """
        uuids = {text: ids.read(text, Kind.CARD_DEFINITION) for text in texts}
        found: Mapping[UUID, CardDefinition] = {
            each.uuid: each
            for each in self.definitions().filter(uuid__in=uuids.values())
        }
        for text, uuid in uuids.items():
            if uuid not in found:
                raise ids.missing(Kind.CARD_DEFINITION, text)
        return [found[uuid] for uuid in uuids.values()]

    def shelf(self) -> Scheme:
        """Where card definitions stand that are in no program; made when needed."""
        shelves = Scheme.objects.filter(unit=self.unit, reference=SHELF)
        if found := shelves.first():
            return found
        shelf = Scheme(
            unit=self.unit,
            reference=SHELF,
            name="Card definitions without a program",
            starts_at=self.now,
        )
        try:
            return operations.save_scheme(scheme=self.signed(shelf))
        except operations.NameTaken:  # somebody else needed it at the same moment
            return shelves.get()

    def assign(self, program: Scheme, definitions: Sequence[CardDefinition]) -> None:
        """Take card definitions off the shelf, into a program.

        :raises DuplicateFound: if one is in a program already.
        """
        for definition in definitions:
            if definition.scheme.reference != SHELF:
                where = ids.write(Kind.PROGRAM, definition.scheme.uuid)
                raise DuplicateFound(
                    "Here a card definition belongs to one program, and "
                    f"{definition.name} is in {where}.",
                    resource_id=ids.write(Kind.CARD_DEFINITION, definition.uuid),
                    resource_type="card_definition",
                )
            self._move(definition, program)
        program.refresh_from_db(fields=["version"])

    def unassign(self, program: Scheme, definitions: Sequence[CardDefinition]) -> None:
        """Put card definitions of a program back on the shelf.

        :raises MissingAssignment: if one is not in the program.
        :raises ResourceInUse: if members have cards of it.
        """
        for definition in definitions:
            if definition.scheme_id != program.pk:
                raise MissingAssignment(
                    f"{definition.name} is not in the program.",
                    resource_id=ids.write(Kind.CARD_DEFINITION, definition.uuid),
                    resource_type="card_definition",
                )
            self._move(definition, self.shelf())

    def _move(self, definition: CardDefinition, scheme: Scheme) -> None:
        try:
            operations.move_definition(
                definition=self.signed(definition), scheme=scheme
            )
        except operations.InUse as error:
            raise ResourceInUse(error.message) from error
