"""Taking rules away, or to another scheme, as long as nobody holds points by them."""

from collections.abc import Container, Iterable

from django.db import connection
from django.db.models import Model, ProtectedError
from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from loyalty.errors import BadInput, NotFound
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme
from schemes.operations.refusals import InUse, VersionConflict
from schemes.operations.saving import (
    check_and_save_definition,
    lock_scheme,
    save_next_version,
)


def delete_scheme(*, scheme: Scheme, expected_version: int | None = None) -> None:
    """Delete a scheme and its definitions; their history stays.

    :raises InUse: if somebody has a card of it.
    :raises NotFound: if it is deleted already.
    :raises VersionConflict: if `expected_version` is not the stored one.
    """
    with atomic():
        lock_scheme(scheme.pk, expected_version)
        definitions = CardDefinition.objects.filter(scheme=scheme)
        for definition in definitions.select_for_update().order_by("pk"):
            _delete_definition(definition)
        _delete(scheme)


def delete_definition(
    *, definition: CardDefinition, expected_version: int | None = None
) -> None:
    """Delete a definition and its rates, and raise the scheme's version.

    :raises InUse: if somebody has a card of it.
    :raises NotFound: if it is deleted already.
    :raises VersionConflict: if `expected_version` is not the stored one, or somebody
        moves the definition at the same moment.
    """
    with atomic():
        scheme = lock_scheme(definition.scheme_id, expected_version)
        _lock(definition, schemes={scheme.pk})
        _delete_definition(definition)
        save_next_version(scheme)


def move_definition(*, definition: CardDefinition, scheme: Scheme) -> CardDefinition:
    """Give a definition that nobody has a card of to another scheme of the unit.

    :raises BadInput: if the scheme is another unit's.
    :raises InUse: if somebody has a card of it.
    :raises NameTaken: if the scheme has a definition of this name.
    :raises InvalidRule: if a rule makes no sense in the scheme's time zone.
    :raises NotFound: if it, or the scheme, is deleted already.
    :raises VersionConflict: if somebody else moves it at the same moment.
    """
    with atomic():
        # In the order of their ids, so that two moves never wait for each other.
        locked = {
            pk: lock_scheme(pk, None)
            for pk in sorted({definition.scheme_id, scheme.pk})
        }
        _lock(definition, schemes=locked)
        left = locked[definition.scheme_id]
        if left.unit_id != scheme.unit_id:
            raise BadInput(_("A definition stays in its unit."), field="scheme")
        if definition.cards.exists():
            raise InUse(
                _("Members have cards of %(rules)s."), values={"rules": definition.name}
            )
        definition.scheme = locked[scheme.pk]
        check_and_save_definition(definition)
        for changed in {left, locked[scheme.pk]}:
            save_next_version(changed)
    return definition


def keep_definitions(definitions: Iterable[CardDefinition]) -> None:
    """Keep definitions from being deleted or moved until the transaction ends.

    For whoever opens cards of them. It is the lock that a card's foreign key takes, but
    that is at the end of the transaction, when it is too late to refuse. Nobody waits
    for it but who takes a definition away. SQLite has one writer at a time.

    :raises NotFound: if one is deleted already.
    """
    wanted = {definition.pk for definition in definitions}
    stored = CardDefinition.objects.filter(pk__in=wanted).order_by("pk")
    statement, parameters = stored.values_list("pk").query.sql_with_params()
    if connection.vendor == "postgresql":
        statement += " FOR KEY SHARE"  # which Django has no word for
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found = {pk for (pk,) in cursor.fetchall()}
    if found != wanted:
        raise NotFound(_("The card definition was deleted."), field="definition")


def _lock(definition: CardDefinition, *, schemes: Container[int]) -> None:
    """Read a definition again, and let nobody open a card of it meanwhile.

    :raises NotFound: if it is deleted already.
    :raises VersionConflict: if it is in none of these schemes by now.
    """
    rows = CardDefinition.objects.select_for_update()
    try:
        definition.refresh_from_db(from_queryset=rows)
    except CardDefinition.DoesNotExist as error:
        raise NotFound(_("The card definition was deleted.")) from error
    if definition.scheme_id not in schemes:
        raise VersionConflict


def _delete_definition(definition: CardDefinition) -> None:
    for rates in (EarnRate, BurnRate):
        rates.objects.filter(card_definition=definition).delete()
    _delete(definition)


def _delete(instance: Model) -> None:
    try:
        instance.delete()
    except ProtectedError as error:
        raise InUse(
            _("Members have cards of %(rules)s."), values={"rules": str(instance)}
        ) from error
