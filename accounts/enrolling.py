"""Enrolling a customer in one go: the member, what finds them, and their card."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from accounts.models import Card, Identity, Member
from accounts.operations import (
    CardExists,
    ExternalIdTaken,
    add_identity,
    create_member,
    open_card,
)
from schemes.models import CardDefinition


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """Who is enrolled, and what of it is new."""

    card: Card
    is_new_member: bool
    is_new_card: bool
    new_identities: int

    @property
    def changes_something(self) -> bool:
        """Whether anything was not there before."""
        return self.is_new_member or self.is_new_card or bool(self.new_identities)


@atomic
def enrol(
    *,
    definition: CardDefinition,
    external_id: str,
    now: datetime,
    name: str = "",
    identities: Iterable[tuple[Identity.Type, str]] = (),
    card_number: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> Enrolment:
    """Make sure that a customer is a member with these identities and a card.

    Who is a member already is recognised by the external id: what is missing is added,
    the name and the metadata stay as they are.

    card_number: the code of the card, and an identity; empty: one is drawn.

    :raises IdentityTaken: if a value finds another member.
    :raises NotFound: if the definition was deleted meanwhile.
    :raises CardExists: if the member's card has another number, or it is taken.
    """
    member, is_new_member = _member(
        definition, external_id=external_id, name=name, metadata=metadata, now=now
    )
    wanted = [(type_, value.strip()) for type_, value in identities]
    if card_number:
        wanted.append((Identity.Type.CARD, card_number))
    there = {
        value.lower() for value in member.identities.values_list("value", flat=True)
    }
    missing = [each for each in wanted if each[1] and each[1].lower() not in there]
    for type_, value in missing:
        add_identity(member=member, type=type_, value=value, now=now)
    card = member.cards.filter(definition=definition).first()
    if card is not None and card_number not in ("", card.code):
        raise CardExists(
            _("%(member)s has the card %(code)s already."),
            values={"member": external_id, "code": card.code},
            field="code",
        )
    return Enrolment(
        card=card
        or open_card(member=member, definition=definition, code=card_number, now=now),
        is_new_member=is_new_member,
        is_new_card=card is None,
        new_identities=len(missing),
    )


def _member(
    definition: CardDefinition, *, external_id: str, now: datetime, **known: Any
) -> tuple[Member, bool]:
    """The member of this external id, and whether they were made just now."""
    unit = definition.scheme.unit
    members = Member.objects.filter(unit=unit, external_id=external_id)
    if member := members.first():
        return member, False
    try:
        return create_member(unit=unit, external_id=external_id, now=now, **known), True
    except ExternalIdTaken:
        return members.get(), False  # somebody else was quicker
