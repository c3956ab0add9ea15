"""The members of a program, and the programs of a customer."""

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Member
from loyalty.doors.voucherify import ids, memberships
from loyalty.doors.voucherify.base import VoucherifyViewSet
from loyalty.doors.voucherify.cards import member_cards
from loyalty.doors.voucherify.filters import (
    DateFilter,
    EnumFilter,
    IdFilter,
    InvalidQuery,
    TextFilter,
)
from loyalty.doors.voucherify.ids import Kind
from loyalty.doors.voucherify.listing import Listing
from loyalty.doors.voucherify.memberships import ACTIVE, Membership
from loyalty.doors.voucherify.serializers.members import (
    MemberSerializer,
    MemberUpdateSerializer,
)
from loyalty.errors import NotFound
from schemes.models import Scheme

MEMBERS = Listing(
    cursor_prefix="lcrsmbr_",
    order={
        "created_at": "joined_at",
        "status": "status_here",
        "customer_id": "external_id",
    },
    default="-created_at",
    filters={
        "id": IdFilter(Kind.MEMBER),
        "status": EnumFilter(
            "status_here", {each: each for each in Member.Status.values}
        ),
        "customer_id": TextFilter("external_id"),
        "created_at": DateFilter("joined_at"),
    },
)
IDENTIFICATION = ("customer_id", "customer_source_id", "member_id")
# There are no tiers here, so nobody is on the way to one.
NO_TIERS: dict[str, Any] = {
    "current": None,
    "tier_structure": None,
    "deferred": [],
    "risks": [],
    "opportunities": [],
    "object": "member_tier_progress",
}


class MemberViewSet(VoucherifyViewSet):
    """Who takes part in a program."""

    scopes = {
        "list": "members:read",
        "retrieve": "members:read",
        "create": "members:write",
        "update": "members:write",
        "destroy": "members:write",
        "activate": "members:write",
        "deactivate": "members:write",
    }

    def membership(self) -> Membership:
        """The membership of the address.

        :raises NotFound: of the program or the member.
        """
        program = self.program()
        return memberships.of_member(self.member(program), program)

    def list(self, request: Request, program_id: str) -> Response:
        """A page of the members, without their cards."""
        program = self.program()
        rows = memberships.listed(self.members(program), program)
        page = MEMBERS.page(request, rows)
        return page.answer(
            [
                Membership(member=row, program=program, cards=row.cards_here).shown()
                for row in page.rows
            ]
        )

    def retrieve(self, request: Request, program_id: str, member_id: str) -> Response:
        """One member with all cards and their balances."""
        return Response(self._whole(self.membership()))

    def create(self, request: Request, program_id: str) -> Response:
        """Let a customer join."""
        program = self.program()
        given = self.given(MemberSerializer)
        said = given.validated_data
        member = memberships.enrol(
            program,
            customer_id=said["customer_id"],
            status=said.get("status") or ACTIVE,
            metadata=said.get("metadata"),
            now=self.now,
        )
        return Response(self._whole(memberships.of_member(member, program)))

    def update(self, request: Request, program_id: str, member_id: str) -> Response:
        """Add to the metadata, or clear it with null."""
        member = self.membership().member
        given = self.given(MemberUpdateSerializer)
        memberships.merge_metadata(member, given.validated_data["metadata"])
        return Response(self.membership().shown())

    def destroy(self, request: Request, program_id: str, member_id: str) -> Response:
        """Let a member leave."""
        membership = self.membership()
        memberships.leave(membership)
        return Response({**membership.shown(), "status": "DELETED"})

    def activate(self, request: Request, program_id: str, member_id: str) -> Response:
        """Let a member earn and spend again."""
        memberships.activate(self.membership())
        return Response(self.membership().shown())

    def deactivate(self, request: Request, program_id: str, member_id: str) -> Response:
        """Let a member no longer earn and spend."""
        memberships.deactivate(self.membership())
        return Response(self.membership().shown())

    def _whole(self, membership: Membership) -> dict[str, Any]:
        cards = member_cards(membership.cards, now=self.now)
        return {**membership.shown(), "cards": cards}


class MembershipViewSet(VoucherifyViewSet):
    """In which programs a customer takes part."""

    scopes = {"list": "members:read", "retrieve": "members:read"}

    def list(self, request: Request, customer_id: str) -> Response:
        """All memberships of a customer."""
        customer = self.customer()
        found = memberships.of_customer(customer, self.programs())
        return Response(
            {
                "customer": {
                    "id": customer.external_id,
                    "source_id": customer.external_id,
                    "object": "customer",
                },
                "memberships": self._shown(found),
                "object": "memberships_result",
            }
        )

    def retrieve(self, request: Request, program_id: str, customer_id: str) -> Response:
        """The membership of a customer in one program."""
        program = self.program()
        customer = self.customer()
        if not self.members(program).filter(pk=customer.pk).exists():
            raise ids.missing(Kind.MEMBER, customer_id)
        (answer,) = self._shown([memberships.of_member(customer, program)])
        cards = [{**card, "tier_progress": NO_TIERS} for card in answer["cards"]]
        return Response({**answer, "cards": cards})

    def customer(self) -> Member:
        """The customer of the address, in the sense of `identification_type`.

        :raises InvalidQuery: if that is none of the senses there are.
        :raises NotFound: if the caller's unit knows nobody of this id.
        """
        for name in set(self.request.query_params) - {"identification_type"}:
            raise InvalidQuery("This parameter is not known here.", field=name)
        by = self.request.query_params.get("identification_type", IDENTIFICATION[0])
        if by not in IDENTIFICATION:
            known = ", ".join(IDENTIFICATION)
            raise InvalidQuery(f"Use one of {known}.", field="identification_type")
        members = Member.objects.filter(unit=self.unit)
        if by == "member_id":
            found: Member = self.find(members, Kind.MEMBER, "customer_id")
            return found
        text = self.kwargs["customer_id"]
        known_as = (
            members.filter(external_id=text) if "\0" not in text else members.none()
        )
        customer = known_as.first()
        if customer is None:
            raise NotFound(
                f"Cannot find customer with id {text}",
                resource_id=text,
                resource_type="customer",
            )
        return customer

    def _shown(self, found: Sequence[Membership]) -> Sequence[dict[str, Any]]:
        """The memberships, each with its cards; as many queries for ten as for one."""
        all_cards = [card for membership in found for card in membership.cards]
        cards = iter(member_cards(all_cards, now=self.now))
        return [
            {
                "member": membership.shown(),
                "program": summary(membership.program),
                "cards": [next(cards) for _ in membership.cards],
                "object": "membership",
            }
            for membership in found
        ]


def summary(program: Scheme) -> dict[str, Any]:
    """A program as it stands in a membership."""
    return {
        "id": ids.write(Kind.PROGRAM, program.uuid),
        "name": program.name,
        "status": program.status,
        "metadata": program.metadata,
        "object": "program",
    }
