"""Writing a scheme as its validated body says it, and taking one away."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import uuid4

from django.db.transaction import atomic

from loyalty.doors.eagle_eye.ids import write_id
from loyalty.doors.eagle_eye.schemes.shown import status
from loyalty.doors.eagle_eye.schemes.words import (
    DEFAULTS,
    EXTRAS,
    PERIODS,
    ROUNDINGS,
    SERVICES,
    TEXTS,
    kept_of,
)
from loyalty.doors.eagle_eye.words import DOOR
from loyalty.errors import Refusal
from schemes import operations
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme

Values = Mapping[str, Any]

# Where the client reads what our rules refuse.
FIELDS = {
    "name": "details.name",
    "starts_at": "details.startDate",
    "ends_at": "details.endDate",
    "allow_negative": "negativeBalance.enabled",
    "pending_period": "pendingPoints.value",
    "expiry_period": "services.expiryPoints.rule.periodCount",
    "expiry_dates": "services.expiryPoints.rule",
}


def save(
    definition: CardDefinition,
    values: Values,
    *,
    actor: str,
    client: int,
    expected_version: int | None = None,
) -> None:
    """Save a scheme, new or changed; all of it or nothing.

    A new one without a reference gets its id as one. Points already granted stay as
    they are.

    definition: with its scheme; values: of `SchemeSerializer`; actor, client: who
    changes it, by name and by the client's number.
    :raises Refusal: as `schemes.operations` does, on this API's field.
    """
    scheme, is_new = definition.scheme, definition._state.adding
    seen = 0 if is_new else scheme.version
    _set_scheme(definition, values)
    _set_rules(definition, values)
    _keep(definition, **_kept(definition, values))
    for changed in (scheme, definition):
        changed._change_reason = actor  # type: ignore[union-attr]  # read by its history
    try:
        with atomic():
            operations.save_scheme(scheme=scheme, expected_version=expected_version)
            definition.scheme = scheme
            operations.save_definition(
                definition=definition, **_changed_rates(definition, values)
            )
            if is_new and not values.get("reference"):
                _name_by_id(definition)
            if definition.scheme.version != seen:
                _sign(definition, client)
    except Refusal as error:
        error.field = FIELDS.get(error.field, error.field)
        raise


def remove(definition: CardDefinition) -> None:
    """Delete a scheme that nobody has an account of.

    :raises InUse: if somebody has one.
    """
    if _is_alone(definition):
        operations.delete_scheme(scheme=definition.scheme)
    else:
        operations.delete_definition(definition=definition)


def _is_alone(definition: CardDefinition) -> bool:
    others = CardDefinition.objects.filter(scheme=definition.scheme_id)
    return not others.exclude(pk=definition.pk).exists()


def _set_scheme(definition: CardDefinition, values: Values) -> None:
    scheme, details, alone = definition.scheme, values["details"], _is_alone(definition)
    scheme.starts_at, scheme.ends_at = details["startDate"], details["endDate"]
    scheme.description = details["description"] or ""
    scheme.reference = values.get("reference") or scheme.reference or uuid4().hex
    if definition.name != details["name"]:
        definition.name = details["name"]
        scheme.name = definition.name if alone else scheme.name
    if status(definition) != values["status"]:
        definition.status = values["status"]
        if alone or definition.status == Scheme.Status.ACTIVE:
            scheme.status = definition.status


def _set_rules(definition: CardDefinition, values: Values) -> None:
    negative = values.get("negativeBalance") or {"enabled": False}
    columns = {"allow_negative": negative["enabled"]}
    # What is not among the values was sent as it was shown: it stays.
    if "pendingPoints" in values:
        columns |= _pending(values["pendingPoints"])
    if "expiryPoints" in values["services"]:
        columns |= _expiry(values["services"]["expiryPoints"])
    for name, value in columns.items():
        setattr(definition, name, value)


def _pending(given: Values | None) -> dict[str, Any]:
    if not given or not given["enabled"]:
        return {"pending_mode": CardDefinition.PendingMode.IMMEDIATE}
    criteria = given.get("criteria") or {}
    return {
        "pending_mode": CardDefinition.PendingMode.PERIOD_BASED,
        "pending_period": given["value"],
        "pending_rounds_up": False,
        "pending_min_points": criteria.get("minimumPoints"),
        "pending_min_amount": criteria.get("minimumAmount"),
    }


def _expiry(given: Values | None) -> dict[str, Any]:
    if not given or not given["enabled"]:
        return {"expiry_mode": CardDefinition.ExpiryMode.NONE}
    rule = given["rule"]
    return {
        "expiry_mode": CardDefinition.ExpiryMode.ROLLING,
        "expiry_period": f"{rule['periodCount']}{PERIODS[rule['periodType']]}",
        "expiry_rounding": ROUNDINGS[rule.get("rounding")],
        "expiry_from": CardDefinition.CountedFrom.EARNED,
    }


def _changed_rates(definition: CardDefinition, values: Values) -> dict[str, Any]:
    """The rates to save; those that say what is stored are left as they are."""
    given = values.get("rates", {})
    if definition._state.adding:
        return {"earn_rates": given["earn_rates"], "burn_rates": given["burn_rates"]}
    stored: dict[str, Iterable[EarnRate] | Iterable[BurnRate]] = {
        "earn_rates": definition.earn_rates.all(),
        "burn_rates": definition.burn_rates.all(),
    }
    return {
        name: given[name]
        for name, rates in stored.items()
        if name in given and _bands(given[name]) != _bands(rates)
    }


def _bands(rates: Iterable[Any]) -> Collection[Any]:
    return {(rate.incoming_identifier, rate.name, rate.band) for rate in rates}


def _kept(definition: CardDefinition, values: Values) -> dict[str, Any]:
    """What no rule reads, without what is said by default."""
    before = kept_of(definition)
    services, details = values["services"], values["details"]
    off = {
        "expiryPoints": services.get("expiryPoints", before.get("expiryPoints")),
        "pendingPoints": values.get("pendingPoints", before.get("pendingPoints")),
    }
    texts = {name: details.get(name) for name in TEXTS}
    texts["description"] = None if details["description"] else details["description"]
    rates = values["rates"]["texts"] if "rates" in values else before.get("rates", {})
    return {
        "accountClientType": values["accountClientType"],
        "details": _said(texts),
        "services": _said({name: services.get(name) for name in SERVICES}),
        "rates": rates,
        **{name: part for name, part in off.items() if part and not part["enabled"]},
        **{
            name: values[name]
            for name, default in DEFAULTS.items()
            if values.get(name, default) != default
        },
        **{name: values[name] for name in EXTRAS if name in values},
        **_said({"lastUpdatedBy": before.get("lastUpdatedBy")}),
    }


def _said(fields: Values) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _keep(definition: CardDefinition, **fields: Any) -> None:
    definition.door_fields = {**definition.door_fields, DOOR: fields}


def _name_by_id(definition: CardDefinition) -> None:
    """Make the id, known only now, the reference; that changes no rule.

    :raises NameTaken: if another scheme was given this very number.
    """
    scheme, reference = definition.scheme, write_id(definition.pk)
    if Scheme.objects.filter(unit=scheme.unit, reference=reference).exists():
        message = f"{reference} is another scheme's: give this one a reference."
        raise operations.NameTaken(message, field="reference")
    scheme.reference = reference
    scheme.save(update_fields=["reference"])


def _sign(definition: CardDefinition, client: int) -> None:
    """Note who made this version; that changes no rule either."""
    stamp = {"client": client, "version": definition.scheme.version}
    _keep(definition, **{**kept_of(definition), "lastUpdatedBy": stamp})
    definition.save(update_fields=["door_fields"])
