"""What serializers of every app share: unknown fields are refused, ids are uuids."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from schemes.policies import MAX_POINTS

SMALL_POSITIVE = "PositiveIntegerField"
LARGEST_INTEGER = 2**31 - 1


class Strict:
    """Refuses fields that the serializer does not know, naming each."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated data; a misspelled field must not pass unnoticed."""
        if isinstance(data, Mapping):
            unknown = sorted(set(map(str, data)) - set(self.fields))  # type: ignore[attr-defined]  # the serializer's
            if unknown:
                raise serializers.ValidationError(
                    {name: ["There is no such field."] for name in unknown}
                )
        return super().to_internal_value(data)  # type: ignore[misc]  # the serializer's


class PortableIntegers:
    """Integers are as large as PostgreSQL has them, on SQLite too."""

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """The field's class and options."""
        kind, options = super().build_standard_field(field_name, model_field)  # type: ignore[misc]  # the serializer's
        small = model_field.get_internal_type() in ("IntegerField", SMALL_POSITIVE)
        if small and "max_value" in options:
            options["max_value"] = min(options["max_value"], LARGEST_INTEGER)
        return kind, options


class StrictSerializer(Strict, serializers.Serializer[Any]):
    """A serializer that refuses unknown fields."""


class StrictModelSerializer(Strict, PortableIntegers, serializers.ModelSerializer[Any]):
    """A model's serializer that refuses unknown fields; its id is the uuid."""

    id = serializers.UUIDField(source="uuid", read_only=True)


class PointsField(serializers.IntegerField):
    """A whole number of points, at least 1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": MAX_POINTS, **options})

    def to_internal_value(self, data: Any) -> int:
        """The number; 1.5 and "10" are not whole numbers of points."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class AmountField(PointsField):
    """Money in minor units, at least 0."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, **options})


class MetadataField(serializers.DictField):
    """An object of the caller's own; kept and given back as it is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "default": dict, **options})
