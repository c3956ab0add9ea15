"""What a scheme's body says of its rates, as the rows of ours."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from loyalty.doors.eagle_eye.schemes.fields import (
    NothingField,
    OneOf,
    TextField,
    UnchangedField,
)
from loyalty.doors.fields import FlagField
from loyalty.errors import InvalidRule
from schemes import operations
from schemes.models import BurnRate, EarnRate
from schemes.serializers import StrictSerializer
from schemes.serializers.base import AmountField, PointsField

LONGEST_NAME = 100
# What our rules call otherwise.
WORDS = {"points": "amount"}


class EarnBandSerializer(StrictSerializer):
    """`amount` points for each `step` of money between `floor` and `ceiling`."""

    amount = PointsField()
    step = PointsField(required=False, allow_null=True)
    offset = AmountField(required=False, allow_null=True)
    floor = AmountField(required=False, allow_null=True)
    ceiling = AmountField(required=False, allow_null=True)
    bonus = NothingField()


class RoundPointsSerializer(StrictSerializer):
    """Points are always whole: rounded down."""

    active = FlagField()

    def validate_active(self, value: bool) -> bool:
        """Refuse what Eagle Eye does not explain."""
        if value:
            raise serializers.ValidationError("This is not spoken here: send false.")
        return value


class EarnRateSerializer(StrictSerializer):
    """The bands of one earn rate."""

    name = TextField()
    description = TextField()
    reference = TextField()
    type = OneOf(*EarnRate.Type.values, default=EarnRate.Type.STANDARD)
    product = NothingField()
    maximumQuantityPerProduct = NothingField()
    rates = EarnBandSerializer(many=True)
    roundPoints = RoundPointsSerializer(required=False, allow_null=True)

    def validate(self, attrs: Any) -> Any:
        """Refuse points for each step of money without a step."""
        fixed = attrs["type"] == EarnRate.Type.FIXED
        errors: dict[Any, Any] = {
            number: {"step": ["Say for how much."]}
            for number, band in enumerate(attrs["rates"])
            if not fixed and not band.get("step")
        }
        if errors:
            raise serializers.ValidationError({"rates": errors})
        return attrs


class WorthField(serializers.DecimalField):
    """Minor units of money for a point: a number, also a fraction."""

    def __init__(self) -> None:
        super().__init__(
            max_digits=18, decimal_places=6, min_value=0, default=Decimal(1)
        )

    def to_internal_value(self, data: Any) -> Decimal:
        """The number; a text is none."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class BurnBandSerializer(StrictSerializer):
    """From `floor` to `ceiling` points can be spent at once, in multiples of `step`."""

    floor = AmountField(required=False, allow_null=True)
    ceiling = AmountField(required=False, allow_null=True)
    step = PointsField(required=False, allow_null=True)
    rate = WorthField()
    bonus = NothingField()
    pointsBack = NothingField()


class BurnRateSerializer(StrictSerializer):
    """The bands of one burn rate."""

    rates = BurnBandSerializer(many=True)


class ByNameField(serializers.DictField):
    """The rates of an identifier, by their names; null is no rate."""

    def to_internal_value(self, data: Any) -> Any:
        """The rates that there are.

        A name must be one that an order can give.
        """
        given = super().to_internal_value(data)
        for name in given:
            if not 1 <= len(name.strip()) <= LONGEST_NAME:
                message = f"A rate's name has 1 to {LONGEST_NAME} signs."
                raise serializers.ValidationError({name: [message]})
        return {name: rate for name, rate in given.items() if rate is not None}


