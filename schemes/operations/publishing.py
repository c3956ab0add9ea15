"""Publishing and stopping a scheme with its definitions, and copying it as a draft."""

from collections.abc import Iterable
from typing import TypeVar
from uuid import uuid4

from django.db.models import Model
from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from loyalty.errors import BadInput
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme
from schemes.models.scheme import Status
from schemes.operations.checks import Rate
from schemes.operations.saving import (
    activate_definition,
    activate_scheme,
    lock_scheme,
    save_definition,
    save_scheme,
)

Published = TypeVar("Published", Scheme, CardDefinition)


def publish_scheme(
    *,
    scheme: Scheme,
    definitions: Iterable[CardDefinition] = (),
    expected_version: int | None = None,
) -> Scheme:
    """Activate a scheme together with some of its definitions: all of them, or none.

    :raises BadInput: if a definition is of another scheme.
    :raises InvalidRule: if the scheme, or a rule of a definition, makes no sense.
    :raises VersionConflict: if `expected_version` is not the stored one.
    """
    with atomic():
        lock_scheme(scheme.pk, expected_version)
        for definition in definitions:
            if definition.scheme_id != scheme.pk:
                raise BadInput(_("Publish definitions of this scheme."), field="scheme")
            activate_definition(definition=definition)
        scheme.refresh_from_db()
        return activate_scheme(scheme=scheme)


def copy_scheme(*, scheme: Scheme, name: str, reference: str) -> Scheme:
    """A new draft with the dates, definitions and rates of a scheme, in its unit.

    Cards and points stay where they are. The definitions of the copy are drafts too.
    What a vendor's API keeps beside the rules is copied with them.

    :raises BadInput: if the name or the reference is empty or too long.
    :raises NameTaken: if the unit has a scheme of this reference.
    :raises InvalidRule: if a rule of the scheme makes no sense any more.
    """
    with atomic():
        lock_scheme(scheme.pk, None)  # nobody changes a definition meanwhile
        copied = _copy(Scheme.objects.get(pk=scheme.pk))
        copied.name, copied.reference = name, reference
        save_scheme(scheme=copied)
        for definition in CardDefinition.objects.filter(scheme=scheme).order_by("pk"):
            rates = _copies(EarnRate, definition), _copies(BurnRate, definition)
            definition.scheme = copied
            save_definition(
                definition=_copy(definition), earn_rates=rates[0], burn_rates=rates[1]
            )
        copied.refresh_from_db()
        return copied


def _copy(row: Published) -> Published:
    """A draft with the values of a row, which is not saved."""
    _as_new(row)
    row.uuid = uuid4()
    row.status = Status.DRAFT
    return row


def _copies(model: type[Rate], definition: CardDefinition) -> list[Rate]:
    rates = list(
        model.objects.filter(card_definition=definition).order_by("name", "floor")
    )
    for rate in rates:
        _as_new(rate)
    return rates


def _as_new(row: Model) -> None:
    row.pk = None
    row._state.adding = True
