"""Who takes part in a program: a member of the unit with cards of it, as one thing.

A membership has no row of its own. It is active while the member is and one of the
cards is, so what happens to it in one program touches no other.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Exists,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.transaction import atomic

from accounts import operations
from accounts.models import Card, Member
from loyalty.doors.voucherify import ids
from loyalty.doors.voucherify.configuration import (
    InvalidTransition,
    MissingActiveDefinition,
)
from loyalty.doors.voucherify.ids import Kind
from loyalty.doors.voucherify.shown import moment
from loyalty.errors import Conflict
from schemes.models import CardDefinition, Scheme
from transactions import ledger

ACTIVE, INACTIVE = Member.Status.ACTIVE, Member.Status.INACTIVE


class MemberAlreadyExists(Conflict):
    """The customer takes part in the program already (409)."""

    key = "member_already_exists"


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A member in one program, with the cards of it that are not closed."""

    member: Member
    program: Scheme
    cards: Sequence[Card]

    @property
    def status(self) -> str:
        """Whether points can be earned and spent, as far as it is up to the member."""
        usable = any(card.status == Card.Status.ACTIVE for card in self.cards)
        return ACTIVE if usable and self.member.status == ACTIVE else INACTIVE

    def shown(self) -> dict[str, Any]:
        """The membership without its cards."""
        return {
            "id": ids.write(Kind.MEMBER, self.member.uuid),
            "customer_id": self.member.external_id,
            "program_id": ids.write(Kind.PROGRAM, self.program.uuid),
            "status": self.status,
            "metadata": self.member.metadata,
            "created_at": moment(min(card.created_at for card in self.cards)),
            "updated_at": None,  # nobody remembers when a member changed
            "object": "member",
        }


def open_cards(program: Scheme) -> QuerySet[Card]:
    """The cards of a program that are not closed, oldest first."""
    cards = Card.objects.filter(definition__scheme=program)
    open_ = cards.exclude(status=Card.Status.CLOSED).order_by("pk")
    return open_.select_related("definition__scheme")


def of_member(member: Member, program: Scheme) -> Membership:
    """The part that a member takes in a program; it has cards of it."""
    cards = list(open_cards(program).filter(member=member))
    return Membership(member=member, program=program, cards=cards)


def of_customer(member: Member, programs: QuerySet[Scheme]) -> list[Membership]:
    """All memberships of a customer in these programs, the oldest program first."""
    cards = Card.objects.filter(member=member, definition__scheme__in=programs)
    by_program: dict[Scheme, list[Card]] = {}
    for card in (
        cards.exclude(status=Card.Status.CLOSED)
        .select_related("definition__scheme")
        .order_by("definition__scheme", "pk")
    ):
        by_program.setdefault(card.definition.scheme, []).append(card)
    return [
        Membership(member=member, program=program, cards=its_cards)
        for program, its_cards in by_program.items()
    ]


def listed(members: QuerySet[Member], program: Scheme) -> QuerySet[Member]:
    """Members of a program with what a list is ordered and filtered by.

    Those are `joined_at` and `status_here`; `cards_here` are their cards of it.
    """
    cards = open_cards(program)
    own = cards.filter(member=OuterRef("pk"))
    usable = Exists(own.filter(status=Card.Status.ACTIVE))
    return members.annotate(
        joined_at=Subquery(own.order_by("created_at").values("created_at")[:1]),
        status_here=Case(
            When(Q(usable, status=ACTIVE), then=Value(ACTIVE.value)),
            default=Value(INACTIVE.value),
            output_field=CharField(),
        ),
    ).prefetch_related(Prefetch("cards", cards, to_attr="cards_here"))


def enrol(
    program: Scheme,
    *,
    customer_id: str,
    status: str,
    metadata: Mapping[str, Any] | None,
    now: datetime,
) -> Member:
    """Let a customer take part in a program, with a card under each active definition.

    Enrols the customer in the unit too, if it is new. Cards that were closed when it
    left are opened again.

    :raises SchemeNotActive: if the program is not active.
    :raises MissingActiveDefinition: if there is nothing to have a card of.
    :raises MemberAlreadyExists: if the customer takes part already.
    """
    if program.status != Scheme.Status.ACTIVE:
        raise ledger.SchemeNotActive("Members join only while the program is active.")
    definitions = program.card_definitions.filter(status=CardDefinition.Status.ACTIVE)
    with atomic():
        member = _locked_customer(program, customer_id, now=now)
        if open_cards(program).filter(member=member).exists():
            raise MemberAlreadyExists(
                f"{customer_id} is a member of the program already.",
                resource_id=ids.write(Kind.MEMBER, member.uuid),
                resource_type="member",
            )
        closed = {
            card.definition_id: card
            for card in member.cards.filter(definition__scheme=program)
        }
        cards = [
            closed.get(each.pk)
            or operations.open_card(member=member, definition=each, now=now)
            for each in definitions.select_related("scheme").order_by("pk")
        ]
        if not cards:
            raise MissingActiveDefinition
        usable = status == ACTIVE
        _set_status(cards, Card.Status.ACTIVE if usable else Card.Status.BLOCKED)
        if metadata:
            merge_metadata(member, metadata)
    return member


def activate(membership: Membership) -> None:
    """Let the member earn and spend in this program again.

    :raises InvalidTransition: if it can.
    """
    with atomic():
        current = _locked(membership)
        if current.status == ACTIVE:
            raise InvalidTransition("The member is active already.")
        _set_status(current.cards, Card.Status.ACTIVE)
        if current.member.status != ACTIVE:
            operations.change_member_status(member=current.member, status=ACTIVE)


def deactivate(membership: Membership) -> None:
    """Let the member no longer earn and spend in this program.

    :raises InvalidTransition: if it cannot.
    """
    with atomic():
        current = _locked(membership)
        if current.status == INACTIVE:
            raise InvalidTransition("The member is inactive already.")
        _set_status(current.cards, Card.Status.BLOCKED)


def leave(membership: Membership) -> None:
    """End a membership: its cards are closed, and the customer stays one of the unit."""
    with atomic():
        _set_status(_locked(membership).cards, Card.Status.CLOSED)


def merge_metadata(member: Member, metadata: Mapping[str, Any] | None) -> None:
    """Add keys to what is kept of a member, or forget it all with None."""
    with atomic():
        stored = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        merged = {} if metadata is None else {**stored.metadata, **metadata}
        member.metadata = operations.change_member(
            member=stored, metadata=merged
        ).metadata


def _locked_customer(program: Scheme, customer_id: str, *, now: datetime) -> Member:
    """The customer, new or known, whom nobody else enrols at the same moment."""
    known = Member.objects.filter(unit=program.unit_id, external_id=customer_id)
    if not known.exists():
        # If somebody else was first, that is as good.
        with suppress(operations.ExternalIdTaken):
            operations.create_member(
                unit=program.unit, external_id=customer_id, now=now
            )
    return known.select_for_update(no_key=True).get()


def _locked(membership: Membership) -> Membership:
    """The membership as it is now, which nobody else changes meanwhile."""
    locked = Member.objects.select_for_update(no_key=True)
    member = locked.get(pk=membership.member.pk)
    return of_member(member, membership.program)


def _set_status(cards: Sequence[Card], status: Card.Status) -> None:
    for card in cards:
        if card.status != status:
            operations.change_card_status(card=card, status=status)
