"""Saving a scheme, a definition with its rates, and their life from draft to inactive."""

from collections.abc import Mapping, Sequence

from django.db.models import F, Model
from django.db.transaction import atomic
from django.utils.translation import gettext_noop as _

from loyalty.errors import BadInput, NotFound
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme, Unit
from schemes.models.scheme import Status
from schemes.operations.checks import (
    Rate,
    check_definition,
    check_definitions_in_zone,
    check_fields,
    check_rates,
    check_scheme,
)
from schemes.operations.refusals import VersionConflict


def save_scheme(*, scheme: Scheme, expected_version: int | None = None) -> Scheme:
    """Save a scheme, new or changed, with its next version.

    expected_version: refuse if the stored scheme has another by now.
    :raises InvalidRule: if a rule of it, or of a definition in a new zone, fails.
    :raises BadInput: if a field is not valid, or the scheme would change its unit.
    :raises NotFound: if the scheme was deleted meanwhile.
    :raises NameTaken: if the unit has a scheme of this reference.
    :raises VersionConflict: if `expected_version` is not the stored one.
    """
    with atomic():
        if scheme._state.adding:
            # Of two new schemes with one reference, the second waits and is told.
            Unit.objects.select_for_update(no_key=True).get(pk=scheme.unit_id)
            check_scheme(scheme=scheme)
            check_fields(instance=scheme)
            scheme.version = 1
            scheme.save()
            return scheme
        stored = lock_scheme(scheme.pk, expected_version)
        scheme.version = stored.version
        if scheme.unit_id != stored.unit_id:
            raise BadInput(_("A scheme stays in its unit."), field="unit")
        check_scheme(scheme=scheme)
        check_fields(instance=scheme)
        if scheme.time_zone != stored.time_zone:
            check_definitions_in_zone(scheme=scheme)
        if _differs(scheme, stored):
            save_next_version(scheme)
        return scheme


def save_definition(
    *,
    definition: CardDefinition,
    earn_rates: Sequence[EarnRate] | None = None,
    burn_rates: Sequence[BurnRate] | None = None,
    expected_version: int | None = None,
) -> CardDefinition:
    """Save a definition, new or changed, and its rates, and raise the scheme's version.

    earn_rates, burn_rates: all that the definition is to have; others are deleted. A
        rate without an identifier gets the unit's own. None leaves them as they are.
    expected_version: refuse if the stored scheme has another by now.
    :raises InvalidRule: if a rule fails; for a rate, `details["index"]` tells which.
    :raises BadInput: if a field is not valid, or the definition would change scheme.
    :raises NotFound: if the definition, or its scheme, was deleted meanwhile.
    :raises NameTaken: if the scheme has a definition of this name.
    :raises VersionConflict: if `expected_version` is not the stored one.
    """
    with atomic():
        scheme = lock_scheme(definition.scheme_id, expected_version)
        stored = CardDefinition.objects.filter(pk=definition.pk).first()
        if stored is None and not definition._state.adding:
            raise NotFound(_("The card definition was deleted."))
        if stored is not None and stored.scheme_id != definition.scheme_id:
            raise BadInput(_("A definition stays in its scheme."), field="scheme")
        definition.scheme = scheme
        changed = check_and_save_definition(definition, stored)
        if earn_rates is not None:
            changed |= _replace_rates(EarnRate, definition, earn_rates)
        if burn_rates is not None:
            changed |= _replace_rates(BurnRate, definition, burn_rates)
        if changed:
            save_next_version(scheme)
        return definition


def activate_scheme(*, scheme: Scheme, expected_version: int | None = None) -> Scheme:
    """Let points be earned and spent in the scheme, between its dates."""
    return _set_scheme_status(scheme, Status.ACTIVE, expected_version)


def deactivate_scheme(*, scheme: Scheme, expected_version: int | None = None) -> Scheme:
    """Stop earning and spending; what is due to activate or expire still does."""
    return _set_scheme_status(scheme, Status.INACTIVE, expected_version)


