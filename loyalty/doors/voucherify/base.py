"""What every view of this door shares: whose objects there are, and its error keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from accounts.models import Card, Member
from loyalty.doors.shared import DoorViewSet, NowhereMixin
from loyalty.doors.voucherify import ids
from loyalty.doors.voucherify.ids import Kind
from schemes.models import Scheme

# Our keys, and what Voucherify calls the same. Others are the same, or ours alone.
KEYS = {
    "invalid_input": "invalid_payload",
    "invalid_json": "invalid_payload",
    "invalid_points": "invalid_payload",
    "invalid_rule": "invalid_payload",
    "invalid_cursor": "invalid_or_expired_cursor",
    "scheme_not_active": "non_active_program",
    "scheme_outside_dates": "program_outside_validity_window",
    "card_definition_not_active": "non_active_card_definition",
    "member_not_active": "non_active_member",
    # A membership that was deactivated is a blocked card here.
    "card_not_active": "non_active_member",
    "bucket_not_pending": "invalid_pending_points_bucket_status",
    "bucket_not_active": "invalid_points_bucket_status",
    "bucket_already_due": "bucket_not_eligible_for_manual_activation",
    "insufficient_points": "insufficient_card_balance",
    "name_taken": "duplicate_found",
    "in_use": "resource_in_use",
}

# Holds the definitions that no program has been given yet.
SHELF = "voucherify-card-definitions"


class VoucherifyViewSet(DoorViewSet):
    """Actions under `/v2/loyalties/`.

    An object is looked for from the outside in, and is not found where it is not part
    of what was named before it.
    """

    keys: Mapping[str, str] = {}

    def said(self, error: Mapping[str, Any], problems: Sequence[str]) -> Any:
        """The error with Voucherify's keys; `keys` are those of one view alone."""
        key = error["key"]
        message = "Resource not found" if key == "not_found" else error["message"]
        return {
            **error,
            "key": self.keys.get(key) or KEYS.get(key, key),
            "message": message,
            "details": error["details"] or error["message"],
            # Texts, where they are there at all: Voucherify has no null for them.
            "resource_id": error["resource_id"] or "",
            "resource_type": error["resource_type"] or "",
        }

    def programs(self) -> QuerySet[Scheme]:
        """The programs of the caller's project."""
        return Scheme.objects.filter(unit=self.unit).exclude(reference=SHELF)

    def program(self) -> Scheme:
        """The program of the address.

        :raises NotFound: if there is none.
        """
        found: Scheme = self.find(self.programs(), Kind.PROGRAM, "program_id")
        return found

    def members(self, program: Scheme) -> QuerySet[Member]:
        """Who takes part in a program: the members who have a card of it."""
        cards = Card.objects.filter(definition__scheme=program)
        open_cards = cards.exclude(status=Card.Status.CLOSED)
        return Member.objects.filter(unit=self.unit, pk__in=open_cards.values("member"))

    def member(self, program: Scheme) -> Member:
        """The member of the address.

        :raises NotFound: if it takes no part in the program.
        """
        found: Member = self.find(self.members(program), Kind.MEMBER, "member_id")
        return found

    def card(self, program: Scheme, member: Member) -> Card:
        """The card of the address, with its definition and scheme.

        :raises NotFound: if it is not the member's, or of another program.
        """
        cards = Card.objects.filter(member=member, definition__scheme=program).exclude(
            status=Card.Status.CLOSED
        )
        found: Card = self.find(
            cards.select_related("member", "definition__scheme"), Kind.CARD, "card_id"
        )
        return found

    def find(self, rows: QuerySet[Any], kind: Kind, parameter: str) -> Any:
        """The row of the id that stands in the address.

        :raises NotFound: if there is none.
        """
        text = self.kwargs[parameter]
        found = rows.filter(uuid=ids.read(text, kind)).first()
        if found is None:
            raise ids.missing(kind, text)
        return found


class Nowhere(NowhereMixin, VoucherifyViewSet):
    """What is not spoken here."""

    scopes = {}