class ByIdentifierField(serializers.DictField):
    """What there is for each identifier: only for the unit's own."""

    def __init__(self, child: serializers.Field[Any, Any, Any, Any]) -> None:
        super().__init__(child=child, required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        """The identifiers with what was sent for each.

        Source: the recipe's troubleshooting, "Customer can't earn or burn points".
        """
        given = super().to_internal_value(data)
        own = self.context["identifiers"]
        for identifier in given:
            if identifier not in own:
                message = (
                    f'"{identifier}" is not your incomingIdentifier, which is '
                    f'"{own[0]}": GET /units/{{unitId}} shows it.'
                )
                raise serializers.ValidationError({identifier: [message]})
        return given


class RatesSerializer(UnchangedField, StrictSerializer):
    """All the rates of a scheme, as rows of ours that are not saved yet.

    `burn` is also shown as `redemption`, its older form, which is understood too:
    instead of `burn`, beside one that says the same, or changed where `burn` is not.
    """

    shown_at = ("rates",)

    earn = ByIdentifierField(ByNameField(child=EarnRateSerializer(allow_null=True)))
    burn = ByIdentifierField(ByNameField(child=BurnRateSerializer(allow_null=True)))
    redemption = ByIdentifierField(BurnBandSerializer(many=True))

    def to_internal_value(self, data: Any) -> Any:
        """The rows, and the texts that only this door keeps, by identifier and name.

        :raises ValidationError: at the band that does not fit.
        """
        given = super().to_internal_value(data)
        earn, burn = given.get("earn") or {}, self._burn(data, given)
        earn_rates, burn_rates = dict(_earn_rates(earn)), dict(_burn_rates(burn))
        _check(earn_rates)
        _check(burn_rates)
        return {
            "earn_rates": list(earn_rates.values()),
            "burn_rates": list(burn_rates.values()),
            "texts": _texts(earn),
        }

    def _burn(self, data: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
        burn, older = dict(given.get("burn") or {}), given.get("redemption") or {}
        shown = self.shown or {}
        spoken = data.get("burn") is not None
        if not older or (spoken and data["redemption"] == shown.get("redemption")):
            return burn
        changed = burn and data["burn"] != shown.get("burn")
        if changed and _plain(older) != _plain(_mirror(burn)):
            message = "This is burn in its older form: send the same, or leave it out."
            raise serializers.ValidationError({"redemption": [message]})
        for identifier, bands in older.items():
            default = {"default": {"rates": bands}}
            burn[identifier] = {**burn.get(identifier, {}), **default}
        return burn


def _mirror(burn: Mapping[str, Any]) -> dict[str, Any]:
    return {
        identifier: names["default"]["rates"]
        for identifier, names in burn.items()
        if "default" in names
    }


def _plain(redemption: Mapping[str, Any]) -> dict[str, Any]:
    """The bands without what is null, which may be left out as well."""
    return {
        identifier: [
            {name: band[name] for name in band if band[name] is not None}
            for band in bands
        ]
        for identifier, bands in redemption.items()
    }


def _bands(
    side: str, given: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, str], Mapping[str, Any], Mapping[str, Any]]]:
    """Each band with the path to it, the columns that name it, and its rate."""
    for identifier, names in given.items():
        for name, rate in names.items():
            key = {"incoming_identifier": identifier, "name": name}
            for number, band in enumerate(rate["rates"]):
                path = f"{side}.{identifier}.{name}.rates[{number}]"
                yield path, key, rate, band


def _earn_rates(given: Mapping[str, Any]) -> Iterator[tuple[str, EarnRate]]:
    for path, key, rate, band in _bands("earn", given):
        yield (
            path,
            EarnRate(
                **key,
                type=rate["type"],
                points=band["amount"],
                step=band.get("step") or 1,
                offset=band.get("offset") or 0,
                floor=band.get("floor") or 0,
                ceiling=band.get("ceiling"),
            ),
        )


def _burn_rates(given: Mapping[str, Any]) -> Iterator[tuple[str, BurnRate]]:
    for path, key, _, band in _bands("burn", given):
        floor = band.get("floor")
        yield (
            path,
            BurnRate(
                **key,
                floor=1 if floor is None else floor,
                ceiling=band.get("ceiling"),
                step=band.get("step") or 1,
                rate=band["rate"],
            ),
        )


def _check(rates: Mapping[str, Any]) -> None:
    """Refuse bands that overlap or cannot be computed, each at its own place."""
    try:
        operations.check_rates(rates=list(rates.values()))
    except InvalidRule as error:
        path = list(rates)[int(str(error.details["index"]))]
        place = f"{path}.{WORDS.get(error.field, error.field)}"
        raise serializers.ValidationError({place: [error.message]}) from error


def _texts(earn: Mapping[str, Any]) -> dict[str, Any]:
    """What a client says of an earn rate and no rule reads."""
    kept = ("name", "description", "reference", "roundPoints")
    return {
        identifier: {
            name: {text: rate[text] for text in kept if text in rate}
            for name, rate in names.items()
        }
        for identifier, names in earn.items()
    }
