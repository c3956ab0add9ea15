"""Reading the body that a client sends for a scheme: whole, or what is to change."""

from collections.abc import Mapping
from typing import Any

from loyalty.doors.eagle_eye.schemes.serializers import SchemeSerializer
from loyalty.errors import BadInput
from schemes.models import CardDefinition, Unit
from schemes.operations import VersionConflict

# What is only shown; a client may send it back as it was.
ONLY_SHOWN = ("id", "dateCreated", "lastUpdated", "lastUpdatedBy")


def merged(shown: Any, changes: Any) -> Any:
    """What is shown with what a client changes: objects name by name, all else whole."""
    if not isinstance(shown, Mapping) or not isinstance(changes, Mapping):
        return changes
    both = {name: merged(shown.get(name), changes[name]) for name in changes}
    return {**shown, **both}


def read_new(body: Any, *, unit: Unit) -> dict[str, Any]:
    """The values of a new scheme of the unit.

    :raises ValidationError: naming every field that is missing or wrong.
    """
    return _read(body, shown=None, identifiers=[unit.incoming_identifier])


def read_change(
    body: Any, *, shown: Mapping[str, Any], definition: CardDefinition
) -> dict[str, Any]:
    """The values of a scheme that there is, from the whole of its body.

    shown: the scheme as it is shown now.
    :raises ValidationError: naming every field that is missing or wrong.
    :raises BadInput: if it changes what is ours to say.
    :raises VersionConflict: if it was made of another version.
    """
    if isinstance(body, Mapping):
        if body.get("version", shown["version"]) != shown["version"]:
            raise VersionConflict(field="version")
        for name in ONLY_SHOWN:
            if body.get(name, shown[name]) != shown[name]:
                message = f'It stays "{shown[name]}": leave it out.'
                raise BadInput(message, field=name)
        body = {
            name: body[name] for name in body if name not in (*ONLY_SHOWN, "version")
        }
    # Rates that another API made for other identifiers may stay.
    stored = {rate.incoming_identifier for rate in definition.earn_rates.all()}
    stored |= {rate.incoming_identifier for rate in definition.burn_rates.all()}
    own = definition.scheme.unit.incoming_identifier
    return _read(body, shown=shown, identifiers=[own, *sorted(stored - {own})])


def _read(
    body: Any, *, shown: Mapping[str, Any] | None, identifiers: list[str]
) -> dict[str, Any]:
    context = {"shown": shown, "identifiers": identifiers}
    given = SchemeSerializer(data=body, context=context)
    given.is_valid(raise_exception=True)
    values: dict[str, Any] = given.validated_data
    return values
