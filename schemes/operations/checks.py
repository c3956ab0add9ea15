"""Whether a scheme, a definition or a set of rates makes sense, as a whole."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import JSONField, Model
from django.utils.translation import gettext_noop as _

from loyalty.errors import BadInput, InvalidRule
from schemes import policies
from schemes.models import BurnRate, CardDefinition, EarnRate, Scheme
from schemes.operations.refusals import NameTaken

Rate = TypeVar("Rate", EarnRate, BurnRate)

LIMITS = ("max_points_per_earn", "max_points_per_spend", "max_balance", "earn_limit")


def check_scheme(*, scheme: Scheme) -> None:
    """Refuse a scheme that could never run.

    :raises InvalidRule: on `ends_at` if it ends before it starts.
    """
    _check_shapes(scheme)
    if scheme.ends_at is not None and scheme.ends_at <= scheme.starts_at:
        raise InvalidRule(_("The scheme must end after it starts."), field="ends_at")


def check_definition(*, definition: CardDefinition) -> None:
    """Refuse rules that cannot be read, contradict each other, or give unusable points.

    Needs the definition's scheme: the rules are tried in its time zone.
    :raises InvalidRule: on the field at fault.
    """
    _check_shapes(definition)
    policies.check_rules(
        pending=definition.pending_rule,
        expiry=definition.expiry_rule,
        zone=definition.scheme.zone,
    )
    if definition.refunds == CardDefinition.Refunds.BELOW_ZERO and not (
        definition.allow_negative
    ):
        message = _("Refunds below zero need a balance that may be negative.")
        raise InvalidRule(message, field="allow_negative")
    _check_limits(definition)


def check_definitions_in_zone(*, scheme: Scheme) -> None:
    """Refuse a time zone in which a definition of the scheme makes no sense.

    :raises InvalidRule: on `time_zone`, naming the definition.
    """
    for definition in CardDefinition.objects.filter(scheme=scheme):
        definition.scheme = scheme
        try:
            check_definition(definition=definition)
        except InvalidRule as error:
            raise InvalidRule(
                _("%(definition)s: %(problem)s"),
                values={"definition": definition.name, "problem": error.sentence},
                field="time_zone",
            ) from error


def check_rates(*, rates: Sequence[Rate]) -> None:
    """Refuse bands that cannot be computed, or overlap under one identifier and name.

    :raises InvalidRule: on the field at fault; `details["index"]` tells whose.
    """
    groups: dict[tuple[str, str], list[Rate]] = {}
    for index, rate in enumerate(rates):
        group = groups.setdefault((rate.incoming_identifier, rate.name), [])
        group.append(rate)
        try:
            # One more band each time: the first that does not fit is the one at fault.
            _check_bands(group)
        except InvalidRule as error:
            raise InvalidRule(
                error.sentence, field=error.field, details={"index": index}
            ) from error


def check_fields(
    *,
    instance: Model,
    exclude: Sequence[str] = (),
    unique: bool = True,
    details: Mapping[str, object] | None = None,
) -> None:
    """Refuse what the model itself does: choices, lengths, patterns, unique names.

    :raises NameTaken: on the name or reference that another row has.
    :raises BadInput: on the first field that is not valid.
    """
    try:
        instance.full_clean(
            exclude=exclude, validate_unique=unique, validate_constraints=unique
        )
    except ValidationError as error:
        field, problems = next(iter(error.error_dict.items()))
        problem, message = problems[0], problems[0].messages[0]
        if problem.code in {"unique", "unique_together"}:
            names = (problem.params or {}).get("unique_check", [field])
            raise NameTaken(message, field=names[-1], details=details) from error
        field = "" if field == NON_FIELD_ERRORS else field
        raise BadInput(message, field=field, details=details) from error


def _check_bands(rates: Sequence[EarnRate] | Sequence[BurnRate]) -> None:
    policies.check_earn_bands(
        bands=[rate.band for rate in rates if isinstance(rate, EarnRate)]
    )
    policies.check_burn_bands(
        bands=[rate.band for rate in rates if isinstance(rate, BurnRate)]
    )


def _check_shapes(instance: Model) -> None:
    """Refuse an object where a list belongs, and the other way round."""
    for column in instance._meta.concrete_fields:
        if not isinstance(column, JSONField):
            continue
        shape = type(column.get_default())
        if type(getattr(instance, column.name)) is not shape:
            word = "a list" if shape is list else "an object"
            message = f"Write {word}. {column.help_text}".strip()
            raise InvalidRule(message, field=column.name)


def _check_limits(definition: CardDefinition) -> None:
    for name in LIMITS:
        limit = getattr(definition, name)
        if limit is not None and not 1 <= limit <= policies.MAX_POINTS:
            message = _("A limit is 1 to %(most)s points, or empty.")
            raise InvalidRule(message, values={"most": policies.MAX_POINTS}, field=name)
    if definition.earn_limit is not None and not definition.earn_limit_period:
        raise InvalidRule(_("Say in which period."), field="earn_limit_period")
    if definition.earn_limit is None and definition.earn_limit_period:
        raise InvalidRule(_("Say how many points, or no period."), field="earn_limit")
