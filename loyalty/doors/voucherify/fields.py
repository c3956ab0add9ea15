"""Kinds of fields that Voucherify's bodies are made of, stricter than DRF's own."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from schemes.serializers.base import StrictSerializer

Shapes = Mapping[str, type[StrictSerializer]]

UNSUPPORTED = "This is not supported here."
# For fields that may be left out, and null says the same.
OPTIONAL: Mapping[str, Any] = {"required": False, "allow_null": True}


class MetadataField(serializers.DictField):
    """An object of the caller's own; null clears it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**OPTIONAL, **options})


class UnsupportedField(serializers.Field[Any, Any, Any, Any]):
    """What Voucherify has and we have not: may be left out, or say nothing."""

    default_error_messages = {"unsupported": UNSUPPORTED}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**OPTIONAL, **options})

    def to_internal_value(self, data: Any) -> None:
        """Nothing: an empty list or false says as much."""
        if data != [] and data is not False:
            self.fail("unsupported")


class WordField(serializers.Field[Any, Any, Any, Any]):
    """One of Voucherify's words, which becomes ours.

    unsupported: words of Voucherify's for which we have none.
    """

    default_error_messages = {
        "unknown": "Use one of {words}.",
        "unsupported": UNSUPPORTED,
    }

    def __init__(
        self, words: Mapping[str, str], unsupported: Sequence[str] = (), **options: Any
    ) -> None:
        self.words, self.unsupported = words, unsupported
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        """Our word."""
        if data in self.unsupported:
            self.fail("unsupported")
        if not isinstance(data, str) or data not in self.words:
            self.fail("unknown", words=", ".join(self.words))
        return self.words[data]


class PeriodField(serializers.Field[Any, Any, Any, Any]):
    """A length of time, {"unit": "DAY", "value": 10}, which becomes our "10D".

    most: the largest value of each unit.
    """

    default_error_messages = {
        "invalid": 'Write a period like {{"unit": "DAY", "value": 10}}.',
        "unit": "The unit is one of {units}.",
        "value": "{unit} is a whole number from 1 to {most}.",
    }

    def __init__(self, most: Mapping[str, int], **options: Any) -> None:
        self.most = most
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        """The period as our rules have it."""
        if not isinstance(data, Mapping) or set(data) != {"unit", "value"}:
            self.fail("invalid")
        unit, value = data["unit"], data["value"]
        if not isinstance(unit, str) or unit not in self.most:
            self.fail("unit", units=", ".join(self.most))
        if type(value) is not int or not 1 <= value <= self.most[unit]:
            self.fail("value", unit=unit, most=self.most[unit])
        return f"{value}{unit[0]}"


class OneOfField(serializers.Field[Any, Any, Any, Any]):
    """An object whose `type` decides which fields it has.

    unsupported: types of Voucherify's that we have not.
    """

    default_error_messages = {
        "invalid": "Write an object with a type.",
        "unknown": "The type is one of {types}.",
        "unsupported": "{type} is not supported here.",
    }

    def __init__(
        self, shapes: Shapes, unsupported: Sequence[str] = (), **options: Any
    ) -> None:
        self.shapes, self.unsupported = shapes, unsupported
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        """The object, validated as its type wants."""
        kind = data.get("type") if isinstance(data, Mapping) else None
        if not isinstance(kind, str):
            self.fail("invalid")
        if kind in self.unsupported:
            self.fail("unsupported", type=kind)
        if kind not in self.shapes:
            self.fail("unknown", types=", ".join(self.shapes))
        return self.shapes[kind]().run_validation(data)


class AtMostOneField(serializers.Field[Any, Any, Any, Any]):
    """A setting that is off, or on with exactly one thing in a list.

    For example {"type": "NO_LIMIT"} or {"type": "LIMITED", "limits": [{...}]}. Becomes
    the thing, or None.
    """

    default_error_messages = {
        "invalid": "Write an object with type {off}, or with type {on} and {items}.",
        "superfluous": "{off} has no {items}.",
        "count": "{on} needs exactly one of {items}.",
    }

    def __init__(
        self, *, off: str, on: str, items: str, one: OneOfField, **options: Any
    ) -> None:
        self.words = {"off": off, "on": on, "items": items}
        self.items, self.one = items, one
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        """The thing that is set, or None."""
        words = self.words
        if not isinstance(data, Mapping) or not {"type"} <= set(data) <= {
            "type",
            self.items,
        }:
            self.fail("invalid", **words)
        kind, items = data["type"], data.get(self.items)
        if kind not in (words["off"], words["on"]):
            self.fail("invalid", **words)
        if kind == words["off"]:
            return self.fail("superfluous", **words) if items else None
        if not isinstance(items, list) or len(items) != 1:
            self.fail("count", **words)
        return self.one.run_validation(items[0])