def activate_definition(
    *, definition: CardDefinition, expected_version: int | None = None
) -> CardDefinition:
    """Let points of this kind be earned and spent, if the scheme is active too."""
    return _set_definition_status(definition, Status.ACTIVE, expected_version)


def deactivate_definition(
    *, definition: CardDefinition, expected_version: int | None = None
) -> CardDefinition:
    """Stop earning and spending points of this kind; due dates still come true."""
    return _set_definition_status(definition, Status.INACTIVE, expected_version)


def _set_scheme_status(
    scheme: Scheme, status: Status, expected_version: int | None
) -> Scheme:
    with atomic():
        lock_scheme(scheme.pk, expected_version)
        scheme.refresh_from_db()  # nothing but the status is to change
        scheme.status = status
        return save_scheme(scheme=scheme)


def _set_definition_status(
    definition: CardDefinition, status: Status, expected_version: int | None
) -> CardDefinition:
    with atomic():
        lock_scheme(definition.scheme_id, expected_version)
        definition.refresh_from_db()
        definition.status = status
        return save_definition(definition=definition)


def check_and_save_definition(
    definition: CardDefinition, stored: CardDefinition | None = None
) -> bool:
    """Save a definition of a locked scheme as it stands; whether it differs."""
    check_definition(definition=definition)
    check_fields(instance=definition)
    differs = _differs(definition, stored)
    if differs:
        definition.save()
    return differs


def lock_scheme(scheme_id: int, expected_version: int | None) -> Scheme:
    """The stored scheme, locked: changes of one scheme come one after the other.

    :raises NotFound: if it is deleted already.
    :raises VersionConflict: if `expected_version` is not the stored one.
    """
    locked = Scheme.objects.select_for_update(of=("self",), no_key=True)
    scheme = locked.select_related("unit").filter(pk=scheme_id).first()
    if scheme is None:
        raise NotFound(_("The scheme was deleted."))
    if expected_version not in (None, scheme.version):
        raise VersionConflict(details={"version": scheme.version})
    return scheme


def save_next_version(scheme: Scheme) -> None:
    """Raise the version of a locked scheme, and note it in its history."""
    Scheme.objects.filter(pk=scheme.pk).update(version=F("version") + 1)
    scheme.refresh_from_db(fields=["version"])
    scheme.save()  # adds the row of this version to the scheme's history


def _replace_rates(
    model: type[Rate], definition: CardDefinition, rates: Sequence[Rate]
) -> bool:
    """Make `rates` the definition's rates of this kind; whether that changed any."""
    stored = {
        rate.pk: rate for rate in model.objects.filter(card_definition=definition)
    }
    for index, rate in enumerate(rates):
        if rate.pk is not None and rate.pk not in stored:
            raise BadInput(_("The rate belongs to another definition."), field="id")
        rate.card_definition = definition
        rate.incoming_identifier = (
            rate.incoming_identifier or definition.scheme.unit.incoming_identifier
        )
        # Bands that do not overlap are unique, whatever is stored until now.
        check_fields(
            instance=rate,
            exclude=["card_definition"],
            unique=False,
            details={"index": index},
        )
    check_rates(rates=rates)
    kept = {rate.pk for rate in rates}
    removed = [rate for rate in stored.values() if rate.pk not in kept]
    for rate in removed:
        rate.delete()
    changed = [rate for rate in rates if _differs(rate, stored.get(rate.pk))]
    for rate in changed:
        # Off its old floor, where the next band may want to be.
        model.objects.filter(pk=rate.pk).update(name=f"changing {rate.pk}")
    for rate in changed:
        rate.save()
    return bool(changed or removed)


def _differs(instance: Model, stored: Model | None) -> bool:
    return stored is None or _values(instance) != _values(stored)


def _values(instance: Model) -> Mapping[str, object]:
    columns = instance._meta.concrete_fields
    return {column.attname: getattr(instance, column.attname) for column in columns}
