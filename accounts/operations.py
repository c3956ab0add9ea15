"""How members join: enrolling, naming the identities that find them, their cards."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from accounts.models import Card, Identity, Member
from loyalty.errors import BadInput, Conflict
from schemes.models import CardDefinition, Unit
from schemes.operations import keep_definitions


class ExternalIdTaken(Conflict):
    """The unit has a member of this external id already."""

    key = "external_id_taken"


class IdentityTaken(Conflict):
    """The value finds a member of the unit already."""

    key = "identity_taken"


class CardExists(Conflict):
    """The member has a card of this definition, or its code is taken."""

    key = "card_exists"


class OtherUnit(BadInput):
    """The member and the definition belong to different units."""

    key = "other_unit"


def create_member(
    *,
    unit: Unit,
    external_id: str,
    now: datetime,
    name: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> Member:
    """Make a customer of the shop a member. `now` is aware.

    :raises ExternalIdTaken: if the unit has a member of this id.
    """
    try:
        with atomic():
            return Member.objects.create(
                unit=unit,
                external_id=external_id,
                name=name,
                metadata=dict(metadata or {}),
                created_at=now,
            )
    except IntegrityError as error:
        raise ExternalIdTaken(
            _('"%(value)s" is a member already.'),
            values={"value": external_id},
            field="external_id",
        ) from error


def add_identity(
    *, member: Member, value: str, type: Identity.Type, now: datetime
) -> Identity:
    """Let a value find the member. It is kept without surrounding blanks.

    :raises BadInput: if the value is blank.
    :raises IdentityTaken: if it finds a member of the unit, whatever its case.
    """
    value = value.strip()
    if not value:
        raise BadInput(_("An identity needs a value."), field="value")
    try:
        with atomic():
            return Identity.objects.create(
                unit_id=member.unit_id,
                member=member,
                type=type,
                value=value,
                created_at=now,
            )
    except IntegrityError as error:
        raise IdentityTaken(
            _('"%(value)s" is taken.'), values={"value": value}, field="value"
        ) from error


def open_card(
    *, member: Member, definition: CardDefinition, now: datetime, code: str = ""
) -> Card:
    """Open the member's card under a definition, with a code of its pattern.

    :raises OtherUnit: if the definition belongs to another unit.
    :raises NotFound: if the definition was deleted meanwhile.
    :raises CardExists: if the member has such a card, or the code is taken.
    """
    if member.unit_id != definition.scheme.unit_id:
        raise OtherUnit(
            _("The definition belongs to another unit."), field="definition"
        )
    attempts = 1 if code else 5  # a drawn code is taken once in ten billion
    for _attempt in range(attempts):
        try:
            with atomic():
                keep_definitions([definition])
                return Card.objects.create(
                    member=member,
                    definition=definition,
                    code=code or draw_code(definition.code_pattern),
                    created_at=now,
                )
        except IntegrityError as error:
            taken = error
            if member.cards.filter(definition=definition).exists():
                break
    raise CardExists(
        _("%(member)s has such a card, or its code is taken."),
        values={"member": member.external_id},
        field="code",
    ) from taken


def draw_code(pattern: str) -> str:
    """A card code of the pattern: each # becomes a random digit."""
    return "".join(
        secrets.choice("0123456789") if sign == "#" else sign for sign in pattern
    )


def remove_identity(*, identity: Identity) -> None:
    """Let the value find nobody: the member has another, or wants it forgotten."""
    identity.delete()


def change_card_status(*, card: Card, status: Card.Status) -> Card:
    """Block a card, close it, or let it be used again.

    Waits for a spend that is under way; what is due to activate or expire still does.
    """
    with atomic():
        stored = Card.objects.select_for_update(no_key=True).get(pk=card.pk)
        stored.status = status
        stored.save(update_fields=["status"])
    card.status = stored.status
    return card


def change_member(
    *,
    member: Member,
    name: str | None = None,
    external_id: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Member:
    """Change what is known of a member; what is None stays.

    :raises ExternalIdTaken: if the unit has another member of this id.
    """
    changes = {"name": name, "external_id": external_id, "metadata": metadata}
    for column, value in changes.items():
        if value is not None:
            setattr(member, column, value)
    try:
        with atomic():
            member.save(update_fields=list(changes))
    except IntegrityError as error:
        raise ExternalIdTaken(
            _('"%(value)s" is a member already.'),
            values={"value": external_id},
            field="external_id",
        ) from error
    return member


def change_member_status(*, member: Member, status: Member.Status) -> Member:
    """Let a member earn and spend again, or no longer. What is due still happens."""
    member.status = status
    member.save(update_fields=["status"])
    return member


def replace_card(*, card: Card, code: str = "") -> Card:
    """Give a card another number, for one that was lost; its points stay.

    :raises CardExists: if the code is taken.
    """
    try:
        with atomic():
            stored = Card.objects.select_for_update(no_key=True).get(pk=card.pk)
            stored.code = code or draw_code(stored.definition.code_pattern)
            stored.save(update_fields=["code"])
    except IntegrityError as error:
        raise CardExists(
            _('"%(value)s" is taken.'), values={"value": code}, field="code"
        ) from error
    card.code = stored.code
    return card
