"""The fields that the bodies of schemes are made of."""

from typing import Any

from rest_framework import serializers

from loyalty.doors import fields


class TextField(fields.TextField):
    """A text; a number is none. Empty and null are texts here too."""

    def __init__(self, **options: Any) -> None:
        defaults = {"required": False, "allow_null": True, "allow_blank": True}
        super().__init__(**{**defaults, **options})


class OneOf(serializers.ChoiceField):
    """One of the words that are spoken here; the refusal lists them."""

    def __init__(self, *words: str, **options: Any) -> None:
        message = f'"{{input}}" is not spoken here: write {" or ".join(words)}.'
        messages: dict[str, Any] = {"invalid_choice": message}
        super().__init__(choices=words, error_messages=messages, **options)


class ObjectField(serializers.DictField):
    """An object of the client's own, or null: kept and given back as it is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_null=True, **options)


class ListingField(serializers.JSONField):
    """An object, a list or null: kept and given back as it is."""

    default_error_messages = {"shape": "Write an object or a list."}

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_null=True, **options)

    def to_internal_value(self, data: Any) -> Any:
        """The value as it was sent."""
        if not isinstance(data, dict | list):
            self.fail("shape")
        return data


class NothingField(serializers.Field[Any, Any, Any, Any]):
    """What is only understood as null: anything else would be promised and not kept."""

    default_error_messages = {
        "spoken": "This is not spoken here: send null, or leave it out."
    }

    def __init__(self) -> None:
        super().__init__(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        """Refuse it: null does not come here."""
        self.fail("spoken")


class UnchangedField:
    """A part of a scheme that stays as it is where it is sent as it was shown.

    Rules that were made elsewhere and that this API has no words for survive an edit
    of everything else.

    shown_at: where the part stands in the scheme's JSON.
    """

    shown_at: tuple[str, ...]

    @property
    def shown(self) -> Any:
        """The part as it is shown now; None for a new scheme."""
        part = self.context["shown"]  # type: ignore[attr-defined]  # the serializer's
        for name in self.shown_at:
            part = part and part[name]
        return part

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The validated part; nothing at all where it is not to change."""
        if self.context["shown"] and data == self.shown:  # type: ignore[attr-defined]  # the serializer's
            raise serializers.SkipField
        return super().run_validation(data)  # type: ignore[misc]  # the serializer's
